//! What all pages share: the document around them, the headers, the stylesheet.

use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use maud::{DOCTYPE, Markup, html};

use super::{NO_STORE, icons};

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

const PAGE_HEADERS: [(HeaderName, &str); 3] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

/// Wraps a body into a whole page that says what the sandbox is.
pub(crate) fn html_page(status: StatusCode, title: &str, body: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) " (sandbox)" }
                link rel="stylesheet" href="/sandbox.css";
                link rel="icon" href="/icon.svg" type="image/svg+xml";
            }
            body {
                header.sandbox {
                    span.icon aria-hidden="true" { (icons::flask()) }
                    p { strong { "Sandbox" } " Pretend accounts, nothing real" }
                }
                (body)
            }
        }
    };
    (status, NO_STORE, PAGE_HEADERS, page).into_response()
}

/// A page with a heading, what happened, and what to do next.
pub(crate) fn message_page(status: StatusCode, heading: &str, what: &str, next: &str) -> Response {
    let body = html! {
        main.card.message {
            h1 { (heading) }
            p { (what) }
            p { (next) }
        }
    };
    html_page(status, heading, &body)
}

/// A page like [`message_page`] that also shows a text from outside, as text.
pub(crate) fn quoting_page(
    status: StatusCode,
    heading: &str,
    what: &str,
    quoted: &str,
    next: &str,
) -> Response {
    let body = html! {
        main.card.message {
            h1 { (heading) }
            p { (what) }
            p { code.quoted { (quoted) } }
            p { (next) }
        }
    };
    html_page(status, heading, &body)
}

/// The first letter of a name in a coloured tile; `tone` is a class of the stylesheet. Decorative.
pub(crate) fn monogram(name: &str, tone: &str) -> Markup {
    let letter: String = name.chars().take(1).flat_map(char::to_uppercase).collect();
    html! { span.monogram.(tone) aria-hidden="true" { (letter) } }
}

/// `GET /sandbox.css`.
pub(super) async fn stylesheet() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    (headers, NO_STORE, include_str!("sandbox.css")).into_response()
}

/// `GET /icon.svg`.
pub(super) async fn icon() -> Response {
    let headers = [(header::CONTENT_TYPE, "image/svg+xml")];
    (headers, NO_STORE, include_str!("icon.svg")).into_response()
}
