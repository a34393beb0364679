//! What a new process shows of the connection, and has to prove; and the user, who signs in again.

use super::Lane;
use crate::world::{SLUG, only_connection};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

const BETWEEN_LOOKS: Duration = Duration::from_millis(5);
/// What has to be waited out on a busy machine is over by then.
const PATIENCE: Duration = Duration::from_secs(180);
/// A token of a second may be used for so long (SECURITY 58).
const SHORTEST_USE: Duration = Duration::from_millis(900);

impl Lane {
    /// The connection as it is shown when nothing is under way or waited for.
    pub(super) async fn settled(&mut self) -> Value {
        let agent = self.agent.as_mut().expect("an agent lives");
        self.shown.clear();
        let settled = async {
            loop {
                let shown = only_connection(agent).await;
                let kind = shown["condition"]["kind"].as_str().unwrap();
                if self.shown.last().is_none_or(|last| last != kind) {
                    self.shown.push(kind.to_owned());
                }
                if ["active", "needs_sign_in"].contains(&kind) {
                    return shown;
                }
                sleep(BETWEEN_LOOKS).await;
            }
        };
        timeout(PATIENCE, settled).await.expect("it settles")
    }

    /// Has the connection make a call with what it has, be renewed, and make another.
    pub(super) async fn prove(&mut self) -> Result<(), String> {
        self.call().await?;
        let begun = Instant::now();
        let renewal = json!({ "connection": self.id });
        self.done("renew", renewal).await?;
        self.pace.renewal = begun.elapsed();
        let answered_at = self.relay.progress().answered_at.expect("it was renewed");
        self.pace.saving = answered_at.elapsed();
        self.call().await
    }

    async fn call(&mut self) -> Result<(), String> {
        let call = json!({ "connection": self.id, "url": self.world.summary() });
        let answer = self.done("call-api", call).await?;
        if answer["status"] == json!(200) {
            Ok(())
        } else {
            Err(answer.to_string())
        }
    }

    /// Has the agent do something. Where that took longer than a token lives, or than the keychain is
    /// waited for, the machine was too busy, and it is tried again.
    async fn done(&mut self, name: &str, fields: Value) -> Result<Value, String> {
        loop {
            let begun = Instant::now();
            let error = match self.agent().ask(name, fields.clone()).await {
                Ok(result) => return Ok(result),
                Err(error) => error,
            };
            let code = error["code"].as_str().unwrap();
            let passes = ["provider_unreachable", "keychain_timed_out"].contains(&code);
            if !passes || begun.elapsed() < SHORTEST_USE {
                return Err(error.to_string());
            }
            self.settled().await;
        }
    }

    /// Signs in as the same account again; the connection is the one it was.
    pub(super) async fn sign_in_again(&mut self) {
        let connect = json!({ "provider": SLUG });
        let agent = self.agent.as_mut().expect("an agent lives");
        let begun = agent.ask("connect", connect).await.unwrap();
        let open = agent.event().await;
        self.world.consent(open["url"].as_str().unwrap()).await;
        loop {
            let event = agent.event().await;
            match event["step"].as_str().unwrap() {
                "asking" => {
                    assert_eq!(event["question"]["connection"], json!(self.id), "{event}");
                    let take = json!({ "attempt": begun["attempt"], "choice": "take" });
                    agent.ask("answer", take).await.unwrap();
                }
                "connected" => return assert_eq!(event["connection"], json!(self.id)),
                "failed" | "cancelled" => panic!("{event}"),
                _ => {}
            }
        }
    }
}
