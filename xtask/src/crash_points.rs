//! `cargo xtask crash-points`: the test of what is left after a crash, at every step instead of some.

use anyhow::{Context as _, Result};
use std::process::ExitCode;

use crate::{
    prerequisites::{Purpose, ensure_all},
    process::exit_code,
    workspace::cargo,
};

/// Runs all cases; their counts are printed by the test. Returns its exit code.
pub(crate) fn crash_points() -> Result<ExitCode> {
    ensure_all(Purpose::Test)?;
    let tested = cargo()
        .args(["test", "-p", "keyfob-agent", "--test", "crash", "--"])
        .arg("--nocapture")
        .env("KEYFOB_CRASH_POINTS", "all")
        .status()
        .context("cargo can't be started")?;
    Ok(ExitCode::from(exit_code(tested)))
}
