//! The consent page as all faces have it: who asks, a place for what is asked, as whom, allow or deny.
//!
//! Ids and names in the form (`allow`, `deny`, `user`, `ticket`, `decision`) are relied on by tests.
//! Hazard: the client's name is shown and came from outside; only escaped text may hold it.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};

use super::frame::{html_page, monogram};
use super::icons;
use crate::pending::AuthorizationRequest;
use crate::people::{PEOPLE, Person};
use crate::profile::Profile;
use crate::secret::Secret;

/// Renders the page for one pending authorization request; `details` stands beside the choice of an
/// account, inside the form that is sent to `action`.
pub(crate) fn consent_page(
    profile: &Profile,
    action: &str,
    request: &AuthorizationRequest,
    ticket: &Secret,
    details: &Markup,
) -> Response {
    let (name, service) = (&request.client_name, profile.name);
    let title = format!("Connect {name} to {service}");
    let body = html! {
        main.card.consent {
            div.pair aria-hidden="true" {
                (monogram(name, "app"))
                span.link { (icons::link()) }
                (monogram(service, profile.face.slug()))
            }
            h1 { (name) " wants to connect to your " (service) " account" }
            form.columns method="post" action=(action) {
                div { (details) }
                div {
                    input type="hidden" name="ticket" value=(ticket.expose());
                    (accounts())
                    (allow_or_deny())
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

/// The choice of an account, the field `user`.
pub(crate) fn accounts() -> Markup {
    html! {
        fieldset {
            legend { "Pretend account to connect" }
            @for (index, person) in PEOPLE.iter().enumerate() {
                (choice(person, index == 0))
            }
        }
    }
}

/// The buttons that end the form, the field `decision`.
pub(crate) fn allow_or_deny() -> Markup {
    html! {
        div.actions {
            button.primary type="submit" id="allow" name="decision" value="allow" { "Allow" }
            button type="submit" id="deny" name="decision" value="deny" { "Deny" }
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

/// One entry of a list of what is asked for: an icon, what it is, and a plain sentence about it.
pub(crate) fn item(icon: Markup, what: &str, detail: &str) -> Markup {
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

/// The entry of a scope that several faces have; any other one has no description.
pub(crate) fn usual(scope: &str) -> Markup {
    match scope {
        "profile" => item(icons::person(), "Your name", "As it stands in your account"),
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
