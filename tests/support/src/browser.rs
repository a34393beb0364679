//! The user's browser: a headless Chromium in a desktop, driven by chromedriver.
//!
//! It must share the desktop's home, bus and display with the app, else links don't arrive there.
//! The hazard is Chromium's prompt before it opens another program, which nobody could answer:
//! the origins that may do so are named when it starts.

use std::ops::Deref;

use anyhow::{Context as _, Result};
use serde_json::json;
use thirtyfour::Capabilities;

use crate::{
    applications::{CHROMIUM_FLAGS, chromium, protocol_preferences},
    desktop::{Desktop, START},
    page::Page,
    wait::until_async,
};

/// A running Chromium with one page, which it dereferences to.
#[derive(Debug)]
pub struct Browser {
    page: Page,
    desktop: Desktop,
    driver: u32,
}

impl Browser {
    /// Starts Chromium. Pages of `origins` (like `http://127.0.0.1:4711`) may open Keyfob's scheme
    /// without asking.
    ///
    /// # Errors
    /// Chromium or chromedriver is missing or doesn't start; the error carries its log.
    pub async fn start(desktop: &Desktop, origins: &[&str]) -> Result<Self> {
        let mut capabilities = Capabilities::new();
        let profile = tempfile::Builder::new()
            .prefix("chromium-")
            .tempdir_in(desktop.dir())
            .context("no profile directory")?
            .keep();
        let mut arguments: Vec<String> = CHROMIUM_FLAGS.iter().map(|f| (*f).to_owned()).collect();
        arguments.push("--headless=new".to_owned());
        arguments.push(format!("--user-data-dir={}", profile.display()));
        capabilities.set("browserName", "chrome")?;
        capabilities.set(
            "goog:chromeOptions",
            json!({
                "binary": chromium()?,
                "args": arguments,
                "prefs": protocol_preferences(origins),
            }),
        )?;

        let mut command = desktop.command("chromedriver");
        command.arg("--port=0");
        let name = format!("chromedriver-{}", profile_number(&profile));
        let driver = desktop.run_in_background(&name, command)?;
        let port = until_async(START, "chromedriver to name its port", async || {
            port_in(&desktop.log(&name))
        })
        .await
        .with_context(|| desktop.log(&name))?;
        let page = Page::connect(port, capabilities, desktop.log_path(&name)).await?;
        Ok(Self {
            page,
            desktop: desktop.clone(),
            driver,
        })
    }

    /// Closes Chromium and returns when it has ended.
    ///
    /// # Errors
    /// The session can't be ended; the processes are ended in any case.
    pub async fn close(mut self) -> Result<()> {
        self.page.quit().await
    }
}

impl Deref for Browser {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.page
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.desktop.end(self.driver);
    }
}

fn profile_number(profile: &std::path::Path) -> String {
    profile
        .file_name()
        .map(|name| name.to_string_lossy().replace("chromium-", ""))
        .unwrap_or_default()
}

/// Reads the port out of "ChromeDriver was started successfully on port 12345."
fn port_in(log: &str) -> Option<u16> {
    let (_, rest) = log.split_once("successfully on port ")?;
    let (digits, _) = rest.split_once('.')?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read_only_from_a_complete_line() {
        let line = "Starting...\nChromeDriver was started successfully on port 40123.\n";
        assert_eq!(port_in(line), Some(40123));
        assert_eq!(
            port_in("ChromeDriver was started successfully on port 40"),
            None
        );
        assert_eq!(port_in("Starting"), None);
    }
}
