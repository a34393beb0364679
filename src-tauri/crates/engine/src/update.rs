//! What subscribers see: a snapshot first, then one update per change, each with the whole
//! value and a revision. Nothing in here is secret.

use crate::network::LONGEST_REST;
use keyfob_domain::authorization::Step;
use keyfob_domain::connection::Connection;
use keyfob_domain::error::Problem;
use keyfob_domain::id::{AttemptId, ConnectionId, ProviderSlug};
use keyfob_domain::provider::Provider;
use keyfob_domain::summary::ContextSummary;
use keyfob_domain::time::Timestamp;
use std::sync::Arc;

/// One thing that changed.
#[derive(Clone, Debug)]
pub enum Update {
    /// Everything, first of all.
    Snapshot {
        /// In the order they were made.
        connections: Vec<Arc<Overview>>,
        /// In the order they are offered.
        providers: Vec<Arc<ProviderOverview>>,
        /// Those that are under way or not yet dismissed.
        attempts: Vec<Arc<AttemptOverview>>,
        /// The keychain as it was seen last.
        keychain: KeychainState,
        /// Those that are not yet dismissed.
        notices: Vec<Notice>,
    },
    /// A connection is new or has changed.
    Connection(Arc<Overview>),
    /// A connection is gone.
    ConnectionRemoved(ConnectionId),
    /// A provider is new or has changed.
    Provider(Arc<ProviderOverview>),
    /// A provider is gone.
    ProviderRemoved(ProviderSlug),
    /// An attempt is new or has changed.
    Attempt(Arc<AttemptOverview>),
    /// An attempt is over and dismissed.
    AttemptRemoved(AttemptId),
    /// The keychain is seen differently.
    Keychain(KeychainState),
    /// Something the user should know.
    Notice(Notice),
    /// A notice is dismissed.
    NoticeRemoved(u64),
}

/// A connection with what belongs to it.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Grows with every update of the process.
    pub revision: u64,
    /// The connection.
    pub connection: Connection,
    /// Its provider; `None` when the user's file for it is gone.
    pub provider: Option<Arc<Provider>>,
    /// What the account knows.
    pub summary: SummaryState,
}

/// The summary of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SummaryState {
    /// The last one that was read.
    pub last: Option<ContextSummary>,
    /// Whether one is being read.
    pub loading: bool,
    /// Why the last reading failed.
    pub problem: Option<Problem>,
    /// When it is read again by itself, because the provider asked to be left alone until then;
    /// until then nothing is sent, whoever asks for it.
    pub next_try_at: Option<Timestamp>,
}

impl SummaryState {
    /// Tells whether the provider is to be left alone now. No rest is longer than a day: a time
    /// further ahead means that the clock was set back, and then it is over.
    pub(crate) fn rests(&self, now: Timestamp) -> bool {
        self.next_try_at
            .is_some_and(|at| at > now && at.since(now) <= LONGEST_REST)
    }
}

/// A provider with what is known of the user's registration there.
#[derive(Clone, Debug)]
pub struct ProviderOverview {
    /// The provider.
    pub provider: Arc<Provider>,
    /// The client id; `None` when nobody has entered one.
    pub client_id: Option<String>,
    /// Whether it is one of the user's own, which can be edited and deleted.
    pub own: bool,
}

/// An authorization attempt as it may be shown.
#[derive(Clone, Debug)]
pub struct AttemptOverview {
    /// Grows with every update of the process.
    pub revision: u64,
    /// The attempt.
    pub id: AttemptId,
    /// Where it asks.
    pub provider: Arc<Provider>,
    /// The connection that is signed in again.
    pub connection: Option<ConnectionId>,
    /// How far it has come.
    pub step: Step,
    /// When it began.
    pub started_at: Timestamp,
    /// When it stops waiting.
    pub ends_at: Timestamp,
    /// The redirect URI that was sent.
    pub redirect_uri: String,
}

/// The keychain as it was seen last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeychainState {
    /// It answers, or nobody has asked yet.
    Available,
    /// It is locked.
    Locked,
    /// The user is being asked to unlock it.
    Unlocking,
    /// There is none.
    Missing(Option<String>),
    /// It answers with errors, or not at all.
    Failed(Option<String>),
}

/// Something that happened outside any screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its number.
    pub id: u64,
    /// What happened.
    pub problem: Problem,
    /// The provider it is about.
    pub provider: Option<ProviderSlug>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn security_60_a_provider_is_left_alone_until_its_time_and_for_a_day_at_most() {
        let now = Timestamp::from_millis(1_780_000_000_000);
        let second = Duration::from_secs(1);
        let cases = [
            ("no rest", None, false),
            ("a second left", Some(now.after(second)), true),
            ("over", Some(now), false),
            ("a day left", Some(now.after(LONGEST_REST)), true),
            (
                "the clock was set back",
                Some(now.after(LONGEST_REST + second)),
                false,
            ),
        ];
        for (row, next_try_at, rests) in cases {
            let state = SummaryState {
                next_try_at,
                ..SummaryState::default()
            };
            assert_eq!(state.rests(now), rests, "{row}");
        }
    }
}
