//! The Mio face: connect page, token endpoint, context. Source: Mio's overview, the reference of its
//! server SDK, and what its public SDK (1.0.9) really sends.
//!
//! Hazard: what Mio's documents leave open is a manner of [`crate::MioManners`], never a guess built
//! into a handler.

mod connect;
mod consent_page;
mod context;
mod id_token;
mod memory;
mod token;

use axum::Router;
use axum::routing::{get, post};

use crate::config::Face;
use crate::http::observed_router;
use crate::profile::Profile;
use crate::recording::Endpoint;
use crate::sandbox::Sandbox;

/// What is fixed about Mio.
pub(crate) const PROFILE: Profile = Profile {
    face: Face::Mio,
    name: "Mio",
    scopes: &["openid", "profile", "email", "offline_access"],
    scope_optional: true,
    // Mio's own SDK leaves it out.
    response_type_optional: true,
    code_prefix: "mio_code_",
    access_token_prefix: "atk_",
    refresh_token_prefix: "rtk_",
};

/// The path of this face below the base address.
pub(crate) const ROOT: &str = "/mio";

/// The endpoints of this face: method, path below [`ROOT`], what it is for. Shown on the index page.
pub(crate) const ENDPOINTS: &[(&str, &str, &str)] = &[
    (
        "GET",
        "/connect",
        "Authorization endpoint: the consent page",
    ),
    (
        "POST",
        "/v1/auth/oauth2/token",
        "Token endpoint: exchange and refresh, JSON body",
    ),
    (
        "GET",
        "/v1/context/summary",
        "Summary of the user's context, or null",
    ),
    (
        "POST",
        "/v1/context",
        "Answer to a question, JSON body with query and k",
    ),
];

/// The routes of this face.
pub(crate) fn router(sandbox: &Sandbox) -> Router {
    observed_router(
        sandbox,
        ROOT,
        [
            ("/connect", get(connect::connect), Endpoint::Connect),
            ("/consent", post(connect::decision), Endpoint::Consent),
            ("/v1/auth/oauth2/token", post(token::token), Endpoint::Token),
            (
                "/v1/context/summary",
                get(context::summary),
                Endpoint::Summary,
            ),
            ("/v1/context", post(context::question), Endpoint::Question),
        ],
    )
}
