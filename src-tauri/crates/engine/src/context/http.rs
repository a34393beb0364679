//! Any JSON document as a context: one address, and a pointer to the text in it (RFC 6901).

use super::{HttpContext, NO_JSON};
use keyfob_domain::failure::Fault;
use keyfob_domain::provider::{Context, Provider};
use keyfob_domain::secret::AccessToken;
use keyfob_domain::summary::Content;
use keyfob_domain::text::plain;
use keyfob_domain::token::AccountHint;
use serde_json::Value;

/// A text that is longer is no name for an account.
const LONGEST_LABEL: usize = 100;

pub(super) async fn summary(
    source: &HttpContext,
    provider: &Provider,
    context: &Context,
    pointer: &str,
    token: &AccessToken,
) -> Result<Content, Fault> {
    let answer = source.get(provider, &context.base, token).await?;
    read_text(answer.body(), pointer)
}

/// Reads a name for the account: what the pointer finds, where that is one short line.
pub(super) async fn account(
    source: &HttpContext,
    provider: &Provider,
    context: &Context,
    pointer: &str,
    token: &AccessToken,
) -> Result<AccountHint, Fault> {
    let answer = source.get(provider, &context.base, token).await?;
    Ok(AccountHint {
        subject: None,
        label: read_label(answer.body(), pointer)?,
    })
}

/// Gives the text at the pointer: a string as it is, anything else as JSON. What isn't there, null and
/// blank text are [`Content::Nothing`].
///
/// # Errors
/// [`Fault::Malformed`], without a piece of the body.
pub fn read_text(body: &[u8], pointer: &str) -> Result<Content, Fault> {
    let document: Value = serde_json::from_slice(body).map_err(|_| NO_JSON)?;
    let text = match document.pointer(pointer) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other @ (Value::Bool(_) | Value::Number(_))) => Some(other.to_string()),
        // Writing a document that was just read has no way to fail.
        Some(other @ (Value::Array(_) | Value::Object(_))) => {
            serde_json::to_string_pretty(other).ok()
        }
    };
    Ok(Content::text(text.as_deref()))
}

/// Gives the text at the pointer if it is a string that names something.
///
/// # Errors
/// As [`read_text`].
pub fn read_label(body: &[u8], pointer: &str) -> Result<Option<String>, Fault> {
    let document: Value = serde_json::from_slice(body).map_err(|_| NO_JSON)?;
    let text = document.pointer(pointer).and_then(Value::as_str);
    let label = text
        .map(str::trim)
        .filter(|text| !text.is_empty() && plain(text, LONGEST_LABEL, false) == *text);
    Ok(label.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"user":{"name":" Ada ","bio":"one\ntwo","langs":["de","en"],"age":36,
        "gone":null,"blank":" ","a/b":{"m~n":"odd"}}}"#;

    #[test]
    fn the_pointer_finds_the_text() {
        for (pointer, text) in [
            ("/user/bio", Some("one\ntwo")),
            ("/user/age", Some("36")),
            ("/user/langs/1", Some("en")),
            ("/user/langs", Some("[\n  \"de\",\n  \"en\"\n]")),
            ("/user/a~1b/m~0n", Some("odd")),
            ("/user/gone", None),
            ("/user/blank", None),
            ("/nowhere", None),
        ] {
            let expected = text.map_or(Content::Nothing, |text| Content::Text(text.to_owned()));
            assert_eq!(read_text(BODY, pointer), Ok(expected), "{pointer}");
        }
        assert_eq!(read_text(b"plain text", ""), Err(NO_JSON));
    }

    #[test]
    fn a_short_line_names_the_account() {
        for (pointer, label) in [
            ("/user/name", Some("Ada")),
            ("/user/bio", None),
            ("/user/age", None),
            ("/user", None),
            ("/user/blank", None),
        ] {
            assert_eq!(
                read_label(BODY, pointer).unwrap().as_deref(),
                label,
                "{pointer}"
            );
        }
    }
}
