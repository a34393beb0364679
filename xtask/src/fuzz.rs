//! `cargo xtask fuzz`: runs each fuzz target and counts its executions.
//!
//! A run must not touch the committed corpora: what it finds goes to the target directory, what
//! breaks a check is kept beside it and named. Only `--minimise` adds to them. The hazard is a target that hardly ran: each one's
//! count is printed.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};

use crate::{
    clock::Stopwatch,
    console::say,
    process::{End, adopt_orphans, run_logged},
    signals::Signals,
    tools,
    workspace::{command, on_path, output_of, root, target_dir},
};

const VERSION: &str = "0.13.2";
/// So many inputs that were found join a committed corpus: the rest costs more than it tells.
const MOST_FOUND: usize = 100;
/// Building the targets takes minutes; a run takes as long as it was told, and a little.
const BUILD_LIMIT: Duration = Duration::from_secs(60 * 60);
const ROOM: Duration = Duration::from_secs(5 * 60);
const RUN_LIMIT: Duration = Duration::from_secs(4 * 3600);

/// When a target has run enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Enough {
    Seconds(u32),
    Executions(u32),
    /// Runs nothing new: of what earlier runs found, what reaches more of the code joins the committed
    /// corpus.
    Minimised,
}

/// Runs all targets, or those that are named. Fails if one breaks or hasn't run at all.
///
/// # Errors
/// What is needed is missing, or a target can't be built.
pub(crate) fn fuzz(enough: Enough, only: &[String]) -> Result<ExitCode> {
    let targets = targets(only)?;
    let path = search_path()?;
    let signals = Signals::listen()?;
    adopt_orphans()?;
    let logs = target_dir().join("fuzz/logs");
    fs::create_dir_all(&logs).with_context(|| format!("{} can't be made", logs.display()))?;

    let mut build = cargo_fuzz(&path, "build");
    build.args(["--sanitizer", "none"]);
    let log = logs.join("build.log");
    if !run(build, &log, BUILD_LIMIT, &signals)? {
        say(&tail(&log));
        bail!("The targets can't be built; all of it: {}", log.display());
    }
    let mut broken = 0;
    for target in &targets {
        let watch = Stopwatch::start();
        let log = logs.join(format!("{target}.log"));
        let ok = run(
            run_of(&path, target, enough)?,
            &log,
            limit(enough),
            &signals,
        )?;
        let executions = executions_in(&fs::read_to_string(&log).unwrap_or_default());
        let seconds = watch.elapsed().as_secs_f64();
        if enough == Enough::Minimised {
            keep_the_smallest(&committed(target))?;
        }
        let verdict = if ok { "ok" } else { "BROKEN" };
        let (done, counted) = match enough {
            Enough::Seconds(_) | Enough::Executions(_) => (executions, "executions"),
            Enough::Minimised => (files_in(&committed(target)), "inputs kept"),
        };
        say(&format!(
            "{verdict:<7} {target:<18} {done:>12} {counted} {seconds:>8.1} s"
        ));
        if !ok || done == 0 {
            broken += 1;
            say(&tail(&log));
            say(&format!("  all of it: {}", log.display()));
        }
    }
    say(&format!("{} targets, {broken} broken", targets.len()));
    Ok(if broken == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Returns the names of the targets, in order.
fn targets(only: &[String]) -> Result<Vec<String>> {
    let dir = root().join("fuzz/fuzz_targets");
    let mut known = Vec::new();
    for entry in fs::read_dir(&dir).with_context(|| format!("{} can't be read", dir.display()))? {
        let path = entry.context("the targets can't be listed")?.path();
        known.extend(
            path.file_stem()
                .map(|name| name.to_string_lossy().into_owned()),
        );
    }
    known.sort();
    if let Some(unknown) = only.iter().find(|name| !known.contains(name)) {
        bail!(
            "There is no target {unknown:?}; there are {}.",
            known.join(", ")
        );
    }
    known.retain(|name| only.is_empty() || only.contains(name));
    Ok(known)
}

/// Makes sure of the nightly toolchain and of cargo-fuzz, and returns a search path that has it.
fn search_path() -> Result<String> {
    ensure!(
        on_path("rustup").is_some(),
        "Fuzzing needs rustup, for the nightly toolchain."
    );
    let mut list = command("rustup");
    list.args(["toolchain", "list"]);
    let nightly = output_of(list)?
        .lines()
        .any(|line| line.starts_with("nightly-"));
    ensure!(
        nightly,
        "Fuzzing needs a nightly toolchain; `rustup toolchain install nightly --profile minimal` \
         brings it."
    );
    ensure!(
        on_path("c++").is_some(),
        "Fuzzing needs a C++ compiler, for libFuzzer."
    );
    tools::with_cargo_tool("cargo-fuzz", VERSION)
}

/// Returns a command of cargo-fuzz on the nightly toolchain.
fn cargo_fuzz(path: &str, verb: &str) -> Command {
    let mut fuzz = command("rustup");
    // What the cargo that runs xtask says of itself is another toolchain's.
    fuzz.env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN");
    fuzz.env("PATH", path);
    fuzz.env("CARGO_TARGET_DIR", target_dir().join("fuzz/build"));
    fuzz.args(["run", "nightly", "cargo", "fuzz", verb]);
    fuzz
}

fn run_of(path: &str, target: &str, enough: Enough) -> Result<Command> {
    let found = target_dir().join("fuzz/corpus").join(target);
    fs::create_dir_all(&found).with_context(|| format!("{} can't be made", found.display()))?;
    let mut fuzz = cargo_fuzz(path, "run");
    fuzz.args(["--sanitizer", "none", target]);
    // New inputs go to the first.
    let corpora = match enough {
        Enough::Seconds(_) | Enough::Executions(_) => [found, committed(target)],
        Enough::Minimised => [committed(target), found],
    };
    fuzz.args(corpora);
    fuzz.args(["--", "-print_final_stats=1", "-max_len=8192"]);
    match enough {
        Enough::Seconds(seconds) => fuzz.arg(format!("-max_total_time={seconds}")),
        Enough::Executions(count) => fuzz.arg(format!("-runs={count}")),
        // How often a place is reached makes no input worth keeping.
        Enough::Minimised => fuzz.args(["-merge=1", "-use_counters=0"]),
    };
    Ok(fuzz)
}

fn committed(target: &str) -> PathBuf {
    root().join("fuzz/corpus").join(target)
}

/// Keeps the smallest of the inputs that libFuzzer named; those with names of ours stay.
fn keep_the_smallest(corpus: &Path) -> Result<()> {
    let mut found = Vec::new();
    let entries = fs::read_dir(corpus);
    for entry in entries.with_context(|| format!("{} can't be read", corpus.display()))? {
        let entry = entry.context("the corpus can't be listed")?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let size = entry.metadata().context("an input can't be read")?.len();
            found.push((size, entry.path()));
        }
    }
    found.sort();
    for (_, path) in found.iter().skip(MOST_FOUND) {
        fs::remove_file(path).with_context(|| format!("{} can't be removed", path.display()))?;
    }
    Ok(())
}

fn files_in(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).into_iter().flatten();
    entries.map(|_| 1).sum()
}

fn limit(enough: Enough) -> Duration {
    match enough {
        Enough::Seconds(seconds) => Duration::from_secs(seconds.into()) + ROOM,
        Enough::Executions(_) | Enough::Minimised => RUN_LIMIT,
    }
}

fn run(command: Command, log: &Path, limit: Duration, signals: &Signals) -> Result<bool> {
    let file = File::create(log).with_context(|| format!("{} can't be made", log.display()))?;
    match run_logged(command, &file, limit, signals)? {
        End::Exit(status) => Ok(status.success()),
        End::TooLong => bail!("It took longer than {limit:?}; see {}.", log.display()),
        End::Stopped(signal) => bail!("Stopped by signal {}.", signal.as_raw()),
    }
}

/// Reads libFuzzer's last statistics, or how far it came.
fn executions_in(log: &str) -> u64 {
    let last = |prefix: &str| {
        let mut lines = log.lines().rev();
        lines.find_map(|line| {
            let rest = line.trim_start().strip_prefix(prefix)?;
            rest.trim().split([' ', '\t']).next()?.parse().ok()
        })
    };
    last("stat::number_of_executed_units:")
        .or_else(|| last("#"))
        .unwrap_or(0)
}

fn tail(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let last = &lines[lines.len().saturating_sub(40)..];
    last.iter().map(|line| format!("  | {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executions_are_read_from_the_statistics_or_the_last_line() {
        let done = "#8\tINITED cov: 1\n#1024 pulse\nstat::number_of_executed_units: 2048\nstat::average: 5\n";
        assert_eq!(executions_in(done), 2048);
        assert_eq!(
            executions_in("#8\tINITED cov: 1\n#1024\tpulse  cov: 2\nthread panicked"),
            1024
        );
        assert_eq!(executions_in("error: no such target"), 0);
    }

    #[test]
    fn a_target_that_is_not_there_is_named() {
        assert!(targets(&[]).unwrap().len() >= 8);
        let refused = targets(&["moon".to_owned()]).unwrap_err().to_string();
        assert!(refused.contains("\"moon\""), "{refused}");
    }
}
