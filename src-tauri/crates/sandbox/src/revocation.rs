//! The revocation endpoint as all faces have it that have one: a form in, nothing out (RFC 7009).

use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::client_authentication::credentials;
use crate::grants::{Revocation, RevocationRequest};
use crate::http::form_pairs;
use crate::pages::NO_STORE;
use crate::profile::Profile;
use crate::refusal::refusal;
use crate::sandbox::Sandbox;
use crate::token_request::{Failure, Fields, TokenError, WRONG_CLIENT};

/// The manners a revocation endpoint goes by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RevocationRules {
    pub(crate) public_clients: bool,
    /// Whether the access tokens of a grant end with its refresh token.
    pub(crate) cascade: bool,
}

/// Answers a revocation request.
pub(crate) async fn revoked(
    sandbox: &Sandbox,
    profile: &Profile,
    rules: RevocationRules,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    match outcome(sandbox, profile, rules, headers, body) {
        Ok(revocation) => {
            if revocation == Revocation::Ended {
                // A restart must not bring back what the client was told is gone.
                sandbox.saved().await;
            }
            (StatusCode::OK, NO_STORE).into_response()
        }
        Err(failure) => refusal(profile, &failure),
    }
}

fn outcome(
    sandbox: &Sandbox,
    profile: &Profile,
    rules: RevocationRules,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Revocation, Failure> {
    let pairs = form_pairs(headers, body)
        .map_err(|description| Failure::new(TokenError::InvalidRequest, description))?;
    let fields = Fields::of_form(pairs);
    let client = credentials(headers, &fields, rules.public_clients)?;
    let token = fields.text("token")?;
    // The digest alone tells what kind it is, so a wrong or unknown hint does no harm
    // (RFC 7009 §2.1); one that comes twice is an error like any other field.
    fields.optional_text("token_type_hint")?;
    let now = sandbox.now();
    let mut state = sandbox.state();
    if !state.clients.authenticate(profile.face, &client) {
        return Err(Failure::new(TokenError::InvalidClient, WRONG_CLIENT));
    }
    let asked = RevocationRequest {
        face: profile.face,
        client_id: &client.client_id,
        token: &token,
        cascade: rules.cascade,
    };
    state.grants.revoke(&asked, now).map_err(Failure::from)
}
