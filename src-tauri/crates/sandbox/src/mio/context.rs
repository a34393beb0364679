//! The context API: a summary, and answers to questions, for whoever shows a good access token.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::PROFILE;
use super::memory::{self, Memory};
use crate::bearer;
use crate::http::{json_answer, json_error, json_object};
use crate::sandbox::Sandbox;

/// How many facts an answer is made of if the question doesn't say.
const DEFAULT_K: u64 = 3;

/// `GET /mio/v1/context/summary`.
pub(crate) async fn summary(State(sandbox): State<Sandbox>, headers: HeaderMap) -> Response {
    match authorized(&sandbox, &headers) {
        Some(memory) => json_answer(StatusCode::OK, &json!({ "summary": memory.summary })),
        None => unauthorized(),
    }
}

/// `POST /mio/v1/context`.
pub(crate) async fn question(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(memory) = authorized(&sandbox, &headers) else {
        return unauthorized();
    };
    match read_question(&headers, &body) {
        Ok((query, k)) => json_answer(
            StatusCode::OK,
            &json!({ "content": memory.answer(&query, k) }),
        ),
        Err(description) => json_error(StatusCode::BAD_REQUEST, "invalid_request", description),
    }
}

fn read_question(headers: &HeaderMap, body: &[u8]) -> Result<(String, usize), &'static str> {
    let object = json_object(headers, body)?;
    let query = object.get("query").and_then(Value::as_str).map(str::trim);
    let query = query
        .filter(|query| !query.is_empty())
        .ok_or("query is missing or empty")?;
    let k = match object.get("k") {
        None | Some(Value::Null) => Some(DEFAULT_K),
        Some(value) => value.as_u64().filter(|k| (1..=20).contains(k)),
    };
    let k = k.and_then(|k| usize::try_from(k).ok());
    Ok((
        query.to_owned(),
        k.ok_or("k must be a whole number from 1 to 20")?,
    ))
}

/// The memory of the user whose access token came in the header.
fn authorized(sandbox: &Sandbox, headers: &HeaderMap) -> Option<&'static Memory> {
    let access_token = bearer::access_token(headers)?;
    let now = sandbox.now();
    let state = sandbox.state();
    let bearer = state.grants.bearer(PROFILE.face, access_token, now)?;
    Some(memory::of(bearer.user))
}

/// One answer for a missing, an expired and a malformed access token, as Mio's error table has it.
fn unauthorized() -> Response {
    let description = "the access token is missing, expired or malformed";
    let refusal = json_error(StatusCode::UNAUTHORIZED, "unauthorized", description);
    bearer::challenged(refusal)
}
