//! How a client says who it is at the token endpoint and its like (RFC 6749 §2.3.1): by HTTP Basic or
//! by fields of the body, never by both.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::clients::Credentials;
use crate::http::pairs;
use crate::token_request::{Failure, Fields, TokenError};

/// Reads what a client shows; whether it is right is for the lock to decide. A client without a secret
/// is let through where clients may be public.
pub(crate) fn credentials(
    headers: &HeaderMap,
    fields: &Fields,
    public_clients: bool,
) -> Result<Credentials, Failure> {
    let client_id = fields.optional_text("client_id")?;
    let client_secret = fields.optional_text("client_secret")?;
    let mut headers = headers.get_all(header::AUTHORIZATION).iter();
    let shown = match (headers.next(), headers.next(), client_id, client_secret) {
        (Some(_), Some(_), _, _) => {
            return Err(invalid_request("the Authorization header comes twice"));
        }
        (Some(_), None, _, Some(_)) => {
            return Err(invalid_request("the client authenticates in two ways"));
        }
        (Some(header), None, client_id, None) => {
            let shown =
                basic(header).ok_or_else(|| invalid_client("the Basic header is broken"))?;
            if client_id.is_some_and(|client_id| client_id != shown.client_id) {
                return Err(invalid_request("client_id is not that of the Basic header"));
            }
            shown
        }
        (None, _, Some(client_id), client_secret) => Credentials {
            client_id,
            client_secret,
        },
        (None, _, None, _) => return Err(invalid_client("no client authentication is included")),
    };
    if shown.client_secret.is_none() && !public_clients {
        return Err(invalid_client("the client didn't show its secret"));
    }
    Ok(shown)
}

/// Id and secret of a Basic header, each of which was form-encoded first.
fn basic(header: &HeaderValue) -> Option<Credentials> {
    let (scheme, encoded) = header.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (client_id, client_secret) = decoded.split_once(':')?;
    // An empty secret is none, as in the body.
    let client_secret = (!client_secret.is_empty()).then(|| form_decoded(client_secret));
    Some(Credentials {
        client_id: form_decoded(client_id),
        client_secret,
    })
}

/// Undoes the form encoding of a single value.
fn form_decoded(value: &str) -> String {
    // `=` and `&` are never left bare by an encoder; here they would end the value.
    let single = value.replace('=', "%3D").replace('&', "%26");
    let pair = pairs(format!("v={single}").as_bytes()).pop();
    pair.map(|(_, value)| value).unwrap_or_default()
}

fn invalid_request(description: &str) -> Failure {
    Failure::new(TokenError::InvalidRequest, description)
}

fn invalid_client(description: &str) -> Failure {
    Failure::new(TokenError::InvalidClient, description)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_basic_header_is_decoded_twice() {
        type Shown = Option<(&'static str, &'static str)>;
        let rows: &[(&str, &str, Shown)] = &[
            ("plain", "Basic aWQ6c2VjcmV0", Some(("id", "secret"))),
            (
                "scheme in capitals",
                "BASIC aWQ6c2VjcmV0",
                Some(("id", "secret")),
            ),
            // "i%3Ad:a+b%2Bc%25"
            (
                "form-encoded",
                "Basic aSUzQWQ6YStiJTJCYyUyNQ==",
                Some(("i:d", "a b+c%")),
            ),
            // "id:a=b&c:d", of a client that forgot to encode
            (
                "bare signs",
                "Basic aWQ6YT1iJmM6ZA==",
                Some(("id", "a=b&c:d")),
            ),
            // "id:"
            ("no secret", "Basic aWQ6", Some(("id", "none"))),
            // "id"
            ("no colon", "Basic aWQ=", None),
            // 0xff, ":", "x"
            ("not UTF-8", "Basic /zp4", None),
            ("not base64", "Basic i d", None),
            ("another scheme", "Bearer aWQ6c2VjcmV0", None),
            ("scheme only", "Basic", None),
        ];
        for (label, header, expected) in rows {
            let seen = basic(&HeaderValue::from_static(header));
            let seen = seen.map(|shown| {
                let secret = shown.client_secret.unwrap_or("none".to_owned());
                (shown.client_id, secret)
            });
            let expected = expected.map(|(id, secret)| (id.to_owned(), secret.to_owned()));
            assert_eq!(seen, expected, "{label}");
        }
    }
}
