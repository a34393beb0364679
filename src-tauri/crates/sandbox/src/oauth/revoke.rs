//! The revocation endpoint: `POST /oauth/revoke`, a form in, nothing out (RFC 7009).

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::PROFILE;
use super::client_authentication::credentials;
use super::refusal::refusal;
use crate::grants::{Revocation, RevocationRequest};
use crate::http::form_pairs;
use crate::pages::NO_STORE;
use crate::sandbox::Sandbox;
use crate::token_request::{Failure, Fields, TokenError, WRONG_CLIENT};

/// `POST /oauth/revoke`.
pub(super) async fn revoke(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match outcome(&sandbox, &headers, &body) {
        Ok(revocation) => {
            if revocation == Revocation::Ended {
                // A restart must not bring back what the client was told is gone.
                sandbox.saved().await;
            }
            (StatusCode::OK, NO_STORE).into_response()
        }
        Err(failure) => refusal(&failure),
    }
}

fn outcome(sandbox: &Sandbox, headers: &HeaderMap, body: &[u8]) -> Result<Revocation, Failure> {
    let manners = sandbox.current_oauth_manners();
    let pairs = form_pairs(headers, body)
        .map_err(|description| Failure::new(TokenError::InvalidRequest, description))?;
    let fields = Fields::of_form(pairs);
    let client = credentials(headers, &fields, manners.public_clients)?;
    let token = fields.text("token")?;
    // The digest alone tells what kind it is, so a wrong or unknown hint does no harm
    // (RFC 7009 §2.1); one that comes twice is an error like any other field.
    fields.optional_text("token_type_hint")?;
    let now = sandbox.now();
    let mut state = sandbox.state();
    if !state.clients.authenticate(PROFILE.face, &client) {
        return Err(Failure::new(TokenError::InvalidClient, WRONG_CLIENT));
    }
    let asked = RevocationRequest {
        face: PROFILE.face,
        client_id: &client.client_id,
        token: &token,
        cascade: manners.revocation_cascades,
    };
    state.grants.revoke(&asked, now).map_err(Failure::from)
}
