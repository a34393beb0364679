//! The real ports, each call of which is two steps: before it, and after it, when it has had its
//! effect and nobody knows yet. At one step the process dies, or the call fails.

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use keyfob_domain::connection::Connection;
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::failure::Fault;
use keyfob_domain::id::{ConnectionId, ProviderSlug};
use keyfob_domain::revocation::PendingRevocation;
use keyfob_domain::secret::ItemText;
use keyfob_domain::summary::ContextSummary;
use keyfob_domain::time::Timestamp;
use keyfob_domain::token::{EncodedRequest, TokenAnswer, TokenGrant, TokenRequest};
use keyfob_engine::ports::{
    ConnectionStore, KeychainStatus, Ports, Recorded, Row, SecretName, SecretStore, TokenEndpoint,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use url::Url;

/// What happens at the chosen step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The process aborts.
    Abort,
    /// The call fails: before it has an effect, or as if its answer were lost.
    Error,
}

/// Which side of a call a step is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

/// Counts steps from 1 on.
pub(crate) struct Steps {
    taken: AtomicUsize,
    chosen: usize,
    kind: Kind,
    say: fn(&str),
}

impl Steps {
    /// Every step is told to `say`, the chosen one before it happens.
    pub(crate) fn new(chosen: usize, kind: Kind, say: fn(&str)) -> Arc<Self> {
        Arc::new(Self {
            taken: AtomicUsize::new(0),
            chosen,
            kind,
            say,
        })
    }

    /// Wraps the ports that leave traces.
    pub(crate) fn wrap(self: &Arc<Self>, ports: Ports) -> Ports {
        let steps = || self.clone();
        Ports {
            secrets: Arc::new(Secrets(ports.secrets.clone(), steps())),
            store: Arc::new(Store(ports.store.clone(), steps())),
            token_endpoint: Arc::new(Endpoint(ports.token_endpoint.clone(), steps())),
            ..ports
        }
    }

    /// Takes a step; true when the call has to fail here.
    fn take(&self, call: &str, side: Side) -> bool {
        let number = self.taken.fetch_add(1, Ordering::SeqCst) + 1;
        let side_word = match side {
            Side::Before => "before",
            Side::After => "after",
        };
        (self.say)(&format!("step {number} {side_word} {call}"));
        if number != self.chosen {
            return false;
        }
        match self.kind {
            Kind::Abort => std::process::abort(),
            Kind::Error => true,
        }
    }

    async fn around<T, E>(
        &self,
        call: &str,
        fault: impl Fn(Side) -> E,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        if self.take(call, Side::Before) {
            return Err(fault(Side::Before));
        }
        let outcome = work.await;
        if self.take(call, Side::After) {
            return Err(fault(Side::After));
        }
        outcome
    }
}

fn keychain(side: Side) -> Problem {
    match side {
        Side::Before => ErrorCode::KeychainFailed.into(),
        // It is unknown then whether it happened.
        Side::After => ErrorCode::KeychainTimedOut.into(),
    }
}

fn database(_: Side) -> Problem {
    ErrorCode::DatabaseUnavailable.into()
}

fn network(side: Side) -> Fault {
    Fault::NoAnswer {
        detail: "the test cut it".to_owned(),
        unsent: side == Side::Before,
    }
}

struct Secrets(Arc<dyn SecretStore>, Arc<Steps>);

impl Secrets {
    fn call(verb: &str, name: &SecretName) -> String {
        let what = name.as_str().rsplit('/').next().unwrap_or_default();
        format!("keychain {verb} {what}")
    }
}

#[async_trait]
impl SecretStore for Secrets {
    async fn status(&self) -> KeychainStatus {
        self.0.status().await
    }

    async fn unlock(&self) -> Result<(), Problem> {
        self.0.unlock().await
    }

    fn changes(&self) -> BoxStream<'static, ()> {
        self.0.changes()
    }

    async fn read(&self, name: &SecretName) -> Result<Option<ItemText>, Problem> {
        let call = Self::call("read", name);
        self.1.around(&call, keychain, self.0.read(name)).await
    }

    async fn write(&self, name: &SecretName, text: Arc<ItemText>) -> Result<(), Problem> {
        let call = Self::call("write", name);
        self.1
            .around(&call, keychain, self.0.write(name, text))
            .await
    }

    async fn delete(&self, name: &SecretName) -> Result<(), Problem> {
        let call = Self::call("delete", name);
        self.1.around(&call, keychain, self.0.delete(name)).await
    }
}

struct Store(Arc<dyn ConnectionStore>, Arc<Steps>);

#[async_trait]
impl ConnectionStore for Store {
    async fn load(&self) -> Result<Vec<Row>, Problem> {
        self.0.load().await
    }

    async fn save(
        &self,
        connection: Connection,
        recorded: Recorded,
        under_way: bool,
    ) -> Result<(), Problem> {
        let work = self.0.save(connection, recorded, under_way);
        self.1.around("database save", database, work).await
    }

    async fn begin_renewal(
        &self,
        id: ConnectionId,
        generation: u64,
        at: Timestamp,
    ) -> Result<(), Problem> {
        let work = self.0.begin_renewal(id, generation, at);
        self.1.around("database intent", database, work).await
    }

    async fn save_summary(&self, id: ConnectionId, summary: ContextSummary) -> Result<(), Problem> {
        self.0.save_summary(id, summary).await
    }

    async fn delete(&self, id: ConnectionId) -> Result<(), Problem> {
        let work = self.0.delete(id);
        self.1.around("database delete", database, work).await
    }

    async fn load_pending(&self) -> Result<Vec<PendingRevocation>, Problem> {
        self.0.load_pending().await
    }

    async fn save_pending(&self, pending: PendingRevocation) -> Result<(), Problem> {
        let work = self.0.save_pending(pending);
        self.1.around("database save-pending", database, work).await
    }

    async fn delete_pending(&self, id: ConnectionId) -> Result<(), Problem> {
        let work = self.0.delete_pending(id);
        self.1
            .around("database delete-pending", database, work)
            .await
    }

    async fn load_clients(&self) -> Result<Vec<(ProviderSlug, String)>, Problem> {
        self.0.load_clients().await
    }

    async fn save_client(&self, slug: ProviderSlug, client_id: String) -> Result<(), Problem> {
        self.0.save_client(slug, client_id).await
    }

    async fn delete_client(&self, slug: ProviderSlug) -> Result<(), Problem> {
        self.0.delete_client(slug).await
    }
}

struct Endpoint(Arc<dyn TokenEndpoint>, Arc<Steps>);

#[async_trait]
impl TokenEndpoint for Endpoint {
    async fn exchange(&self, request: &TokenRequest) -> Result<TokenAnswer, Fault> {
        let call = match &request.grant {
            TokenGrant::Code { .. } => "provider code",
            TokenGrant::Refresh { .. } => "provider refresh",
        };
        self.1.around(call, network, self.0.exchange(request)).await
    }

    async fn revoke(
        &self,
        endpoint: &Url,
        request: EncodedRequest,
        extra_ca: Option<&str>,
    ) -> Result<(), Fault> {
        let work = self.0.revoke(endpoint, request, extra_ca);
        self.1.around("provider revoke", network, work).await
    }
}
