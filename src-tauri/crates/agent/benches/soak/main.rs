//! The scenario `busy` of `cargo xtask soak`: the agent renews many connections with short tokens for
//! an hour, and takes no more of the machine at the end than at the beginning.
//!
//! Why the agent and not the app in its window: both are the same engine, the agent is the one that
//! runs for weeks without a break, and nothing but the engine is in it. A web view's memory breathes
//! by more than what is looked for here, and drawing fifty rows that change ten times a second would
//! be most of the work. The app's own hour is the scenario `away`.
//!
//! What passes here is real time, and nothing is sped up. Two minutes of it belong to
//! `cargo xtask test`, in a debug build:
//! `cargo test --workspace --bench busy -- --minutes 2`. Hazard: a machine that is too slow for
//! the renewals would look calm, so how many there were is judged as well.
#![cfg(target_os = "linux")]
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "saying how the run goes is what it is for; helpers of tests may fail loudly"
)]

mod busy;
mod crowd;
#[path = "../../tests/agent/parent.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod parent;
mod verdict;
#[path = "../../tests/agent/world.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod world;

use anyhow::{Result, bail};
use std::process::ExitCode;
use tokio::runtime::Runtime;
use verdict::Limits;

fn main() -> Result<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    // `cargo bench` adds a word of its own, `cargo test` doesn't.
    let measured = words.iter().any(|word| word == "--bench");
    let words = words.iter().map(String::as_str);
    let words: Vec<&str> = words.filter(|word| *word != "--bench").collect();
    match words.as_slice() {
        ["--minutes", minutes] => {
            let (limits, command) = if measured {
                (Limits::ALONE, "cargo xtask soak --scenario busy")
            } else {
                let command = "cargo test --workspace --bench busy --";
                (Limits::IN_COMPANY, command)
            };
            let run = busy::run(minutes.parse()?, limits);
            let verdict = Runtime::new()?.block_on(run)?;
            verdict.keep(&format!("{command} --minutes {minutes}"))?;
            Ok(verdict.print())
        }
        // `cargo bench` means the benchmarks, and would wait for an hour.
        [] => Ok(ExitCode::SUCCESS),
        unknown => bail!("not understood: {}; see cargo xtask", unknown.join(" ")),
    }
}
