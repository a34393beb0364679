//! What the plain face's consent page says: each scope that was asked for, in plain words.

use maud::{Markup, html};

use crate::pages::{icons, item, usual};
use crate::pending::AuthorizationRequest;

/// Renders what is asked for; nothing of it can be chosen singly.
pub(super) fn details(request: &AuthorizationRequest) -> Markup {
    html! {
        section aria-labelledby="asks" {
            h2 id="asks" { "What " (request.client_name) " asks for" }
            ul.items {
                @for scope in &request.scope {
                    (entry(scope))
                }
                @if request.scope.is_empty() {
                    (item(icons::key(), "Your account", "It asks for no single permission"))
                }
            }
        }
    }
}

/// A scope in plain words. The table knows every scope the authorization endpoint lets through.
fn entry(scope: &str) -> Markup {
    match scope {
        "files:read" => item(icons::note(), "Your files", "See and download them"),
        "files:write" => item(
            icons::pencil(),
            "Changes to your files",
            "Add, change and delete them",
        ),
        other => usual(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::PROFILE;

    #[test]
    fn every_scope_is_described() {
        for scope in PROFILE.scopes {
            let seen = entry(scope).into_string();
            assert!(!seen.contains("without a description"), "{scope}: {seen}");
        }
        let unknown = entry("files:delete").into_string();
        assert!(unknown.contains("without a description"), "{unknown}");
    }
}
