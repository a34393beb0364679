//! The root of the sandbox: the router of all faces, the index page, and the frame every page shares.
//!
//! Pages are static: no script, nothing remote, one stylesheet of our own. There is deliberately no
//! `form-action` in the policy: Chromium applies it to the redirect that follows a form, and would
//! block the way back to a private-use scheme.

mod consent;
mod frame;
pub(crate) mod icons;
mod index;

use axum::extract::Request;
use axum::http::{HeaderName, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};

pub(crate) use consent::{accounts, allow_or_deny, consent_page, item, usual};
pub(crate) use frame::{html_page, message_page, monogram, quoting_page};

use crate::http::Base;
use crate::sandbox::Sandbox;
use crate::{mavio, mio, oauth, oidc};

/// For everything that could carry a code or a ticket.
pub(crate) const NO_STORE: [(HeaderName, &str); 2] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
];

/// Everything the sandbox serves. A new face is one more `merge`.
pub(crate) fn router(sandbox: &Sandbox, base: Base) -> Router {
    Router::new()
        .route("/", get(index::page))
        .route("/healthz", get(|| async { "ok" }))
        .route("/sandbox.css", get(frame::stylesheet))
        .route("/icon.svg", get(frame::icon))
        .merge(mio::router(sandbox))
        .merge(mavio::router(sandbox))
        .merge(oauth::router(sandbox))
        .merge(oidc::router(sandbox))
        .fallback(|| async { nothing_here(StatusCode::NOT_FOUND) })
        .method_not_allowed_fallback(wrong_method)
        .layer(Extension(base))
        .layer(from_fn(named_as_loopback))
}

/// The answer to a method an address does not take.
pub(crate) async fn wrong_method() -> Response {
    nothing_here(StatusCode::METHOD_NOT_ALLOWED)
}

fn nothing_here(status: StatusCode) -> Response {
    message_page(
        status,
        "There is nothing here",
        "The sandbox has no page or endpoint under this address and method.",
        "The start page lists what there is.",
    )
}

/// Refuses requests that came under another name: a remote page whose name was pointed at this
/// computer (DNS rebinding) must not be able to read a consent page and answer it.
async fn named_as_loopback(request: Request, next: Next) -> Response {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let named = host.or_else(|| {
        request
            .uri()
            .authority()
            .map(|authority| authority.as_str())
    });
    if named.is_some_and(is_loopback_name) {
        return next.run(request).await;
    }
    let sentence = "The sandbox answers under 127.0.0.1, [::1] and localhost only.\n";
    (StatusCode::MISDIRECTED_REQUEST, sentence).into_response()
}

fn is_loopback_name(host: &str) -> bool {
    ["127.0.0.1", "[::1]", "localhost"].into_iter().any(|name| {
        host.strip_prefix(name)
            .is_some_and(|rest| match rest.strip_prefix(':') {
                Some(port) => port.parse::<u16>().is_ok(),
                None => rest.is_empty(),
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_answered() {
        for (host, expected) in [
            ("127.0.0.1:4321", true),
            ("127.0.0.1", true),
            ("localhost:80", true),
            ("[::1]:80", true),
            ("127.0.0.1.evil.example", false),
            ("127.0.0.1:80.evil.example", false),
            ("localhost.evil.example:80", false),
            ("evil.example", false),
            ("", false),
        ] {
            assert_eq!(is_loopback_name(host), expected, "{host}");
        }
    }
}
