//! Refresh tokens that wait to be ended at their provider, because it could not be reached when the
//! user wanted it (SECURITY 71). They are never used for anything else.

use crate::failure::{Class, Failure};
use crate::id::{ConnectionId, ProviderSlug};
use crate::refresh::{Draw, backoff};
use crate::time::Timestamp;
use std::time::Duration;
use url::Url;

/// How long a revocation is tried: a week (SECURITY 71).
pub const LONGEST_REVOCATION: Duration = Duration::from_secs(7 * 24 * 3600);

/// One that waits. Its token is in the keychain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingRevocation {
    /// The connection that it was.
    pub id: ConnectionId,
    /// Whom to tell.
    pub provider: ProviderSlug,
    /// Where, as it was known when the user wanted it (SECURITY 37).
    pub endpoint: Url,
    /// The client that the grant was given to.
    pub client_id: String,
    /// When the user wanted it.
    pub since: Timestamp,
    /// How often it was tried in vain.
    pub failures: u32,
    /// When it is tried next.
    pub next_try_at: Timestamp,
}

/// What follows from a failed try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterFailure {
    /// It is tried again, at the time the record says now.
    TryAgain,
    /// It will not succeed: only the user can end the access, at the provider.
    GiveUp,
}

impl PendingRevocation {
    /// Notes a failed try.
    pub fn failed(&mut self, failure: &Failure, draw: Draw, now: Timestamp) -> AfterFailure {
        let over = now.since(self.since) >= LONGEST_REVOCATION;
        let hopeless = match failure.class {
            // RFC 7009 §2.2.1: 503 means that the token still exists.
            Class::Transient | Class::Protocol => false,
            Class::Reauthorize
            | Class::Mismatch
            | Class::Misconfigured
            | Class::Unauthorized
            | Class::Forbidden => true,
        };
        if over || hopeless {
            return AfterFailure::GiveUp;
        }
        self.failures = self.failures.saturating_add(1);
        let end = self.since.after(LONGEST_REVOCATION);
        let next = now.after(backoff(self.failures, failure.retry_after, draw));
        self.next_try_at = next.min(end);
        AfterFailure::TryAgain
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_780_000_000_000).after(Duration::from_secs(seconds))
    }

    fn pending() -> PendingRevocation {
        PendingRevocation {
            id: ConnectionId::new(at(0), [1; 10]),
            provider: ProviderSlug::parse("acme").unwrap(),
            endpoint: Url::parse("https://acme.example/revoke").unwrap(),
            client_id: "client".to_owned(),
            since: at(0),
            failures: 0,
            next_try_at: at(0),
        }
    }

    fn failure(class: Class, retry_after: Option<u64>) -> Failure {
        Failure {
            retry_after: retry_after.map(Duration::from_secs),
            ..Failure::new(class, ErrorCode::ProviderError.into())
        }
    }

    #[test]
    fn security_71_a_revocation_is_tried_with_backoff_for_seven_days() {
        let draw = Draw::from_bits(0);
        let mut waiting = pending();
        let busy = failure(Class::Transient, Some(90));
        assert_eq!(waiting.failed(&busy, draw, at(0)), AfterFailure::TryAgain);
        assert_eq!((waiting.failures, waiting.next_try_at), (1, at(90)));
        let week = LONGEST_REVOCATION.as_secs();
        let last = waiting.failed(&failure(Class::Transient, None), draw, at(week - 1));
        assert_eq!(last, AfterFailure::TryAgain);
        assert_eq!(waiting.next_try_at, at(week), "once more at the very end");
        assert_eq!(waiting.failed(&busy, draw, at(week)), AfterFailure::GiveUp);
    }

    #[test]
    fn security_69_a_provider_that_refuses_is_not_asked_for_a_week() {
        for (class, expected) in [
            (Class::Transient, AfterFailure::TryAgain),
            (Class::Protocol, AfterFailure::TryAgain),
            (Class::Misconfigured, AfterFailure::GiveUp),
            (Class::Unauthorized, AfterFailure::GiveUp),
            (Class::Forbidden, AfterFailure::GiveUp),
        ] {
            let mut waiting = pending();
            let seen = waiting.failed(&failure(class, None), Draw::from_bits(0), at(1));
            assert_eq!(seen, expected, "{class:?}");
        }
    }
}
