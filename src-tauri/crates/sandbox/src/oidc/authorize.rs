//! The authorization endpoint (OpenID Connect Core §3.1.2), for requests in the address and for pushed
//! ones (RFC 9126 §4).

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::{PROFILE, consent_page, issuer};
use crate::authorization::{AuthorizationRules, asked_with, decided};
use crate::http::{Base, pairs};
use crate::pages;
use crate::pushed::Parameters;
use crate::sandbox::Sandbox;

/// `GET /oidc/authorize`.
pub(super) async fn authorize(
    State(sandbox): State<Sandbox>,
    Extension(base): Extension<Base>,
    RawQuery(query): RawQuery,
) -> Response {
    let asked = pairs(query.unwrap_or_default().as_bytes());
    let mut rules = rules(&sandbox, &base);
    let parameters = match values(&asked, "request_uri").as_slice() {
        [] => asked,
        uris => match pushed(&sandbox, uris, &values(&asked, "client_id")) {
            Some(parameters) => {
                rules.pushed_only = false;
                parameters
            }
            None => return gone(),
        },
    };
    asked_with(
        &sandbox,
        &PROFILE,
        &rules,
        &parameters,
        |request, ticket| {
            let render = if rules.partial_grants {
                consent_page::choices
            } else {
                consent_page::details
            };
            let details = render(&request.client_name, &request.scope);
            pages::consent_page(&PROFILE, "/oidc/consent", request, ticket, &details)
        },
    )
}

/// `POST /oidc/consent`: the form of the consent page.
pub(super) async fn decision(
    State(sandbox): State<Sandbox>,
    Extension(base): Extension<Base>,
    body: Bytes,
) -> Response {
    decided(&sandbox, &PROFILE, &rules(&sandbox, &base), &body)
}

/// What the authorization and the pushed request endpoint go by.
pub(super) fn rules(sandbox: &Sandbox, base: &Base) -> AuthorizationRules {
    let manners = sandbox.current_oidc_manners();
    manners.authorization_rules(issuer(base, &manners))
}

/// The parameters of a pushed request, whatever else stands in the address.
fn pushed(sandbox: &Sandbox, uris: &[&str], clients: &[&str]) -> Option<Parameters> {
    let ([uri], [client_id]) = (uris, clients) else {
        return None;
    };
    let now = sandbox.now();
    sandbox.state().pushed.take(uri, client_id, now)
}

fn values<'a>(parameters: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    let found = parameters.iter().filter(|(key, _)| key == name);
    found.map(|(_, value)| value.as_str()).collect()
}

fn gone() -> Response {
    pages::message_page(
        StatusCode::BAD_REQUEST,
        "This link is no longer valid",
        "The request it stands for was opened before, has expired, or belongs to another app. \
         Nothing was shared.",
        "Close this page and start the connection again in the app.",
    )
}
