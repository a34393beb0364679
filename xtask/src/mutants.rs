//! `cargo xtask mutants`: breaks the modules that must not lose anything, one place at a time, and sees
//! whether a test turns red.
//!
//! Which modules, and which changes are let be for what reason, stands in `.cargo/mutants.toml`. What the
//! domain's own tests don't catch is tried against the engine's.

use std::{
    fs,
    process::{Command, ExitCode},
};

use anyhow::{Context as _, Result, bail, ensure};

use crate::{
    console::say,
    tools,
    workspace::{command, target_dir},
};

const VERSION: &str = "27.1.0";
/// How cargo-mutants ends when something survived, and when a change made a test run too long.
const SURVIVED: i32 = 2;
const TOO_LONG: i32 = 3;

/// Runs both passes. Fails if a change survived both.
///
/// # Errors
/// cargo-mutants can't be had, or the tests fail before anything is changed.
pub(crate) fn mutants() -> Result<ExitCode> {
    let path = tools::with_cargo_tool("cargo-mutants", VERSION)?;
    let found = target_dir().join("mutants");
    fs::create_dir_all(&found).with_context(|| format!("{} can't be made", found.display()))?;

    let mut own = cargo_mutants(&path);
    own.args(["--package", "keyfob-domain"]);
    finished(&mut own)?;

    let mut engines = cargo_mutants(&path);
    engines.args(["--package", "keyfob-domain", "--package", "keyfob-engine"]);
    engines.args(["--iterate", "--test-package", "keyfob-engine"]);
    // A broken life is shrunk for minutes; what it shows, the tests beside it have to show.
    engines.args(["--", "--lib", "--", "--skip", "random_lives"]);
    finished(&mut engines)?;
    // The engine's own places are in this pass alone: there are always some.
    let tried = fs::read_to_string(found.join("mutants.out/mutants.json")).unwrap_or_default();
    ensure!(
        tried.contains("keyfob-engine"),
        "Nothing of the engine was changed."
    );
    // Where another change made a test run too long, its exit code tells that instead.
    let missed = found.join("mutants.out/missed.txt");
    let missed = fs::read_to_string(&missed)
        .with_context(|| format!("{} can't be read", missed.display()))?;
    let survived = missed.lines().count();
    say(&format!("mutants: {survived} survived"));
    for line in missed.lines() {
        say(&format!("  {line}"));
    }
    Ok(if survived == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn cargo_mutants(path: &str) -> Command {
    let mut cargo = command("cargo");
    cargo.env("PATH", path);
    cargo.args(["mutants", "--no-times", "--timeout", "60", "--output"]);
    cargo.arg(target_dir().join("mutants"));
    cargo
}

/// Runs it to its end. What ran too long was broken as well: the test command ends such a test.
fn finished(cargo: &mut Command) -> Result<()> {
    let ended = cargo.status().context("cargo can't be started")?;
    match ended.code() {
        Some(0 | SURVIVED | TOO_LONG) => Ok(()),
        _ => bail!("cargo-mutants ended with {ended}"),
    }
}
