//! Agents that are killed at random moments of continuous renewal, at a provider that forgives nothing:
//! an access token lives for a second or two, and a refresh token that is used twice ends its grant
//! (SECURITY 107, 108).
//!
//! The test command kills a few, `cargo xtask torture` a thousand. What a kill has hit is told by what
//! is left, never by what was aimed at.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests may fail loudly, as tests do"
)]

mod durable;
mod lane;
#[path = "../agent/parent.rs"]
#[expect(dead_code, reason = "the agent's own tests use more of it")]
mod parent;
mod relay;
mod tally;
#[path = "../agent/world.rs"]
mod world;

use std::sync::Arc;
use tally::Tally;
use tokio::task::JoinSet;

/// How many kills are wanted; set by `cargo xtask torture`.
const KILLS: &str = "KEYFOB_TORTURE_KILLS";
const SOME: usize = 24;
/// One fault explains many.
const SHOWN: usize = 20;
/// So many agents live side by side, each on a desktop of its own.
const LANES: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn security_108_agents_that_are_killed_lose_nothing_but_an_answer_on_its_way() {
    let wanted = std::env::var(KILLS).map_or(SOME, |kills| kills.parse().unwrap());
    let tally = Arc::new(Tally::new(wanted));
    let mut lanes = JoinSet::new();
    for _ in 0..LANES {
        lanes.spawn(lane::run(tally.clone()));
    }
    while let Some(ended) = lanes.join_next().await {
        if let Err(error) = ended {
            tally.wrong(format!("a lane came to no end: {error}"));
        }
    }
    let faults = tally.faults();
    for fault in faults.iter().take(SHOWN) {
        println!("{fault}");
    }
    println!("{tally}");
    tally.keep();
    assert!(faults.is_empty(), "{} faults", faults.len());
}
