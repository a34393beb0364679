//! Slack's words: `ok` says how it went, the status is always 200, and a user's tokens stand one level
//! down.

use serde_json::{Value, json};

use super::Answering;
use crate::grants::Refusal;
use crate::token_request::{Failure, TokenError};

const TEAM: &str = "T0SANDBOX";
const APP: &str = "A0SANDBOX";

pub(super) fn answer(answering: &Answering<'_>) -> Value {
    let mut tokens = answering.members();
    tokens["token_type"] = json!("user");
    tokens["scope"] = json!(answering.issued.scope.join(","));
    let frame = json!({
        "ok": true,
        "app_id": APP,
        "team": { "id": TEAM, "name": "Sandbox" },
        "enterprise": null,
        "is_enterprise_install": false,
    });
    if answering.is_refresh() {
        return merged(tokens, frame);
    }
    tokens["id"] = json!(answering.issued.user);
    merged(frame, json!({ "authed_user": tokens }))
}

fn merged(mut into: Value, from: Value) -> Value {
    if let (Some(into), Value::Object(from)) = (into.as_object_mut(), from) {
        into.extend(from);
    }
    into
}

pub(super) fn refused(failure: &Failure) -> Value {
    json!({ "ok": false, "error": word(failure) })
}

fn word(failure: &Failure) -> &'static str {
    match failure.refusal {
        Some(Refusal::CodeUsed) => "code_already_used",
        Some(Refusal::RedirectMismatch) => "bad_redirect_uri",
        Some(
            Refusal::UnknownRefreshToken
            | Refusal::RefreshTokenExpired
            | Refusal::RefreshTokenUsed
            | Refusal::GrantRevoked,
        ) => "invalid_refresh_token",
        Some(
            Refusal::UnknownCode
            | Refusal::CodeExpired
            | Refusal::ClientMismatch
            | Refusal::VerifierMissing
            | Refusal::VerifierMismatch
            | Refusal::VerifierUnasked,
        ) => "invalid_code",
        None => match failure.error {
            TokenError::InvalidClient => "bad_client_secret",
            TokenError::UnsupportedGrantType => "invalid_grant_type",
            TokenError::ServerError => "internal_error",
            TokenError::InvalidRequest | TokenError::InvalidGrant | TokenError::Device(_) => {
                "invalid_arguments"
            }
        },
    }
}

/// As its API refuses an access token: there is no status but 200.
pub(super) fn unauthorized() -> Value {
    json!({ "ok": false, "error": "invalid_auth" })
}

/// As `users.profile.get` tells it.
pub(super) fn person(name: &str, email: &str) -> Value {
    json!({ "ok": true, "profile": { "real_name": name, "email": email } })
}
