//! The Mio face: connect page, token endpoint, context. Source: Mio's overview, the reference of its
//! server SDK, and what its public SDK (1.0.9) really sends.
//!
//! Hazard: what Mio's documents leave open is a manner of [`crate::MioManners`], never a guess built
//! into a handler.

mod authorization_request;
mod connect;
mod consent_page;
mod context;
mod id_token;
mod memory;
mod token;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};

use crate::http::observed;
use crate::pages::wrong_method;
use crate::recording::Endpoint;
use crate::sandbox::Sandbox;

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

/// The routes of this face. They carry their whole path: a nested router would see, and record, a
/// shortened one.
pub(crate) fn router(sandbox: &Sandbox) -> Router {
    let around = |route: MethodRouter<Sandbox>, endpoint: Endpoint| {
        // Inside the layer, so that a wrong method is recorded too: a client that repeats its POST as
        // a GET must not go unseen.
        let route = route.fallback(wrong_method);
        route.layer(from_fn_with_state((sandbox.clone(), endpoint), observed))
    };
    let routes = [
        ("/connect", get(connect::consent_page), Endpoint::Connect),
        ("/consent", post(connect::decision), Endpoint::Consent),
        ("/v1/auth/oauth2/token", post(token::token), Endpoint::Token),
        (
            "/v1/context/summary",
            get(context::summary),
            Endpoint::Summary,
        ),
        ("/v1/context", post(context::question), Endpoint::Question),
    ];
    let router = Router::new();
    let router = routes
        .into_iter()
        .fold(router, |router, (path, route, endpoint)| {
            router.route(&format!("{ROOT}{path}"), around(route, endpoint))
        });
    router.with_state(sandbox.clone())
}
