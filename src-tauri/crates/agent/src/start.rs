//! From a command line to a conversation, and from its end to a clean stop.

use crate::agent::{Agent, Engine};
use crate::arguments::Arguments;
use crate::stdio;
use async_trait::async_trait;
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::provider::{Provider, RedirectKind};
use keyfob_engine::logging::Log;
use keyfob_engine::ports::Browser;
use keyfob_engine::system::{self, System};
use keyfob_engine::{Engine as Started, providers};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How long the parent may take to read the last lines.
const LAST_LINES: Duration = Duration::from_secs(1);

/// The browser is the parent's. It is handed the address as an event, together with the name of its
/// attempt, which this port isn't told.
struct ParentsBrowser;

#[async_trait]
impl Browser for ParentsBrowser {
    async fn open(&self, _: &Url) -> Result<(), Problem> {
        Ok(())
    }
}

/// Serves until the input ends, or a command or a signal asks for a stop.
///
/// # Errors
/// Why it could not start: `owner_elsewhere`, `database_unavailable`, `database_newer`, `internal`, ….
pub(crate) fn serve(arguments: Arguments) -> Result<(), Problem> {
    let log = Log::start(std::env::var("KEYFOB_LOG").ok().as_deref());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(internal)?;
    let served = runtime.block_on(serve_on_runtime(arguments, log));
    // Whatever is left waits for somebody who isn't coming.
    runtime.shutdown_background();
    served
}

async fn serve_on_runtime(arguments: Arguments, log: Log) -> Result<(), Problem> {
    let stop = asked_to_stop().map_err(internal)?;
    tokio::pin!(stop);
    let provider_dir = arguments.config_dir.join("providers");
    let opened = system::open(
        &arguments.data_dir,
        &provider_dir,
        Arc::new(ParentsBrowser),
        &log,
    );
    let System {
        data_dir,
        ports,
        network,
        notices,
    } = tokio::select! {
        opened = opened => opened?,
        () = &mut stop => return Ok(()),
    };
    let (known, broken) = known_providers(&provider_dir);
    let notices: Vec<Problem> = notices.into_iter().chain(broken).collect();
    for problem in &notices {
        tracing::warn!(%problem, "a notice");
    }
    let clock = ports.clock.clone();
    let handle = Started::start(ports, known, notices).await?;
    let engine = Engine {
        handle: handle.clone(),
        network,
        clock,
    };
    let mut lines = stdio::read().map_err(internal)?;
    let (out, written) = stdio::write().map_err(internal)?;
    let mut agent = Agent::new(engine, out);
    let quit = tokio::select! {
        quit = agent.converse(&mut lines) => quit,
        () = &mut stop => None,
    };
    tracing::info!("the agent stops");
    handle.shut_down().await;
    agent.finish(quit).await;
    // Nothing is ever sent: it ends when the last line is written. A parent that reads no more must
    // not keep the process.
    let _ = tokio::time::timeout(LAST_LINES, written).await;
    // Not before everything has ended: the next owner may begin here.
    drop(data_dir);
    Ok(())
}

/// The providers, for a process that has only loopback. One without it keeps its ways: its
/// connections, made by the desktop app, are renewed all the same.
fn known_providers(dir: &Path) -> (Vec<Provider>, Vec<Problem>) {
    let mut known = providers::presets();
    let (users_own, broken) = providers::user_files(dir, &known);
    known.extend(users_own);
    for provider in &mut known {
        let kinds = &mut provider.redirect_kinds;
        if kinds.contains(&RedirectKind::Loopback) {
            *kinds = vec![RedirectKind::Loopback];
        }
    }
    (known, broken)
}

/// Completes at SIGTERM, SIGINT or SIGHUP; listens for them from the moment it is called.
#[cfg(unix)]
fn asked_to_stop() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hang_up.recv() => {}
        }
    })
}

/// Completes at Ctrl+C; where it can't be listened for, the process ends with its console.
#[cfg(not(unix))]
fn asked_to_stop() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

fn internal(error: io::Error) -> Problem {
    Problem::with_detail(ErrorCode::Internal, &error.to_string())
}
