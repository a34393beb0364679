//! Long runs of the real app in its real window: `cargo xtask soak`. The agent's are with the agent.
//!
//! What passes here is real time: a run is for what only shows after hours, and nothing in it is
//! sped up. Hazard: a run in which nothing went wrong proves nothing, so each scenario also judges
//! whether the trouble it makes was felt.

#![expect(
    clippy::print_stdout,
    reason = "saying how the run goes is what it is for"
)]

mod accounts;
mod away;
#[path = "../../tests/stories/leak_scan.rs"]
#[expect(dead_code, reason = "the stories use more of it")]
mod leak_scan;
mod shown;
mod verdict;
mod watch;
#[path = "../../tests/stories/world.rs"]
#[expect(dead_code, reason = "the stories use more of it")]
mod world;

use anyhow::{Result, bail};
use std::process::ExitCode;
use tokio::runtime::Runtime;

fn main() -> Result<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "--test") {
        return Ok(ExitCode::SUCCESS);
    }
    // Cargo adds a word of its own.
    let words = words.iter().map(String::as_str);
    let words: Vec<&str> = words.filter(|word| *word != "--bench").collect();
    match words.as_slice() {
        ["--scenario", "away", "--minutes", minutes] => {
            Runtime::new()?.block_on(away::run(minutes.parse()?))
        }
        // `cargo bench` means the benchmarks, and would wait for an hour.
        [] => Ok(ExitCode::SUCCESS),
        unknown => bail!("not understood: {}; see cargo xtask", unknown.join(" ")),
    }
}
