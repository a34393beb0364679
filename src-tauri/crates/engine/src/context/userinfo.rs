//! OpenID Connect's userinfo (Core 5.3) as a context: what the provider says of the user, line by line.

use super::{HttpContext, NO_JSON};
use keyfob_domain::failure::Fault;
use keyfob_domain::provider::{Context, Provider};
use keyfob_domain::secret::AccessToken;
use keyfob_domain::summary::Content;
use keyfob_domain::text::plain;
use keyfob_domain::token::AccountHint;
use serde_json::{Map, Value};
use url::Url;

/// The claims that say who somebody is, in the order they are shown (Core 5.1).
const FIRST: [&str; 4] = ["name", "preferred_username", "email", "email_verified"];
/// As many as anybody reads, and as much of each.
const MOST_CLAIMS: usize = 40;
const LONGEST_CLAIM: usize = 400;

pub(super) async fn summary(
    source: &HttpContext,
    provider: &Provider,
    context: &Context,
    token: &AccessToken,
    subject: Option<&str>,
) -> Result<Content, Fault> {
    let answer = source.get(provider, &context.base, token).await?;
    let found = read_account(answer.body())?;
    // SECURITY 55.
    if subject.is_some_and(|subject| found.subject.as_deref() != Some(subject)) {
        return Err(Fault::Malformed {
            why: "what it says is about another account",
        });
    }
    read_claims(answer.body())
}

/// Reads whose account it is.
pub(super) async fn account(
    source: &HttpContext,
    provider: &Provider,
    endpoint: &Url,
    token: &AccessToken,
) -> Result<AccountHint, Fault> {
    let answer = source.get(provider, endpoint, token).await?;
    read_account(answer.body())
}

/// Writes the claims as lines of text; an answer without any is [`Content::Nothing`].
///
/// # Errors
/// [`Fault::Malformed`], without a piece of the body.
pub fn read_claims(body: &[u8]) -> Result<Content, Fault> {
    let claims = object(body)?;
    let first = FIRST.iter().filter_map(|name| claims.get_key_value(*name));
    let mut others: Vec<_> = claims
        .iter()
        .filter(|(name, _)| !FIRST.contains(&name.as_str()))
        .collect();
    // The order of a JSON object means nothing, and may differ from one answer to the next.
    others.sort_by_key(|(name, _)| *name);
    let lines = first
        .chain(others)
        .filter_map(|(name, value)| Some(format!("{}: {}", plain(name, 60, false), word(value)?)))
        .take(MOST_CLAIMS);
    Ok(Content::text(Some(&lines.collect::<Vec<_>>().join("\n"))))
}

/// Reads `sub` and a label: the e-mail address, else a name (SECURITY 55).
///
/// # Errors
/// [`Fault::Malformed`], without a piece of the body.
pub fn read_account(body: &[u8]) -> Result<AccountHint, Fault> {
    let claims = object(body)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    Ok(AccountHint::of(
        text("sub"),
        text("email"),
        text("name").or_else(|| text("preferred_username")),
    ))
}

fn object(body: &[u8]) -> Result<Map<String, Value>, Fault> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(claims)) => Ok(claims),
        Ok(
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_),
        )
        | Err(_) => Err(NO_JSON),
    }
}

/// What fits on a line.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(plain(text, LONGEST_CLAIM, false)),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_become_lines_with_those_first_that_say_who_it_is() {
        let body = r#"{"sub":"u1","zoneinfo":"UTC","email":"ada@lovelace.example","name":"Ada\nL.",
            "email_verified":true,"address":{"a":1},"picture":null,"roles":["x"],"updated_at":7}"#;
        let expected = "name: Ada L.\nemail: ada@lovelace.example\nemail_verified: true\n\
                        sub: u1\nupdated_at: 7\nzoneinfo: UTC";
        assert_eq!(
            read_claims(body.as_bytes()),
            Ok(Content::Text(expected.to_owned()))
        );
        assert_eq!(read_claims(b"{}"), Ok(Content::Nothing));
        for bad in ["", "[]", "7", "<html>"] {
            assert_eq!(read_claims(bad.as_bytes()), Err(NO_JSON), "{bad}");
        }
    }

    #[test]
    fn security_117_a_thousand_claims_are_cut() {
        let claims: Vec<String> = (0..1000).map(|number| format!("\"c{number}\":1")).collect();
        let body = format!("{{{}}}", claims.join(","));
        let Ok(Content::Text(text)) = read_claims(body.as_bytes()) else {
            panic!("no text")
        };
        assert_eq!(text.lines().count(), MOST_CLAIMS);
    }

    #[test]
    fn an_account_is_named_by_its_address_else_its_name() {
        for (body, subject, label) in [
            (
                r#"{"sub":"u1","email":"a@b.example","name":"A"}"#,
                Some("u1"),
                Some("a@b.example"),
            ),
            (r#"{"sub":"u1","name":"A"}"#, Some("u1"), Some("A")),
            (
                r#"{"sub":"u1","preferred_username":"ada"}"#,
                Some("u1"),
                Some("ada"),
            ),
            (r#"{"sub":7}"#, None, None),
        ] {
            let account = read_account(body.as_bytes()).unwrap();
            assert_eq!(account.subject.as_deref(), subject, "{body}");
            assert_eq!(account.label.as_deref(), label, "{body}");
        }
    }
}
