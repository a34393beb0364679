//! What crosses to the web view, and nothing else: the source of `ui/src/lib/ipc/bindings.ts`.
//! No type in here can hold a secret, for no secret type can be serialised.

use keyfob_domain::authorization::{Step, loopback_redirect_uri, scheme_redirect_uri};
use keyfob_domain::connection::Condition as State;
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::grant::Scopes;
use keyfob_domain::id::ProviderSlug;
use keyfob_domain::provider::{Reads as ProviderReads, RedirectKind};
use keyfob_domain::refresh::Expiry as Lapse;
use keyfob_domain::time::Timestamp;
use keyfob_engine::{
    AttemptOverview, KeychainState, Overview, Page, ProviderOverview, SummaryState, Update,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Milliseconds since 1970-01-01T00:00:00Z.
type Millis = f64;

/// An error as the web view knows it: a code that its table of sentences has an entry for.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WireError {
    /// What went wrong.
    #[ts(type = "ErrorCode")]
    pub code: ErrorCode,
    /// Whether the same thing may succeed later by itself.
    pub retryable: bool,
    /// The connection it is about.
    pub connection_id: Option<String>,
    /// Technical text for the curious: plain, short, never a secret.
    pub detail: Option<String>,
}

/// What a connection is doing.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[expect(
    missing_docs,
    reason = "the variants are those of the domain's own condition"
)]
pub enum Condition {
    Active,
    Renewing,
    Waiting {
        error: WireError,
        next_try_at: Millis,
    },
    NeedsSignIn {
        error: WireError,
    },
    Keychain {
        error: WireError,
        unsaved: bool,
    },
    Revoking,
}

/// When an access token ends.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[expect(
    missing_docs,
    reason = "the fields are those of the domain's own expiry"
)]
pub enum Expiry {
    At {
        at: Millis,
        lifetime_seconds: f64,
        assumed: bool,
    },
    Never,
}

/// How a summary stands.
#[derive(Clone, Copy, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum SummaryStatus {
    Unavailable,
    Loading,
    Ready,
    Empty,
    Failed,
}

/// What an account knows, as text.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SummaryView {
    /// How it stands.
    pub status: SummaryStatus,
    /// The last text that was read, also while loading or after a failure.
    pub text: Option<String>,
    /// When it was read.
    pub as_of: Option<Millis>,
    /// Why the last reading failed.
    pub error: Option<WireError>,
}

/// A connection, whole.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[expect(
    missing_docs,
    reason = "the fields are those of the domain's connection, life and grant"
)]
pub struct ConnectionView {
    pub id: String,
    pub revision: f64,
    pub provider_slug: String,
    pub provider_name: String,
    pub sandbox: bool,
    pub name: Option<String>,
    pub account: Option<String>,
    pub ordinal: u32,
    pub condition: Condition,
    pub expiry: Expiry,
    pub renews_by_itself: bool,
    pub connected_at: Millis,
    pub obtained_at: Millis,
    pub renewed_at: Option<Millis>,
    pub scopes_asked: Vec<String>,
    pub scopes_granted: Vec<String>,
    pub scopes_missing: Vec<String>,
    pub summary: SummaryView,
    pub can_ask: bool,
    pub revokes_at_provider: bool,
    pub has_account_page: bool,
}

/// What Keyfob reads at a provider.
#[derive(Clone, Copy, Debug, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the variants are those of the domain's own")]
pub enum Reads {
    MioSummary,
    MioAnswers,
    Profile,
}

/// A provider and the user's registration there.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProviderView {
    /// Its stable short name.
    pub slug: String,
    /// Its name as people say it.
    pub name: String,
    /// Whether its accounts are pretend.
    pub sandbox: bool,
    /// Whether a sign-in can begin without anything being entered first.
    pub ready: bool,
    /// The client id the user entered.
    pub client_id: Option<String>,
    /// Whether a client secret goes with it.
    pub needs_client_secret: bool,
    /// The exact URIs to register, best first.
    pub redirect_uris: Vec<String>,
    /// Whether there is a page to register an app on.
    pub has_registration_page: bool,
    /// What will be read there.
    pub reads: Vec<Reads>,
    /// What will be asked for.
    pub scopes: Vec<String>,
}

/// How far a sign-in has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[expect(
    missing_docs,
    reason = "the variants are those of the domain's own steps"
)]
pub enum AttemptStep {
    Opening,
    Waiting,
    Confirming,
    Saving,
    Connected,
    Failed,
    Cancelled,
}

/// A sign-in. While it waits, `error` tells of an answer that was refused meanwhile.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[expect(
    missing_docs,
    reason = "the fields are those of the engine's overview of an attempt"
)]
pub struct AttemptView {
    pub id: String,
    pub revision: f64,
    pub provider_slug: String,
    pub provider_name: String,
    pub connection_id: Option<String>,
    pub step: AttemptStep,
    pub error: Option<WireError>,
    pub started_at: Millis,
    pub ends_at: Millis,
    pub redirect_uri: String,
}

/// The keychain.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[expect(
    missing_docs,
    reason = "the variants are those of the engine's own state"
)]
pub enum KeychainView {
    Available,
    Locked,
    Unlocking,
    Missing { detail: Option<String> },
    Failed { detail: Option<String> },
}

/// Something that happened outside any screen.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(rename = "Notice")]
pub struct NoticeView {
    /// Its number.
    pub id: f64,
    /// What happened.
    pub error: WireError,
    /// The provider it is about.
    pub provider_slug: Option<String>,
}

/// Facts about this program that don't change while it runs.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Startup {
    /// Keyfob's version.
    pub version: String,
    /// Where its data lies.
    pub data_dir: String,
}

/// One message of the channel.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[expect(
    missing_docs,
    reason = "the variants are those of the engine's updates, and four of the shell's"
)]
pub enum UiEvent {
    Snapshot {
        startup: Startup,
        connections: Vec<ConnectionView>,
        providers: Vec<ProviderView>,
        attempts: Vec<AttemptView>,
        keychain: KeychainView,
        notices: Vec<NoticeView>,
    },
    /// The engine could not start; nothing but this arrives.
    Broken {
        error: WireError,
        data_dir: String,
    },
    Connection {
        connection: Box<ConnectionView>,
    },
    ConnectionRemoved {
        id: String,
    },
    Provider {
        provider: ProviderView,
    },
    Attempt {
        attempt: AttemptView,
    },
    AttemptRemoved {
        id: String,
    },
    Keychain {
        keychain: KeychainView,
    },
    Notice {
        notice: NoticeView,
    },
    NoticeRemoved {
        id: f64,
    },
    CloseRequested,
    /// What the desktop wants; null where it has no wish.
    Appearance {
        dark: Option<bool>,
    },
}

/// A page that may be opened: never an address, always a name for one (SECURITY 93).
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Link {
    ProviderRegistration { slug: String },
    ProviderAccount { slug: String },
}

impl TryFrom<Link> for Page {
    type Error = Problem;

    fn try_from(link: Link) -> Result<Self, Problem> {
        let known = |slug: String| {
            ProviderSlug::parse(&slug).ok_or(Problem::new(ErrorCode::ProviderUnknown))
        };
        Ok(match link {
            Link::ProviderRegistration { slug } => Self::Registration(known(slug)?),
            Link::ProviderAccount { slug } => Self::Account(known(slug)?),
        })
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "times and counters stay far below 2^53"
)]
fn number(value: impl Into<i128>) -> f64 {
    let value: i128 = value.into();
    value as f64
}

fn millis(time: Timestamp) -> Millis {
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
            ordinal: connection.ordinal,
            condition: (&connection.condition).into(),
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

impl SummaryView {
    fn of(state: &SummaryState, has_source: bool) -> Self {
        let text = state.last.as_ref().and_then(|last| last.text.clone());
        let status = match (state.loading, &state.problem, &state.last) {
            (true, _, _) => SummaryStatus::Loading,
            (false, Some(_), _) => SummaryStatus::Failed,
            (false, None, Some(_)) if text.is_some() => SummaryStatus::Ready,
            (false, None, Some(_)) => SummaryStatus::Empty,
            (false, None, None) if has_source => SummaryStatus::Loading,
            (false, None, None) => SummaryStatus::Unavailable,
        };
        Self {
            status,
            text,
            as_of: state.last.as_ref().map(|last| millis(last.as_of)),
            error: state.problem.clone().map(WireError::from),
        }
    }
}

impl From<&ProviderOverview> for ProviderView {
    fn from(overview: &ProviderOverview) -> Self {
        let provider = &overview.provider;
        let uri = |kind: &RedirectKind| match kind {
            RedirectKind::Scheme => scheme_redirect_uri(&provider.slug),
            RedirectKind::Loopback => loopback_redirect_uri(&provider.slug, None),
        };
        Self {
            slug: provider.slug.to_string(),
            name: provider.name.clone(),
            sandbox: provider.sandbox,
            ready: provider.sandbox || overview.client_id.is_some(),
            client_id: overview.client_id.clone(),
            needs_client_secret: provider.needs_client_secret(),
            redirect_uris: provider.redirect_kinds.iter().map(uri).collect(),
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
            ProviderReads::Profile => Self::Profile,
        }
    }
}

impl From<&AttemptOverview> for AttemptView {
    fn from(overview: &AttemptOverview) -> Self {
        let (step, problem, connected) = match &overview.step {
            Step::Opening => (AttemptStep::Opening, None, None),
            Step::Waiting { doubt } => (AttemptStep::Waiting, doubt.clone(), None),
            Step::Confirming => (AttemptStep::Confirming, None, None),
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
            error: problem.map(WireError::from),
            started_at: millis(overview.started_at),
            ends_at: millis(overview.ends_at),
            redirect_uri: overview.redirect_uri.clone(),
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

#[cfg(test)]
mod tests;
