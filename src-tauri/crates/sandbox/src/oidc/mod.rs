//! The OpenID Connect face, called Orbit on its pages: a provider that is known by its address alone,
//! through OpenID Connect Discovery 1.0 and RFC 8414. It signs id tokens with keys of its own, takes
//! pushed requests (RFC 9126) and devices without a browser (RFC 8628), and demands PKCE.
//!
//! Hazard: what the specifications leave to the server, and what a client must not fall for, is a
//! manner of [`crate::OidcManners`], never a guess built into a handler.

mod authorize;
mod claims;
mod consent_page;
mod device;
mod device_page;
mod dialect;
mod discovery;
mod id_token;
mod jwks;
mod pushed;
mod revoke;
mod token;
mod userinfo;

use axum::Router;
use axum::routing::{get, post};

use crate::config::Face;
use crate::http::{Base, observed_router};
use crate::manners::{IssuerShape, OidcManners};
use crate::profile::Profile;
use crate::recording::Endpoint;
use crate::sandbox::Sandbox;

/// What is fixed about this face.
pub(crate) const PROFILE: Profile = Profile {
    face: Face::Oidc,
    name: "Orbit",
    scopes: &["openid", "profile", "email", "offline_access"],
    scope_optional: false,
    response_type_optional: false,
    code_prefix: "orbit_code_",
    access_token_prefix: "orbit_at_",
    refresh_token_prefix: "orbit_rt_",
};

/// The path of this face below the base address.
pub(crate) const ROOT: &str = "/oidc";

/// The endpoints of this face: method, path below [`ROOT`], what it is for. Shown on the index page.
pub(crate) const ENDPOINTS: &[(&str, &str, &str)] = &[
    (
        "GET",
        "/.well-known/openid-configuration",
        "Metadata: where everything else is",
    ),
    ("GET", "/jwks", "The keys that sign id tokens"),
    (
        "GET",
        "/authorize",
        "Authorization endpoint: the consent page",
    ),
    ("POST", "/par", "Pushed authorization requests, form body"),
    (
        "POST",
        "/token",
        "Token endpoint: exchange, refresh and devices, form body",
    ),
    (
        "POST",
        "/revoke",
        "Revocation endpoint: a token and its client, form body",
    ),
    ("GET", "/userinfo", "Who the user is, as far as was granted"),
    (
        "POST",
        "/device_authorization",
        "A device without a browser asks for a code, form body",
    ),
    ("GET", "/device", "Where the user types that code"),
];

/// The id of the tenant where the face is one of several tenants.
const TENANT: &str = "0b1d7a52-3c4e-4f60-8a91-2d3e4f5a6b7c";

/// The issuer as the metadata name it.
fn announced_issuer(base: &Base, manners: &OidcManners) -> String {
    match manners.issuer {
        IssuerShape::Own => format!("{}{ROOT}", base.0),
        IssuerShape::OfTenant => format!("{}{ROOT}/{{tenantid}}/v2.0", base.0),
        IssuerShape::OfMicrosoft => "https://login.microsoftonline.com/{tenantid}/v2.0".to_owned(),
    }
}

/// The issuer as id tokens and redirects name it.
fn issuer(base: &Base, manners: &OidcManners) -> String {
    announced_issuer(base, manners).replace("{tenantid}", TENANT)
}

/// The routes of this face, and the two addresses of its metadata that do not lie below its path.
pub(crate) fn router(sandbox: &Sandbox) -> Router {
    let inserted = [
        (
            "/.well-known/openid-configuration/oidc",
            get(discovery::inserted),
            Endpoint::OidcInsertedDiscovery,
        ),
        (
            "/.well-known/oauth-authorization-server/oidc",
            get(discovery::server_metadata),
            Endpoint::OidcServerMetadata,
        ),
    ];
    let below = [
        (
            "/.well-known/openid-configuration",
            get(discovery::appended),
            Endpoint::OidcDiscovery,
        ),
        ("/jwks", get(jwks::jwks), Endpoint::OidcJwks),
        ("/par", post(pushed::push), Endpoint::OidcPushed),
        (
            "/authorize",
            get(authorize::authorize),
            Endpoint::OidcAuthorize,
        ),
        ("/consent", post(authorize::decision), Endpoint::OidcConsent),
        ("/token", post(token::token), Endpoint::OidcToken),
        ("/revoke", post(revoke::revoke), Endpoint::OidcRevoke),
        (
            "/userinfo",
            get(userinfo::userinfo).post(userinfo::userinfo),
            Endpoint::OidcUserinfo,
        ),
        (
            "/device_authorization",
            post(device::device_authorization),
            Endpoint::OidcDeviceAuthorization,
        ),
        ("/device", get(device_page::page), Endpoint::OidcDevicePage),
        (
            "/device/code",
            post(device_page::code),
            Endpoint::OidcDeviceCode,
        ),
        (
            "/device/decision",
            post(device_page::decision),
            Endpoint::OidcDeviceDecision,
        ),
    ];
    observed_router(sandbox, "", inserted).merge(observed_router(sandbox, ROOT, below))
}
