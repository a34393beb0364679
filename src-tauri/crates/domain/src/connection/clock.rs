//! What a wall clock that was set means for the times of a connection (SECURITY 63).
//!
//! A clock that was set forward looks like time that has passed: tokens seem older than they are
//! and are renewed once. One that was set back would make dead tokens look alive, and put due
//! times years away: then the times have to move with it.

use super::{Condition, Connection, Obtained};
use crate::error::ErrorCode;
use crate::refresh::Expiry;
use crate::time::Timestamp;
use std::time::Duration;

impl Connection {
    /// Moves every time of it, after the wall clock was set back by this much while the program
    /// ran. What is left of the token, and of any wait, stays what it was.
    pub fn clock_set_back(&mut self, by: Duration) {
        let back = |at: &mut Timestamp| *at = at.before(by);
        let life = &mut self.life;
        back(&mut life.connected_at);
        back(&mut life.obtained_at);
        life.renewed_at.iter_mut().for_each(back);
        if let Expiry::At { at, .. } = &mut life.expiry {
            back(at);
        }
        life.grant_end = life.grant_end.map(|end| end.before(by));
        self.tried_at.iter_mut().for_each(back);
        self.due_at.iter_mut().for_each(back);
        if let Condition::Waiting { next_try_at, .. } = &mut self.condition {
            back(next_try_at);
        }
    }

    /// Looks over the times of a connection that was stored by an earlier process: the clock may
    /// have been set back since. A wait that was begun in the future begins now, a token that was
    /// obtained there is due, as nobody knows its age, and what was due without a network still is.
    pub fn look_over(&mut self, now: Timestamp) {
        let ahead = self.tried_at.map(|at| at.since(now)).unwrap_or_default();
        if self.failures > 0 && !ahead.is_zero() {
            self.due_at = self.due_at.map(|at| at.before(ahead));
            if let Condition::Waiting { next_try_at, .. } = &mut self.condition {
                *next_try_at = next_try_at.before(ahead);
            }
        }
        self.tried_at = self.tried_at.map(|at| at.min(now));
        let is_over = matches!(self.condition, Condition::NeedsSignIn { .. });
        if self.failures == 0 && self.is_from_the_future(now) && !is_over {
            self.due_at = Some(now);
        }
        self.stays_due(now);
    }

    /// What waits for a network has been due since the moment it is said to be due at, also when a
    /// clock that was set back makes a time to come of it.
    fn stays_due(&mut self, now: Timestamp) {
        if let Condition::Waiting {
            problem,
            next_try_at,
        } = &mut self.condition
            && problem.code == ErrorCode::Offline
        {
            *next_try_at = (*next_try_at).min(now);
            self.due_at = self.due_at.map(|at| at.min(now));
        }
    }

    /// Tells whether its token was obtained in the future, as it seems after the clock was set back,
    /// so that nobody knows its age, and whether it can be renewed.
    pub(super) fn is_from_the_future(&self, now: Timestamp) -> bool {
        self.life.renewable && self.life.obtained_at > now && !self.has_usable_token(now)
    }
}

impl Obtained {
    /// Lets the life of an answer whose request was started in the future, as it seems after the
    /// clock was set back meanwhile, begin now: wrong by a request's length at most.
    pub(super) fn no_later_than(self, now: Timestamp) -> Self {
        let ahead = self.obtained_at.since(now);
        let expiry = match self.expiry {
            Expiry::At {
                at,
                lifetime,
                assumed,
            } => Expiry::At {
                at: at.before(ahead),
                lifetime,
                assumed,
            },
            Expiry::Never => Expiry::Never,
        };
        Self {
            obtained_at: self.obtained_at.before(ahead),
            expiry,
            grant_end: self.grant_end.map(|end| end.before(ahead)),
            ..self
        }
    }
}
