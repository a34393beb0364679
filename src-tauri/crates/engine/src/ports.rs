//! The ports: what the engine needs of the outside, each a small trait with one real adapter.

use crate::id_token::IdTokens;
use async_trait::async_trait;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use keyfob_domain::authorization::Identity;
use keyfob_domain::connection::Connection;
use keyfob_domain::error::Problem;
use keyfob_domain::failure::Fault;
use keyfob_domain::id::{ConnectionId, ProviderSlug};
use keyfob_domain::provider::Provider;
use keyfob_domain::revocation::PendingRevocation;
use keyfob_domain::secret::{AccessToken, ItemText};
use keyfob_domain::summary::{Content, ContextSummary};
use keyfob_domain::time::{Moment, Timestamp};
use keyfob_domain::token::{EncodedRequest, SignInClaims, TokenAnswer, TokenRequest};
use std::sync::Arc;
use tokio::sync::watch;
use url::Url;

/// The token and revocation endpoints.
#[async_trait]
pub trait TokenEndpoint: Send + Sync {
    /// Sends one request and reads its answer. Never follows a redirect, never retries.
    async fn exchange(&self, request: &TokenRequest) -> Result<TokenAnswer, Fault>;

    /// Asks a revocation endpoint to end a token (RFC 7009); any 200 is success. Certificates in
    /// `extra_ca` are trusted besides the system's own.
    async fn revoke(
        &self,
        endpoint: &Url,
        request: EncodedRequest,
        extra_ca: Option<&str>,
    ) -> Result<(), Fault>;
}

/// What a keychain can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeychainStatus {
    /// It answers.
    Available,
    /// It is there and locked.
    Locked,
    /// There is no service, or it has no keychain to keep things in.
    Missing(String),
    /// It is there and doesn't answer in time.
    Silent,
}

/// The name of one keychain item (SECURITY 102).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SecretName(String);

impl SecretName {
    /// The item of a connection.
    #[must_use]
    pub fn of_connection(id: ConnectionId) -> Self {
        Self(format!("{id}/tokens"))
    }

    /// A refresh token that waits to be ended, and is good for nothing else (SECURITY 71).
    #[must_use]
    pub fn of_pending(id: ConnectionId) -> Self {
        Self(format!("{id}/pending-revocation"))
    }

    /// The client secret of a provider.
    #[must_use]
    pub fn of_client(slug: &ProviderSlug) -> Self {
        Self(format!("{slug}/client-secret"))
    }

    /// Gives the item's account name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The operating system's keychain. Locked, missing and unavailable are different things.
#[async_trait]
pub trait SecretStore: Send + Sync {
    /// Says what the keychain is, without ever causing a prompt.
    async fn status(&self) -> KeychainStatus;

    /// Asks the user to unlock it; waits for the answer without a limit.
    ///
    /// # Errors
    /// `keychain_dismissed` when the user closes the prompt, `keychain_missing`, `keychain_failed`.
    async fn unlock(&self) -> Result<(), Problem>;

    /// Gives one item for each time that the keychain was locked or unlocked, went or came, whoever
    /// did it: a reason to ask for its status. There may be one more at the beginning, for what
    /// happened before anybody listened. Where nobody can know, nothing ever comes.
    fn changes(&self) -> BoxStream<'static, ()> {
        Box::pin(futures_util::stream::pending())
    }

    /// Reads an item; `None` when there is none, or none that is whole.
    ///
    /// # Errors
    /// `keychain_locked`, `keychain_missing`, `keychain_timed_out`, `keychain_failed`.
    async fn read(&self, name: &SecretName) -> Result<Option<ItemText>, Problem>;

    /// Writes an item and reads it back to compare: before, the old text is there, afterwards the
    /// new one, and in between never a mixture. Nothing is written before everything that was
    /// begun earlier has come to its end.
    ///
    /// # Errors
    /// As [`SecretStore::read`]; after `keychain_timed_out` it is unknown whether it was written,
    /// until it has been read again.
    async fn write(&self, name: &SecretName, text: Arc<ItemText>) -> Result<(), Problem>;

    /// Deletes an item with all that belongs to it; one that isn't there is deleted already.
    ///
    /// # Errors
    /// As [`SecretStore::read`]; whatever the error, the item may be gone.
    async fn delete(&self, name: &SecretName) -> Result<(), Problem>;
}

/// What is recorded of the provider at the time of a grant (SECURITY 66).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Where refresh tokens of this connection go, and nowhere else.
    pub token_endpoint: Url,
    /// The client that the grant was given to.
    pub client_id: String,
    /// What the id token of the sign-in said, where one was verified; those of the renewals have to
    /// say the same (SECURITY 54).
    pub sign_in: Option<SignInClaims>,
}

/// A row: a connection with everything about it that isn't secret.
#[derive(Clone, Debug)]
pub struct Row {
    /// The connection.
    pub connection: Connection,
    /// What was recorded with the grant.
    pub recorded: Recorded,
    /// The last summary that was read.
    pub summary: Option<ContextSummary>,
    /// Whether a renewal was under way when the row was last touched.
    pub interrupted: bool,
}

/// The database: everything that isn't secret.
#[async_trait]
pub trait ConnectionStore: Send + Sync {
    /// Reads all rows, in the order they were made.
    async fn load(&self) -> Result<Vec<Row>, Problem>;

    /// Writes a connection and, unless its renewal is still `under_way`, clears the intent of it,
    /// in one transaction.
    async fn save(
        &self,
        connection: Connection,
        recorded: Recorded,
        under_way: bool,
    ) -> Result<(), Problem>;

    /// Notes that a renewal begins: step ① of SECURITY 107, synced to the disk before it returns.
    async fn begin_renewal(
        &self,
        id: ConnectionId,
        generation: u64,
        at: Timestamp,
    ) -> Result<(), Problem>;

    /// Keeps the last summary.
    async fn save_summary(&self, id: ConnectionId, summary: ContextSummary) -> Result<(), Problem>;

    /// Deletes a connection and everything that hangs on it.
    async fn delete(&self, id: ConnectionId) -> Result<(), Problem>;

    /// Reads the revocations that are left to do.
    async fn load_pending(&self) -> Result<Vec<PendingRevocation>, Problem>;

    /// Keeps a revocation that is left to do.
    async fn save_pending(&self, pending: PendingRevocation) -> Result<(), Problem>;

    /// Deletes a revocation that was done, or given up.
    async fn delete_pending(&self, id: ConnectionId) -> Result<(), Problem>;

    /// Reads the client ids the user entered.
    async fn load_clients(&self) -> Result<Vec<(ProviderSlug, String)>, Problem>;

    /// Keeps a client id.
    async fn save_client(&self, slug: ProviderSlug, client_id: String) -> Result<(), Problem>;

    /// Deletes a client id, if there is one.
    async fn delete_client(&self, slug: ProviderSlug) -> Result<(), Problem>;
}

/// The providers that the user wrote down. Nothing in them is secret.
#[async_trait]
pub trait ProviderStore: Send + Sync {
    /// Keeps a provider, in the place of the one with its slug.
    ///
    /// # Errors
    /// `provider_not_saved`; then what was there is still there.
    async fn save(&self, provider: Arc<Provider>) -> Result<(), Problem>;

    /// Deletes a provider; one that isn't there is deleted already.
    ///
    /// # Errors
    /// `provider_not_saved`.
    async fn delete(&self, slug: ProviderSlug) -> Result<(), Problem>;
}

/// The user's own browser.
#[async_trait]
pub trait Browser: Send + Sync {
    /// Opens an authorization request.
    ///
    /// # Errors
    /// `browser_not_opened`.
    async fn open(&self, url: &Url) -> Result<(), Problem>;
}

/// The time.
pub trait Clock: Send + Sync {
    /// The wall clock, for what is shown and persisted.
    fn now(&self) -> Timestamp;

    /// A clock that never jumps and counts suspend, for time limits.
    fn moment(&self) -> Moment;

    /// Waits until the wall clock shows this time, or is set, or the computer wakes, or for a
    /// while: the caller looks again.
    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()>;
}

/// Whether there is a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkState {
    /// There is one, or nobody knows better.
    Online,
    /// There is certainly none.
    Offline,
}

/// The operating system's view of the network.
pub trait NetworkWatch: Send + Sync {
    /// Gives the present state, and each later one. The same state again is a reason to look
    /// again at what is due: the computer woke.
    fn watch(&self) -> watch::Receiver<NetworkState>;
}

/// The operating system's randomness.
pub trait Random: Send + Sync {
    /// Fills the buffer.
    fn fill(&self, buffer: &mut [u8]);
}

/// The provider's API, as far as Keyfob reads it.
#[async_trait]
pub trait ContextSource: Send + Sync {
    /// Reads the summary, whole or not at all. What says to be about another account than `subject`
    /// is none (SECURITY 55).
    async fn summary(
        &self,
        provider: &Provider,
        token: &AccessToken,
        subject: Option<&str>,
    ) -> Result<Content, Fault>;

    /// Asks the API whose account it is. Nothing known, without a request, where only an id token
    /// could tell.
    async fn account(&self, provider: &Provider, token: &AccessToken) -> Result<Identity, Fault>;

    /// Asks a question and gives the answer's text.
    async fn ask(
        &self,
        provider: &Provider,
        token: &AccessToken,
        question: &str,
    ) -> Result<String, Fault>;
}

/// All ports of one engine.
#[derive(Clone)]
pub struct Ports {
    /// See [`TokenEndpoint`].
    pub token_endpoint: Arc<dyn TokenEndpoint>,
    /// See [`SecretStore`].
    pub secrets: Arc<dyn SecretStore>,
    /// See [`ConnectionStore`].
    pub store: Arc<dyn ConnectionStore>,
    /// See [`ProviderStore`].
    pub providers: Arc<dyn ProviderStore>,
    /// See [`Browser`].
    pub browser: Arc<dyn Browser>,
    /// See [`Clock`].
    pub clock: Arc<dyn Clock>,
    /// See [`NetworkWatch`].
    pub network_watch: Arc<dyn NetworkWatch>,
    /// See [`Random`].
    pub random: Arc<dyn Random>,
    /// See [`ContextSource`].
    pub context: Arc<dyn ContextSource>,
    /// Checks id tokens with the keys that its own port reads, see [`crate::id_token::JwksSources`].
    pub id_tokens: Arc<IdTokens>,
}
