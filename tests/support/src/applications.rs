//! What opens what in a desktop: web addresses and URI schemes.
//!
//! Programs under test go through `xdg-open` as on any desktop; this file only installs what
//! stands at the other end. It must not touch anything outside of the desktop's home.

use std::{
    env,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};

use crate::{desktop::Desktop, wait::until_some};

/// Keyfob's private-use URI scheme (RFC 8252 section 7.1).
pub(crate) const SCHEME: &str = "dev.keyfob.desktop";

/// What Chromium needs to run as root, without a GPU, without ever leaving the machine.
pub(crate) const CHROMIUM_FLAGS: &[&str] = &[
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--password-store=basic",
];

/// Makes a script that writes each web address down the default browser.
pub(crate) fn record_links(desktop: &Desktop) -> Result<()> {
    let script = format!(
        "printf '%s\\n' \"$1\" >> '{}'\n",
        record_of_links(desktop).display()
    );
    let entry = install(desktop, "browser", &script, &["http", "https"])?;
    write_defaults(desktop, &entry, &["http", "https"])
}

pub(crate) fn next_opened_url(
    desktop: &Desktop,
    taken: &Mutex<usize>,
    limit: Duration,
) -> Result<String> {
    let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
    let url = until_some(limit, "a web address to be opened", || {
        opened_urls(desktop).into_iter().nth(*taken)
    })?;
    *taken += 1;
    Ok(url)
}

pub(crate) fn opened_urls(desktop: &Desktop) -> Vec<String> {
    let text = fs::read_to_string(record_of_links(desktop)).unwrap_or_default();
    // A line counts when its end is there: the script may be in the middle of writing.
    text.split_inclusive('\n')
        .filter_map(|line| line.strip_suffix('\n'))
        .map(str::to_owned)
        .collect()
}

pub(crate) fn open_links_in_chromium(desktop: &Desktop, origins: &[&str]) -> Result<()> {
    let profile = desktop.dir().join("chromium");
    let preferences = profile.join("Default/Preferences");
    fs::create_dir_all(profile.join("Default")).context("can't create Chromium's profile")?;
    fs::write(&preferences, protocol_preferences(origins).to_string())
        .context("can't write Chromium's preferences")?;
    let script = format!(
        "exec '{}' {} --user-data-dir='{}' \"$1\"\n",
        chromium()?.display(),
        CHROMIUM_FLAGS.join(" "),
        profile.display()
    );
    install(desktop, "browser", &script, &["http", "https"]).map(drop)
}

pub(crate) fn handle_scheme(desktop: &Desktop, scheme: &str, script: &str) -> Result<()> {
    let entry = install(desktop, &format!("{scheme}-handler"), script, &[scheme])?;
    write_defaults(desktop, &entry, &[scheme])
}

/// Chromium's preference that lets pages of `origins` open Keyfob's scheme without a prompt.
pub(crate) fn protocol_preferences(origins: &[&str]) -> Value {
    let pairs: Map<String, Value> = origins
        .iter()
        .map(|origin| ((*origin).to_owned(), json!({ SCHEME: true })))
        .collect();
    json!({ "protocol_handler": { "allowed_origin_protocol_pairs": pairs } })
}

/// Finds the Chromium to use; Google's build is as good.
pub(crate) fn chromium() -> Result<PathBuf> {
    find_program(&["chromium", "chromium-browser", "google-chrome"])
}

pub(crate) fn find_program(names: &[&str]) -> Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    names
        .iter()
        .flat_map(|name| env::split_paths(&path).map(move |dir| dir.join(name)))
        .find(|program| program.is_file())
        .with_context(|| format!("{} isn't installed", names.join(" or ")))
}

fn record_of_links(desktop: &Desktop) -> PathBuf {
    desktop.dir().join("opened-urls")
}

/// Writes a script and the desktop entry that runs it; returns the entry's file name.
fn install(desktop: &Desktop, name: &str, script: &str, schemes: &[&str]) -> Result<String> {
    let program = desktop.dir().join("bin").join(name);
    write_script(&program, script)?;
    let entry = format!("{name}.desktop");
    let mime: String = schemes
        .iter()
        .map(|scheme| format!("x-scheme-handler/{scheme};"))
        .collect();
    let path = desktop.data_dir().join("applications").join(&entry);
    let text = format!(
        "[Desktop Entry]\nType=Application\nName={name}\nExec=\"{}\" %u\nNoDisplay=true\nMimeType={mime}\n",
        program.display()
    );
    fs::write(&path, text).with_context(|| format!("can't write {}", path.display()))?;
    Ok(entry)
}

fn write_script(path: &Path, script: &str) -> Result<()> {
    fs::write(path, format!("#!/bin/sh\n{script}"))
        .and_then(|()| fs::set_permissions(path, Permissions::from_mode(0o700)))
        .with_context(|| format!("can't write {}", path.display()))
}

/// Adds defaults to `mimeapps.list`, keeping what programs registered there themselves.
fn write_defaults(desktop: &Desktop, entry: &str, schemes: &[&str]) -> Result<()> {
    const SECTION: &str = "[Default Applications]";
    let path = desktop.config_dir().join("mimeapps.list");
    let old = fs::read_to_string(&path).unwrap_or_default();
    let mut lines: Vec<String> = old
        .lines()
        .filter(|line| {
            !schemes
                .iter()
                .any(|scheme| line.starts_with(&format!("x-scheme-handler/{scheme}=")))
        })
        .map(str::to_owned)
        .collect();
    let at = match lines.iter().position(|line| line == SECTION) {
        Some(at) => at + 1,
        None => {
            lines.push(SECTION.to_owned());
            lines.len()
        }
    };
    for scheme in schemes {
        lines.insert(at, format!("x-scheme-handler/{scheme}={entry}"));
    }
    fs::write(&path, lines.join("\n") + "\n")
        .with_context(|| format!("can't write {}", path.display()))
}
