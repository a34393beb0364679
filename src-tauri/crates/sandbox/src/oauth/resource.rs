//! What an access token of the plain face opens: who the user is, and a resource that says whose
//! token was shown, so that a connection can be seen to work or to have ended.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::PROFILE;
use crate::bearer;
use crate::grants::Bearer;
use crate::http::json_answer;
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
    bearer::opened(sandbox, &PROFILE, headers, |bearer| {
        json_answer(StatusCode::OK, &body(bearer))
    })
}
