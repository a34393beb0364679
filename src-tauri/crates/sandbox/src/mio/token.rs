//! The token endpoint: `POST /mio/v1/auth/oauth2/token`, JSON in, JSON out.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::{PROFILE, id_token};
use crate::grants::Issued;
use crate::http::{Base, json_answer, json_error, json_object};
use crate::manners::{MioManners, SecretMismatch};
use crate::sandbox::Sandbox;
use crate::token_request::{self, Failure, Fields, TokenError, TokenRequest};

/// `POST /mio/v1/auth/oauth2/token`.
pub(crate) async fn token(
    State(sandbox): State<Sandbox>,
    Extension(base): Extension<Base>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let manners = sandbox.current_manners();
    let now = sandbox.now();
    let outcome = outcome(&sandbox, &headers, &body, &manners, now);
    token_request::settled(&sandbox, &outcome).await;
    match outcome {
        Ok((request, issued)) => {
            let issuer = format!("{}{}", base.0, super::ROOT);
            json_answer(
                StatusCode::OK,
                &answer(&sandbox, &request, &issued, &manners, &issuer, now),
            )
        }
        Err(failure) => json_error(
            failure.error.status(),
            failure.error.word(),
            &failure.description,
        ),
    }
}

fn outcome(
    sandbox: &Sandbox,
    headers: &HeaderMap,
    body: &[u8],
    manners: &MioManners,
    now: i64,
) -> Result<(TokenRequest, Issued), Failure> {
    let object = json_object(headers, body)
        .map_err(|description| Failure::new(TokenError::InvalidRequest, description))?;
    let request = token_request::read(&Fields::of_json(object), manners.reject_unknown_fields)?;
    let wrong_secret = match manners.secret_mismatch {
        SecretMismatch::InvalidClient => TokenError::InvalidClient,
        SecretMismatch::InvalidGrant => TokenError::InvalidGrant,
    };
    let terms = manners.terms();
    let issued = token_request::honour(sandbox, &PROFILE, &request, &terms, wrong_secret, now)?;
    Ok((request, issued))
}

fn answer(
    sandbox: &Sandbox,
    request: &TokenRequest,
    issued: &Issued,
    manners: &MioManners,
    issuer: &str,
    now: i64,
) -> Value {
    let mut answer = token_request::answer(sandbox, issued, manners.access_token_lifetime);
    let openid = issued.scope.iter().any(|scope| scope == "openid");
    if manners.issue_id_token && openid {
        let nonce = issued.nonce.as_deref().filter(|_| manners.return_nonce);
        let claims = id_token::Claims {
            issuer,
            audience: &request.client.client_id,
            subject: &issued.user,
            scope: &issued.scope,
            nonce,
            issued_at: now / 1000,
            lifetime: manners.access_token_lifetime,
        };
        let secret = request.client.client_secret.as_deref();
        if let Some(id_token) = secret.and_then(|secret| id_token::signed(&claims, secret)) {
            answer["id_token"] = json!(id_token);
        }
    }
    answer
}
