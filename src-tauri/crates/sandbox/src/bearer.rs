//! Reading the access token of an API request (RFC 6750).

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

/// The access token in the header; `None` where the header is missing, comes twice or is of another
/// kind (RFC 6750 §2.1).
pub(crate) fn access_token(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// Adds the challenge that a 401 must carry (RFC 6750 §3).
pub(crate) fn challenged(mut response: Response) -> Response {
    let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
    response
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, challenge);
    response
}
