//! What Mavio's consent page says: each scope that was asked for, to be allowed or left out.
//!
//! Ids and names in the form (`scope-meetings-read`, `scope`) are relied on by tests.

use maud::{Markup, html};

use crate::pending::AuthorizationRequest;

/// Renders one checkbox per scope; all are checked at first.
pub(super) fn details(request: &AuthorizationRequest) -> Markup {
    html! {
        fieldset {
            legend { "What " (request.client_name) " asks for" }
            @for scope in &request.scope {
                (choice(scope))
            }
        }
        p.fine { "Uncheck what you don't want to allow. At least one has to stay, or choose Deny." }
    }
}

fn choice(scope: &str) -> Markup {
    let id = format!("scope-{}", scope.replace(':', "-"));
    html! {
        label.scope for=(id) {
            input type="checkbox" name="scope" id=(id) value=(scope) checked;
            span.who {
                span.what { (sentence(scope)) }
                code { (scope) }
            }
        }
    }
}

/// A scope in plain words. The table knows every scope the authorization endpoint lets through.
fn sentence(scope: &str) -> &'static str {
    match scope {
        "meetings:read" => "See your meetings, when they are and who takes part",
        "meetings:write" => "Plan, change and delete your meetings",
        "transcripts:read" => "Read what was said in your meetings, word by word",
        "transcripts:write" => "Change the transcripts of your meetings",
        "recordings:read" => "Watch and hear the recordings of your meetings",
        "notes:read" => "Read your notes",
        "notes:write" => "Write and change your notes",
        "summaries:read" => "Read the summaries and decisions of your meetings",
        "action-items:read" => "See the tasks that came out of your meetings",
        "action-items:write" => "Add, change and complete tasks",
        "channels:read" => "See your channels and the meetings in them",
        "team:read" => "See who is in your team",
        "webhooks:manage" => "Be told by Mavio when something changes, and choose what",
        _ => "A permission without a description",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::mavio::PROFILE;

    #[test]
    fn every_scope_has_a_sentence_of_its_own() {
        let sentences: BTreeSet<&str> =
            PROFILE.scopes.iter().map(|scope| sentence(scope)).collect();

        assert_eq!(PROFILE.scopes.len(), 13);
        assert_eq!(sentences.len(), 13, "{sentences:?}");
        assert!(!sentences.contains(sentence("unknown")), "{sentences:?}");
    }
}
