//! The one list of things that can go wrong, and the value that carries one of them.

use crate::id::ConnectionId;
use std::fmt;

macro_rules! error_codes {
    ($($(#[$meta:meta])* $name:ident = $text:literal,)*) => {
        /// Says what went wrong, for whoever reacts to it: the interface's table of sentences
        /// has one for each, and a missing one does not compile.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $($(#[$meta])* $name,)* }

        impl ErrorCode {
            /// Every code, in alphabetical order of its text.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Gives the stable text that stands for the code on the wire and in the database.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Reads [`ErrorCode::as_str`] back.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)* _ => None }
            }
        }
    };
}

error_codes! {
    /// The user said no at the provider.
    AccessDenied = "access_denied",
    /// A renewal was answered with the tokens of another account.
    AccountChanged = "account_changed",
    /// The account behind a connection is not there any more.
    AccountGone = "account_gone",
    /// The provider's answer can't be read.
    AnswerMalformed = "answer_malformed",
    /// The provider's answer is larger than Keyfob reads.
    AnswerTooLarge = "answer_too_large",
    /// The ten minutes of an authorization attempt are over.
    AttemptExpired = "attempt_expired",
    /// No such authorization attempt.
    AttemptUnknown = "attempt_unknown",
    /// The browser could not be started.
    BrowserNotOpened = "browser_not_opened",
    /// The provider doesn't accept Keyfob's client id, secret or request.
    ClientMisconfigured = "client_misconfigured",
    /// The provider needs a client id (and secret) that nobody has entered yet.
    ClientNotSetUp = "client_not_set_up",
    /// `invalid_grant` at the exchange: the code or the redirect URI did not match.
    CodeRejected = "code_rejected",
    /// No such connection.
    ConnectionUnknown = "connection_unknown",
    /// The database could not be read; it was kept aside and a new one was begun.
    DatabaseCorrupted = "database_corrupted",
    /// The database was written by a newer Keyfob.
    DatabaseNewer = "database_newer",
    /// The database can't be opened or written.
    DatabaseUnavailable = "database_unavailable",
    /// An issuer's metadata can't be had or can't be used.
    DiscoveryFailed = "discovery_failed",
    /// `invalid_grant` at a refresh: the user has to sign in again.
    GrantEnded = "grant_ended",
    /// The id token of a sign-in proves nothing.
    IdTokenRefused = "id_token_refused",
    /// What the user entered can't be used.
    InputInvalid = "input_invalid",
    /// A fault of Keyfob's own.
    Internal = "internal",
    /// An issuer in a private network, which nobody reads before the user has said so.
    IssuerPrivate = "issuer_private",
    /// The user dismissed the keychain's prompt.
    KeychainDismissed = "keychain_dismissed",
    /// The keychain answered with an error.
    KeychainFailed = "keychain_failed",
    /// The keychain is locked.
    KeychainLocked = "keychain_locked",
    /// There is no keychain service, or it has no keychain to keep things in.
    KeychainMissing = "keychain_missing",
    /// The keychain did not answer in time.
    KeychainTimedOut = "keychain_timed_out",
    /// There is no network.
    Offline = "offline",
    /// Another Keyfob owns the data directory.
    OwnerElsewhere = "owner_elsewhere",
    /// A port on this computer that Keyfob needs is taken.
    PortUnavailable = "port_unavailable",
    /// The provider answered with an error of its own.
    ProviderError = "provider_error",
    /// A provider file can't be read; the detail names file, line and column.
    ProviderFileBroken = "provider_file_broken",
    /// A provider that still has connections, or a sign-in under way.
    ProviderInUse = "provider_in_use",
    /// A provider's file can't be written or deleted.
    ProviderNotSaved = "provider_not_saved",
    /// The provider asks Keyfob to slow down.
    ProviderOverloaded = "provider_overloaded",
    /// No such provider.
    ProviderUnknown = "provider_unknown",
    /// The provider can't be reached.
    ProviderUnreachable = "provider_unreachable",
    /// The provider did not take the question.
    QuestionRejected = "question_rejected",
    /// A callback that isn't well formed.
    RedirectMalformed = "redirect_malformed",
    /// A callback that belongs to nothing Keyfob asked for.
    RedirectUnrelated = "redirect_unrelated",
    /// Keyfob was interrupted while it renewed, and the old refresh token is spent.
    RenewalInterrupted = "renewal_interrupted",
    /// The provider refuses Keyfob's request as it is: `invalid_request` and its kin.
    RequestRejected = "request_rejected",
    /// A revocation was tried in vain; the provider may still keep the access.
    RevocationGivenUp = "revocation_given_up",
    /// A revocation waits until the provider can be reached.
    RevocationPending = "revocation_pending",
    /// The sandbox could not be started.
    SandboxNotStarted = "sandbox_not_started",
    /// The connection lacks a scope that this needs.
    ScopeMissing = "scope_missing",
    /// The provider doesn't give a scope that was asked for.
    ScopeRejected = "scope_rejected",
    /// The keychain has nothing for a known connection.
    SecretMissing = "secret_missing",
    /// A callback for an attempt that ended when Keyfob was closed.
    SignInInterrupted = "sign_in_interrupted",
    /// The callback carries another `state` than Keyfob sent, or another issuer.
    StateMismatch = "state_mismatch",
    /// The callback carries no `state`.
    StateMissing = "state_missing",
    /// The provider's API refuses a token that was renewed a moment ago.
    TokenRejected = "token_rejected",
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl serde::Serialize for ErrorCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl ErrorCode {
    /// Tells whether the same thing may succeed later without the user changing anything.
    #[must_use]
    pub fn is_retryable(self) -> bool {
        match self {
            Self::AnswerMalformed
            | Self::BrowserNotOpened
            | Self::DatabaseUnavailable
            | Self::DiscoveryFailed
            | Self::KeychainDismissed
            | Self::KeychainFailed
            | Self::KeychainLocked
            | Self::KeychainMissing
            | Self::KeychainTimedOut
            | Self::Offline
            | Self::PortUnavailable
            | Self::ProviderError
            | Self::ProviderNotSaved
            | Self::ProviderOverloaded
            | Self::ProviderUnreachable
            | Self::SandboxNotStarted => true,
            Self::AccessDenied
            | Self::AccountChanged
            | Self::AccountGone
            | Self::AnswerTooLarge
            | Self::AttemptExpired
            | Self::AttemptUnknown
            | Self::ClientMisconfigured
            | Self::ClientNotSetUp
            | Self::CodeRejected
            | Self::ConnectionUnknown
            | Self::DatabaseCorrupted
            | Self::DatabaseNewer
            | Self::GrantEnded
            | Self::IdTokenRefused
            | Self::InputInvalid
            | Self::Internal
            | Self::IssuerPrivate
            | Self::OwnerElsewhere
            | Self::ProviderFileBroken
            | Self::ProviderInUse
            | Self::ProviderUnknown
            | Self::QuestionRejected
            | Self::RedirectMalformed
            | Self::RedirectUnrelated
            | Self::RenewalInterrupted
            | Self::RequestRejected
            | Self::RevocationGivenUp
            | Self::RevocationPending
            | Self::ScopeMissing
            | Self::ScopeRejected
            | Self::SecretMissing
            | Self::SignInInterrupted
            | Self::StateMismatch
            | Self::StateMissing
            | Self::TokenRejected => false,
        }
    }
}

/// One thing that went wrong. `detail` is technical text for the curious: plain, at most 200
/// characters, never a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}{}", detail.as_deref().map(|detail| format!(": {detail}")).unwrap_or_default())]
pub struct Problem {
    /// What went wrong.
    pub code: ErrorCode,
    /// Technical text, already stripped and cut.
    pub detail: Option<String>,
    /// The connection it is about.
    pub connection: Option<ConnectionId>,
}

impl Problem {
    /// Makes a problem without detail.
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        Self {
            code,
            detail: None,
            connection: None,
        }
    }

    /// Makes a problem with technical text, which is stripped and cut here.
    #[must_use]
    pub fn with_detail(code: ErrorCode, detail: &str) -> Self {
        let detail = crate::text::plain(detail, 200, false);
        Self {
            detail: (!detail.trim().is_empty()).then_some(detail),
            ..Self::new(code)
        }
    }

    /// Names the connection it is about.
    #[must_use]
    pub fn of(self, connection: ConnectionId) -> Self {
        Self {
            connection: Some(connection),
            ..self
        }
    }
}

impl From<ErrorCode> for Problem {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_unique_and_survive_their_text() {
        let texts: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        assert!(texts.is_sorted_by(|a, b| a < b), "{texts:?}");
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::parse(code.as_str()), Some(*code));
        }
    }

    #[test]
    fn a_detail_is_plain_and_short() {
        let problem = Problem::with_detail(
            ErrorCode::ProviderError,
            &format!("a\u{202e}\n{}", "x".repeat(900)),
        );
        let detail = problem.detail.unwrap();
        assert_eq!(detail.chars().count(), 200);
        assert!(detail.starts_with("a x"));
    }
}
