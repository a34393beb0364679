//! The process that may die: it connects, renews and revokes on real parts, and tells its parent
//! what it does.

#![expect(clippy::print_stdout, reason = "its words go to its parent")]

use crate::faulty::{Kind, Steps};
use async_trait::async_trait;
use keyfob_domain::authorization::Step;
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::{AttemptId, ConnectionId, ProviderSlug};
use keyfob_domain::secret::ClientSecret;
use keyfob_engine::logging::Log;
use keyfob_engine::ports::Browser;
use keyfob_engine::system::{self, System};
use keyfob_engine::{Ending, Engine, EngineHandle, Update, providers};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc;
use url::Url;

/// What the parent wants; its presence makes the test binary this process.
pub(crate) const ORDERS: &str = "KEYFOB_TEST_CRASH";
/// Begins each line that is for the parent.
pub(crate) const WORD: &str = "=> ";

/// What the child is told, as JSON in [`ORDERS`].
#[derive(serde::Serialize, serde::Deserialize)]
pub(crate) struct Orders {
    pub(crate) data_dir: PathBuf,
    pub(crate) config_dir: PathBuf,
    pub(crate) provider: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    /// Whether the provider is told of the end later.
    pub(crate) later: bool,
    /// The step to die or fail at; 0 for none.
    pub(crate) step: usize,
    pub(crate) abort: bool,
}

struct ParentsBrowser;

#[async_trait]
impl Browser for ParentsBrowser {
    async fn open(&self, url: &Url) -> Result<(), Problem> {
        say(&format!("open {url}"));
        Ok(())
    }
}

fn say(line: &str) {
    println!("{WORD}{line}");
}

/// Does what the orders say; without orders this process is the parent, and nothing is done.
pub(crate) async fn obey() {
    let Ok(orders) = std::env::var(ORDERS) else {
        return;
    };
    let orders: Orders = serde_json::from_str(&orders).unwrap();
    let log = Log::start(Some("off"));
    let provider_dir = orders.config_dir.join("providers");
    let opened = system::open(
        &orders.data_dir,
        &provider_dir,
        Arc::new(ParentsBrowser),
        &log,
    )
    .await;
    let System {
        data_dir, ports, ..
    } = opened.unwrap();
    let slug = ProviderSlug::parse(&orders.provider).unwrap();
    set_up(&ports, &orders, &slug).await;
    let kind = if orders.abort {
        Kind::Abort
    } else {
        Kind::Error
    };
    let steps = Steps::new(orders.step, kind, say);
    let known = known_providers(&orders.config_dir);
    let engine = Engine::start(steps.wrap(ports), known, Vec::new())
        .await
        .unwrap();
    let ending = if orders.later {
        Ending::Later
    } else {
        Ending::Now
    };
    match course(&engine, slug, ending).await {
        Ok(()) => say("survived"),
        Err((phase, problem)) => say(&format!("stopped {phase} {}", problem.code)),
    }
    engine.shut_down().await;
    say("ended");
    drop(data_dir);
}

/// What was there before is no step.
async fn set_up(ports: &keyfob_engine::ports::Ports, orders: &Orders, slug: &ProviderSlug) {
    let engine = Engine::start(
        ports.clone(),
        known_providers(&orders.config_dir),
        Vec::new(),
    )
    .await
    .unwrap();
    let secret = Some(ClientSecret::new(orders.client_secret.clone()));
    engine
        .set_up_client(slug.clone(), orders.client_id.clone(), secret)
        .await
        .unwrap();
    engine.shut_down().await;
}

fn known_providers(config_dir: &Path) -> Vec<keyfob_domain::provider::Provider> {
    providers::user_files(&config_dir.join("providers"), &[]).0
}

async fn course(
    engine: &EngineHandle,
    slug: ProviderSlug,
    ending: Ending,
) -> Result<(), (&'static str, Problem)> {
    let mut updates = engine
        .subscribe()
        .await
        .map_err(|problem| ("start", problem))?;
    say("phase connect");
    let attempt = engine.connect(slug, None).await;
    let attempt = attempt.map_err(|problem| ("connect", problem))?;
    let id = connected(&mut updates, attempt)
        .await
        .map_err(|problem| ("connect", problem))?;
    say("phase renew");
    engine
        .renew(id)
        .await
        .map_err(|problem| ("renew", problem))?;
    say("phase revoke");
    let revoked = engine.revoke(id, ending).await;
    revoked.map_err(|problem| ("revoke", problem))
}

async fn connected(
    updates: &mut mpsc::Receiver<Update>,
    attempt: AttemptId,
) -> Result<ConnectionId, Problem> {
    while let Some(update) = updates.recv().await {
        let Update::Attempt(overview) = update else {
            continue;
        };
        if overview.id != attempt {
            continue;
        }
        match &overview.step {
            Step::Connected(id) => return Ok(*id),
            Step::Failed(problem) => return Err(problem.clone()),
            Step::Cancelled => break,
            Step::Opening
            | Step::Waiting { .. }
            | Step::Confirming
            | Step::Asking(_)
            | Step::Saving => {}
        }
    }
    Err(ErrorCode::Internal.into())
}
