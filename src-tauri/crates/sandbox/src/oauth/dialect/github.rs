//! GitHub's words: a form or JSON as the client likes, and every refusal with status 200.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::Answering;
use crate::grants::Refusal;
use crate::http::json_answer;
use crate::pages::NO_STORE;
use crate::token_request::{Failure, TokenError};

pub(super) fn answered(answering: &Answering<'_>) -> Response {
    let mut answer = answering.members();
    answer["token_type"] = json!("bearer");
    answer["scope"] = json!(answering.issued.scope.join(","));
    if let Some(ends_at) = answering.issued.refresh_token_ends_at {
        let seconds = ends_at.saturating_sub(answering.now) / 1000;
        answer["refresh_token_expires_in"] = json!(seconds);
    }
    // Without a refresh token the access token has no end that would be told.
    if let Some(members) = answer.as_object_mut()
        && !members.contains_key("refresh_token")
    {
        members.remove("expires_in");
    }
    in_the_form_accepted(answering.headers, &answer)
}

pub(super) fn refused(headers: &HeaderMap, failure: &Failure) -> Response {
    let answer = json!({
        "error": word(failure),
        "error_description": failure.description,
        "error_uri": "https://docs.acme.example/token-errors",
    });
    in_the_form_accepted(headers, &answer)
}

fn word(failure: &Failure) -> &'static str {
    match failure.refusal {
        Some(Refusal::RedirectMismatch) => "redirect_uri_mismatch",
        Some(
            Refusal::UnknownRefreshToken
            | Refusal::RefreshTokenExpired
            | Refusal::RefreshTokenUsed
            | Refusal::GrantRevoked,
        ) => "bad_refresh_token",
        Some(
            Refusal::UnknownCode
            | Refusal::CodeExpired
            | Refusal::CodeUsed
            | Refusal::ClientMismatch
            | Refusal::VerifierMissing
            | Refusal::VerifierMismatch
            | Refusal::VerifierUnasked,
        ) => "bad_verification_code",
        None if failure.error == TokenError::InvalidClient => "incorrect_client_credentials",
        None => failure.error.word(),
    }
}

/// JSON for a client that names it, a form for all others.
fn in_the_form_accepted(headers: &HeaderMap, answer: &Value) -> Response {
    let accepted = headers.get(header::ACCEPT);
    let accepted = accepted.and_then(|value| value.to_str().ok());
    if accepted.is_some_and(|accepted| accepted.contains("application/json")) {
        return json_answer(StatusCode::OK, answer);
    }
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in answer.as_object().into_iter().flatten() {
        let number = value.to_string();
        form.append_pair(name, value.as_str().unwrap_or(&number));
    }
    let content_type = "application/x-www-form-urlencoded; charset=utf-8";
    let headers = [(header::CONTENT_TYPE, content_type)];
    (headers, NO_STORE, form.finish()).into_response()
}
