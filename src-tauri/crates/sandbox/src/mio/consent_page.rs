//! What Mio's consent page says: what Mio reads, what the app receives.

use maud::{Markup, html};

use crate::pages::{icons, item, usual};
use crate::pending::AuthorizationRequest;

/// Renders what is asked for; nothing of it can be chosen singly.
pub(super) fn details(request: &AuthorizationRequest) -> Markup {
    html! {
        (what_mio_reads())
        (what_the_client_receives(request))
    }
}

fn what_mio_reads() -> Markup {
    html! {
        section aria-labelledby="reads" {
            h2 id="reads" { "What Mio will read" }
            ul.items {
                (item(icons::mail(), "Your e-mail", "Who you write with and what it is about"))
                (item(icons::calendar(), "Your calendar", "Your meetings and who is in them"))
            }
        }
    }
}

fn what_the_client_receives(request: &AuthorizationRequest) -> Markup {
    html! {
        section aria-labelledby="receives" {
            h2 id="receives" { "What " (request.client_name) " will receive" }
            ul.items {
                (item(icons::note(), "Your context", "Mio's summary and answers to questions"))
                @for scope in &request.scope {
                    (scope_item(scope))
                }
            }
        }
    }
}

/// A scope in plain words. The table knows every scope the authorization endpoint lets through.
fn scope_item(scope: &str) -> Markup {
    match scope {
        "openid" => item(
            icons::key(),
            "Proof of who you are",
            "An ID that stays the same for this account",
        ),
        "profile" => item(
            icons::person(),
            "Your name",
            "As it stands in your Mio account",
        ),
        other => usual(other),
    }
}
