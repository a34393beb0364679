//! Mavio's API: meetings, summaries and action items, for whoever shows a good access token that was
//! granted the scope.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;

use super::diary::{self, Meeting};
use super::error::ApiError;
use super::paging::Page;
use super::{PROFILE, wire};
use crate::bearer;
use crate::http::json_answer;
use crate::sandbox::Sandbox;

const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// `GET /mavio/v1/meetings`.
pub(super) async fn meetings(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let page = permitted(&sandbox, &headers, "meetings:read").and_then(|meetings| {
        let page = Page::read(query.as_deref())?;
        Ok(page.of(meetings.iter().map(wire::meeting).collect()))
    });
    answer(page)
}

/// `GET /mavio/v1/summaries/{id}`.
pub(super) async fn summary(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    id: Result<Path<String>, PathRejection>,
) -> Response {
    let summary = permitted(&sandbox, &headers, "summaries:read").and_then(|meetings| {
        // An id that is no text is no id of ours.
        let id = id.map(|Path(id)| id).unwrap_or_default();
        let meeting = meetings
            .iter()
            .find(|meeting| wire::summary_id(meeting) == id);
        meeting
            .and_then(|meeting| Some(wire::summary(meeting, meeting.notes()?)))
            .ok_or_else(|| {
                let message = "there is no such summary, or it is not yours";
                ApiError::new(StatusCode::NOT_FOUND, "not_found", message)
            })
    });
    answer(summary)
}

/// `GET /mavio/v1/action-items`.
pub(super) async fn action_items(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let page = permitted(&sandbox, &headers, "action-items:read").and_then(|meetings| {
        let page = Page::read(query.as_deref())?;
        let items = meetings.iter().flat_map(wire::listed_action_items);
        Ok(page.of(items.collect()))
    });
    answer(page)
}

fn answer(outcome: Result<Value, ApiError>) -> Response {
    match outcome {
        Ok(body) => json_answer(StatusCode::OK, &body),
        Err(error) if error.status == StatusCode::UNAUTHORIZED => {
            bearer::challenged(error.into_response())
        }
        Err(error) => error.into_response(),
    }
}

/// The meetings of the user whose access token came in the header, if it is good, not used too often
/// and was granted the scope; checked in that order.
fn permitted(
    sandbox: &Sandbox,
    headers: &HeaderMap,
    scope: &str,
) -> Result<Vec<Meeting>, ApiError> {
    let unauthorized = || {
        let message = "the access token is missing, expired or malformed";
        ApiError::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    };
    let access_token = bearer::access_token(headers).ok_or_else(unauthorized)?;
    let limit = sandbox.current_mavio_manners().rate_limit;
    let now = sandbox.now();
    let mut state = sandbox.state();
    let bearer = state.grants.bearer(PROFILE.face, access_token, now);
    let bearer = bearer.ok_or_else(unauthorized)?;
    let granted = bearer.scope.iter().any(|granted| granted == scope);
    let meetings = diary::meetings_of(bearer.user, now);
    if let Some(limit) = limit {
        let counted = state.mavio_calls.count(access_token, limit, now);
        counted.map_err(too_many)?;
    }
    if !granted {
        let message = format!("the access token lacks the scope {scope}");
        return Err(ApiError::new(StatusCode::FORBIDDEN, "forbidden", message));
    }
    Ok(meetings)
}

/// `ends_at` is the end of the window in milliseconds; the header says it in whole Unix seconds, never
/// too early.
fn too_many(ends_at: i64) -> ApiError {
    let seconds = ends_at.saturating_add(999).div_euclid(1000);
    let message = "too many requests with this access token";
    ApiError {
        headers: vec![(RESET, HeaderValue::from(seconds))],
        ..ApiError::new(
            StatusCode::TOO_MANY_REQUESTS,
            "rate_limit_exceeded",
            message,
        )
    }
}
