//! The consent page: who asks, what Mio reads, what the app receives, as whom, allow or deny.
//!
//! Ids and names in the form (`allow`, `deny`, `user`, `ticket`, `decision`) are relied on by tests.
//! Hazard: the client's name is shown and came from outside; only escaped text may hold it.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};

use crate::pages::icons;
use crate::pages::{html_page, monogram};
use crate::pending::AuthorizationRequest;
use crate::people::{PEOPLE, Person};
use crate::secret::Secret;

/// Renders the page for one pending authorization request.
pub(crate) fn page(request: &AuthorizationRequest, ticket: &Secret) -> Response {
    let name = &request.client_name;
    let title = format!("Connect {name} to Mio");
    let body = html! {
        main.card.consent {
            div.pair aria-hidden="true" {
                (monogram(name, "app"))
                span.link { (icons::link()) }
                (monogram("Mio", "mio"))
            }
            h1 { (name) " wants to connect to your Mio account" }
            div.columns {
                div {
                    (what_mio_reads())
                    (what_the_client_receives(request))
                }
                form method="post" action="/mio/consent" {
                    input type="hidden" name="ticket" value=(ticket.expose());
                    fieldset {
                        legend { "Pretend account to connect" }
                        @for (index, person) in PEOPLE.iter().enumerate() {
                            (choice(person, index == 0))
                        }
                    }
                    div.actions {
                        button.primary type="submit" id="allow" name="decision" value="allow" { "Allow" }
                        button type="submit" id="deny" name="decision" value="deny" { "Deny" }
                    }
                    p.fine {
                        "Your answer goes to " code { (destination(&request.redirect_uri)) }
                        ". You can end the connection in " (name) " at any time."
                    }
                }
            }
        }
    };
    html_page(StatusCode::OK, &title, &body)
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

fn choice(person: &Person, checked: bool) -> Markup {
    let id = format!("user-{}", person.id);
    html! {
        label.person for=(id) {
            input type="radio" name="user" id=(id) value=(person.id) checked[checked] required;
            (monogram(person.name, person.id))
            span.who {
                span.name { (person.name) }
                span.detail { (person.email) }
                span.detail { (person.role) }
            }
        }
    }
}

fn item(icon: Markup, what: &str, detail: &str) -> Markup {
    html! {
        li {
            span.icon aria-hidden="true" { (icon) }
            span {
                span.what { (what) }
                span.detail { (detail) }
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
        "email" => item(
            icons::at(),
            "Your e-mail address",
            "To tell your accounts apart",
        ),
        "offline_access" => item(
            icons::renew(),
            "Lasting access",
            "It stays connected until you end it",
        ),
        other => item(icons::key(), other, "A permission without a description"),
    }
}

/// The part of a redirect URI that tells where an answer goes: scheme and host, or the private-use
/// scheme alone.
fn destination(redirect_uri: &str) -> &str {
    let end = match redirect_uri.split_once("://") {
        Some((scheme, rest)) => scheme.len() + 3 + rest.find(['/', '?']).unwrap_or(rest.len()),
        None => redirect_uri.find(':').unwrap_or(redirect_uri.len()),
    };
    &redirect_uri[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_destination_is_scheme_and_host() {
        for (uri, expected) in [
            ("dev.keyfob.desktop:/callback/mio", "dev.keyfob.desktop"),
            (
                "http://127.0.0.1:4321/callback/mio",
                "http://127.0.0.1:4321",
            ),
            ("https://keyfob.example?t=1", "https://keyfob.example"),
        ] {
            assert_eq!(destination(uri), expected);
        }
    }
}
