//! The keychain as the whole program sees it: available, locked, being unlocked, missing, failed.

use super::command::{Completion, Reply};
use super::entry::Entry;
use super::{Actor, answer};
use crate::ports::KeychainStatus;
use crate::random::draw;
use crate::update::{KeychainState, Update};
use keyfob_domain::connection::{Condition, Event, Wanted};
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::ConnectionId;
use std::time::Duration;

/// How long a keychain is left alone that gave no answer: nobody tells when it speaks again.
const SILENCE: Duration = Duration::from_secs(25);

impl Actor {
    /// Looks at the keychain without causing a prompt.
    pub(super) fn look_at_keychain(&mut self) {
        self.looks += 1;
        let secrets = self.ports.secrets.clone();
        self.tasks
            .spawn(async move { Completion::KeychainSeen(secrets.status().await) });
    }

    /// Looks at it unless that is under way: what is seen is seen for all that wait.
    pub(super) fn look_once(&mut self) {
        if self.looks == 0 {
            self.look_at_keychain();
        }
    }

    pub(super) fn look_at_silent_keychain(&mut self) {
        let now = self.ports.clock.now();
        if self.look_at.take_if(|at| *at <= now).is_some() {
            self.look_once();
        }
    }

    pub(super) async fn keychain_seen(&mut self, status: KeychainStatus) {
        self.looks = self.looks.saturating_sub(1);
        match status {
            KeychainStatus::Available => self.keychain_is_back().await,
            KeychainStatus::Locked => {
                self.keychain_is_away(ErrorCode::KeychainLocked.into())
                    .await
            }
            KeychainStatus::Missing(detail) => {
                let problem = Problem::with_detail(ErrorCode::KeychainMissing, &detail);
                self.keychain_is_away(problem).await;
            }
            KeychainStatus::Silent => {
                self.keychain_is_away(ErrorCode::KeychainTimedOut.into())
                    .await;
            }
        }
    }

    /// Nothing can be read now. A connection whose credentials are nowhere else says so, instead
    /// of promising what it can't hold (SECURITY 108); those in memory go on.
    async fn keychain_is_away(&mut self, problem: Problem) {
        self.note_keychain(&problem);
        let depends = |entry: &&Entry| match &entry.connection.condition {
            Condition::Active => entry.held.is_none() && entry.unsaved.is_none(),
            // It may be silent first and locked then.
            Condition::Keychain {
                problem: known,
                unsaved,
            } => !unsaved && known.code != problem.code,
            Condition::Renewing
            | Condition::Waiting { .. }
            | Condition::NeedsSignIn { .. }
            | Condition::Revoking => false,
        };
        let ids: Vec<ConnectionId> = self
            .entries
            .iter()
            .filter(depends)
            .map(|entry| entry.connection.id)
            .collect();
        for id in ids {
            let drawn = draw(self.ports.random.as_ref());
            self.apply(id, Event::SecretsUnreadable(problem.clone(), drawn))
                .await;
        }
    }

    /// Shows the user the keychain's own prompt and waits for it, however long it takes.
    pub(super) fn unlock_keychain(&mut self, reply: Reply<()>) {
        self.set_keychain(KeychainState::Unlocking);
        let secrets = self.ports.secrets.clone();
        self.tasks.spawn(async move {
            let outcome = secrets.unlock().await;
            Completion::KeychainUnlocked { outcome, reply }
        });
    }

    pub(super) async fn keychain_unlocked(
        &mut self,
        outcome: Result<(), Problem>,
        reply: Reply<()>,
    ) {
        match &outcome {
            Ok(()) => self.keychain_is_back().await,
            Err(problem) => {
                self.set_keychain(KeychainState::Locked);
                self.note_keychain(problem);
            }
        }
        answer(reply, outcome);
    }

    async fn keychain_is_back(&mut self) {
        self.look_at = None;
        self.set_keychain(KeychainState::Available);
        let ids: Vec<ConnectionId> = self
            .entries
            .iter()
            .map(|entry| entry.connection.id)
            .collect();
        for id in ids {
            // What became of an interrupted renewal is found out before the connection is called well
            // again (SECURITY 108).
            let event = if self.awaits_keychain_for_interrupted(id) {
                Event::RenewalWanted(Wanted::ByChange)
            } else {
                Event::KeychainBack
            };
            self.apply(id, event).await;
            let now = self.ports.clock.now();
            if let Ok(entry) = self.entry(id)
                && entry.connection.condition == Condition::Active
            {
                entry.resume_interrupted(now);
            }
        }
    }

    /// Tells whether only the keychain was in the way of finding out about an interrupted renewal.
    fn awaits_keychain_for_interrupted(&self, id: ConnectionId) -> bool {
        let entry = self.entries.iter().find(|entry| entry.connection.id == id);
        let waits = entry.is_some_and(|entry| {
            let condition = &entry.connection.condition;
            entry.interrupted && matches!(condition, Condition::Keychain { unsaved: false, .. })
        });
        waits && !self.is_held_up(id)
    }

    /// Notes what a failed call says about the keychain. Other problems say nothing.
    pub(super) fn note_keychain(&mut self, problem: &Problem) {
        let (code, detail) = (problem.code, problem.detail.clone());
        let state = if matches!(
            code,
            ErrorCode::KeychainLocked | ErrorCode::KeychainDismissed
        ) {
            KeychainState::Locked
        } else if code == ErrorCode::KeychainMissing {
            KeychainState::Missing(detail)
        } else if matches!(
            code,
            ErrorCode::KeychainFailed | ErrorCode::KeychainTimedOut
        ) {
            KeychainState::Failed(detail)
        } else {
            return;
        };
        let silent = code == ErrorCode::KeychainTimedOut;
        self.look_at = silent.then(|| self.ports.clock.now().after(SILENCE));
        // While the prompt is open, a call that finds the keychain locked says nothing new.
        if self.keychain != KeychainState::Unlocking || state != KeychainState::Locked {
            self.set_keychain(state);
        }
    }

    /// Notes that a call succeeded. What was in the way of all is over for all.
    pub(super) fn keychain_works(&mut self) {
        if self.keychain != KeychainState::Available {
            self.look_at_keychain();
        }
        self.set_keychain(KeychainState::Available);
    }

    fn set_keychain(&mut self, state: KeychainState) {
        if self.keychain != state {
            self.keychain = state.clone();
            self.publish(&Update::Keychain(state));
        }
    }
}
