//! What a missing network means for a connection: nothing, until a token is really needed.

use super::{Condition, Connection, Effect};
use crate::error::ErrorCode;
use crate::refresh::usable_until;
use crate::time::Timestamp;

impl Connection {
    /// Tells whether what is due or wanted next would begin a request at the provider, as opposed
    /// to joining one, saving what is in memory, or ending in a sign-in.
    #[must_use]
    pub fn would_ask_provider(&self) -> bool {
        match self.condition {
            Condition::Active
            | Condition::Waiting { .. }
            | Condition::Keychain { unsaved: false, .. } => self.life.renewable,
            Condition::Keychain { unsaved: true, .. }
            | Condition::Renewing
            | Condition::NeedsSignIn { .. }
            | Condition::Revoking => false,
        }
    }

    /// Gives the first time at which the present token may no longer be handed out; `None` for
    /// one that only a 401 ends.
    #[must_use]
    pub fn usable_until(&self) -> Option<Timestamp> {
        usable_until(self.life.expiry)
    }

    /// A renewal is not begun, or put back from the line: it is due until there is a network.
    pub(super) fn no_network(&mut self, asked: bool, now: Timestamp) -> Vec<Effect> {
        let is_due = self.due_at.is_some_and(|due_at| due_at <= now);
        let shown = match &self.condition {
            Condition::Renewing => false,
            // The wait before the next try goes on, network or not (SECURITY 60).
            _ if self.failures > 0 && !is_due => return Vec::new(),
            Condition::Active => false,
            Condition::Waiting { problem, .. } if problem.code == ErrorCode::Offline => {
                return Vec::new();
            }
            Condition::Waiting { .. } => true,
            Condition::Keychain { .. } | Condition::NeedsSignIn { .. } | Condition::Revoking => {
                return Vec::new();
            }
        };
        // What only the user can correct is no less wrong without a network.
        if self.needs().is_some() {
            return Vec::new();
        }
        let due_at = self.due_at.map_or(now, |due_at| due_at.min(now));
        let was_active = self.condition == Condition::Active;
        self.due_at = Some(due_at);
        if !asked && !shown && self.has_usable_token(now) {
            self.condition = Condition::Active;
            return if was_active {
                Vec::new()
            } else {
                vec![Effect::Publish]
            };
        }
        self.condition = Condition::Waiting {
            problem: ErrorCode::Offline.into(),
            next_try_at: due_at,
        };
        vec![Effect::Publish]
    }
}
