//! The bundled sandbox inside the app: starts when it is first used, listens on loopback, and
//! keeps its port and its pretend grants in the data directory, so that pretend accounts
//! survive a restart.
//!
//! `KEYFOB_SANDBOX_FILE` names a file with the line that `keyfob-sandbox` prints; then that
//! sandbox is used and none is started.

use keyfob_domain::authorization::redirect_uris;
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::{AttemptId, ConnectionId, ProviderSlug};
use keyfob_domain::provider::{Provider, RedirectKind};
use keyfob_domain::secret::ClientSecret;
use keyfob_engine::EngineHandle;
use keyfob_engine::owner::DataDir;
use keyfob_engine::providers::sandbox_presets;
use keyfob_sandbox::{ClientRegistration, Config, Face, Sandbox};
use serde::Deserialize;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use tokio::net::TcpListener;
use tokio::sync::Mutex;

const VARIABLE: &str = "KEYFOB_SANDBOX_FILE";
/// Stands for the address before the sandbox listens; nothing is ever sent there.
const NOT_YET: &str = "http://127.0.0.1:1";

/// The sandbox, started or not.
pub(crate) struct SandboxHost {
    data_dir: DataDir,
    running: Mutex<Option<Source>>,
}

enum Source {
    Embedded { base: String, sandbox: Sandbox },
    Elsewhere(Announcement),
}

/// The line that the sandbox's own binary prints.
#[derive(Deserialize)]
struct Announcement {
    base: String,
    mio: AnnouncedClient,
    mavio: AnnouncedClient,
}

impl Announcement {
    fn client(&self, face: Face) -> Option<&AnnouncedClient> {
        match face {
            Face::Mio => Some(&self.mio),
            Face::Mavio => Some(&self.mavio),
            // For tests and engineers, who bring a provider file of their own.
            Face::Oauth | Face::Oidc => None,
        }
    }
}

#[derive(Deserialize)]
struct AnnouncedClient {
    client_id: String,
    client_secret: String,
}

impl SandboxHost {
    pub(crate) fn new(data_dir: DataDir) -> Self {
        Self {
            data_dir,
            running: Mutex::new(None),
        }
    }

    /// Whether the sandbox plays this provider.
    pub(crate) fn plays(slug: &ProviderSlug) -> bool {
        face(slug).is_some()
    }

    /// Gives the sandbox's providers. It is started here when it was used before, since its
    /// pretend accounts have to be renewed like real ones.
    pub(crate) async fn providers(&self) -> Result<Vec<Provider>, Problem> {
        if std::env::var_os(VARIABLE).is_none() && !self.port_file().exists() {
            return sandbox_presets(NOT_YET);
        }
        match self.base().await {
            Ok(base) => sandbox_presets(&base),
            Err(problem) => {
                tracing::warn!(%problem, "the sandbox can't be started");
                sandbox_presets(NOT_YET)
            }
        }
    }

    /// Begins a sign-in at the sandbox: starts it and registers Keyfob there, where that is still to do.
    pub(crate) async fn connect(
        &self,
        engine: &EngineHandle,
        slug: ProviderSlug,
        connection: Option<ConnectionId>,
    ) -> Result<AttemptId, Problem> {
        let base = self.base().await?;
        for provider in sandbox_presets(&base)? {
            engine.provide(provider).await?;
        }
        if !self
            .knows(&slug, engine.client_of(slug.clone()).await?.as_deref())
            .await
        {
            self.register(engine, slug.clone()).await?;
        }
        match engine.connect(slug.clone(), connection).await {
            // The sandbox knows the client, but the keychain has lost its secret.
            Err(problem) if problem.code == ErrorCode::ClientNotSetUp => {
                self.register(engine, slug.clone()).await?;
                engine.connect(slug, connection).await
            }
            outcome => outcome,
        }
    }

    /// Whether this sandbox has such a client: its state may be younger than the app's.
    async fn knows(&self, slug: &ProviderSlug, client_id: Option<&str>) -> bool {
        let (Some(face), Some(client_id)) = (face(slug), client_id) else {
            return false;
        };
        match self.running.lock().await.as_ref() {
            Some(Source::Elsewhere(announcement)) => {
                let client = announcement.client(face);
                client.is_some_and(|client| client.client_id == client_id)
            }
            Some(Source::Embedded { sandbox, .. }) => sandbox.has_client(face, client_id),
            None => false,
        }
    }

    async fn base(&self) -> Result<String, Problem> {
        let mut running = self.running.lock().await;
        if running.is_none() {
            *running = Some(match std::env::var_os(VARIABLE) {
                Some(path) => Source::Elsewhere(announcement(Path::new(&path))?),
                None => self.start().await?,
            });
        }
        Ok(match running.as_ref() {
            Some(Source::Embedded { base, .. } | Source::Elsewhere(Announcement { base, .. })) => {
                base.clone()
            }
            None => NOT_YET.to_owned(),
        })
    }

    async fn start(&self) -> Result<Source, Problem> {
        let remembered = std::fs::read_to_string(self.port_file())
            .ok()
            .and_then(|text| text.trim().parse().ok());
        let port: u16 = remembered.unwrap_or(0);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(|error| not_started(&format!("127.0.0.1:{port}: {error}")))?;
        let port = listener
            .local_addr()
            .map_err(|error| not_started(&error.to_string()))?
            .port();
        let state_file = self.data_dir.path().join("sandbox.json");
        let config = Config {
            state_file: Some(state_file),
            ..Config::default()
        };
        let sandbox = Sandbox::new(config).map_err(|error| not_started(&error.to_string()))?;
        if remembered.is_none() {
            std::fs::write(self.port_file(), port.to_string())
                .map_err(|error| not_started(&error.to_string()))?;
        }
        let served = sandbox.clone();
        tokio::spawn(async move {
            // It ends with the process: what it keeps is on the disk after every change.
            if let Err(error) = keyfob_sandbox::run(listener, served, std::future::pending()).await
            {
                tracing::error!(%error, "the sandbox has stopped");
            }
        });
        Ok(Source::Embedded {
            base: format!("http://127.0.0.1:{port}"),
            sandbox,
        })
    }

    /// Registers Keyfob as a client of the sandbox, as a user would at the provider's own page,
    /// and keeps what it is given.
    async fn register(&self, engine: &EngineHandle, slug: ProviderSlug) -> Result<(), Problem> {
        let face = face(&slug).ok_or_else(|| not_started("it doesn't play this provider"))?;
        let (client_id, client_secret) = match self.running.lock().await.as_ref() {
            Some(Source::Elsewhere(announcement)) => {
                let client = announcement
                    .client(face)
                    .ok_or_else(|| not_started("it announces no client for this provider"))?;
                (client.client_id.clone(), client.client_secret.clone())
            }
            Some(Source::Embedded { sandbox, .. }) => {
                let registration = ClientRegistration {
                    face,
                    name: "Keyfob".to_owned(),
                    // Whichever of its ways the provider's file chooses.
                    redirect_uris: redirect_uris(
                        &slug,
                        &[RedirectKind::Scheme, RedirectKind::Loopback],
                    ),
                };
                let issued = sandbox
                    .issue_client(registration)
                    .map_err(|error| not_started(&error.to_string()))?;
                (issued.client_id, issued.client_secret)
            }
            None => return Err(not_started("nobody has started it")),
        };
        let secret = ClientSecret::new(client_secret);
        engine.set_up_client(slug, client_id, Some(secret)).await
    }

    fn port_file(&self) -> PathBuf {
        self.data_dir.path().join("sandbox-port")
    }
}

/// The face that the sandbox shows as this provider.
fn face(slug: &ProviderSlug) -> Option<Face> {
    match slug.as_str() {
        "mio-sandbox" => Some(Face::Mio),
        "mavio-sandbox" => Some(Face::Mavio),
        _ => None,
    }
}

fn not_started(why: &str) -> Problem {
    Problem::with_detail(ErrorCode::SandboxNotStarted, why)
}

fn announcement(path: &Path) -> Result<Announcement, Problem> {
    let text = std::fs::read_to_string(path).map_err(|error| not_started(&error.to_string()))?;
    let announcement: Announcement = serde_json::from_str(&text)
        .map_err(|_| not_started("the file isn't a sandbox's announcement"))?;
    // The providers' own check refuses any address that isn't loopback.
    sandbox_presets(&announcement.base)?;
    Ok(announcement)
}
