//! `cargo xtask model`: runs the model test of the engine's actor over many random lives, in a
//! release build.
//!
//! The test is the one of `cargo xtask test`; only the number of cases differs. Its build has a
//! directory of its own, so that it doesn't throw away that of the app.

use std::process::ExitCode;

use anyhow::{Context as _, Result};

use crate::{
    process::exit_code,
    workspace::{cargo, target_dir},
};

/// Runs so many cases. Returns the exit code of the tests, which print cases and seconds.
///
/// # Errors
/// cargo can't be started.
pub(crate) fn model(cases: u32) -> Result<ExitCode> {
    let mut test = cargo();
    test.args(["test", "--release", "-p", "keyfob-engine", "--lib"])
        .arg("--target-dir")
        .arg(target_dir().join("model"))
        .args(["actor::tests::model", "--", "--nocapture"])
        .env("KEYFOB_MODEL_CASES", cases.to_string())
        // Quick to build, quick to run; how small it is doesn't matter here.
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "2");
    let ended = test.status().context("cargo can't be started")?;
    Ok(ExitCode::from(exit_code(ended)))
}
