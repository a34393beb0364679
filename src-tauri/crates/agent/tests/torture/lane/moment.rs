//! When an agent is killed: somewhere in a renewal, in the part that is aimed at as well as one can.

use super::Lane;
use crate::durable::hold_row;
use crate::parent::LIMIT;
use crate::tally::Aim;
use rusqlite::Connection;
use serde_json::json;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// How long things took last.
pub(super) struct Pace {
    /// From the start of a process to its first answer.
    pub(super) start: Duration,
    /// From the wish to the end of a renewal.
    pub(super) renewal: Duration,
    /// From the provider's answer to the end of a renewal.
    pub(super) saving: Duration,
}

impl Lane {
    /// Has something begin that ends in a renewal, mostly, and waits for a moment in it. What comes back is
    /// kept until the agent is dead.
    pub(super) async fn wait_for_the_moment(&mut self, aim: Aim) -> Option<Connection> {
        let lifetime = Duration::from_secs(fastrand::u64(1..=2));
        self.world.sandbox.set_access_token_lifetime(lifetime);
        let before = self.relay.progress();
        let items = self.world.connection_items().await;
        let id = self.id.clone();
        match fastrand::u8(..8) {
            // The provider's API refuses the token early.
            0 | 1 => {
                self.world.sandbox.expire_access_tokens();
                let call = json!({ "connection": id, "url": self.world.summary() });
                self.agent().send("call-api", call);
            }
            // Nobody asks; the timer may.
            2 if matches!(aim, Aim::AnyTime) => {}
            _ => {
                self.agent().send("renew", json!({ "connection": id }));
            }
        }
        let Pace {
            renewal, saving, ..
        } = self.pace;
        let (share, held_up) = (fastrand::f64(), fastrand::bool());
        let (relay, agent) = (&self.relay, self.agent.as_mut().expect("an agent lives"));
        let world = &self.world;
        let mut row = None;
        let seen = relay.reaches(|now| now.seen > before.seen);
        let answered = relay.reaches(|now| now.answered > before.answered);
        let moment = async {
            match aim {
                Aim::AnyTime => sleep(renewal.mul_f64(1.2 * share)).await,
                Aim::Seen => {
                    seen.await;
                    sleep(Duration::from_millis(8).mul_f64(share)).await;
                }
                Aim::Answered => {
                    answered.await;
                    sleep(saving.mul_f64(0.6 * share)).await;
                }
                // The step is short: half of the time it is made longer.
                Aim::Saved if held_up => {
                    seen.await;
                    row = Some(hold_row(world));
                    while world.connection_items().await == items {}
                    sleep(saving.mul_f64(share)).await;
                }
                Aim::Saved => {
                    answered.await;
                    sleep(saving.mul_f64(0.6 + 0.4 * share)).await;
                }
            }
        };
        // An agent that has answered is as good a target as any.
        let moment = async {
            tokio::select! {
                () = moment => {}
                _ = agent.next_line() => {}
            }
        };
        timeout(LIMIT, moment).await.expect("the moment comes");
        row
    }
}
