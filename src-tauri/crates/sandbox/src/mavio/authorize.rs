//! The authorization endpoint of Mavio.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::{PROFILE, consent_page};
use crate::authorization::{asked, decided};
use crate::pages;
use crate::sandbox::Sandbox;

/// `GET /mavio/oauth/authorize`.
pub(super) async fn authorize(
    State(sandbox): State<Sandbox>,
    RawQuery(query): RawQuery,
) -> Response {
    let rules = sandbox.current_mavio_manners().authorization_rules();
    asked(
        &sandbox,
        &PROFILE,
        &rules,
        query.as_deref(),
        |request, ticket| {
            let details = consent_page::details(request);
            pages::consent_page(&PROFILE, "/mavio/oauth/consent", request, ticket, &details)
        },
    )
}

/// `POST /mavio/oauth/consent`: the form of the consent page.
pub(super) async fn decision(State(sandbox): State<Sandbox>, body: Bytes) -> Response {
    let rules = sandbox.current_mavio_manners().authorization_rules();
    decided(&sandbox, &PROFILE, &rules, &body)
}
