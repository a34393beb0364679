//! The authorization endpoint of the plain face (RFC 6749 §4.1.1).

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::{PROFILE, ROOT, consent_page};
use crate::authorization::{AuthorizationRules, asked, decided};
use crate::http::Base;
use crate::pages;
use crate::sandbox::Sandbox;

/// `GET /oauth/authorize`.
pub(super) async fn authorize(
    State(sandbox): State<Sandbox>,
    Extension(base): Extension<Base>,
    RawQuery(query): RawQuery,
) -> Response {
    let rules = rules(&sandbox, &base);
    asked(
        &sandbox,
        &PROFILE,
        &rules,
        query.as_deref(),
        |request, ticket| {
            let details = consent_page::details(request);
            pages::consent_page(&PROFILE, "/oauth/consent", request, ticket, &details)
        },
    )
}

/// `POST /oauth/consent`: the form of the consent page.
pub(super) async fn decision(
    State(sandbox): State<Sandbox>,
    Extension(base): Extension<Base>,
    body: Bytes,
) -> Response {
    decided(&sandbox, &PROFILE, &rules(&sandbox, &base), &body)
}

fn rules(sandbox: &Sandbox, base: &Base) -> AuthorizationRules {
    let issuer = format!("{}{ROOT}", base.0);
    sandbox.current_oauth_manners().authorization_rules(issuer)
}
