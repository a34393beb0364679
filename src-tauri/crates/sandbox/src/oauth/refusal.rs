//! A refusal of the token or the revocation endpoint, in the words of RFC 6749 §5.2.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::http::json_error;
use crate::token_request::Failure;

/// The answer; a 401 says how a client may authenticate instead.
pub(super) fn refusal(failure: &Failure) -> Response {
    let status = failure.error.status();
    let mut response = json_error(status, failure.error.word(), &failure.description);
    if status == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Basic realm=\"Acme\"");
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}
