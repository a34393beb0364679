//! `cargo xtask torture`: kills agents at random moments of a renewal, a thousand times instead of a few.

use anyhow::{Context as _, Result};
use std::process::ExitCode;

use crate::{
    prerequisites::{Purpose, ensure_all},
    process::exit_code,
    workspace::cargo,
};

/// Kills at least so many; the test prints what came of it in a line that begins `torture:`. Returns its
/// exit code.
pub(crate) fn torture(kills: u32) -> Result<ExitCode> {
    ensure_all(Purpose::Test)?;
    let tested = cargo()
        .args(["test", "-p", "keyfob-agent", "--test", "torture", "--"])
        // With one thread the name of the test would begin the line.
        .args(["--nocapture", "--test-threads", "2"])
        .arg("agents_that_are_killed")
        .env("KEYFOB_TORTURE_KILLS", kills.to_string())
        .status()
        .context("cargo can't be started")?;
    Ok(ExitCode::from(exit_code(tested)))
}
