//! The app's window, driven by WebKitWebDriver.
//!
//! The driver starts the app itself, so the app's output is in the driver's log. One desktop has
//! one window: a second app would hand its arguments to the first and end. The hazard: without
//! `TAURI_WEBVIEW_AUTOMATION` a session hangs for ever.

use std::{ffi::OsStr, net::TcpListener, net::TcpStream, ops::Deref, path::Path};

use anyhow::{Context as _, Result};
use serde_json::json;
use thirtyfour::Capabilities;

use crate::{
    desktop::{Desktop, START},
    evidence,
    page::Page,
    wait::until_async,
};

const LOG: &str = "app";

/// The running app with its page, which it dereferences to.
#[derive(Debug)]
pub struct KeyfobWindow {
    page: Page,
    desktop: Desktop,
    driver: u32,
}

impl KeyfobWindow {
    /// Starts the app in a desktop, with some variables more than the desktop's, and returns when
    /// its page can be driven. Its output is the log `app` of the desktop.
    ///
    /// # Errors
    /// WebKitWebDriver is missing or the app gives no session; the error carries the log.
    pub async fn open(desktop: &Desktop, app: &Path, env: &[(&str, &OsStr)]) -> Result<Self> {
        let (driver, port) = start_driver(desktop, env).await?;
        let mut capabilities = Capabilities::new();
        capabilities.set(
            "webkitgtk:browserOptions",
            json!({ "binary": app, "args": ["--automation"] }),
        )?;
        match Page::connect(port, capabilities, desktop.log_path(LOG)).await {
            Ok(page) => Ok(Self {
                page,
                desktop: desktop.clone(),
                driver,
            }),
            Err(error) => {
                desktop.end(driver);
                Err(error)
            }
        }
    }

    /// Returns what the app wrote to stdout and stderr so far.
    pub fn log(&self) -> String {
        self.desktop.log(LOG)
    }

    /// Keeps what is searched for secrets later ([`Desktop::evidence`]), ends the app as WebDriver
    /// does, which closes its window, and then the driver.
    ///
    /// # Errors
    /// The page can't be read or the session can't be ended; the processes are ended in any case.
    pub async fn close(mut self) -> Result<()> {
        evidence::keep_of(&self, &self.desktop).await?;
        self.page.quit().await
    }
}

impl Deref for KeyfobWindow {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.page
    }
}

impl Drop for KeyfobWindow {
    fn drop(&mut self) {
        self.desktop.end(self.driver);
    }
}

/// Starts WebKitWebDriver on a free port. It can't choose one itself, so another program may take
/// the port in between; then the driver ends and the next port is tried.
async fn start_driver(desktop: &Desktop, env: &[(&str, &OsStr)]) -> Result<(u32, u16)> {
    for _ in 0..5 {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let mut command = desktop.command("WebKitWebDriver");
        command
            .arg(format!("--port={port}"))
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .envs(env.iter().copied());
        let driver = desktop.run_in_background(LOG, command)?;
        let listens = until_async(START, "WebKitWebDriver to listen", async || {
            if desktop.has_ended(driver) {
                return Some(false);
            }
            TcpStream::connect(("127.0.0.1", port))
                .is_ok()
                .then_some(true)
        })
        .await?;
        if listens && !desktop.has_ended(driver) {
            return Ok((driver, port));
        }
    }
    Err(anyhow::anyhow!("{}", desktop.log(LOG))).context("WebKitWebDriver doesn't start")
}
