//! What an access token of the plain face opens: who the user is, and a resource that says whose
//! token was shown, so that a connection can be seen to work or to have ended.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::{PROFILE, dialect};
use crate::bearer;
use crate::grants::Bearer;
use crate::http::json_answer;
use crate::sandbox::Sandbox;

/// `GET /oauth/userinfo`: who the user is, in the dialect of the moment.
pub(super) async fn userinfo(State(sandbox): State<Sandbox>, headers: HeaderMap) -> Response {
    let dialect = sandbox.current_oauth_manners().dialect;
    let answer = answered(&sandbox, &headers, |bearer| {
        dialect::person(dialect, bearer)
    });
    if answer.status() == StatusCode::UNAUTHORIZED {
        return dialect::unauthorized(dialect, answer);
    }
    answer
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
