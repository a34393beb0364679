//! One connection's life as a state machine: (event, now) → effects. It knows facts about the
//! tokens (generation, lifetime, scopes) and never the tokens themselves.
//!
//! Hazard: nothing but an `invalid_grant` at a refresh, a missing keychain item or the user ends
//! a connection. Everything else is waited out (SECURITY 61, 62).

mod clock;
mod offline;

use crate::error::{ErrorCode, Problem};
use crate::failure::{Class, Failure};
use crate::grant::{Grant, Scopes};
use crate::grant_end::GrantEnd;
use crate::id::{ConnectionId, Epoch, ProviderSlug};
use crate::refresh::{Draw, Expiry, backoff, due_at, is_usable};
use crate::time::Timestamp;
use crate::token::AccountHint;
use std::time::Duration;

/// A request of the user's or a tool's may renew earlier than the backoff says, and an API that
/// refuses the token force a renewal, but not more often than this (SECURITY 59, 63).
pub const SHORTEST_ASKED_INTERVAL: Duration = Duration::from_secs(30);

/// One authorized account at one provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Its name for ever.
    pub id: ConnectionId,
    /// Where the account is.
    pub provider: ProviderSlug,
    /// Which life of it this is.
    pub epoch: Epoch,
    /// The name the user gave it.
    pub name: Option<String>,
    /// What the provider calls the account.
    pub account: AccountHint,
    /// 1 for the first connection at its provider, 2 for the second.
    pub ordinal: u32,
    /// Scopes asked for and granted.
    pub grant: Grant,
    /// Facts about its tokens.
    pub life: Life,
    /// What it is doing, as the user sees it.
    pub condition: Condition,
    /// Failed tries since the last success.
    pub failures: u32,
    /// When the last try was begun.
    pub tried_at: Option<Timestamp>,
    /// When the timer has to wake for it.
    pub due_at: Option<Timestamp>,
}

/// Facts about the tokens of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    /// Counts the answers saved in the keychain (SECURITY 107).
    pub generation: u64,
    /// When the user connected the account.
    pub connected_at: Timestamp,
    /// When the present access token was asked for.
    pub obtained_at: Timestamp,
    /// When it was renewed last; `None` when it never was.
    pub renewed_at: Option<Timestamp>,
    /// When the present access token ends.
    pub expiry: Expiry,
    /// Whether there is a refresh token.
    pub renewable: bool,
    /// When the grant ends, where that is known; without a refresh token there is nothing to know.
    pub grant_end: Option<GrantEnd>,
}

/// What a connection is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// All is well.
    Active,
    /// A renewal is under way.
    Renewing,
    /// The last renewals failed; the next one is at a known time.
    Waiting {
        /// Why.
        problem: Problem,
        /// When it is tried next.
        next_try_at: Timestamp,
    },
    /// Only the user can go on, by signing in again.
    NeedsSignIn {
        /// Why.
        problem: Problem,
    },
    /// The keychain needs the user.
    Keychain {
        /// Why.
        problem: Problem,
        /// Whether credentials are in memory only.
        unsaved: bool,
    },
    /// It is being ended.
    Revoking,
}

/// What only the user can do for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Sign in again.
    SignIn,
    /// Correct the client id, the client secret or what is registered at the provider.
    SetUp,
}

/// Who wants a renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The time has come.
    ByTimer,
    /// The user pressed a button.
    ByUser,
    /// What the last try failed with is not what it was: the set-up was corrected, or the keychain holds
    /// something else than the row knew.
    ByChange,
    /// Something needs a usable token now.
    ByTool,
    /// The provider's API refused the token of this generation.
    ByRejection {
        /// The generation that was refused.
        generation: u64,
    },
}

/// Facts of a successful renewal or sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obtained {
    /// The generation in the keychain, or meant for it.
    pub generation: u64,
    /// When the request was started.
    pub obtained_at: Timestamp,
    /// When the access token ends.
    pub expiry: Expiry,
    /// Whether there is a refresh token now.
    pub renewable: bool,
    /// When the grant ends, where that is known.
    pub grant_end: Option<GrantEnd>,
    /// The granted scopes, if the answer named them.
    pub granted: Option<Scopes>,
    /// Whether the keychain has taken it; else the engine holds it in memory.
    pub saved: Result<(), Problem>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody wants a fresh token.
    RenewalWanted(Wanted),
    /// A renewal succeeded at the provider.
    Renewed(Obtained, Draw),
    /// A renewal failed; the tokens are what they were.
    RenewalFailed(Failure, Draw),
    /// The refresh token could not be read from the keychain.
    SecretsUnreadable(Problem, Draw),
    /// Credentials that were in memory only have reached the keychain.
    SecretsSaved,
    /// They have not.
    SecretsStillUnsaved(Problem, Draw),
    /// The keychain answers again.
    KeychainBack,
    /// There is no network, so a renewal that is due or wanted, or that stands in line, is not begun.
    NoNetwork {
        /// Whether somebody waits for it.
        asked: bool,
    },
    /// The user signed in again.
    SignedInAgain(Obtained, Scopes, Draw),
    /// The user ends it.
    RevokeRequested,
    /// It could not be ended at the provider; it lives on, and the user is told.
    RevocationFailed,
    /// The user gave it a name, or took the name away.
    Renamed(Option<String>),
}

/// What has to be done about it, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Start a renewal for the present epoch.
    Renew,
    /// Try to write the credentials held in memory.
    SaveSecrets,
    /// Find out whether the keychain can be used again.
    LookAtKeychain,
    /// Write the row, and clear the renewal intent if there is one.
    SaveRow,
    /// Tell the world.
    Publish,
}

impl Connection {
    /// Makes the connection that a sign-in led to.
    #[must_use]
    pub fn connected(
        id: ConnectionId,
        provider: ProviderSlug,
        account: AccountHint,
        ordinal: u32,
        asked: Scopes,
        obtained: &Obtained,
        draw: Draw,
    ) -> Self {
        let grant = Grant::of(asked, obtained.granted.clone(), obtained.renewable);
        let mut connection = Self {
            id,
            provider,
            epoch: Epoch::FIRST,
            name: None,
            account,
            ordinal,
            grant,
            life: Life {
                generation: obtained.generation,
                connected_at: obtained.obtained_at,
                obtained_at: obtained.obtained_at,
                renewed_at: None,
                expiry: obtained.expiry,
                renewable: obtained.renewable,
                grant_end: obtained.grant_end,
            },
            condition: Condition::Active,
            failures: 0,
            tried_at: None,
            due_at: None,
        };
        connection.schedule(draw);
        connection
    }

    /// Tells whether the present access token may be handed out.
    #[must_use]
    pub fn has_usable_token(&self, now: Timestamp) -> bool {
        match self.condition {
            Condition::NeedsSignIn { .. } | Condition::Revoking => false,
            Condition::Active
            | Condition::Renewing
            | Condition::Waiting { .. }
            | Condition::Keychain { .. } => {
                // Of one that nothing can renew, a 401 says more than a clock that was set back.
                let ageless = !self.life.renewable && now < self.life.obtained_at;
                is_usable(self.life.expiry, now) || ageless
            }
        }
    }

    /// Tells what waits for the user. A keychain that waits for the user is one cause for all
    /// connections, and a permission that was not granted is the user's own choice: neither counts here.
    #[must_use]
    pub fn needs(&self) -> Option<Need> {
        match &self.condition {
            Condition::NeedsSignIn { .. } => Some(Need::SignIn),
            Condition::Waiting { problem, .. } => {
                let by_set_up = [
                    ErrorCode::ClientMisconfigured,
                    ErrorCode::ClientNotSetUp,
                    ErrorCode::RequestRejected,
                    ErrorCode::ScopeRejected,
                ];
                by_set_up.contains(&problem.code).then_some(Need::SetUp)
            }
            Condition::Active
            | Condition::Renewing
            | Condition::Keychain { .. }
            | Condition::Revoking => None,
        }
    }

    /// Applies an event that belongs to the present epoch; answers to older ones are dropped before.
    pub fn apply(&mut self, event: Event, now: Timestamp) -> Vec<Effect> {
        if self.condition == Condition::Revoking {
            // Nothing but the end of the revocation matters any more (SECURITY 72).
            return if event == Event::RevocationFailed {
                self.settle(now)
            } else {
                Vec::new()
            };
        }
        match event {
            Event::RenewalWanted(wanted) => self.renewal_wanted(wanted, now),
            Event::Renewed(obtained, draw) => {
                let obtained = obtained.no_later_than(now);
                self.life.renewed_at = Some(obtained.obtained_at);
                self.take(obtained, draw)
            }
            Event::RenewalFailed(failure, draw) => self.renewal_failed(failure, draw, now),
            Event::SecretsUnreadable(problem, draw) => {
                self.keychain_failed(problem, false, draw, now)
            }
            Event::SecretsSaved => self.settle(now),
            Event::SecretsStillUnsaved(problem, draw) => {
                self.keychain_failed(problem, true, draw, now)
            }
            Event::KeychainBack => self.keychain_back(now),
            Event::NoNetwork { asked } => self.no_network(asked, now),
            Event::SignedInAgain(obtained, asked, draw) => {
                self.epoch = self.epoch.next();
                self.grant = Grant::of(asked, obtained.granted.clone(), obtained.renewable);
                self.take(obtained.no_later_than(now), draw)
            }
            Event::RevokeRequested => {
                self.epoch = self.epoch.next();
                self.condition = Condition::Revoking;
                self.due_at = None;
                vec![Effect::Publish]
            }
            Event::RevocationFailed => Vec::new(),
            Event::Renamed(name) => {
                self.name = name;
                vec![Effect::SaveRow, Effect::Publish]
            }
        }
    }

    fn renewal_wanted(&mut self, wanted: Wanted, now: Timestamp) -> Vec<Effect> {
        match (&self.condition, wanted) {
            (Condition::Renewing | Condition::Revoking, _) => return Vec::new(),
            (Condition::NeedsSignIn { .. }, _) => return Vec::new(),
            // What is in memory only is saved before anything new is asked for (SECURITY 107).
            (Condition::Keychain { unsaved: true, .. }, _) => {
                self.due_at = None;
                return vec![Effect::SaveSecrets];
            }
            // A try of the keychain is no renewal: what is fresh stays as it is.
            (Condition::Keychain { problem, .. }, Wanted::ByTimer) if is_about_all(problem) => {
                self.failures = self.failures.saturating_add(1);
                let wait = backoff(self.failures, None, Draw::from_bits(u32::MAX / 2));
                self.due_at = Some(now.after(wait));
                return vec![Effect::LookAtKeychain];
            }
            (_, Wanted::ByRejection { generation }) if generation != self.life.generation => {
                return Vec::new();
            }
            (
                Condition::Waiting { .. } | Condition::Keychain { .. },
                Wanted::ByTool | Wanted::ByRejection { .. },
            ) if self.next_asked_try(now).is_some() => return Vec::new(),
            (Condition::Waiting { problem, .. }, Wanted::ByUser) if self.failures > 0 => {
                if let Some(soon) = self.next_asked_try(now) {
                    let next_try_at = self.due_at.map_or(soon, |due_at| due_at.min(soon));
                    self.due_at = Some(next_try_at);
                    self.condition = Condition::Waiting {
                        problem: problem.clone(),
                        next_try_at,
                    };
                    return vec![Effect::Publish];
                }
            }
            // There is nothing to renew it with, and it works: a wish must not cost it.
            (Condition::Active, Wanted::ByUser)
                if !self.life.renewable && self.has_usable_token(now) =>
            {
                return Vec::new();
            }
            (
                Condition::Active
                | Condition::Waiting { .. }
                | Condition::Keychain { unsaved: false, .. },
                Wanted::ByTimer
                | Wanted::ByUser
                | Wanted::ByChange
                | Wanted::ByTool
                | Wanted::ByRejection { .. },
            ) => {}
        }
        if !self.life.renewable {
            return self.needs_sign_in(ErrorCode::GrantEnded.into());
        }
        self.condition = Condition::Renewing;
        self.tried_at = Some(now);
        self.due_at = None;
        vec![Effect::Publish, Effect::Renew]
    }

    /// Gives when somebody who asks may have the next try, if the last one was a moment ago.
    fn next_asked_try(&self, now: Timestamp) -> Option<Timestamp> {
        let next = self.tried_at?.after(SHORTEST_ASKED_INTERVAL);
        (now < next).then_some(next)
    }

    fn take(&mut self, obtained: Obtained, draw: Draw) -> Vec<Effect> {
        self.life.generation = obtained.generation;
        self.life.obtained_at = obtained.obtained_at;
        self.life.expiry = obtained.expiry;
        self.life.renewable = obtained.renewable;
        self.life.grant_end = obtained.grant_end;
        if let Some(named) = obtained.granted {
            let asked = self.grant.asked.clone();
            self.grant = Grant::of(asked, Some(named), obtained.renewable);
        }
        self.failures = 0;
        match obtained.saved {
            Ok(()) => {
                self.condition = Condition::Active;
                self.schedule(draw);
                vec![Effect::SaveRow, Effect::Publish]
            }
            // The row keeps the old generation until the keychain has the new one.
            Err(problem) => self.keychain_failed(problem, true, draw, obtained.obtained_at),
        }
    }

    fn renewal_failed(&mut self, failure: Failure, draw: Draw, now: Timestamp) -> Vec<Effect> {
        match failure.class {
            Class::Reauthorize => self.needs_sign_in(failure.problem),
            Class::Transient
            | Class::Mismatch
            | Class::Misconfigured
            | Class::Unauthorized
            | Class::Forbidden
            | Class::Protocol => {
                self.failures = self.failures.saturating_add(1);
                // A human has to correct a set-up; asking more often doesn't help (SECURITY 50).
                let counted = if failure.class == Class::Misconfigured {
                    u32::MAX
                } else {
                    self.failures
                };
                let next_try_at = now.after(backoff(counted, failure.retry_after, draw));
                self.due_at = Some(next_try_at);
                // One failure is nobody's business while the token works until the next try.
                let quiet = self.failures == 1
                    && failure.class != Class::Misconfigured
                    && is_usable(self.life.expiry, now)
                    && is_usable(self.life.expiry, next_try_at);
                self.condition = if quiet {
                    Condition::Active
                } else {
                    Condition::Waiting {
                        problem: failure.problem,
                        next_try_at,
                    }
                };
                vec![Effect::SaveRow, Effect::Publish]
            }
        }
    }

    fn keychain_failed(
        &mut self,
        problem: Problem,
        unsaved: bool,
        draw: Draw,
        now: Timestamp,
    ) -> Vec<Effect> {
        if problem.code == ErrorCode::SecretMissing {
            return self.needs_sign_in(problem);
        }
        self.failures = self.failures.saturating_add(1);
        self.due_at = Some(now.after(backoff(self.failures, None, draw)));
        self.condition = Condition::Keychain { problem, unsaved };
        vec![Effect::Publish]
    }

    fn keychain_back(&mut self, now: Timestamp) -> Vec<Effect> {
        match self.condition {
            Condition::Keychain { unsaved: true, .. } => {
                self.due_at = None;
                vec![Effect::SaveSecrets]
            }
            Condition::Keychain { unsaved: false, .. } => {
                self.failures = 0;
                self.settle(now)
            }
            Condition::Active
            | Condition::Renewing
            | Condition::Waiting { .. }
            | Condition::NeedsSignIn { .. }
            | Condition::Revoking => Vec::new(),
        }
    }

    /// Back to normal: active, and renewed at once if it is due.
    fn settle(&mut self, now: Timestamp) -> Vec<Effect> {
        self.failures = 0;
        self.condition = Condition::Active;
        self.schedule(Draw::from_bits(u32::MAX / 2));
        if self.is_from_the_future(now) {
            self.due_at = Some(now);
        } else if self.life.renewable {
            self.due_at = self.due_at.map(|due_at| due_at.max(now));
        }
        vec![Effect::SaveRow, Effect::Publish]
    }

    fn needs_sign_in(&mut self, problem: Problem) -> Vec<Effect> {
        self.condition = Condition::NeedsSignIn { problem };
        self.due_at = None;
        vec![Effect::SaveRow, Effect::Publish]
    }

    /// Due is what comes first: the access token, or the grant that a renewal keeps alive.
    fn schedule(&mut self, draw: Draw) {
        let life = &self.life;
        let token = match life.expiry {
            Expiry::Never => None,
            Expiry::At { lifetime, .. } if life.renewable => {
                Some(due_at(life.obtained_at, lifetime, draw))
            }
            Expiry::At { at, .. } => Some(at),
        };
        let grant = life
            .grant_end
            .and_then(|end| end.keep_alive_at(life.obtained_at, draw));
        self.due_at = token.into_iter().chain(grant).min();
    }
}

/// Tells whether a problem is the whole keychain's, so that looking at it says whether it is over.
fn is_about_all(problem: &Problem) -> bool {
    matches!(
        problem.code,
        ErrorCode::KeychainLocked
            | ErrorCode::KeychainDismissed
            | ErrorCode::KeychainMissing
            | ErrorCode::KeychainTimedOut
    )
}

#[cfg(test)]
mod tests;
