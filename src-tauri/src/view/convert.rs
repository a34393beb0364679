//! From the engine's values to the views: every field, nothing decided.

use super::{
    AttemptStep, AttemptView, Condition, ConnectionView, Expiry, GrantEnd, KeychainView, Millis,
    Need, NoticeView, ProviderView, Question, Reads, Startup, SummaryView, UiEvent, WireError,
};
use keyfob_domain::authorization::{self as sign_in, Evidence, Step, redirect_uris};
use keyfob_domain::connection::{Condition as State, Need as Needed};
use keyfob_domain::grant::Scopes;
use keyfob_domain::provider::Reads as ProviderReads;
use keyfob_domain::refresh::Expiry as Lapse;
use keyfob_domain::time::Timestamp;
use keyfob_engine::{AttemptOverview, KeychainState, Overview, ProviderOverview, Update};

#[expect(
    clippy::cast_precision_loss,
    reason = "times and counters stay far below 2^53"
)]
pub(super) fn number(value: impl Into<i128>) -> f64 {
    let value: i128 = value.into();
    value as f64
}

pub(super) fn millis(time: Timestamp) -> Millis {
    number(time.millis())
}

fn list(scopes: &Scopes) -> Vec<String> {
    scopes.iter().map(str::to_owned).collect()
}

impl UiEvent {
    /// Converts an update of the engine.
    #[must_use]
    pub fn of(update: Update, startup: &Startup) -> Self {
        match update {
            Update::Snapshot {
                connections,
                providers,
                attempts,
                keychain,
                notices,
            } => Self::Snapshot {
                startup: startup.clone(),
                connections: connections
                    .iter()
                    .map(|overview| overview.as_ref().into())
                    .collect(),
                providers: providers
                    .iter()
                    .map(|overview| overview.as_ref().into())
                    .collect(),
                attempts: attempts
                    .iter()
                    .map(|overview| overview.as_ref().into())
                    .collect(),
                keychain: keychain.into(),
                notices: notices.into_iter().map(NoticeView::from).collect(),
            },
            Update::Connection(overview) => Self::Connection {
                connection: Box::new(overview.as_ref().into()),
            },
            Update::ConnectionRemoved(id) => Self::ConnectionRemoved { id: id.to_string() },
            Update::Provider(overview) => Self::Provider {
                provider: overview.as_ref().into(),
            },
            Update::ProviderRemoved(slug) => Self::ProviderRemoved {
                slug: slug.to_string(),
            },
            Update::Attempt(overview) => Self::Attempt {
                attempt: overview.as_ref().into(),
            },
            Update::AttemptRemoved(id) => Self::AttemptRemoved { id: id.to_string() },
            Update::Keychain(state) => Self::Keychain {
                keychain: state.into(),
            },
            Update::Notice(notice) => Self::Notice {
                notice: notice.into(),
            },
            Update::NoticeRemoved(id) => Self::NoticeRemoved { id: number(id) },
        }
    }
}

impl From<&Overview> for ConnectionView {
    fn from(overview: &Overview) -> Self {
        let connection = &overview.connection;
        let provider = overview.provider.as_deref();
        Self {
            id: connection.id.to_string(),
            revision: number(overview.revision),
            provider_slug: connection.provider.to_string(),
            provider_name: provider.map_or_else(
                || connection.provider.to_string(),
                |provider| provider.name.clone(),
            ),
            sandbox: provider.is_some_and(|provider| provider.sandbox),
            name: connection.name.clone(),
            account: connection.account.label.clone(),
            suggested_name: suggested_name(overview),
            ordinal: connection.ordinal,
            condition: (&connection.condition).into(),
            needs: connection.needs().map(|need| match need {
                Needed::SignIn => Need::SignIn,
                Needed::SetUp => Need::SetUp,
            }),
            expiry: match connection.life.expiry {
                Lapse::At {
                    at,
                    lifetime,
                    assumed,
                } => Expiry::At {
                    at: millis(at),
                    lifetime_seconds: lifetime.as_secs_f64(),
                    assumed,
                },
                Lapse::Never => Expiry::Never,
            },
            renews_by_itself: connection.life.renewable,
            grant_end: connection.life.grant_end.map(|end| GrantEnd {
                at: millis(end.at),
                warns_from: millis(end.warns_from()),
                fixed: end.is_fixed(connection.life.obtained_at),
            }),
            connected_at: millis(connection.life.connected_at),
            obtained_at: millis(connection.life.obtained_at),
            renewed_at: connection.life.renewed_at.map(millis),
            scopes_asked: list(&connection.grant.asked),
            scopes_granted: list(&connection.grant.granted),
            scopes_missing: list(&connection.grant.missing()),
            summary: SummaryView::of(
                &overview.summary,
                provider.is_some_and(|provider| provider.context.is_some()),
            ),
            can_ask: provider
                .is_some_and(|provider| provider.reads.contains(&ProviderReads::MioAnswers)),
            revokes_at_provider: provider
                .is_some_and(|provider| provider.revocation_endpoint.is_some()),
            has_account_page: provider.is_some_and(|provider| provider.account_page.is_some()),
        }
    }
}

/// A suggestion only where neither the user nor the provider has named the account.
fn suggested_name(overview: &Overview) -> Option<String> {
    let connection = &overview.connection;
    let named = connection.name.is_some() || connection.account.label.is_some();
    let last = overview.summary.last.as_ref().filter(|_| !named)?;
    last.host().map(str::to_owned)
}

impl From<&State> for Condition {
    fn from(state: &State) -> Self {
        match state {
            State::Active => Self::Active,
            State::Renewing => Self::Renewing,
            State::Waiting {
                problem,
                next_try_at,
            } => Self::Waiting {
                error: problem.clone().into(),
                next_try_at: millis(*next_try_at),
            },
            State::NeedsSignIn { problem } => Self::NeedsSignIn {
                error: problem.clone().into(),
            },
            State::Keychain { problem, unsaved } => Self::Keychain {
                error: problem.clone().into(),
                unsaved: *unsaved,
            },
            State::Revoking => Self::Revoking,
        }
    }
}

impl From<&ProviderOverview> for ProviderView {
    fn from(overview: &ProviderOverview) -> Self {
        let provider = &overview.provider;
        Self {
            slug: provider.slug.to_string(),
            name: provider.name.clone(),
            sandbox: provider.sandbox,
            own: overview.own,
            host: provider
                .authorization_endpoint
                .host_str()
                .unwrap_or_default()
                .to_owned(),
            ready: provider.sandbox || overview.client_id.is_some(),
            client_id: overview.client_id.clone(),
            needs_client_secret: provider.needs_client_secret(),
            redirect_uris: redirect_uris(&provider.slug, &provider.redirect_kinds),
            has_registration_page: provider.registration_page.is_some(),
            reads: provider.reads.iter().map(|reads| (*reads).into()).collect(),
            scopes: list(&provider.scopes),
        }
    }
}

impl From<ProviderReads> for Reads {
    fn from(reads: ProviderReads) -> Self {
        match reads {
            ProviderReads::MioSummary => Self::MioSummary,
            ProviderReads::MioAnswers => Self::MioAnswers,
            ProviderReads::MavioMeetings => Self::MavioMeetings,
            ProviderReads::MavioSummaries => Self::MavioSummaries,
            ProviderReads::MavioActionItems => Self::MavioActionItems,
            ProviderReads::MavioTranscripts => Self::MavioTranscripts,
            ProviderReads::Profile => Self::Profile,
            ProviderReads::HttpText => Self::HttpText,
        }
    }
}

impl From<&AttemptOverview> for AttemptView {
    fn from(overview: &AttemptOverview) -> Self {
        let question = if let Step::Asking(question) = &overview.step {
            Some(question.into())
        } else {
            None
        };
        let (step, problem, connected) = match &overview.step {
            Step::Opening => (AttemptStep::Opening, None, None),
            Step::Waiting { doubt } => (AttemptStep::Waiting, doubt.clone(), None),
            Step::Confirming => (AttemptStep::Confirming, None, None),
            Step::Asking(_) => (AttemptStep::Asking, None, None),
            Step::Saving => (AttemptStep::Saving, None, None),
            Step::Connected(id) => (AttemptStep::Connected, None, Some(*id)),
            Step::Failed(problem) => (AttemptStep::Failed, Some(problem.clone()), None),
            Step::Cancelled => (AttemptStep::Cancelled, None, None),
        };
        Self {
            id: overview.id.to_string(),
            revision: number(overview.revision),
            provider_slug: overview.provider.slug.to_string(),
            provider_name: overview.provider.name.clone(),
            connection_id: connected.or(overview.connection).map(|id| id.to_string()),
            step,
            question,
            error: problem.map(WireError::from),
            started_at: millis(overview.started_at),
            ends_at: millis(overview.ends_at),
            redirect_uri: overview.redirect_uri.clone(),
        }
    }
}

impl From<&sign_in::Question> for Question {
    fn from(question: &sign_in::Question) -> Self {
        match question.clone() {
            sign_in::Question::IsThisYou { found } => Self::IsThisYou { found },
            sign_in::Question::OtherAccount { found, by } => Self::OtherAccount {
                found,
                guessed: by == Evidence::Guess,
            },
            sign_in::Question::AlreadyConnected {
                connection,
                found,
                by,
            } => Self::AlreadyConnected {
                connection_id: connection.to_string(),
                found,
                guessed: by == Evidence::Guess,
            },
        }
    }
}

impl From<KeychainState> for KeychainView {
    fn from(state: KeychainState) -> Self {
        match state {
            KeychainState::Available => Self::Available,
            KeychainState::Locked => Self::Locked,
            KeychainState::Unlocking => Self::Unlocking,
            KeychainState::Missing(detail) => Self::Missing { detail },
            KeychainState::Failed(detail) => Self::Failed { detail },
        }
    }
}

impl From<keyfob_engine::Notice> for NoticeView {
    fn from(notice: keyfob_engine::Notice) -> Self {
        Self {
            id: number(notice.id),
            error: notice.problem.into(),
            provider_slug: notice.provider.map(|slug| slug.to_string()),
        }
    }
}
