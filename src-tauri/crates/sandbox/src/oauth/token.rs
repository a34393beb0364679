//! The token endpoint: `POST /oauth/token`, a form in, JSON out (RFC 6749 §3.2).

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::PROFILE;
use crate::client_authentication::credentials;
use crate::grants::Issued;
use crate::http::{form_pairs, json_text_answer};
use crate::manners::{ExpiresIn, OauthManners};
use crate::refusal::refusal;
use crate::sandbox::Sandbox;
use crate::token_request::{self, Failure, Fields, GrantRequest, TokenError, TokenRequest};

/// `POST /oauth/token`.
pub(super) async fn token(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let manners = sandbox.current_oauth_manners();
    let now = sandbox.now();
    let outcome = outcome(&sandbox, &headers, &body, &manners, now);
    token_request::settled(&sandbox, &outcome).await;
    match outcome {
        Ok(issued) => json_text_answer(StatusCode::OK, answer(&sandbox, &issued, &manners, now)),
        Err(failure) => refusal(&PROFILE, &failure),
    }
}

fn outcome(
    sandbox: &Sandbox,
    headers: &HeaderMap,
    body: &[u8],
    manners: &OauthManners,
    now: i64,
) -> Result<Issued, Failure> {
    let pairs = form_pairs(headers, body)
        .map_err(|description| Failure::new(TokenError::InvalidRequest, description))?;
    let fields = Fields::of_form(pairs);
    // Unknown fields are ignored (RFC 6749 §3.2).
    let grant = token_request::read_grant(&fields, false)?;
    let client = credentials(headers, &fields, manners.public_clients)?;
    let request = TokenRequest { client, grant };
    if manners.check_pkce && is_public_exchange_without_pkce(&request) {
        return Err(Failure::field("code_verifier", "is missing"));
    }
    let (terms, wrong_secret) = (manners.terms(), TokenError::InvalidClient);
    token_request::honour(sandbox, &PROFILE, &request, &terms, wrong_secret, now)
}

/// Nothing but PKCE tells a public client from whoever caught its code (RFC 9700 §2.1.1).
fn is_public_exchange_without_pkce(request: &TokenRequest) -> bool {
    let without_pkce = matches!(
        request.grant,
        GrantRequest::AuthorizationCode {
            code_verifier: None,
            ..
        }
    );
    request.client.client_secret.is_none() && without_pkce
}

fn answer(sandbox: &Sandbox, issued: &Issued, manners: &OauthManners, now: i64) -> String {
    let mut answer = token_request::answer(sandbox, issued, manners.access_token_lifetime);
    let ends_at = issued.refresh_token_ends_at;
    if let Some(ends_at) = ends_at.filter(|_| manners.tell_refresh_token_lifetime) {
        // Rounded down: never later than the truth.
        answer["refresh_expires_in"] = json!(ends_at.saturating_sub(now) / 1000);
    }
    let seconds = answer["expires_in"].take();
    match &manners.expires_in {
        ExpiresIn::Seconds => with_raw(answer, Some(&seconds.to_string())),
        ExpiresIn::Absent => with_raw(answer, None),
        ExpiresIn::Text => with_raw(answer, Some(&format!("\"{seconds}\""))),
        ExpiresIn::Raw(text) => with_raw(answer, Some(text)),
    }
}

/// The text of an object whose `expires_in` is replaced by a text, or left out.
fn with_raw(mut object: Value, expires_in: Option<&str>) -> String {
    if let Some(members) = object.as_object_mut() {
        members.remove("expires_in");
    }
    let text = object.to_string();
    match (expires_in, text.strip_suffix('}')) {
        (Some(value), Some(open)) => format!("{open},\"expires_in\":{value}}}"),
        _ => text,
    }
}
