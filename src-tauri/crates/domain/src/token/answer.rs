//! Reads what a token endpoint answers (RFC 6749 §5). The bytes come from a stranger.
//!
//! Hazard: this runs after the code or the old refresh token is spent. A wrong lifetime must
//! not cost the tokens beside it (SECURITY 43).

use super::words;
use crate::failure::Fault;
use crate::grant::Scopes;
use crate::json::has_unique_names;
use crate::provider::AnswerShape;
use crate::refresh::{ASSUMED_LIFETIME, Expiry, LONGEST_LIFETIME};
use crate::secret::{AccessToken, IdToken, RefreshToken, is_token_text};
use crate::time::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::time::Duration;

/// The longest answer that is read, in bytes after decompression (SECURITY 47).
pub const LONGEST_BODY: usize = 256 * 1024;

/// An HTTP answer as it came.
pub struct HttpAnswer<'a> {
    /// The status.
    pub status: u16,
    /// The media type without parameters, in lower case; `None` when the header is missing.
    pub media_type: Option<String>,
    /// `Retry-After` in seconds, where there was one.
    pub retry_after: Option<Duration>,
    /// The body, decompressed, at most [`LONGEST_BODY`] bytes.
    pub body: &'a [u8],
}

/// Tokens that a provider gave.
#[derive(Debug)]
pub struct TokenAnswer {
    /// RFC 6749 §5.1.
    pub access_token: AccessToken,
    /// `None` when it was absent, null or empty: an old one is kept (SECURITY 45).
    pub refresh_token: Option<RefreshToken>,
    /// OpenID Connect Core 3.1.3.3.
    pub id_token: Option<IdToken>,
    /// The lifetime as the provider gave it; `None` when it gave none that makes sense.
    pub lifetime: Option<Duration>,
    /// How long the refresh token is good for, where the answer tells: `refresh_expires_in`, or
    /// `refresh_token_expires_in`, neither of them of any specification. Zero, which means for ever at
    /// some, tells nothing.
    pub refresh_lifetime: Option<Duration>,
    /// The granted scopes; `None` when the answer doesn't say, which means those asked for.
    pub scopes: Option<Scopes>,
}

impl TokenAnswer {
    /// Says when the access token ends, counted from the start of the request (SECURITY 43):
    /// without a lifetime an hour is assumed where it can be renewed, else it has no end.
    #[must_use]
    pub fn expiry(&self, requested_at: Timestamp, renewable: bool) -> Expiry {
        let known = |lifetime, assumed| Expiry::At {
            at: requested_at.after(lifetime),
            lifetime,
            assumed,
        };
        match self.lifetime {
            Some(lifetime) => known(lifetime, false),
            None if renewable => known(ASSUMED_LIFETIME, true),
            None => Expiry::Never,
        }
    }
}

/// The members that are read. What isn't a text by every specification stays as it is written until somebody
/// wants it: a number that no float holds would cost the whole answer (SECURITY 43).
#[derive(Deserialize)]
struct Wire<'a> {
    access_token: Option<String>,
    token_type: Option<String>,
    refresh_token: Option<String>,
    id_token: Option<String>,
    #[serde(borrow)]
    expires_in: Option<&'a RawValue>,
    #[serde(borrow)]
    refresh_expires_in: Option<&'a RawValue>,
    #[serde(borrow)]
    refresh_token_expires_in: Option<&'a RawValue>,
    #[serde(borrow)]
    scope: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    error_description: Option<&'a RawValue>,
    /// Slack's own, see [`AnswerShape::Slack`]; anything elsewhere.
    #[serde(borrow)]
    authed_user: Option<&'a RawValue>,
    /// Slack's own word for how it went; anything elsewhere.
    #[serde(borrow)]
    ok: Option<&'a RawValue>,
}

impl Wire<'_> {
    /// Gives what is said of the user's own token, where there is one inside.
    fn of_shape(self, shape: AnswerShape) -> Self {
        match shape {
            AnswerShape::Standard | AnswerShape::Github => self,
            AnswerShape::Slack => self
                .authed_user
                .and_then(|inside| serde_json::from_str::<Self>(inside.get()).ok())
                .filter(|inside| inside.access_token.is_some())
                .unwrap_or(self),
        }
    }
}

/// Gives a member's value, unless it is a number that no float holds.
fn value(member: Option<&RawValue>) -> Option<Value> {
    serde_json::from_str(member?.get()).ok()
}

/// Tells whether the access token may be used as RFC 6750 says. Slack calls such tokens by their owner.
fn is_bearer(token_type: &str, shape: AnswerShape) -> bool {
    let also: &[&str] = match shape {
        AnswerShape::Standard | AnswerShape::Github => &[],
        AnswerShape::Slack => &["user", "bot"],
    };
    token_type.eq_ignore_ascii_case("bearer") || also.contains(&token_type)
}

/// Reads an answer of the token endpoint, whose tokens are where this provider puts them.
///
/// # Errors
/// [`Fault::Refused`] when it says an error, [`Fault::Redirected`] for any 3xx, else [`Fault::Malformed`].
/// A fault never carries a token or a piece of a body that could be one.
pub fn read_token_answer(
    answer: &HttpAnswer<'_>,
    shape: AnswerShape,
) -> Result<TokenAnswer, Fault> {
    if (300..400).contains(&answer.status) {
        return Err(Fault::Redirected);
    }
    if !(200..300).contains(&answer.status) {
        return Err(read_refusal(answer, shape));
    }
    match answer.media_type.as_deref() {
        None => {}
        Some(media_type) if media_type == "application/json" || media_type.ends_with("+json") => {}
        Some(_) => {
            return Err(Fault::Malformed {
                why: "the answer isn't JSON",
            });
        }
    }
    let wire = read_wire(answer.body).ok_or(Fault::Malformed {
        why: "the answer isn't the JSON of a token answer",
    })?;
    if wire.error.is_some() {
        return Err(refusal(answer, &wire, shape));
    }
    let wire = wire.of_shape(shape);
    let access_token = wire.access_token.filter(|token| !token.is_empty());
    let access_token = access_token.ok_or(Fault::Malformed {
        why: "the answer has no access token",
    })?;
    let token_type = wire.token_type.ok_or(Fault::Malformed {
        why: "the answer has no token type",
    })?;
    if !is_bearer(&token_type, shape) {
        return Err(Fault::Malformed {
            why: "the token type isn't Bearer",
        });
    }
    let refresh_token = wire.refresh_token.filter(|token| !token.is_empty());
    let tokens = [
        Some(&access_token),
        refresh_token.as_ref(),
        wire.id_token.as_ref(),
    ];
    if !tokens
        .into_iter()
        .flatten()
        .all(|token| token.is_empty() || is_token_text(token))
    {
        return Err(Fault::Malformed {
            why: "a token has characters or a length that no header takes",
        });
    }
    Ok(TokenAnswer {
        access_token: AccessToken::new(access_token),
        refresh_token: refresh_token.map(RefreshToken::new),
        id_token: wire
            .id_token
            .filter(|token| !token.is_empty())
            .map(IdToken::new),
        lifetime: wire.expires_in.and_then(lifetime),
        refresh_lifetime: [wire.refresh_expires_in, wire.refresh_token_expires_in]
            .into_iter()
            .find_map(|seconds| seconds.and_then(lifetime)),
        scopes: value(wire.scope).as_ref().and_then(scopes),
    })
}

/// Finds the refusal in an answer of an API whose status tells a success: Slack has no other status.
#[must_use]
pub fn find_refusal(answer: &HttpAnswer<'_>, shape: AnswerShape) -> Option<Fault> {
    match shape {
        AnswerShape::Standard | AnswerShape::Github => None,
        AnswerShape::Slack => {
            let wire = read_wire(answer.body)?;
            (value(wire.ok) == Some(Value::Bool(false))).then(|| refusal(answer, &wire, shape))
        }
    }
}

/// Reads an answer that isn't a success: the OAuth `error` where there is one (RFC 6749 §5.2,
/// also inside an object of its own, as Mavio writes it), else only the status.
#[must_use]
pub fn read_refusal(answer: &HttpAnswer<'_>, shape: AnswerShape) -> Fault {
    match read_wire(answer.body) {
        Some(wire) => refusal(answer, &wire, shape),
        None => Fault::Refused {
            status: answer.status,
            error: None,
            detail: None,
            retry_after: answer.retry_after,
        },
    }
}

fn refusal(answer: &HttpAnswer<'_>, wire: &Wire<'_>, shape: AnswerShape) -> Fault {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let description = value(wire.error_description);
    let (error, description) = match value(wire.error) {
        Some(Value::Object(object)) => (text(object.get("code")), text(object.get("message"))),
        error => (text(error.as_ref()), text(description.as_ref())),
    };
    // The code is the one that was sent: made fit to be shown, another one could become it (SECURITY 48).
    let code = error.as_deref().map(|word| words::error(shape, word));
    let plain = |text: String| crate::text::plain(&text, 200, false);
    let (error, description) = (error.map(plain), description.map(plain));
    let detail = match (&error, description) {
        (Some(error), Some(description)) => Some(format!("{error}: {description}")),
        (Some(error), None) => Some(error.clone()),
        (None, description) => description,
    };
    Fault::Refused {
        status: answer.status,
        error: code,
        detail: detail.map(plain),
        retry_after: answer.retry_after,
    }
}

/// Reads an object. `serde` would take a list for one, member by member.
fn read_wire(body: &[u8]) -> Option<Wire<'_>> {
    let is_object = body.trim_ascii_start().starts_with(b"{");
    (is_object && has_unique_names(body))
        .then(|| serde_json::from_slice(body).ok())
        .flatten()
}

/// A number, or a string of digits; anything else, and anything not positive, is no lifetime.
fn lifetime(member: &RawValue) -> Option<Duration> {
    let Some(value) = value(Some(member)) else {
        let is_huge = member
            .get()
            .starts_with(|first: char| first.is_ascii_digit());
        return is_huge.then_some(LONGEST_LIFETIME);
    };
    let seconds = match value {
        Value::Number(number) => number.as_u64().or_else(|| {
            // Whole numbers too large for 64 bits arrive as floating point.
            let float = number.as_f64()?;
            (float >= 1e15 && float.fract() == 0.0).then_some(u64::MAX)
        })?,
        Value::String(text)
            if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            text.parse().unwrap_or(u64::MAX)
        }
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            return None;
        }
    };
    (seconds > 0).then(|| Duration::from_secs(seconds).min(LONGEST_LIFETIME))
}

fn scopes(value: &Value) -> Option<Scopes> {
    match value {
        Value::String(text) => Some(Scopes::parse(text)),
        Value::Array(tokens) => Some(tokens.iter().filter_map(Value::as_str).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests;
