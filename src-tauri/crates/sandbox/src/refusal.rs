//! A refusal of the token endpoint and its like, in the words of RFC 6749 §5.2.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::error::SandboxError;
use crate::http::json_error;
use crate::profile::Profile;
use crate::token_request::Failure;

/// Why an endpoint beside the token endpoint refuses: one that judges the client as that does, and a
/// request as the authorization endpoint does.
pub(crate) enum Refused {
    /// By the rules of the token endpoint.
    Client(Failure),
    /// By the rules of the authorization endpoint: error and description.
    Request(&'static str, &'static str),
}

impl Refused {
    pub(crate) fn answer(&self, profile: &Profile) -> Response {
        match self {
            Self::Client(failure) => refusal(profile, failure),
            Self::Request(error, description) => {
                json_error(StatusCode::BAD_REQUEST, error, description)
            }
        }
    }
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self::Client(failure)
    }
}

impl From<SandboxError> for Refused {
    fn from(error: SandboxError) -> Self {
        Self::Client(error.into())
    }
}

/// What the rules of the authorization endpoint complain of.
impl From<(&'static str, &'static str)> for Refused {
    fn from((error, description): (&'static str, &'static str)) -> Self {
        Self::Request(error, description)
    }
}

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
