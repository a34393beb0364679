//! The connections of a run: how they are made, what is seen of them while the time passes, and the
//! proof at the end that each is still connected.

use crate::parent::Parent;
use crate::world::World;
use anyhow::{Result, ensure};
use keyfob_test_support::until_async;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How many connections there are.
pub(crate) const COUNT: usize = 50;

/// How long a part of the proof is waited for; a token lives for some seconds.
const PROOF: Duration = Duration::from_secs(60);

/// See the module.
pub(crate) struct Crowd<'a> {
    world: &'a World,
    ids: Vec<String>,
    next: usize,
    /// API calls with a connection's token.
    pub(crate) calls: usize,
    /// Those of them that a tool would have to repeat, with what they came to.
    pub(crate) refused: Vec<String>,
    /// Those that are gone or want a new sign-in, with the reason.
    pub(crate) lost: BTreeMap<String, String>,
    /// Anything else that must not be, in words.
    pub(crate) faults: BTreeSet<String>,
}

impl<'a> Crowd<'a> {
    /// Signs in so often, each time as if for the first time.
    pub(crate) async fn connect(world: &'a World, agent: &mut Parent) -> Result<Self> {
        let mut ids = Vec::with_capacity(COUNT);
        for _ in 0..COUNT {
            ids.push(world.connect(agent).await.0);
        }
        let different: BTreeSet<&String> = ids.iter().collect();
        ensure!(different.len() == COUNT, "{} connections", different.len());
        Ok(Self {
            world,
            ids,
            next: 0,
            calls: 0,
            refused: Vec::new(),
            lost: BTreeMap::new(),
            faults: BTreeSet::new(),
        })
    }

    /// How often the sandbox has renewed each, in the order of the sign-ins.
    pub(crate) fn renewals(&self) -> Vec<u64> {
        let grants = self.world.sandbox.grants();
        grants.iter().map(|grant| grant.refreshes).collect()
    }

    /// How often since it had renewed each as often as this.
    pub(crate) fn renewals_since(&self, before: &[u64]) -> Vec<u64> {
        let now = self.renewals();
        let pairs = now.iter().zip(before);
        pairs.map(|(now, before)| now - before).collect()
    }

    /// Looks at all of them as a user would, and uses the next one as a tool would.
    pub(crate) async fn look(&mut self, agent: &mut Parent) {
        self.list(agent).await;
        let id = self.ids[self.next].clone();
        self.next = (self.next + 1) % self.ids.len();
        let opened = self.open_api(agent, &id).await;
        self.refused.extend(opened.err());
    }

    /// Has each prove that it is connected: it is renewed once more by itself, and then its token
    /// opens the provider's API, if not at once then in a while. Gives how many did.
    pub(crate) async fn prove(&mut self, agent: &mut Parent) -> usize {
        let before = self.renewals();
        let all = until_async(PROOF, "a renewal of each connection", async || {
            let since = self.renewals_since(&before);
            since.iter().all(|times| *times > 0).then_some(())
        });
        // Those that were not are found below.
        let _ = all.await;
        let renewed = self.renewals_since(&before);
        let listed = self.list(agent).await;
        let mut connected = 0;
        for (id, renewed) in self.ids.clone().into_iter().zip(renewed) {
            if self.lost.contains_key(&id) {
                continue;
            }
            if renewed == 0 {
                self.faults.insert(format!("{id}: it was not renewed"));
                continue;
            }
            let mut said = String::new();
            let opened = until_async(PROOF, "an API call", async || {
                let outcome = self.open_api(agent, &id).await;
                outcome.map_err(|why| said = why).ok()
            });
            if opened.await.is_err() {
                self.faults.insert(said);
            } else if listed.get(&id).is_some_and(|kind| is_well(kind)) {
                connected += 1;
            }
        }
        connected
    }

    /// Gives the condition of each.
    async fn list(&mut self, agent: &mut Parent) -> BTreeMap<String, String> {
        let listed = match agent.ask("list", json!({})).await {
            Ok(listed) => listed,
            Err(error) => {
                self.faults.insert(format!("no list: {error}"));
                return BTreeMap::new();
            }
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let connections = listed["connections"].as_array();
        let rows = connections.into_iter().flatten();
        let conditions: BTreeMap<String, String> = rows
            .map(|row| (text(&row["id"]), text(&row["condition"]["kind"])))
            .collect();
        for id in &self.ids {
            let why = match conditions.get(id).map(String::as_str) {
                None => "it is gone",
                Some("needs_sign_in") => "it wants a new sign-in",
                Some(kind) => {
                    if !is_well(kind) {
                        self.faults.insert(format!("{id}: it was {kind}"));
                    }
                    continue;
                }
            };
            self.lost.insert(id.clone(), why.to_owned());
        }
        conditions
    }

    /// Has the agent call the provider's API with this connection's token; errs with what it came to.
    async fn open_api(&mut self, agent: &mut Parent, id: &str) -> Result<(), String> {
        let call = json!({ "connection": id, "url": self.world.summary() });
        self.calls += 1;
        match agent.ask("call-api", call).await {
            Ok(answer) if answer["status"] == 200 => Ok(()),
            Ok(answer) => Err(format!("{id}: {}", answer["status"])),
            Err(error) => Err(format!("{id}: {} {}", error["code"], error["detail"])),
        }
    }
}

/// A renewal is always under way somewhere.
fn is_well(condition: &str) -> bool {
    ["active", "renewing"].contains(&condition)
}
