//! One agent after another on the same desktop, keychain and database: renewing, killed, looked at,
//! started again and made to prove what it shows.
//!
//! The random waits are what the test is about: nothing is meant to have happened when one is over.

mod moment;
mod proof;

use crate::durable::{Left, Step, left};
use crate::parent::{LIMIT, Parent};
use crate::relay::Relay;
use crate::tally::Tally;
use crate::world::{SLUG, World};
use keyfob_test_support::until;
use moment::Pace;
use rusqlite::Connection;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// So many grants that are over the sandbox remembers, and a few that live.
const REMEMBERED: usize = 256;

struct Lane {
    world: World,
    relay: Relay,
    agent: Option<Parent>,
    /// The connection there is.
    id: String,
    pace: Pace,
    seen_last: Option<Left>,
    /// The step in which the keychain's token was spent and its successor lost.
    spent_in: Option<Step>,
    /// As what the connection was shown, one after the other, when it was looked at last.
    shown: Vec<String>,
    tally: Arc<Tally>,
}

/// Kills agents until the tally has enough.
pub(crate) async fn run(tally: Arc<Tally>) {
    let mut lane = Lane::new(tally).await;
    lane.prove().await.expect("a new connection works");
    while let Some(aim) = lane.tally.next_aim() {
        let held = lane.wait_for_the_moment(aim).await;
        let mut sound = lane.kill(held).await;
        // The next process may not live to see the end of it either.
        while sound && fastrand::u8(..5) == 0 {
            lane.start().await;
            sleep(lane.pace.start.mul_f64(1.5 * fastrand::f64())).await;
            sound = lane.kill(None).await;
        }
        if !sound {
            return;
        }
        lane.start().await;
        lane.judge().await;
    }
    lane.agree().await;
}

impl Lane {
    async fn new(tally: Arc<Tally>) -> Self {
        let world = World::new().await;
        let relay = Relay::before(&world.origin).await;
        // The token endpoint is behind the relay, and nothing else.
        let file = world.desktop.config_dir();
        let file = file.join(format!("keyfob/providers/{SLUG}.toml"));
        let text = std::fs::read_to_string(&file).unwrap();
        let endpoint = |base: &str| format!("{base}/mio/v1/auth/oauth2/token");
        let relayed = text.replace(&endpoint(&world.origin), &endpoint(&relay.base));
        assert_ne!(relayed, text);
        std::fs::write(&file, relayed).unwrap();
        world
            .sandbox
            .set_access_token_lifetime(Duration::from_secs(2));
        let mut agent = world.agent_set_up().await;
        let (id, _) = world.connect(&mut agent).await;
        let guess = Duration::from_millis(100);
        Self {
            world,
            relay,
            agent: Some(agent),
            id,
            pace: Pace {
                start: guess,
                renewal: guess,
                saving: guess,
            },
            seen_last: None,
            spent_in: None,
            shown: Vec::new(),
            tally,
        }
    }

    fn agent(&mut self) -> &mut Parent {
        self.agent.as_mut().expect("an agent lives")
    }

    /// Kills the agent, lets go of what held it up, and looks at what it has left. Tells whether the database is sound.
    async fn kill(&mut self, held: Option<Connection>) -> bool {
        let mut agent = self.agent.take().expect("an agent lives");
        let die = || {
            agent.child().kill().unwrap();
            agent.child().wait().unwrap();
        };
        timeout(LIMIT, self.relay.outlive(die)).await.unwrap();
        drop(held);
        self.is_rid_of(agent.pid()).await;
        let left = match left(&self.world).await {
            Ok(left) => left,
            Err(why) => {
                self.tally.killed(Step::Rest);
                self.tally.corrupt(why);
                return false;
            }
        };
        let refreshes = self.relay.refreshes().await;
        // It died before it did anything.
        let idle = refreshes.is_empty() && self.seen_last.as_ref() == Some(&left);
        let step = if idle {
            Step::Rest
        } else {
            left.step(&refreshes)
        };
        self.tally.killed(step);
        if left.intent.is_none() && matches!(step, Step::Post | Step::Answered) {
            let why = format!("a request without an intent: {left:?}, {refreshes:?}");
            self.tally.wrong(why);
        }
        if !self.relay.issued_last(&left.refresh_token).await {
            self.spent_in.get_or_insert(step);
        }
        self.seen_last = Some(left);
        true
    }

    /// Waits until what a dead process has asked the keychain for can't come after what is asked now.
    async fn is_rid_of(&self, pid: u32) {
        let desktop = self.world.desktop.clone();
        let gone = move || !desktop.is_on_bus(pid).unwrap();
        let wait = move || until(LIMIT, "the bus to be rid of the agent", gone);
        tokio::task::spawn_blocking(wait).await.unwrap().unwrap();
    }

    async fn start(&mut self) {
        self.relay.begin().await;
        let begun = Instant::now();
        let mut agent = Parent::of(self.world.command());
        // Half of those that die early have not said a word.
        if fastrand::bool() {
            agent.ask("providers", json!({})).await.unwrap();
            self.pace.start = begun.elapsed();
        }
        self.agent = Some(agent);
    }

    /// Looks at what a new process shows, and has it prove it.
    async fn judge(&mut self) {
        let spent_in = self.spent_in.take();
        let shown = self.settled().await;
        let (left, seen) = (&self.seen_last, &self.shown);
        let what = format!("{left:?}, spent in {spent_in:?}, shown as {seen:?}");
        let code = shown["condition"]["code"].as_str().unwrap_or_default();
        match (shown["condition"]["kind"].as_str().unwrap(), spent_in) {
            ("active", spent_in) => match self.prove().await {
                Ok(()) => assert_eq!(spent_in, None, "a spent token works: {what}"),
                Err(why) => {
                    self.tally.false_connected(format!("{why}: {what}"));
                    self.sign_in_again().await;
                }
            },
            ("needs_sign_in", Some(Step::Post | Step::Answered))
                if code == "renewal_interrupted" =>
            {
                self.tally.lost_inside();
                self.sign_in_again().await;
            }
            ("needs_sign_in", _) => {
                self.tally.lost_outside(format!("{code}: {what}"));
                self.sign_in_again().await;
            }
            (other, _) => panic!("{other}, {code}: {what}"),
        }
    }

    /// The relay and the sandbox have to have seen the same.
    async fn agree(self) {
        let grants = self.world.sandbox.grants();
        if grants.len() < REMEMBERED {
            let refreshes: u64 = grants.iter().map(|grant| grant.refreshes).sum();
            assert_eq!(self.relay.granted().await, refreshes);
        }
        let agent = self.agent.expect("an agent lives");
        agent.quit().await;
    }
}
