//! Walks through a row: at a sign-in that gets the changed answer, and at the renewal of a connection that got
//! a whole one.

use super::ordered::{View, order, view};
use super::row::{Kept, Life, Outcome, Row};
use crate::parent::{LIMIT, Parent};
use crate::visitor::{Says, Visitor};
use crate::world::{World, begin, end_of, listed};
use keyfob_test_support::peers::Server;
use keyfob_test_support::until_async;
use serde_json::{Value, json};

const REVOCATION: &str = "/revoke";
/// No text of a stranger is longer where it is shown (SECURITY 25), with Keyfob's own words around it.
const LONGEST_DETAIL: usize = 250;

/// One Keyfob and one server for many rows.
pub(super) struct Walk {
    pub(super) world: World,
    pub(super) agent: Parent,
    pub(super) server: Server,
    pub(super) visitor: Visitor,
}

impl Walk {
    /// Exchanges a code for the changed answer.
    pub(super) async fn exchange(&mut self, row: &Row) -> Outcome {
        let before = view(&self.server).await;
        let end = self.sign_in(&row.script).await;
        let expected = row
            .exchange
            .as_ref()
            .map_or(0, |outcome| outcome.given_back);
        let given_back = self.given_back(&before, expected).await;
        let view = view(&self.server).await;
        let id = end["connection"].as_str().map(str::to_owned);
        let mut seen = self.outcome(id.as_deref(), &Value::Null, &view.given).await;
        end["step"].as_str().unwrap().clone_into(&mut seen.then);
        seen.told = told(&end["error"]);
        seen.requests = view.requests.len() - before.requests.len();
        seen.given_back = given_back;
        if let Some(id) = id {
            self.forget(&id).await;
        }
        seen
    }

    /// Renews a connection and is given the changed answer.
    pub(super) async fn renew(&mut self, row: &Row) -> Outcome {
        let end = self.sign_in(&row.before).await;
        assert_eq!(end["step"], json!("connected"), "before: {end}");
        let id = end["connection"].as_str().unwrap().to_owned();
        let before = self.world.tokens(&id).await;
        let asked = view(&self.server).await.requests.len();
        if row
            .renewal
            .as_ref()
            .is_some_and(|renewal| renewal.requests > 0)
        {
            order(&self.server, "/token", &row.script).await;
        }
        let renewed = self.agent.ask("renew", json!({ "connection": id })).await;
        let view = view(&self.server).await;
        let mut seen = self.outcome(Some(&id), &before, &view.given).await;
        seen.told = renewed.map_or_else(|error| told(&error), |_| "-".to_owned());
        seen.requests = view.requests.len() - asked;
        // What is quiet about a failure goes on as if nothing had been.
        if seen.then == "active" && seen.told != "-" {
            let renewed = self.agent.ask("renew", json!({ "connection": id })).await;
            assert_eq!(renewed, Ok(json!({})), "with an answer as it should be");
        }
        self.forget(&id).await;
        seen
    }

    /// Waits until as many tokens were given back as have to be, and says how many it were.
    async fn given_back(&self, before: &View, expected: usize) -> usize {
        let count =
            async || view(&self.server).await.others_at(REVOCATION) - before.others_at(REVOCATION);
        let all = async || Some(count().await).filter(|count| *count >= expected);
        // In vain is an outcome as well.
        match until_async(LIMIT, "the tokens that are given back", all).await {
            Ok(count) => count,
            Err(_) => count().await,
        }
    }

    /// Signs in, the token endpoint answering as ordered, and gives the last step.
    async fn sign_in(&mut self, script: &Value) -> Value {
        let (attempt, url) = begin(&mut self.agent, &self.server).await;
        order(&self.server, "/token", script).await;
        let callback = self.visitor.sign_in(&url, Says::Yes).await;
        self.visitor.open(&callback).await;
        end_of(&mut self.agent, &attempt).await
    }

    /// Says what there is of a connection, and what the keychain holds in comparison to before and to what
    /// the server gave.
    async fn outcome(&mut self, id: Option<&str>, before: &Value, given: &Value) -> Outcome {
        let mut seen = Outcome {
            then: String::new(),
            told: String::new(),
            requests: 0,
            given_back: 0,
            kept: Kept::Nothing,
            life: Life::Nothing,
            granted: String::new(),
        };
        let Some(id) = id else {
            assert_eq!(self.world.token_items().await, 0, "nothing is kept");
            return seen;
        };
        let connection = listed(&mut self.agent, id).await;
        let condition = &connection["condition"];
        let code = condition["code"].as_str().map(|code| format!(" {code}"));
        seen.then = format!(
            "{}{}",
            condition["kind"].as_str().unwrap(),
            code.unwrap_or_default()
        );
        let scopes = connection["scopes"].as_array().unwrap();
        let scopes: Vec<&str> = scopes.iter().filter_map(Value::as_str).collect();
        seen.granted = scopes.join(" ");
        let tokens = self.world.tokens(id).await;
        seen.kept = kept(&tokens, before, given);
        seen.life = life(&connection);
        // What is shown is what is kept.
        let kept = life(&tokens);
        seen.life = match (seen.life, kept) {
            (Life::Told(shown), Life::Told(kept))
                if shown == kept && tokens["assumed"] == json!(true) =>
            {
                assert_eq!(kept, 3600);
                Life::Assumed
            }
            (shown, kept) => {
                assert_eq!(shown, kept);
                shown
            }
        };
        seen
    }

    /// Ends a connection here, so that the next row finds nothing.
    pub(super) async fn forget(&mut self, id: &str) {
        let fields = json!({ "connection": id, "ending": "here_only" });
        assert_eq!(self.agent.ask("revoke", fields).await, Ok(json!({})));
    }
}

/// Gives an error's code, or a dash. Its detail is fit to be shown (SECURITY 25).
fn told(error: &Value) -> String {
    let detail = error["detail"].as_str().unwrap_or_default();
    let plain = keyfob_domain::text::plain(detail, LONGEST_DETAIL, false);
    assert_eq!(detail, plain);
    error["code"].as_str().unwrap_or("-").to_owned()
}

fn kept(tokens: &Value, before: &Value, given: &Value) -> Kept {
    if tokens.is_null() {
        return Kept::Nothing;
    }
    if tokens == before {
        return Kept::Same;
    }
    let generation = before["generation"].as_u64().unwrap_or(0) + 1;
    let is_next = tokens["generation"] == json!(generation);
    if !is_next || tokens["access_token"] != given["access_token"] {
        return Kept::Odd;
    }
    let refresh_token = &tokens["refresh_token"];
    let has_new = given["refresh_token"]
        .as_str()
        .is_some_and(|text| !text.is_empty());
    match () {
        () if has_new && refresh_token == &given["refresh_token"] => Kept::New,
        () if has_new => Kept::Odd,
        () if refresh_token.is_null() => Kept::AccessOnly,
        () if refresh_token == &before["refresh_token"] => Kept::OldRefresh,
        () => Kept::Odd,
    }
}

fn life(of: &Value) -> Life {
    let obtained_at = of["obtained_at"].as_i64().unwrap();
    of["expires_at"]
        .as_i64()
        .map_or(Life::Endless, |expires_at| {
            let millis = u64::try_from(expires_at - obtained_at).unwrap();
            assert_eq!(millis % 1000, 0);
            Life::Told(millis / 1000)
        })
}
