//! Programs of the crate registry that a longer command needs, installed into the target directory.

use anyhow::{Context as _, Result, ensure};

use crate::{
    console::say,
    workspace::{command, on_path, target_dir},
};

/// Makes sure of a program, of this version where it has to be installed, and returns a search path
/// that has it.
///
/// # Errors
/// It can't be installed.
pub(crate) fn with_cargo_tool(name: &str, version: &str) -> Result<String> {
    let own = target_dir().join("tools");
    if on_path(name).is_none() && !own.join("bin").join(name).is_file() {
        say(&format!(
            "{name} is missing: installing {version} into {}",
            own.display()
        ));
        let mut install = command("cargo");
        install.args(["install", "--locked", "--version", version, name, "--root"]);
        let status = install
            .arg(&own)
            .status()
            .context("cargo can't be started")?;
        ensure!(status.success(), "{name} can't be installed.");
    }
    let path = std::env::var("PATH").unwrap_or_default();
    Ok(format!("{}:{path}", own.join("bin").display()))
}
