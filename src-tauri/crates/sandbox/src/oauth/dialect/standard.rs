//! The words of RFC 6749, for the plain face itself and for services that keep to them.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::Answering;
use crate::grants::{Bearer, Refusal};
use crate::http::{json_answer, json_error, json_text_answer};
use crate::manners::ExpiresIn;
use crate::oauth::PROFILE;
use crate::people;
use crate::refusal::refusal;
use crate::token_request::Failure;

/// The members of RFC 6749 §5.1, with `expires_in` as the manners have it.
pub(super) fn answered(answering: &Answering<'_>) -> Response {
    let manners = answering.manners;
    let mut answer = answering.members();
    let ends_at = answering.issued.refresh_token_ends_at;
    if let Some(ends_at) = ends_at.filter(|_| manners.tell_refresh_token_lifetime) {
        // Rounded down: never later than the truth.
        answer["refresh_expires_in"] = json!(ends_at.saturating_sub(answering.now) / 1000);
    }
    let seconds = answer["expires_in"].take();
    let text = match &manners.expires_in {
        ExpiresIn::Seconds => with_raw(answer, Some(&seconds.to_string())),
        ExpiresIn::Absent => with_raw(answer, None),
        ExpiresIn::Text => with_raw(answer, Some(&format!("\"{seconds}\""))),
        ExpiresIn::Raw(text) => with_raw(answer, Some(text)),
    };
    json_text_answer(StatusCode::OK, text)
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

/// As the RFC has it, but that a refresh token that isn't good is forbidden.
pub(super) fn refused_by_atlassian(failure: &Failure) -> Response {
    match failure.refusal {
        Some(
            Refusal::UnknownRefreshToken
            | Refusal::RefreshTokenExpired
            | Refusal::RefreshTokenUsed
            | Refusal::GrantRevoked,
        ) => json_error(
            StatusCode::FORBIDDEN,
            failure.error.word(),
            &failure.description,
        ),
        Some(
            Refusal::UnknownCode
            | Refusal::CodeExpired
            | Refusal::CodeUsed
            | Refusal::ClientMismatch
            | Refusal::RedirectMismatch
            | Refusal::VerifierMissing
            | Refusal::VerifierMismatch
            | Refusal::VerifierUnasked,
        )
        | None => refusal(&PROFILE, failure),
    }
}

/// As the RFC has it, with the sentence in a member of Zoom's own.
pub(super) fn refused_by_zoom(failure: &Failure) -> Response {
    let body = json!({ "reason": failure.description, "error": failure.error.word() });
    json_answer(failure.error.status(), &body)
}

/// `sub`, with the scope `email` also `email`, with `profile` also `name`.
pub(super) fn person(bearer: Bearer<'_>) -> Value {
    let mut claims = json!({ "sub": bearer.user });
    let granted = |scope: &str| bearer.scope.iter().any(|granted| granted == scope);
    if let Some(person) = people::find(bearer.user) {
        if granted("email") {
            claims["email"] = json!(person.email);
        }
        if granted("profile") {
            claims["name"] = json!(person.name);
        }
    }
    claims
}
