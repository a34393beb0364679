//! The state behind the commands: the engine once it runs, the sandbox, and what the shell
//! itself tells the web view.

use crate::clipboard::Clipboard;
use crate::sandbox::SandboxHost;
use crate::view::{UiEvent, WireError, connection_id};
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::{ConnectionId, ProviderSlug};
use keyfob_engine::EngineHandle;
use keyfob_engine::discovery::Discovery;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tauri::{AppHandle, Manager};
use tokio::sync::{broadcast, watch};

/// What runs once the data directory is owned and the database is open.
pub(crate) struct Running {
    pub(crate) engine: EngineHandle,
    pub(crate) sandbox: SandboxHost,
    pub(crate) discovery: Discovery,
}

pub(crate) type Started = Option<Result<Arc<Running>, Problem>>;

/// Managed by Tauri; cheap to clone.
#[derive(Clone)]
pub(crate) struct Keyfob {
    app: AppHandle,
    started: watch::Sender<Started>,
    shell_events: broadcast::Sender<UiEvent>,
    closing: Arc<AtomicBool>,
    mounted: Arc<AtomicBool>,
    pub(crate) clipboard: Arc<Clipboard>,
    pub(crate) data_dir: PathBuf,
}

impl Keyfob {
    pub(crate) fn new(app: &AppHandle) -> Self {
        Self {
            app: app.clone(),
            started: watch::Sender::new(None),
            shell_events: broadcast::Sender::new(16),
            closing: Arc::default(),
            mounted: Arc::default(),
            clipboard: Arc::default(),
            // The path can't be found only where there is no home; then opening it says so.
            // Tauri's own folder is open to others; ours is not.
            data_dir: app.path().data_dir().unwrap_or_default().join("keyfob"),
        }
    }

    pub(crate) fn of(app: &AppHandle) -> Self {
        Self::clone(&app.state::<Self>())
    }

    /// Says that the start is over, one way or the other.
    pub(crate) fn set_started(&self, outcome: Result<Running, Problem>) {
        self.started.send_replace(Some(outcome.map(Arc::new)));
    }

    /// Waits until the start is over.
    pub(crate) async fn running(&self) -> Result<Arc<Running>, Problem> {
        let mut started = self.started.subscribe();
        let outcome = started.wait_for(Option::is_some).await;
        match outcome.as_deref() {
            Ok(Some(outcome)) => outcome.clone(),
            Ok(None) | Err(_) => Err(ErrorCode::Internal.into()),
        }
    }

    /// Sends an event of the shell's own to the web view.
    pub(crate) fn tell(&self, event: UiEvent) {
        // Nobody listens before the web view has subscribed.
        let _ = self.shell_events.send(event);
    }

    pub(crate) fn shell_events(&self) -> broadcast::Receiver<UiEvent> {
        self.shell_events.subscribe()
    }

    /// The window is to be closed: asks in the window, and quits at the second time, or when
    /// nobody is there to answer.
    pub(crate) fn close_requested(&self) {
        let asked_before = self.closing.swap(true, Ordering::SeqCst);
        if asked_before || self.shell_events.send(UiEvent::CloseRequested).is_err() {
            self.quit();
        }
    }

    /// Notes that the page has built itself, and tells whether it was the first of this process.
    pub(crate) fn first_mount(&self) -> bool {
        !self.mounted.swap(true, Ordering::SeqCst)
    }

    /// The user stays.
    pub(crate) fn stay(&self) {
        self.closing.store(false, Ordering::SeqCst);
    }

    /// Finishes what is on the wire and ends the process.
    pub(crate) fn quit(&self) {
        let (app, started) = (self.app.clone(), self.started.borrow().clone());
        tauri::async_runtime::spawn(async move {
            if let Some(Ok(running)) = started {
                running.engine.shut_down().await;
            }
            app.exit(0);
        });
    }
}

impl Running {
    /// Begins a sign-in. The sandbox is started when it is the one that is wanted.
    pub(crate) async fn connect(
        &self,
        slug: &str,
        connection: Option<ConnectionId>,
    ) -> Result<String, Problem> {
        let unknown = || Problem::with_detail(ErrorCode::ProviderUnknown, slug);
        let slug = ProviderSlug::parse(slug).ok_or_else(unknown)?;
        let attempt = if SandboxHost::plays(&slug) {
            self.sandbox.connect(&self.engine, slug, connection).await?
        } else {
            self.engine.connect(slug, connection).await?
        };
        Ok(attempt.to_string())
    }

    /// Signs a connection in again, at the provider it belongs to.
    pub(crate) async fn reconnect(&self, id: &str) -> Result<String, Problem> {
        let id = connection_id(id)?;
        let slug = self.engine.provider_of(id).await?;
        self.connect(slug.as_str(), Some(id)).await
    }
}

impl From<Problem> for WireError {
    fn from(problem: Problem) -> Self {
        Self {
            code: problem.code,
            retryable: problem.code.is_retryable(),
            connection_id: problem.connection.map(|id| id.to_string()),
            detail: problem.detail,
        }
    }
}
