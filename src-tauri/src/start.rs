//! The order of a start: own the data directory, open the database, start the engine; whatever
//! can wait happens after the first paint.

use crate::browser::DesktopBrowser;
use crate::keyfob::{Keyfob, Running};
use crate::sandbox::SandboxHost;
use crate::{appearance, deep_link};
use keyfob_domain::error::Problem;
use keyfob_engine::discovery::{Discovery, SystemResolver};
use keyfob_engine::logging::Log;
use keyfob_engine::providers::{self, Known};
use keyfob_engine::{Engine, system};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tauri::{AppHandle, Manager};
use tauri_plugin_deep_link::DeepLinkExt;

/// Starts everything behind the window, in the background.
pub(crate) fn begin(app: &AppHandle, keyfob: Keyfob, log: Log) {
    let config_dir = app
        .path()
        .config_dir()
        .unwrap_or_default()
        .join("keyfob")
        .join("providers");
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let outcome = start(&keyfob.data_dir, &config_dir, &log).await;
        if let Err(problem) = &outcome {
            tracing::error!(%problem, "Keyfob can't start");
        }
        keyfob.set_started(outcome);
        deep_link::cold_start(&app);
    });
}

async fn start(data_dir: &Path, provider_dir: &Path, log: &Log) -> Result<Running, Problem> {
    let opened = system::open(data_dir, provider_dir, Arc::new(DesktopBrowser), log).await?;
    let sandbox = SandboxHost::new(opened.data_dir);
    let mut shipped = providers::presets();
    shipped.extend(sandbox.providers().await?);
    let (own, broken) = providers::user_files(provider_dir, &shipped);
    let known = Known { shipped, own };
    let notices = opened.notices.into_iter().chain(broken).collect();
    let clock = opened.ports.clock.clone();
    let discovery = Discovery::new(opened.network, Arc::new(SystemResolver), clock);
    let discovery = match discovery_limit() {
        Some(limit) => discovery.within(limit),
        None => discovery,
    };
    let engine = Engine::start(opened.ports, known, notices).await?;
    Ok(Running {
        engine,
        sandbox,
        discovery,
    })
}

/// How long looking an issuer up may take, where a test of a debug build doesn't want to wait so long.
fn discovery_limit() -> Option<Duration> {
    let limit = std::env::var("KEYFOB_DISCOVERY_MILLISECONDS").ok()?;
    let limit = limit.parse().ok().map(Duration::from_millis);
    limit.filter(|_| cfg!(debug_assertions))
}

/// What nobody has to wait for at the start; a page that is loaded anew changes nothing.
pub(crate) fn after_mount(app: &AppHandle, keyfob: &Keyfob) {
    if !keyfob.first_mount() {
        return;
    }
    appearance::follow(keyfob);
    let app = app.clone();
    tauri::async_runtime::spawn_blocking(move || {
        // Writes the scheme's handler for this binary; a package brings its own.
        if let Err(error) = app.deep_link().register_all() {
            tracing::warn!(%error, "the scheme's handler can't be registered");
        }
    });
}
