//! Notices that the wall clock was set back, and moves what is recorded with it (SECURITY 63).
//!
//! Only backwards: a wall clock that is ahead of the other one may have been set, or the other
//! one may not have counted a suspend, and then time has really passed.

use super::Actor;
use super::entry::Entry;
use keyfob_domain::connection::Condition;
use keyfob_domain::id::ConnectionId;
use keyfob_domain::time::{Moment, Timestamp};
use std::time::Duration;

/// Smaller steps back are a time service's corrections, and harm nobody.
const SMALLEST_STEP: Duration = Duration::from_secs(1);

/// What both clocks showed when they were last looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    wall: Timestamp,
    moment: Moment,
}

impl Seen {
    pub(super) fn new(wall: Timestamp, moment: Moment) -> Self {
        Self { wall, moment }
    }

    /// Looks at both clocks and gives by how much the wall clock was set back since.
    fn look(&mut self, wall: Timestamp, moment: Moment) -> Option<Duration> {
        let expected = self.wall.after(moment.since(self.moment));
        *self = Self { wall, moment };
        Some(expected.since(wall)).filter(|step| *step >= SMALLEST_STEP)
    }
}

impl Actor {
    /// Looks at the clocks; whatever happens next is judged by right times.
    pub(super) async fn mind_the_clock(&mut self) {
        let clock = &self.ports.clock;
        let Some(step) = self.clocks.look(clock.now(), clock.moment()) else {
            return;
        };
        tracing::warn!(seconds = step.as_secs(), "the clock was set back");
        for open in &mut self.attempts {
            open.started_at = open.started_at.before(step);
            open.ends_at = open.ends_at.before(step);
        }
        let back = |at: Timestamp| at.before(step);
        self.look_at = self.look_at.map(back);
        for entry in &mut self.entries {
            entry.connection.clock_set_back(step);
            entry.summary.next_try_at = entry.summary.next_try_at.map(back);
            if let Some(last) = &mut entry.summary.last {
                last.as_of = back(last.as_of);
            }
        }
        // The row of one that is being revoked may be gone already, and has to stay gone.
        let kept = |entry: &&Entry| entry.connection.condition != Condition::Revoking;
        let connections = self.entries.iter().filter(kept);
        let ids: Vec<ConnectionId> = connections.map(|entry| entry.connection.id).collect();
        for id in ids {
            self.save_row(id).await;
            self.publish_connection(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clock_that_goes_back_by_a_second_or_more_was_set_back() {
        let start = 1_780_000_000_000;
        // What the wall clock does while a minute passes, in milliseconds.
        for (row, wall, expected) in [
            ("a minute", 60_000, None),
            ("set forward an hour", 3_660_000, None),
            ("slewed by half a second", 59_500, None),
            ("stepped back a second", 59_000, Some(1_000)),
            ("set back an hour", -3_540_000, Some(3_600_000)),
        ] {
            let mut seen = Seen::new(
                Timestamp::from_millis(start),
                Moment::from_start(Duration::from_secs(5)),
            );
            let later = Moment::from_start(Duration::from_secs(65));
            let step = seen.look(Timestamp::from_millis(start + wall), later);
            assert_eq!(step, expected.map(Duration::from_millis), "{row}");
            let again = seen.look(Timestamp::from_millis(start + wall), later);
            assert_eq!(again, None, "{row}: it is noticed once");
        }
    }
}
