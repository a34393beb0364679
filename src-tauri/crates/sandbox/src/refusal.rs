//! A refusal of the token endpoint and its like, in the words of RFC 6749 §5.2.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::http::json_error;
use crate::profile::Profile;
use crate::token_request::Failure;

/// The answer; a 401 says how a client may authenticate instead.
pub(crate) fn refusal(profile: &Profile, failure: &Failure) -> Response {
    let status = failure.error.status();
    let mut response = json_error(status, failure.error.word(), &failure.description);
    let challenge = HeaderValue::try_from(format!("Basic realm=\"{}\"", profile.name)).ok();
    if let Some(challenge) = challenge.filter(|_| status == StatusCode::UNAUTHORIZED) {
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}
