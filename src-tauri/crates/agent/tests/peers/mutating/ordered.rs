//! The test's end of oauth2-mock-server: what it is told to answer, and what it saw.

use keyfob_test_support::peers::{Seen, Server};
use serde_json::{Value, json};

/// What the server knows.
#[derive(serde::Deserialize)]
pub(super) struct View {
    /// Every request to the token endpoint.
    pub(super) requests: Vec<Seen>,
    /// Every other request.
    pub(super) others: Vec<Other>,
    /// The tokens in the token endpoint's last answer, as the package gave them with its members changed.
    pub(super) given: Value,
    /// How many orders wait for their request.
    pub(super) left: usize,
}

/// A request to another endpoint.
#[derive(Debug, PartialEq, Eq, serde::Deserialize)]
pub(super) struct Other {
    pub(super) host: String,
    pub(super) path: String,
    /// The scheme of the `Authorization` header.
    pub(super) authentication: String,
}

/// Stands for the server's origin in an order.
pub(super) const ORIGIN: &str = "{origin}";

/// Orders how the next request at a path is answered; `tests/peers/mock/script.mjs` says in which words.
pub(super) async fn order(server: &Server, path: &str, script: &Value) {
    let mut script = script.clone();
    script["path"] = json!(path);
    let script = script.to_string().replace(ORIGIN, &server.origin);
    let url = format!("{}/control/next", server.origin);
    let answer = server.http().post(url).body(script).send().await;
    answer.unwrap().error_for_status().unwrap();
}

impl View {
    /// How many requests there were at a path that isn't the token endpoint's.
    pub(super) fn others_at(&self, path: &str) -> usize {
        self.others
            .iter()
            .filter(|other| other.path == path)
            .count()
    }
}

/// Looks into the server. Every order has to have been used up: an answer that nobody fetched proves
/// nothing.
pub(super) async fn view(server: &Server) -> View {
    let url = format!("{}/control/view", server.origin);
    let answer = server.http().get(url).send().await.unwrap();
    let view: View = answer.error_for_status().unwrap().json().await.unwrap();
    assert_eq!(view.left, 0, "an order was not used");
    view
}
