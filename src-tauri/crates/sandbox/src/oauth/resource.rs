//! What an access token of the plain face opens: who the user is, and a resource that says whose
//! token was shown, so that a connection can be seen to work or to have ended.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::PROFILE;
use crate::bearer;
use crate::grants::Bearer;
use crate::http::{json_answer, json_error};
use crate::people;
use crate::sandbox::Sandbox;

/// `GET /oauth/userinfo`: `sub`, with the scope `email` also `email`, with `profile` also `name`.
pub(super) async fn userinfo(State(sandbox): State<Sandbox>, headers: HeaderMap) -> Response {
    answered(&sandbox, &headers, |bearer| {
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
    })
}

/// `GET /oauth/api/ping`: whose access token it is, whatever its scope.
pub(super) async fn ping(State(sandbox): State<Sandbox>, headers: HeaderMap) -> Response {
    answered(&sandbox, &headers, |bearer| {
        json!({
            "sub": bearer.user,
            "client_id": bearer.client_id,
            "scope": bearer.scope.join(" "),
        })
    })
}

fn answered(
    sandbox: &Sandbox,
    headers: &HeaderMap,
    body: impl FnOnce(Bearer<'_>) -> Value,
) -> Response {
    let Some(access_token) = bearer::access_token(headers) else {
        // RFC 6750 §3.1: to a request without a token no error is told.
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer realm=\"Acme\"")];
        return (StatusCode::UNAUTHORIZED, challenge).into_response();
    };
    let now = sandbox.now();
    let state = sandbox.state();
    match state.grants.bearer(PROFILE.face, access_token, now) {
        Some(bearer) => json_answer(StatusCode::OK, &body(bearer)),
        None => {
            let description = "the access token is unknown, expired or revoked";
            let refusal = json_error(StatusCode::UNAUTHORIZED, "invalid_token", description);
            bearer::challenged(refusal)
        }
    }
}
