//! The pushed authorization request endpoint: `POST /oidc/par`, a form in, an address out (RFC 9126).

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::PROFILE;
use super::authorize::rules;
use crate::authorization::{AuthorizationRules, checked};
use crate::client_authentication::credentials;
use crate::http::{Base, form_pairs, json_answer};
use crate::pushed::Parameters;
use crate::refusal::Refused;
use crate::sandbox::Sandbox;
use crate::token_request::{Failure, Fields, TokenError, WRONG_CLIENT};

/// How the addresses begin (§2.2).
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// `POST /oidc/par`.
pub(super) async fn push(
    State(sandbox): State<Sandbox>,
    Extension(base): Extension<Base>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut rules = rules(&sandbox, &base);
    // This is how a request is pushed.
    rules.pushed_only = false;
    match outcome(&sandbox, &rules, &headers, &body) {
        Ok(answer) => json_answer(StatusCode::CREATED, &answer),
        Err(refused) => refused.answer(&PROFILE),
    }
}

fn outcome(
    sandbox: &Sandbox,
    rules: &AuthorizationRules,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Value, Refused> {
    let manners = sandbox.current_oidc_manners();
    let pairs = form_pairs(headers, body)
        .map_err(|description| Failure::new(TokenError::InvalidRequest, description))?;
    let fields = Fields::of_form(pairs.clone());
    let client = credentials(headers, &fields, manners.public_clients)?;
    if !sandbox.state().clients.authenticate(PROFILE.face, &client) {
        return Err(Failure::new(TokenError::InvalidClient, WRONG_CLIENT).into());
    }
    if pairs.iter().any(|(name, _)| name == "request_uri") {
        return Err(Refused::Request(
            "invalid_request",
            "request_uri is what this endpoint gives out",
        ));
    }
    // The client has proved who it is; its secret is nothing to keep.
    let mut parameters: Parameters = pairs;
    parameters.retain(|(name, _)| name != "client_id" && name != "client_secret");
    parameters.push(("client_id".to_owned(), client.client_id.clone()));
    checked(sandbox, &PROFILE, rules, &parameters)?;
    let request_uri = sandbox.draw("pushed request", PREFIX)?;
    let now = sandbox.now();
    let lifetime = manners.pushed_request_lifetime;
    sandbox
        .state()
        .pushed
        .add(&request_uri, &client.client_id, parameters, lifetime, now);
    Ok(json!({
        "request_uri": request_uri.expose(),
        "expires_in": lifetime.as_secs(),
    }))
}
