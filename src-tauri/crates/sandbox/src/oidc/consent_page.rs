//! What Orbit's consent pages say: each scope that was asked for, in plain words.

use maud::{Markup, html};

use crate::pages::{icons, item, usual};

/// Renders what is asked for; nothing of it can be chosen singly.
pub(super) fn details(client_name: &str, scope: &[String]) -> Markup {
    html! {
        section aria-labelledby="asks" {
            h2 id="asks" { "What " (client_name) " asks for" }
            ul.items {
                @for scope in scope {
                    (entry(scope))
                }
            }
        }
    }
}

/// Renders one checkbox per scope, the fields `scope`; all are checked at first.
pub(super) fn choices(client_name: &str, scope: &[String]) -> Markup {
    html! {
        fieldset {
            legend { "What " (client_name) " asks for" }
            @for (index, scope) in scope.iter().enumerate() {
                @let id = format!("scope-{index}");
                label.scope for=(id) {
                    input type="checkbox" name="scope" id=(id) value=(scope) checked;
                    span.who { code { (scope) } }
                }
            }
        }
        p.fine { "Uncheck what you don't want to allow. At least one has to stay, or choose Deny." }
    }
}

/// A scope in plain words. The table knows every scope the authorization endpoint lets through.
fn entry(scope: &str) -> Markup {
    match scope {
        "openid" => item(
            icons::key(),
            "Proof of who you are",
            "An ID that stays the same for this account",
        ),
        other => usual(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::PROFILE;

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
