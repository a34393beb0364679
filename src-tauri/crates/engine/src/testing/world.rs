//! An engine with all its ports, and what a subscriber has seen of it.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each look at the updates is for a few kinds of them"
)]

use super::{
    CountingRandom, FakeBrowser, FakeContext, FakeKeychain, FakeKeys, FakeNetwork, FakeProvider,
    FakeProviderFiles, FakeRows, Log, ManualClock, provider::oauth_error,
};
use crate::ports::{ConnectionStore, Ports, SecretName};
use crate::{
    AttemptOverview, Engine, EngineHandle, KeychainState, Notice, Origin, Overview, Update,
};
use keyfob_domain::authorization::{Choice, Step};
use keyfob_domain::connection::{Condition, Connection};
use keyfob_domain::failure::Fault;
use keyfob_domain::id::{AttemptId, ConnectionId, ProviderSlug};
use keyfob_domain::provider::{EchoesState, Provider};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// See the module.
pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) provider: Arc<FakeProvider>,
    pub(crate) keychain: Arc<FakeKeychain>,
    pub(crate) rows: Arc<FakeRows>,
    pub(crate) files: Arc<FakeProviderFiles>,
    pub(crate) browser: Arc<FakeBrowser>,
    pub(crate) context: Arc<FakeContext>,
    pub(crate) network: Arc<FakeNetwork>,
    pub(crate) keys: FakeKeys,
    pub(crate) log: Log,
    pub(crate) engine: EngineHandle,
    pub(crate) updates: mpsc::Receiver<Update>,
    /// Everything that was published, the snapshot first.
    pub(crate) seen: Vec<Update>,
    ports: Ports,
    pub(crate) providers: Vec<Provider>,
    codes: u32,
    /// How many turns everything that is ready gets; tests with few tasks can do with fewer.
    pub(crate) turns: u32,
    life: AbortHandle,
}

/// So many turns are enough for a thousand tasks. In one of them the runtime polls what is ready,
/// and what that wakes, up to 61 polls.
const TURNS: u32 = 300;

/// The pretend Mio, with an address nobody listens on.
pub(crate) fn sandbox_provider() -> Provider {
    let providers = crate::providers::sandbox_presets("http://127.0.0.1:9");
    providers.unwrap().remove(0)
}

/// The same, of which it is known that it echoes `state`.
pub(crate) fn strict_provider() -> Provider {
    Provider {
        echoes_state: EchoesState::Yes,
        ..sandbox_provider()
    }
}

pub(crate) fn slug(text: &str) -> ProviderSlug {
    ProviderSlug::parse(text).expect("the slug is well formed")
}

/// No answer; `unsent` says whether that is certain to be harmless.
pub(crate) fn fault(unsent: bool) -> Fault {
    Fault::NoAnswer {
        detail: "connection reset".to_owned(),
        unsent,
    }
}

pub(crate) fn refused(status: u16, error: &str) -> Fault {
    Fault::Refused {
        status,
        error: oauth_error(error),
        detail: (!error.is_empty()).then(|| error.to_owned()),
        retry_after: None,
    }
}

/// Starts an engine that can be killed.
async fn start(ports: &Ports, providers: &[Provider]) -> (EngineHandle, AbortHandle) {
    let engine = Engine::assemble(ports.clone(), providers.to_vec().into(), Vec::new());
    let (handle, life) = engine.await.unwrap();
    (handle, tokio::spawn(life).abort_handle())
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(vec![sandbox_provider()]).await
    }

    /// Every provider gets a client id and a client secret.
    pub(crate) async fn with(providers: Vec<Provider>) -> Self {
        Self::with_turns(providers, TURNS).await
    }

    /// The same, with fewer turns whenever things are to settle.
    pub(crate) async fn with_turns(providers: Vec<Provider>, turns: u32) -> Self {
        let log = Log::default();
        let clock = Arc::new(ManualClock::new());
        let provider = Arc::new(FakeProvider::new(log.clone()));
        let keychain = Arc::new(FakeKeychain::new(log.clone()));
        let rows = Arc::new(FakeRows::new(log.clone()));
        let files = Arc::new(FakeProviderFiles::new(log.clone()));
        let browser = Arc::new(FakeBrowser::default());
        let context = Arc::new(FakeContext::new(log.clone()));
        let network = Arc::new(FakeNetwork::default());
        let keys = FakeKeys::default();
        for known in &providers {
            let client_id = format!("client-of-{}", known.slug);
            rows.save_client(known.slug.clone(), client_id)
                .await
                .unwrap();
            keychain.put(&SecretName::of_client(&known.slug), "client-secret");
        }
        let ports = Ports {
            token_endpoint: provider.clone(),
            secrets: keychain.clone(),
            store: rows.clone(),
            providers: files.clone(),
            browser: browser.clone(),
            clock: clock.clone(),
            network_watch: network.clone(),
            random: Arc::new(CountingRandom::default()),
            context: context.clone(),
            id_tokens: keys.checker(clock.clone()),
        };
        let (engine, life) = start(&ports, &providers).await;
        let updates = engine.subscribe().await.unwrap();
        let mut world = Self {
            clock,
            provider,
            keychain,
            rows,
            files,
            browser,
            context,
            network,
            keys,
            log,
            engine,
            updates,
            seen: Vec::new(),
            ports,
            providers,
            codes: 0,
            turns,
            life,
        };
        world.settle().await;
        world
    }

    /// Gives the ports, for an engine of a test's own.
    pub(crate) fn ports(&self) -> Ports {
        self.ports.clone()
    }

    /// Ends the engine where it stands, its tasks included: whatever waits at a gate is gone.
    pub(crate) async fn crash(&mut self) {
        self.life.abort();
        self.settle().await;
    }

    /// Kills the engine where it stands, and starts another one on the same ports.
    pub(crate) async fn crash_and_restart(&mut self) {
        self.life.abort();
        self.settle().await;
        (self.engine, self.life) = start(&self.ports, &self.providers).await;
        self.updates = self.engine.subscribe().await.unwrap();
        self.seen.clear();
        self.settle().await;
    }

    /// Lets everything happen that can happen without time, a gate or the user: the runtime has
    /// one thread and no port waits for anything real, so some turns for every task are all.
    pub(crate) async fn settle(&mut self) {
        for _ in 0..self.turns {
            tokio::task::yield_now().await;
            while let Ok(update) = self.updates.try_recv() {
                self.seen.push(update);
            }
        }
    }

    /// Lets time pass and everything happen that is due by then.
    pub(crate) async fn pass(&mut self, by: Duration) {
        self.clock.advance(by);
        self.settle().await;
    }

    /// Begins a sign-in and gives the attempt with its `state` parameter.
    pub(crate) async fn begin(&mut self, provider: &str) -> (AttemptId, String) {
        self.begin_for(provider, None).await
    }

    pub(crate) async fn begin_for(
        &mut self,
        provider: &str,
        connection: Option<ConnectionId>,
    ) -> (AttemptId, String) {
        let attempt = self.engine.connect(slug(provider), connection).await;
        let attempt = attempt.unwrap();
        let url = self.engine.authorization_request(attempt).await.unwrap();
        let state = url.query_pairs().find(|(name, _)| name == "state");
        (attempt, state.unwrap().1.into_owned())
    }

    /// Delivers a callback by the private-use scheme.
    pub(crate) async fn deliver(&self, provider: &str, query: &str) -> bool {
        let raw = format!("dev.keyfob.desktop:/callback/{provider}?{query}");
        let raw = raw.into_bytes();
        self.engine.handle_redirect(raw, Origin::Running).await
    }

    /// Signs in and gives the connection once everything about it has settled.
    pub(crate) async fn connect(&mut self) -> ConnectionId {
        self.connect_for(None).await
    }

    pub(crate) async fn connect_for(&mut self, connection: Option<ConnectionId>) -> ConnectionId {
        let provider = self.providers[0].slug.to_string();
        let (attempt, state) = self.begin_for(&provider, connection).await;
        self.codes += 1;
        let query = format!("code=code-{}&state={state}", self.codes);
        assert!(self.deliver(&provider, &query).await, "the code is taken");
        self.settle().await;
        match self.attempt(attempt).step.clone() {
            Step::Connected(id) => id,
            other => panic!(
                "the sign-in came to {other:?}; log: {:#?}",
                self.log.lines()
            ),
        }
    }

    /// Delivers a code for this connection, or for a new one, and lets everything happen up to the
    /// user's word.
    pub(crate) async fn sign_in(
        &mut self,
        connection: Option<ConnectionId>,
        with_state: bool,
    ) -> AttemptId {
        let provider = self.providers[0].slug.to_string();
        let (attempt, state) = self.begin_for(&provider, connection).await;
        self.settle().await;
        self.codes += 1;
        let state = if with_state {
            format!("&state={state}")
        } else {
            String::new()
        };
        let query = format!("code=code-{}{state}", self.codes);
        assert!(self.deliver(&provider, &query).await, "the code is taken");
        self.settle().await;
        attempt
    }

    /// Answers the question of an attempt.
    pub(crate) async fn choose(&mut self, attempt: AttemptId, choice: Choice) {
        self.engine.answer_question(attempt, choice).await.unwrap();
        self.settle().await;
    }

    /// Gives the attempt as it was published last.
    pub(crate) fn attempt(&self, id: AttemptId) -> &AttemptOverview {
        let mut newest = self.seen.iter().rev();
        let found = newest.find_map(|update| match update {
            Update::Attempt(attempt) if attempt.id == id => Some(attempt),
            _ => None,
        });
        found.expect("the attempt was published")
    }

    pub(crate) fn step(&self, id: AttemptId) -> &Step {
        &self.attempt(id).step
    }

    /// Gives the connection as it was published last.
    pub(crate) fn overview(&self, id: ConnectionId) -> &Overview {
        self.published(id).expect("the connection was published")
    }

    /// The same, of one that may be unknown: it was never kept, or ended before a restart.
    pub(crate) fn published(&self, id: ConnectionId) -> Option<&Overview> {
        let mut newest = self.seen.iter().rev();
        let found = newest.find_map(|update| match update {
            Update::Connection(overview) if overview.connection.id == id => Some(overview),
            Update::Snapshot { connections, .. } => {
                connections.iter().find(|known| known.connection.id == id)
            }
            _ => None,
        });
        found.map(Arc::as_ref)
    }

    pub(crate) fn connection(&self, id: ConnectionId) -> &Connection {
        &self.overview(id).connection
    }

    pub(crate) fn condition(&self, id: ConnectionId) -> &Condition {
        &self.connection(id).condition
    }

    /// Gives the code of what is wrong with a connection, as text; `-` when nothing is.
    pub(crate) fn trouble(&self, id: ConnectionId) -> &'static str {
        match self.condition(id) {
            Condition::Active | Condition::Renewing | Condition::Revoking => "-",
            Condition::Waiting { problem, .. }
            | Condition::NeedsSignIn { problem }
            | Condition::Keychain { problem, .. } => problem.code.as_str(),
        }
    }

    pub(crate) fn is_gone(&self, id: ConnectionId) -> bool {
        let removed =
            |update: &Update| matches!(update, Update::ConnectionRemoved(gone) if *gone == id);
        self.seen.iter().any(removed)
    }

    pub(crate) fn keychain_state(&self) -> KeychainState {
        let mut newest = self.seen.iter().rev();
        let found = newest.find_map(|update| match update {
            Update::Keychain(state) => Some(state.clone()),
            Update::Snapshot { keychain, .. } => Some(keychain.clone()),
            _ => None,
        });
        found.expect("there was a snapshot")
    }

    /// Gives the notices that are shown now.
    pub(crate) fn notices(&self) -> Vec<Notice> {
        let mut shown = Vec::new();
        for update in &self.seen {
            match update {
                Update::Snapshot { notices, .. } => shown.clone_from(notices),
                Update::Notice(notice) => shown.push(notice.clone()),
                Update::NoticeRemoved(id) => shown.retain(|notice: &Notice| notice.id != *id),
                _ => {}
            }
        }
        shown
    }

    /// Gives every request to the token endpoint.
    pub(crate) fn posts(&self) -> Vec<String> {
        self.log.of("POST")
    }
}
