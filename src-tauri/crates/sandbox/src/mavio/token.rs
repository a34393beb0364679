//! The token endpoint: `POST /mavio/oauth/token`, a form in, JSON out.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::PROFILE;
use super::error::ApiError;
use crate::grants::Issued;
use crate::http::{form_pairs, json_answer, json_error};
use crate::manners::{ErrorDialect, MavioManners};
use crate::sandbox::Sandbox;
use crate::token_request::{self, Failure, Fields, TokenError};

/// `POST /mavio/oauth/token`.
pub(super) async fn token(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let manners = sandbox.current_mavio_manners();
    let outcome = outcome(&sandbox, &headers, &body, &manners);
    token_request::settled(&sandbox, &outcome).await;
    match outcome {
        Ok(issued) => json_answer(
            StatusCode::OK,
            &token_request::answer(&sandbox, &issued, manners.access_token_lifetime),
        ),
        Err(failure) => refusal(failure, manners.error_dialect),
    }
}

fn outcome(
    sandbox: &Sandbox,
    headers: &HeaderMap,
    body: &[u8],
    manners: &MavioManners,
) -> Result<Issued, Failure> {
    let pairs = form_pairs(headers, body)
        .map_err(|description| Failure::new(TokenError::InvalidRequest, description))?;
    let request = token_request::read(&Fields::of_form(pairs), manners.reject_unknown_fields)?;
    let wrong_secret = TokenError::InvalidClient;
    let (terms, now) = (manners.terms(), sandbox.now());
    token_request::honour(sandbox, &PROFILE, &request, &terms, wrong_secret, now)
}

fn refusal(failure: Failure, dialect: ErrorDialect) -> Response {
    match dialect {
        ErrorDialect::Oauth => json_error(
            failure.error.status(),
            failure.error.word(),
            &failure.description,
        ),
        ErrorDialect::Mavio => {
            let field = failure.field.map(|(name, what)| (name, what.to_owned()));
            let code = code(failure.error, field.is_some());
            ApiError {
                details: field.into_iter().collect(),
                ..ApiError::new(failure.error.status(), code, failure.description)
            }
            .into_response()
        }
    }
}

/// The word of Mavio's API for an error; it has none for a grant that has ended.
fn code(error: TokenError, names_a_field: bool) -> &'static str {
    match error {
        TokenError::InvalidRequest if names_a_field => "validation_error",
        TokenError::InvalidRequest | TokenError::UnsupportedGrantType => "bad_request",
        TokenError::InvalidClient => "unauthorized",
        TokenError::InvalidGrant | TokenError::Device(_) => error.word(),
        TokenError::ServerError => "internal_error",
    }
}
