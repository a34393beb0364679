//! What the actor is told: commands from the handle, completions from its own tasks.

use super::editing::{ProviderChange, SaveReply, Saving};
use super::entry::{Found, IssuedToken, Kept, Prepared};
use super::reading::Unread;
use crate::handle::{Origin, Page};
use crate::ports::KeychainStatus;
use crate::renewal::RenewalOutcome;
use crate::revocation::{Ending, Tried};
use crate::update::Update;
use keyfob_domain::authorization::Choice;
use keyfob_domain::error::Problem;
use keyfob_domain::failure::Failure;
use keyfob_domain::id::{AttemptId, ConnectionId, Epoch, ProviderSlug};
use keyfob_domain::item::ConnectionItem;
use keyfob_domain::provider::Provider;
use keyfob_domain::revocation::PendingRevocation;
use keyfob_domain::secret::ClientSecret;
use keyfob_domain::summary::ContextSummary;
use keyfob_domain::time::Timestamp;
use keyfob_domain::token::TokenAnswer;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use url::Url;

pub(crate) type Reply<T> = oneshot::Sender<Result<T, Problem>>;

pub(crate) enum Command {
    Subscribe(mpsc::Sender<Update>),
    Connect {
        provider: ProviderSlug,
        connection: Option<ConnectionId>,
        reply: Reply<AttemptId>,
    },
    ClientOf {
        provider: ProviderSlug,
        reply: Reply<Option<String>>,
    },
    ProviderOf {
        id: ConnectionId,
        reply: Reply<ProviderSlug>,
    },
    Page {
        page: Page,
        reply: Reply<Url>,
    },
    CancelAttempt {
        id: AttemptId,
        reply: Reply<()>,
    },
    DismissAttempt {
        id: AttemptId,
        reply: Reply<()>,
    },
    AnswerQuestion {
        id: AttemptId,
        choice: Choice,
        reply: Reply<()>,
    },
    AuthorizationRequest {
        id: AttemptId,
        reply: Reply<Url>,
    },
    Redirect {
        raw: Vec<u8>,
        origin: Origin,
        reply: Reply<bool>,
    },
    SetUpClient {
        provider: ProviderSlug,
        client_id: String,
        client_secret: Option<ClientSecret>,
        reply: Reply<()>,
    },
    Provide(Arc<Provider>),
    ProviderNamed {
        slug: ProviderSlug,
        reply: Reply<Arc<Provider>>,
    },
    SaveProvider {
        change: Box<ProviderChange>,
        reply: SaveReply,
    },
    DeleteProvider {
        slug: ProviderSlug,
        reply: Reply<()>,
    },
    Rename {
        id: ConnectionId,
        name: Option<String>,
        reply: Reply<()>,
    },
    Renew {
        id: ConnectionId,
        reply: Reply<()>,
    },
    ReloadSummary {
        id: ConnectionId,
        reply: Reply<()>,
    },
    Ask {
        id: ConnectionId,
        question: String,
        reply: Reply<String>,
    },
    Revoke {
        id: ConnectionId,
        ending: Ending,
        reply: Reply<()>,
    },
    UnlockKeychain {
        reply: Reply<()>,
    },
    RetryKeychain,
    AccessToken {
        id: ConnectionId,
        rejected: Option<u64>,
        reply: Reply<IssuedToken>,
    },
    Notify {
        problem: Problem,
        provider: Option<ProviderSlug>,
    },
    DismissNotice(u64),
    ShutDown {
        reply: oneshot::Sender<()>,
    },
}

pub(crate) enum Completion {
    /// A task that answered its caller itself.
    Nothing,
    Prepared(Box<Prepared>),
    BrowserOpened {
        attempt: AttemptId,
        outcome: Result<(), Problem>,
    },
    Exchanged {
        attempt: AttemptId,
        requested_at: Timestamp,
        outcome: Result<TokenAnswer, Failure>,
    },
    Identified {
        attempt: AttemptId,
        found: Box<Found>,
        /// Why nothing of it may be kept, if so.
        refused: Option<Failure>,
    },
    Stored {
        attempt: AttemptId,
        kept: Box<Kept>,
        outcome: Result<(), Problem>,
    },
    ClientStored {
        provider: ProviderSlug,
        client_id: String,
        outcome: Result<(), Problem>,
        reply: Reply<()>,
    },
    ProviderStored {
        saving: Saving,
        outcome: Result<(), Problem>,
    },
    ProviderForgotten {
        slug: ProviderSlug,
        outcome: Result<(), Problem>,
        reply: Reply<()>,
    },
    Renewed {
        id: ConnectionId,
        epoch: Epoch,
        outcome: RenewalOutcome,
    },
    SavedAgain {
        id: ConnectionId,
        epoch: Epoch,
        generation: u64,
        outcome: Result<(), Problem>,
    },
    ItemRead {
        id: ConnectionId,
        epoch: Epoch,
        outcome: Result<ConnectionItem, Problem>,
    },
    SummaryRead {
        id: ConnectionId,
        /// Which reading it was; only the last one counts.
        flight: u64,
        outcome: Result<ContextSummary, Unread>,
    },
    Ended {
        id: ConnectionId,
        outcome: Result<Option<PendingRevocation>, Problem>,
        reply: Reply<()>,
    },
    RevocationTried {
        id: ConnectionId,
        tried: Tried,
    },
    KeychainSeen(KeychainStatus),
    KeychainUnlocked {
        outcome: Result<(), Problem>,
        reply: Reply<()>,
    },
}
