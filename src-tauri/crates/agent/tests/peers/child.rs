//! A process that is Keyfob, on real parts but for its clock, and may be killed at any step.
//!
//! It says what happens, does what it is told a line at a time, and stops for good before or after the
//! call that it is told to stop at: then its parent can kill it there.

#![expect(clippy::print_stdout, reason = "its words go to its parent")]

use crate::clock::StandingClock;
use crate::faulty::{Kind, Steps};
use async_trait::async_trait;
use keyfob_domain::authorization::Step;
use keyfob_domain::connection::Condition;
use keyfob_domain::error::Problem;
use keyfob_domain::id::{ConnectionId, ProviderSlug};
use keyfob_domain::secret::ClientSecret;
use keyfob_engine::logging::Log;
use keyfob_engine::ports::{Browser, Ports};
use keyfob_engine::system::{self, System};
use keyfob_engine::{Engine, EngineHandle, Update, providers};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use url::Url;

/// What the parent wants; its presence makes the test binary this process.
pub(crate) const ORDERS: &str = "KEYFOB_TEST_PEERS";
/// Begins each line that is for the parent.
pub(crate) const WORD: &str = "=> ";

/// What the child is told at first, as JSON in [`ORDERS`].
#[derive(serde::Serialize, serde::Deserialize)]
pub(crate) struct Orders {
    pub(crate) data_dir: PathBuf,
    pub(crate) config_dir: PathBuf,
    pub(crate) provider: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

/// The step to stop at, as in `after provider refresh`.
static STOP_AT: Mutex<Option<String>> = Mutex::new(None);

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

/// Lets a step of a call happen, or nothing more on this thread.
fn step(line: &str) {
    let stop_at = STOP_AT
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    // The line begins with `step` and a number.
    let is_meant = stop_at.is_some_and(|stop_at| line.ends_with(&format!(" {stop_at}")));
    if is_meant {
        say("stopped");
        loop {
            std::thread::park();
        }
    }
}

/// Does what it is told; without orders this process is the parent, and nothing is done.
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
    let clock = Arc::new(StandingClock::new());
    let ports = Ports {
        clock: clock.clone(),
        ..Steps::new(0, Kind::Error, step).wrap(ports)
    };
    let known = providers::user_files(&orders.config_dir.join("providers"), &[]).0;
    let engine = Engine::start(ports, known, Vec::new()).await.unwrap();
    let slug = ProviderSlug::parse(&orders.provider).unwrap();
    let secret = Some(ClientSecret::new(orders.client_secret));
    engine
        .set_up_client(slug.clone(), orders.client_id, secret)
        .await
        .unwrap();
    let updates = engine.subscribe().await.unwrap();
    let told = tokio::spawn(tell(updates));
    let (sender, mut lines) = mpsc::channel(1);
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    while let Some(line) = lines.recv().await {
        let (word, rest) = line.split_once(' ').unwrap_or((&line, ""));
        match word {
            "connect" => drop(engine.connect(slug.clone(), None).await.unwrap()),
            "pass" => clock.pass(Duration::from_secs(rest.parse().unwrap())),
            "stop-at" => {
                let mut stop_at = STOP_AT.lock().unwrap_or_else(PoisonError::into_inner);
                *stop_at = Some(rest.to_owned());
            }
            "renew" => renew(&engine, ConnectionId::parse(rest).unwrap()),
            "quit" => break,
            other => panic!("the parent says {other}"),
        }
    }
    engine.shut_down().await;
    told.await.unwrap();
    drop(data_dir);
}

/// Renews without waiting for it: it may come to a stop.
fn renew(engine: &EngineHandle, id: ConnectionId) {
    let engine = engine.clone();
    tokio::spawn(async move {
        if let Err(problem) = engine.renew(id).await {
            say(&format!("refused {}", problem.code));
        }
    });
}

async fn tell(mut updates: mpsc::Receiver<Update>) {
    while let Some(update) = updates.recv().await {
        match update {
            Update::Connection(overview) => {
                let connection = &overview.connection;
                let condition = match &connection.condition {
                    Condition::Active => "active".to_owned(),
                    Condition::NeedsSignIn { problem } => problem.code.to_string(),
                    Condition::Waiting { problem, .. } => format!("waiting {}", problem.code),
                    Condition::Renewing | Condition::Keychain { .. } | Condition::Revoking => {
                        "on its way".to_owned()
                    }
                };
                let generation = connection.life.generation;
                say(&format!(
                    "connection {} {generation} {condition}",
                    connection.id
                ));
            }
            Update::Attempt(overview) => {
                if let Step::Failed(problem) = &overview.step {
                    say(&format!("failed {}", problem.code));
                }
            }
            Update::Snapshot { .. }
            | Update::ConnectionRemoved(_)
            | Update::Provider(_)
            | Update::ProviderRemoved(_)
            | Update::AttemptRemoved(_)
            | Update::Keychain(_)
            | Update::Notice(_)
            | Update::NoticeRemoved(_) => {}
        }
    }
}
