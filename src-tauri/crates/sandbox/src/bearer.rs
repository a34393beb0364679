//! Reading the access token of an API request (RFC 6750).

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::grants::Bearer;
use crate::http::json_error;
use crate::profile::Profile;
use crate::sandbox::Sandbox;

/// Answers with what `answer` makes of a good access token of this face, and refuses all others.
pub(crate) fn opened(
    sandbox: &Sandbox,
    profile: &Profile,
    headers: &HeaderMap,
    answer: impl FnOnce(Bearer<'_>) -> Response,
) -> Response {
    let Some(access_token) = access_token(headers) else {
        // RFC 6750 §3.1: to a request without a token no error is told.
        let challenge = format!("Bearer realm=\"{}\"", profile.name);
        let challenge = [(header::WWW_AUTHENTICATE, challenge)];
        return (StatusCode::UNAUTHORIZED, challenge).into_response();
    };
    let now = sandbox.now();
    let state = sandbox.state();
    match state.grants.bearer(profile.face, access_token, now) {
        Some(bearer) => answer(bearer),
        None => {
            let description = "the access token is unknown, expired or revoked";
            let refusal = json_error(StatusCode::UNAUTHORIZED, "invalid_token", description);
            challenged(refusal)
        }
    }
}

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
