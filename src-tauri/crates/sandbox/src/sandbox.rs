//! The handle on a sandbox: its owner registers clients, changes manners, scripts faults and looks at
//! what happened, while [`crate::run`] serves it.
//!
//! All state is behind one lock that is never held across an await or a file access.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clients::{ClientRegistration, Clients, IssuedClient};
use crate::clock::Clock;
use crate::config::{Config, Face};
use crate::devices::Devices;
use crate::error::SandboxError;
use crate::grants::{GrantFacts, Grants};
use crate::manners::{MavioManners, MioManners, OauthManners, OidcManners};
use crate::mavio::Calls;
use crate::pending::Pending;
use crate::pushed::Pushed;
use crate::quirks::Stage;
use crate::recording::{DrawnSecret, Endpoint, RecordedRequest, Recording};
use crate::script::{Script, Scripted};
use crate::secret::{Secret, random_text};
use crate::signing::SigningKeys;
use crate::state_file::{self, Found, Kept};

/// Something the owner should know that was no reason to stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The state file could not be understood. It lies at `kept_at` and a new one was begun: earlier
    /// sandbox connections need to be made again.
    BrokenStateFile {
        /// Where the broken file was moved to.
        kept_at: PathBuf,
    },
    /// The last write of the state file failed. Everything works until the sandbox ends.
    StateNotSaved {
        /// What the file system said.
        reason: String,
    },
}

/// A pretend provider: state, manners and script. Clones are the same sandbox.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Arc<dyn Clock>,
    state_file: Option<PathBuf>,
    mio: Mutex<MioManners>,
    mavio: Mutex<MavioManners>,
    oauth: Mutex<OauthManners>,
    oidc: Mutex<OidcManners>,
    state: Mutex<State>,
    /// Held while the file is written, so that a later state is never replaced by an earlier one.
    saving: Mutex<()>,
    /// Held while a key is made, so that two first uses make one.
    making_a_key: Mutex<()>,
    broken_state_file: Option<PathBuf>,
    not_saved: Mutex<Option<String>>,
    recording: Recording,
    extra_members: Vec<(String, String)>,
    script: Script,
    stage: Stage,
}

/// What requests change.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) clients: Clients,
    pub(crate) grants: Grants,
    pub(crate) pending: Pending,
    pub(crate) pushed: Pushed,
    pub(crate) devices: Devices,
    pub(crate) keys: SigningKeys,
    pub(crate) mavio_calls: Calls,
}

impl Sandbox {
    /// Makes a sandbox and takes up the clients and grants of the state file, if there is one.
    ///
    /// # Errors
    /// If the state file exists and cannot be read. One that can be read but not understood is set
    /// aside and told by [`Sandbox::notices`].
    pub fn new(config: Config) -> Result<Self, SandboxError> {
        let found = match &config.state_file {
            Some(path) => state_file::load(path)?,
            None => Found::Nothing,
        };
        let (kept, broken_state_file) = match found {
            Found::Nothing => (Kept::nothing(), None),
            Found::State(kept) => (kept, None),
            Found::Broken(aside) => (Kept::nothing(), Some(aside)),
        };
        let state = State {
            clients: kept.clients,
            grants: Grants::restored(kept.grants),
            keys: kept.signing_keys,
            ..State::default()
        };
        let inner = Inner {
            clock: config.clock,
            state_file: config.state_file,
            mio: Mutex::new(config.mio),
            mavio: Mutex::new(config.mavio),
            oauth: Mutex::new(config.oauth),
            oidc: Mutex::new(config.oidc),
            state: Mutex::new(state),
            saving: Mutex::new(()),
            making_a_key: Mutex::new(()),
            broken_state_file,
            not_saved: Mutex::default(),
            recording: Recording::new(config.record),
            extra_members: config.extra_members,
            script: Script::default(),
            stage: Stage::default(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Registers a client and gives its secret out, once. Blocks for one small file write.
    ///
    /// # Errors
    /// If the registration cannot work or the state file cannot be written.
    pub fn issue_client(
        &self,
        registration: ClientRegistration,
    ) -> Result<IssuedClient, SandboxError> {
        let face = registration.face.slug();
        let client_id = format!("{face}_client_{}", random_text::<9>()?);
        let client_secret = self.draw("client secret", &format!("{face}_secret_"))?;
        let issued = self
            .state()
            .clients
            .register(registration, client_id, &client_secret)?;
        self.save()?;
        Ok(issued)
    }

    /// Whether this client is registered, perhaps by an earlier run.
    #[must_use]
    pub fn has_client(&self, face: Face, client_id: &str) -> bool {
        self.state().clients.find(face, client_id).is_some()
    }

    /// Sets the life of access tokens that all faces issue from now on. `expires_in` says it in whole
    /// seconds.
    pub fn set_access_token_lifetime(&self, lifetime: Duration) {
        self.manners(|manners| manners.access_token_lifetime = lifetime);
        self.mavio_manners(|manners| manners.access_token_lifetime = lifetime);
        self.oauth_manners(|manners| manners.access_token_lifetime = lifetime);
        self.oidc_manners(|manners| manners.access_token_lifetime = lifetime);
    }

    /// Changes how the Mio face behaves from the next request on.
    pub fn manners(&self, change: impl FnOnce(&mut MioManners)) {
        change(&mut locked(&self.inner.mio));
    }

    /// Changes how the Mavio face behaves from the next request on.
    pub fn mavio_manners(&self, change: impl FnOnce(&mut MavioManners)) {
        change(&mut locked(&self.inner.mavio));
    }

    /// Changes how the plain OAuth face behaves from the next request on.
    pub fn oauth_manners(&self, change: impl FnOnce(&mut OauthManners)) {
        change(&mut locked(&self.inner.oauth));
    }

    /// Changes how the OpenID Connect face behaves from the next request on.
    pub fn oidc_manners(&self, change: impl FnOnce(&mut OidcManners)) {
        change(&mut locked(&self.inner.oidc));
    }

    /// Scripts the next request of an endpoint; several calls queue up.
    pub fn script(&self, endpoint: Endpoint, scripted: Scripted) {
        self.inner.script.push(endpoint, scripted);
    }

    /// Scripts every request of an endpoint for which nothing is queued.
    pub fn script_forever(&self, endpoint: Endpoint, scripted: Scripted) {
        self.inner.script.set_forever(endpoint, scripted);
    }

    /// Forgets what was scripted for an endpoint. A request already held or hanging stays so.
    pub fn clear_script(&self, endpoint: Endpoint) {
        self.inner.script.clear(endpoint);
    }

    /// Lists the requests that arrived, oldest first (the newest 10,000); empty unless
    /// [`Config::record`] is set.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.inner.recording.requests()
    }

    /// Lists the secrets that were drawn, given out or not, oldest first (the newest 10,000); empty
    /// unless [`Config::record`] is set.
    #[must_use]
    pub fn secrets(&self) -> Vec<DrawnSecret> {
        self.inner.recording.secrets()
    }

    /// How many requests have arrived at an endpoint so far, recorded or not.
    #[must_use]
    pub fn request_count(&self, endpoint: Endpoint) -> usize {
        self.inner.recording.count_of(endpoint)
    }

    /// Waits until at least `count` requests have arrived at an endpoint since the beginning. They
    /// need not have been answered.
    pub async fn wait_for_requests(&self, endpoint: Endpoint, count: usize) {
        self.inner.recording.wait_for(endpoint, count).await;
    }

    /// Ends every grant, as if the users had ended access at the provider.
    pub fn revoke_all(&self) {
        self.state().grants.revoke_all();
        self.save_or_notice();
    }

    /// Ends every access token early; refresh tokens stay good.
    pub fn expire_access_tokens(&self) {
        self.state().grants.expire_access_tokens();
        self.save_or_notice();
    }

    /// Lists the grants, oldest first, revoked ones included.
    #[must_use]
    pub fn grants(&self) -> Vec<GrantFacts> {
        self.state().grants.facts()
    }

    /// What the owner should know; empty when all is well.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        let broken = self.inner.broken_state_file.clone();
        let broken = broken.map(|kept_at| Notice::BrokenStateFile { kept_at });
        let reason = locked(&self.inner.not_saved).clone();
        let not_saved = reason.map(|reason| Notice::StateNotSaved { reason });
        broken.into_iter().chain(not_saved).collect()
    }

    /// Draws a secret of a kind, for example "access token"; `prefix` is part of it.
    pub(crate) fn draw(&self, kind: &'static str, prefix: &str) -> Result<Secret, SandboxError> {
        let secret = Secret::draw(prefix)?;
        if self.inner.recording.keeps() {
            let value = secret.expose().to_owned();
            self.inner
                .recording
                .keep_secret(DrawnSecret { kind, value });
        }
        Ok(secret)
    }

    /// What each token answer has beyond the known members.
    pub(crate) fn extra_members(&self) -> &[(String, String)] {
        &self.inner.extra_members
    }

    pub(crate) fn now(&self) -> i64 {
        self.inner.clock.now_ms()
    }

    pub(crate) fn current_manners(&self) -> MioManners {
        locked(&self.inner.mio).clone()
    }

    pub(crate) fn current_mavio_manners(&self) -> MavioManners {
        locked(&self.inner.mavio).clone()
    }

    pub(crate) fn current_oauth_manners(&self) -> OauthManners {
        locked(&self.inner.oauth).clone()
    }

    pub(crate) fn current_oidc_manners(&self) -> OidcManners {
        locked(&self.inner.oidc).clone()
    }

    pub(crate) fn recording(&self) -> &Recording {
        &self.inner.recording
    }

    pub(crate) fn stage(&self) -> &Stage {
        &self.inner.stage
    }

    pub(crate) fn next_scripted(&self, endpoint: Endpoint) -> Option<Scripted> {
        self.inner.script.next(endpoint)
    }

    /// The state, locked; hold it for one decision only.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.inner.state)
    }

    /// The right to make a key; wait for it on a thread for blocking work.
    pub(crate) fn turn_to_make_a_key(&self) -> MutexGuard<'_, ()> {
        locked(&self.inner.making_a_key)
    }

    /// Writes the state file away from the runtime's threads, and returns when it is durable. A
    /// failure becomes a notice: the client must still get what was issued to it.
    pub(crate) async fn saved(&self) {
        if self.inner.state_file.is_none() {
            return;
        }
        let sandbox = self.clone();
        // The closure neither panics nor is cancelled, so there is no join error to handle.
        let _ = tokio::task::spawn_blocking(move || sandbox.save_or_notice()).await;
    }

    /// Writes the state file; a failure becomes a notice.
    pub(crate) fn save_or_notice(&self) {
        let reason = self
            .save()
            .err()
            .map(|error| match std::error::Error::source(&error) {
                Some(source) => format!("{error}: {source}"),
                None => error.to_string(),
            });
        *locked(&self.inner.not_saved) = reason;
    }

    fn save(&self) -> Result<(), SandboxError> {
        let Some(path) = &self.inner.state_file else {
            return Ok(());
        };
        let _turn = locked(&self.inner.saving);
        let kept = {
            let state = self.state();
            Kept::new(
                state.clients.clone(),
                state.grants.families().clone(),
                state.keys.clone(),
            )
        };
        state_file::save(path, &kept)
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Sandbox")
            .field("state_file", &self.inner.state_file)
            .field("grants", &self.grants().len())
            .finish_non_exhaustive()
    }
}

/// Locks; a panic elsewhere while holding the lock leaves nothing half-changed that matters here.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
