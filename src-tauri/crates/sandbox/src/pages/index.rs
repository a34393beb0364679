//! The start page: what this is, and what there is.

use axum::Extension;
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};

use super::frame::{html_page, monogram};
use crate::http::Base;
use crate::people::PEOPLE;
use crate::profile::Profile;
use crate::{mavio, mio, oauth, oidc};

/// `GET /`.
pub(super) async fn page(Extension(base): Extension<Base>) -> Response {
    let body = html! {
        main.card.wide {
            h1 { "Pretend providers on this computer" }
            p {
                "Apps can connect to them as they would to the real services, and be tried out \
                 without an account. They are reached from this computer only, and their people are \
                 invented."
            }
            (face(&mio::PROFILE, "personal context", mio::ROOT, mio::ENDPOINTS, &base))
            (face(&mavio::PROFILE, "meetings", mavio::ROOT, mavio::ENDPOINTS, &base))
            (face(&oauth::PROFILE, "plain OAuth 2.0", oauth::ROOT, oauth::ENDPOINTS, &base))
            (face(&oidc::PROFILE, "OpenID Connect", oidc::ROOT, oidc::ENDPOINTS, &base))
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

/// One provider and its endpoints.
fn face(
    profile: &Profile,
    about: &str,
    root: &str,
    endpoints: &[(&str, &str, &str)],
    base: &Base,
) -> Markup {
    let slug = profile.face.slug();
    html! {
        section aria-labelledby=(slug) {
            h2.face id=(slug) { (monogram(profile.name, slug)) (profile.name) ", " (about) }
            ul.endpoints {
                @for (method, path, purpose) in endpoints {
                    li {
                        span.what { (purpose) }
                        code { (method) " " (base.0) (root) (path) }
                    }
                }
            }
        }
    }
}
