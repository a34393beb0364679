//! The plain OAuth face, called Acme on its pages: a server that keeps to RFC 6749, 7009 and 7636 and
//! has no dialect of its own, until its manners give it that of a service. It can be asked to revoke.
//!
//! Hazard: what the RFCs leave to the server is a manner of [`crate::OauthManners`], never a guess
//! built into a handler.

mod authorize;
mod consent_page;
mod dialect;
mod resource;
mod revoke;
mod token;

use axum::Router;
use axum::routing::{get, post};

use crate::config::Face;
use crate::http::observed_router;
use crate::profile::Profile;
use crate::recording::Endpoint;
use crate::sandbox::Sandbox;

/// What is fixed about this face.
pub(crate) const PROFILE: Profile = Profile {
    face: Face::Oauth,
    name: "Acme",
    scopes: &[
        "profile",
        "email",
        "files:read",
        "files:write",
        "offline_access",
    ],
    scope_optional: false,
    response_type_optional: false,
    code_prefix: "oauth_code_",
    access_token_prefix: "oauth_at_",
    refresh_token_prefix: "oauth_rt_",
};

/// The path of this face below the base address.
pub(crate) const ROOT: &str = "/oauth";

/// The endpoints of this face: method, path below [`ROOT`], what it is for. Shown on the index page.
pub(crate) const ENDPOINTS: &[(&str, &str, &str)] = &[
    (
        "GET",
        "/authorize",
        "Authorization endpoint: the consent page",
    ),
    (
        "POST",
        "/token",
        "Token endpoint: exchange and refresh, form body",
    ),
    (
        "POST",
        "/revoke",
        "Revocation endpoint: a token and its client, form body",
    ),
    ("GET", "/userinfo", "Who the user is, as far as was granted"),
    ("GET", "/api/ping", "Says whose access token was shown"),
];

/// The routes of this face.
pub(crate) fn router(sandbox: &Sandbox) -> Router {
    observed_router(
        sandbox,
        ROOT,
        [
            (
                "/authorize",
                get(authorize::authorize),
                Endpoint::OauthAuthorize,
            ),
            (
                "/consent",
                post(authorize::decision),
                Endpoint::OauthConsent,
            ),
            ("/token", post(token::token), Endpoint::OauthToken),
            ("/revoke", post(revoke::revoke), Endpoint::OauthRevoke),
            (
                "/userinfo",
                get(resource::userinfo),
                Endpoint::OauthUserinfo,
            ),
            ("/api/ping", get(resource::ping), Endpoint::OauthPing),
        ],
    )
}
