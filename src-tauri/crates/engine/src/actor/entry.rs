//! What the actor holds of a connection and of an attempt beyond what the domain knows.

use super::command::Reply;
use crate::loopback::Bound;
use crate::ports::{Recorded, Row};
use crate::turn::Turn;
use crate::update::SummaryState;
use crate::whose::Whose;
use keyfob_domain::authorization::{AuthorizationAttempt, Identity};
use keyfob_domain::connection::{Condition, Connection};
use keyfob_domain::error::Problem;
use keyfob_domain::grant::Scopes;
use keyfob_domain::id::{AttemptId, ConnectionId};
use keyfob_domain::item::ConnectionItem;
use keyfob_domain::provider::Provider;
use keyfob_domain::secret::{AccessToken, ClientSecret};
use keyfob_domain::time::{Moment, Timestamp};
use keyfob_domain::token::{AccountHint, SignInClaims, TokenAnswer};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// An access token as the provider issued it, and which of the connection's answers it came with.
#[derive(Clone, Debug)]
pub struct IssuedToken {
    /// The token: it leaves the process in the `Authorization` header and nowhere else.
    pub token: Arc<AccessToken>,
    /// The connection's generation that it belongs to; who is refused with it says so with this number.
    pub generation: u64,
}

/// A connection and what hangs on it.
pub(crate) struct Entry {
    pub(crate) connection: Connection,
    pub(crate) recorded: Recorded,
    pub(crate) summary: SummaryState,
    /// How often in a row the provider asked to be left alone instead of giving the summary.
    pub(crate) summary_refusals: u32,
    /// Counts the readings of the summary; an answer to any but the last is dropped.
    pub(crate) summary_flight: u64,
    /// The present access token, once it was needed.
    pub(crate) held: Option<IssuedToken>,
    /// Credentials that the keychain has not taken yet.
    pub(crate) unsaved: Option<Arc<ConnectionItem>>,
    /// Everybody who waits for a token: one flight serves them all (SECURITY 57).
    pub(crate) token_waiters: Vec<Reply<IssuedToken>>,
    /// Everybody who waits for a renewal.
    pub(crate) renewal_waiters: Vec<Reply<()>>,
    /// Whether the keychain item is being read for the token waiters.
    pub(crate) reading: bool,
    /// Whether a renewal was cut off when an earlier process ended, and nothing is known of it yet.
    pub(crate) interrupted: bool,
    /// When a renewal was last begun because the API refused the token.
    pub(crate) forced_at: Option<Moment>,
    /// Whose turn it is to write the keychain item.
    pub(crate) turn: Turn,
}

impl Entry {
    pub(crate) fn new(connection: Connection, recorded: Recorded) -> Self {
        Self {
            connection,
            recorded,
            summary: SummaryState::default(),
            summary_flight: 0,
            summary_refusals: 0,
            held: None,
            unsaved: None,
            token_waiters: Vec::new(),
            renewal_waiters: Vec::new(),
            reading: false,
            interrupted: false,
            forced_at: None,
            turn: Turn::new(),
        }
    }

    pub(crate) fn loaded(row: Row, now: Timestamp) -> Self {
        let mut entry = Self::new(row.connection, row.recorded);
        entry.summary.last = row.summary.filter(|summary| !summary.is_over(now));
        entry.interrupted = row.interrupted;
        entry.connection.look_over(now);
        entry.resume_interrupted(now);
        entry
    }

    /// The answer of an interrupted renewal may be lost: what the keychain and the provider say
    /// is found out at once, or when the wait after a failure is over (SECURITY 60).
    pub(crate) fn resume_interrupted(&mut self, now: Timestamp) {
        let over = matches!(self.connection.condition, Condition::NeedsSignIn { .. });
        let waits = self.connection.failures > 0 && self.connection.due_at.is_some();
        if self.interrupted && !over && !waits {
            self.connection.due_at = Some(now);
        }
    }

    /// Gives what is known of whose account it is.
    pub(crate) fn identity(&self) -> Identity {
        let summary = self.summary.last.as_ref();
        Identity {
            account: self.connection.account.clone(),
            guess: summary.and_then(|summary| summary.host().map(str::to_owned)),
        }
    }

    pub(crate) fn hold(&mut self, item: &ConnectionItem) {
        self.held = Some(IssuedToken {
            token: item.access_token.clone(),
            generation: item.generation,
        });
    }
}

/// An attempt and what hangs on it.
pub(crate) struct OpenAttempt {
    pub(crate) attempt: AuthorizationAttempt,
    pub(crate) client_secret: Option<Arc<ClientSecret>>,
    pub(crate) started_at: Timestamp,
    pub(crate) ends_at: Timestamp,
    /// Whether its answer carried the right `state`.
    pub(crate) proven: bool,
    /// What the provider gave, while the user is asked about it.
    pub(crate) found: Option<Box<Found>>,
    /// Whether it is out of sight.
    pub(crate) dismissed: bool,
    /// Ends the loopback server, if there is one.
    pub(crate) stop: CancellationToken,
}

impl OpenAttempt {
    /// Gives since when it waits for the user, in the browser or here; `None` when it doesn't.
    pub(crate) fn waits_since(&self) -> Option<Moment> {
        if self.attempt.is_pending() {
            Some(self.attempt.began)
        } else {
            self.found.as_ref().map(|found| found.asked_at)
        }
    }
}

/// The answer to an exchange, until it is certain whose account it is for.
pub(crate) struct Found {
    pub(crate) answer: TokenAnswer,
    pub(crate) requested_at: Timestamp,
    pub(crate) whose: Whose,
    /// When the user was asked about it.
    pub(crate) asked_at: Moment,
}

/// Credentials on their way into the keychain.
pub(crate) struct Kept {
    pub(crate) connection: ConnectionId,
    /// Whether the connection was there before.
    pub(crate) again: bool,
    /// Whether it held another account until now.
    pub(crate) replaces: bool,
    pub(crate) item: Arc<ConnectionItem>,
    pub(crate) granted: Option<Scopes>,
    pub(crate) account: AccountHint,
    pub(crate) sign_in: Option<SignInClaims>,
}

/// Everything a sign-in needs before the browser is opened.
pub(crate) struct Prepared {
    pub(crate) provider: Arc<Provider>,
    pub(crate) client_id: String,
    pub(crate) connection: Option<ConnectionId>,
    pub(crate) outcome: Result<(Option<Arc<ClientSecret>>, Option<Bound>), Problem>,
    pub(crate) reply: Reply<AttemptId>,
}
