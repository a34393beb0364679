//! `cargo xtask bench`: builds the release, and measures it beside a bare window.
//!
//! It judges nothing: the figures are printed and left in `target/figures`.

use anyhow::{Context as _, Result, ensure};
use std::process::ExitCode;

use crate::{
    prerequisites::{Purpose, ensure_all},
    process::exit_code,
    run::make_ui,
    workspace::cargo,
};

/// Builds and runs the benchmarks. Returns their exit code.
pub(crate) fn bench() -> Result<ExitCode> {
    ensure_all(Purpose::Test)?;
    make_ui()?;
    let built = cargo()
        .args(["build", "--release", "-p", "bare-window"])
        .status()
        .context("cargo can't be started")?;
    ensure!(built.success(), "The bare window can't be built.");
    let measured = cargo()
        .args(["bench", "-p", "keyfob-desktop", "--bench", "desktop"])
        .status()
        .context("cargo can't be started")?;
    Ok(ExitCode::from(exit_code(measured)))
}
