//! The Mavio face: authorization with a choice of scopes, token endpoint, meetings. Source: Mavio's
//! guide to OAuth apps and its public API reference.
//!
//! Hazard: what Mavio's documents leave open is a manner of [`crate::MavioManners`], never a guess
//! built into a handler.

mod api;
mod authorize;
mod calendar;
mod consent_page;
mod diary;
mod error;
mod paging;
mod rate_limit;
mod token;
mod wire;

use axum::Router;
use axum::routing::{get, post};

pub(crate) use self::rate_limit::Calls;
use crate::config::Face;
use crate::http::observed_router;
use crate::profile::Profile;
use crate::recording::Endpoint;
use crate::sandbox::Sandbox;

/// What is fixed about Mavio.
pub(crate) const PROFILE: Profile = Profile {
    face: Face::Mavio,
    name: "Mavio",
    scopes: &[
        "meetings:read",
        "meetings:write",
        "transcripts:read",
        "transcripts:write",
        "recordings:read",
        "notes:read",
        "notes:write",
        "summaries:read",
        "action-items:read",
        "action-items:write",
        "channels:read",
        "team:read",
        "webhooks:manage",
    ],
    scope_optional: false,
    response_type_optional: false,
    code_prefix: "mavio_code_",
    access_token_prefix: "mavio_at_",
    refresh_token_prefix: "mavio_rt_",
};

/// The path of this face below the base address.
pub(crate) const ROOT: &str = "/mavio";

/// The endpoints of this face: method, path below [`ROOT`], what it is for. Shown on the index page.
pub(crate) const ENDPOINTS: &[(&str, &str, &str)] = &[
    (
        "GET",
        "/oauth/authorize",
        "Authorization endpoint: the consent page",
    ),
    (
        "POST",
        "/oauth/token",
        "Token endpoint: exchange and refresh, form body",
    ),
    (
        "GET",
        "/v1/meetings",
        "Meetings, newest first, with limit and offset",
    ),
    (
        "GET",
        "/v1/summaries/{id}",
        "Summary and decisions of a meeting",
    ),
    (
        "GET",
        "/v1/action-items",
        "Tasks of all meetings, with limit and offset",
    ),
];

/// The routes of this face.
pub(crate) fn router(sandbox: &Sandbox) -> Router {
    observed_router(
        sandbox,
        ROOT,
        [
            (
                "/oauth/authorize",
                get(authorize::authorize),
                Endpoint::MavioAuthorize,
            ),
            (
                "/oauth/consent",
                post(authorize::decision),
                Endpoint::MavioConsent,
            ),
            ("/oauth/token", post(token::token), Endpoint::MavioToken),
            ("/v1/meetings", get(api::meetings), Endpoint::MavioMeetings),
            (
                "/v1/summaries/{id}",
                get(api::summary),
                Endpoint::MavioSummaries,
            ),
            (
                "/v1/action-items",
                get(api::action_items),
                Endpoint::MavioActionItems,
            ),
        ],
    )
}
