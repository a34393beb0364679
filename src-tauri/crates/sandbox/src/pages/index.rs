//! The start page: what this is, and what there is.

use axum::Extension;
use axum::http::StatusCode;
use axum::response::Response;
use maud::html;

use super::frame::{html_page, monogram};
use crate::http::Base;
use crate::mio;
use crate::people::PEOPLE;

/// `GET /`.
pub(super) async fn page(Extension(base): Extension<Base>) -> Response {
    let body = html! {
        main.card.wide {
            h1 { "A pretend provider on this computer" }
            p {
                "Apps can connect to it as they would to the real service, and be tried out without \
                 an account. It is reached from this computer only, and its people are invented."
            }
            section aria-labelledby="mio" {
                h2.face id="mio" { (monogram("Mio", "mio")) "Mio, personal context" }
                ul.endpoints {
                    @for (method, path, purpose) in mio::ENDPOINTS {
                        li {
                            span.what { (purpose) }
                            code { (method) " " (base.0) (mio::ROOT) (path) }
                        }
                    }
                }
            }
            section aria-labelledby="people" {
                h2 id="people" { "People" }
                ul.people {
                    @for person in PEOPLE {
                        li {
                            (monogram(person.name, person.id))
                            span.who {
                                span.name { (person.name) }
                                span.detail { (person.email) }
                                span.detail { (person.role) }
                            }
                        }
                    }
                }
            }
            p.fine { a href="/healthz" { "Health check" } }
        }
    };
    html_page(StatusCode::OK, "Keyfob sandbox", &body)
}
