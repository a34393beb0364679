//! What crosses to the web view, and nothing else: the source of `ui/src/lib/ipc/bindings.ts`.
//! No type in here can hold a secret, for no secret type can be serialised.

pub use arguments::{Choice, Ending, Link, attempt_id, connection_id};
pub use discovery::{DiscoveryAnswer, IssuerTrouble};
use keyfob_domain::error::ErrorCode;
pub use provider_form::{
    Basis, CheckView, ClientAuthentication, ContextForm, EchoesState, Field, FieldFaultView,
    FieldTrouble, HostMove, IdTokenUse, ParameterView, Pkce, PresetView, ProviderForm,
    RedirectKind, SaveAnswer, TokenBody,
};
use serde::Serialize;
pub use summary::{
    ActionItemView, DecisionView, MeetingView, MeetingsView, Priority, SummaryStatus, SummaryView,
};
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

/// When a grant ends.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GrantEnd {
    /// The end.
    pub at: Millis,
    /// From when on the user is warned.
    pub warns_from: Millis,
    /// Whether renewals leave it where it is, so that only a new sign-in moves it.
    pub fixed: bool,
}

/// What only the user can do.
#[derive(Clone, Copy, Debug, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the variants are those of the domain's own")]
pub enum Need {
    SignIn,
    SetUp,
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
    /// A name that its data suggests, while it has none.
    pub suggested_name: Option<String>,
    pub ordinal: u32,
    pub condition: Condition,
    /// What only the user can do, if anything.
    pub needs: Option<Need>,
    pub expiry: Expiry,
    pub renews_by_itself: bool,
    /// When the grant ends, where that is known.
    pub grant_end: Option<GrantEnd>,
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
    MavioMeetings,
    MavioSummaries,
    MavioActionItems,
    MavioTranscripts,
    Profile,
    HttpText,
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
    /// Whether it is one of the user's own, which can be edited and deleted.
    pub own: bool,
    /// The host of its authorization endpoint.
    pub host: String,
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
    Asking,
    Saving,
    Connected,
    Failed,
    Cancelled,
}

/// What the user is asked before the credentials of a sign-in are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[expect(
    missing_docs,
    reason = "the variants are those of the domain's own question"
)]
pub enum Question {
    IsThisYou {
        found: Option<String>,
    },
    OtherAccount {
        found: Option<String>,
        guessed: bool,
    },
    AlreadyConnected {
        connection_id: String,
        found: Option<String>,
        guessed: bool,
    },
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
    /// What the user is asked, while the step is `asking`.
    pub question: Option<Question>,
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
    ProviderRemoved {
        slug: String,
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

mod arguments;
mod convert;
mod discovery;
mod provider_form;
mod summary;

#[cfg(test)]
mod tests;
