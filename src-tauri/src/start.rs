//! The order of a start: own the data directory, open the database, start the engine; whatever
//! can wait happens after the first paint.

use crate::browser::DesktopBrowser;
use crate::keyfob::{Keyfob, Running};
use crate::sandbox::SandboxHost;
use crate::{appearance, deep_link};
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_engine::clock::SystemClock;
use keyfob_engine::context::HttpContext;
use keyfob_engine::keychain::SystemKeychain;
use keyfob_engine::network::Network;
use keyfob_engine::owner::DataDir;
use keyfob_engine::ports::{Clock, Ports};
use keyfob_engine::random::SystemRandom;
use keyfob_engine::store::{Opened, SqliteStore};
use keyfob_engine::token_endpoint::HttpTokenEndpoint;
use keyfob_engine::{Engine, providers};
use std::path::Path;
use std::sync::Arc;
use tauri::{AppHandle, Manager};
use tauri_plugin_deep_link::DeepLinkExt;

/// Starts everything behind the window, in the background.
pub(crate) fn begin(app: &AppHandle, keyfob: Keyfob) {
    let config_dir = app
        .path()
        .config_dir()
        .unwrap_or_default()
        .join("keyfob")
        .join("providers");
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let outcome = start(&keyfob.data_dir, &config_dir).await;
        if let Err(problem) = &outcome {
            tracing::error!(%problem, "Keyfob can't start");
        }
        keyfob.set_started(outcome);
        deep_link::cold_start(&app);
    });
}

async fn start(data_dir: &Path, provider_dir: &Path) -> Result<Running, Problem> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (dir, now) = (data_dir.to_owned(), clock.now());
    let opened = tokio::task::spawn_blocking(move || {
        let owned = DataDir::own(&dir)?;
        SqliteStore::open(owned.path(), now).map(|opened| (owned, opened))
    });
    let internal = |why: String| Problem::with_detail(ErrorCode::Internal, &why);
    let (owned, Opened { store, set_aside }) = opened
        .await
        .map_err(|error| internal(error.to_string()))??;
    let network = Network::new().map_err(internal)?;
    let ports = Ports {
        token_endpoint: Arc::new(HttpTokenEndpoint::new(network.clone(), clock.clone())),
        secrets: Arc::new(SystemKeychain::new()?),
        store: Arc::new(store),
        browser: Arc::new(DesktopBrowser),
        clock: clock.clone(),
        random: Arc::new(SystemRandom),
        context: Arc::new(HttpContext::new(network, clock)),
    };
    let sandbox = SandboxHost::new(owned);
    let mut known = providers::presets();
    known.extend(sandbox.providers().await?);
    let (users_own, broken) = providers::user_files(provider_dir, &known);
    known.extend(users_own);
    let notices = set_aside.into_iter().chain(broken).collect();
    let engine = Engine::start(ports, known, notices).await?;
    Ok(Running { engine, sandbox })
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
