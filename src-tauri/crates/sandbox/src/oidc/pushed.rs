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
use crate::error::SandboxError;
use crate::http::{Base, form_pairs, json_answer, json_error};
use crate::pushed::Parameters;
use crate::refusal::refusal;
use crate::sandbox::Sandbox;
use crate::token_request::{Failure, Fields, TokenError, WRONG_CLIENT};

/// How the addresses begin (§2.2).
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// Why a request is not kept.
enum Refused {
    /// By the rules of the token endpoint.
    Client(Failure),
    /// By the rules of the authorization endpoint (§2.3).
    Request(&'static str, &'static str),
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
        Err(Refused::Client(failure)) => refusal(&PROFILE, &failure),
        Err(Refused::Request(error, description)) => {
            json_error(StatusCode::BAD_REQUEST, error, description)
        }
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
    checked(sandbox, &PROFILE, rules, &parameters)
        .map_err(|(error, description)| Refused::Request(error, description))?;
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
