//! What an engine stands on, opened in the order of a start: own the data directory, open the
//! database, then everything else. The desktop app and the agent both begin here.

use crate::clock::SystemClock;
use crate::context::HttpContext;
use crate::id_token::IdTokens;
use crate::keychain::SystemKeychain;
use crate::logging::Log;
use crate::network::Network;
use crate::network_watch::SystemNetworkWatch;
use crate::owner::DataDir;
use crate::ports::{Browser, Clock, Ports};
use crate::providers::ProviderFiles;
use crate::random::SystemRandom;
use crate::store::{Opened, SqliteStore};
use crate::token_endpoint::HttpTokenEndpoint;
use keyfob_domain::error::{ErrorCode, Problem};
use std::path::Path;
use std::sync::Arc;

/// The real adapters, with what they lie on.
pub struct System {
    /// Owned until this value ends.
    pub data_dir: DataDir,
    /// For [`crate::Engine::start`].
    pub ports: Ports,
    /// The network that the ports use.
    pub network: Network,
    /// What the user should know of the start: a database that was set aside.
    pub notices: Vec<Problem>,
}

/// Opens the real adapters over a data directory and the folder of the user's own provider files. From
/// then on the log is kept in the data directory, too.
///
/// # Errors
/// `owner_elsewhere`, `database_unavailable`, `database_newer`, `keychain_failed`, `internal`.
pub async fn open(
    data_dir: &Path,
    provider_dir: &Path,
    browser: Arc<dyn Browser>,
    log: &Log,
) -> Result<System, Problem> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (dir, now) = (data_dir.to_owned(), clock.now());
    let opened = tokio::task::spawn_blocking(move || {
        let owned = DataDir::own(&dir)?;
        SqliteStore::open(owned.path(), now).map(|opened| (owned, opened))
    });
    let internal = |why: String| Problem::with_detail(ErrorCode::Internal, &why);
    let (data_dir, Opened { store, set_aside }) = opened
        .await
        .map_err(|error| internal(error.to_string()))??;
    if let Err(error) = log.keep_in(&data_dir.path().join("log")) {
        tracing::warn!(%error, "the log can't be kept in files");
    }
    let network = Network::new().map_err(internal)?;
    let ports = Ports {
        token_endpoint: Arc::new(HttpTokenEndpoint::new(network.clone(), clock.clone())),
        secrets: Arc::new(SystemKeychain::new()?),
        store: Arc::new(store),
        providers: Arc::new(ProviderFiles::new(provider_dir.to_owned())),
        browser,
        clock: clock.clone(),
        network_watch: Arc::new(SystemNetworkWatch::start().await),
        random: Arc::new(SystemRandom),
        context: Arc::new(HttpContext::new(network.clone(), clock.clone())),
        id_tokens: Arc::new(IdTokens::over_http(network.clone(), clock)),
    };
    Ok(System {
        data_dir,
        ports,
        network,
        notices: set_aside.into_iter().collect(),
    })
}
