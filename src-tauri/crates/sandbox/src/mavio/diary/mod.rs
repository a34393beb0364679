//! What the pretend Mavio has of the pretend users: meetings, summaries, action items.
//!
//! There is one table of meetings; each user sees those they take part in, so that what two of them
//! share is the same. Times are reckoned from the clock at every request: a demonstration looks fresh
//! whenever it is held, and ids stay the same.

mod entries;
mod guests;
mod notes;

use std::cmp::Reverse;

pub(super) use entries::{Entry, Outcome};
pub(super) use guests::Guest;
pub(super) use notes::{Decision, Due, Item, Notes, Status, Topic};

use self::entries::{ENTRIES, When};
use super::calendar::{Date, minutes_after, quarter_before};

/// A meeting with its times, in milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Meeting {
    pub(super) entry: &'static Entry,
    /// When it began, or will.
    pub(super) starts_at: i64,
    /// The day of the request.
    pub(super) today: Date,
}

impl Meeting {
    pub(super) fn ends_at(&self) -> i64 {
        minutes_after(self.starts_at, self.entry.minutes)
    }

    /// What was written down of it, if that is done.
    pub(super) fn notes(&self) -> Option<&'static Notes> {
        match self.entry.outcome {
            Outcome::Completed(notes) => notes,
            Outcome::Planned | Outcome::Processing | Outcome::Failed => None,
        }
    }

    /// The day on which an item of it is due.
    pub(super) fn due(&self, due: Due) -> Date {
        let mut date = match due {
            Due::FromToday(days) => self.today.plus(days),
            Due::AfterMeeting(days) => Date::of(self.starts_at).plus(days),
        };
        while !date.is_workday() {
            date = date.plus(1);
        }
        date
    }
}

/// The meetings of a user, newest first, planned ones before all.
pub(super) fn meetings_of(user: &str, now: i64) -> Vec<Meeting> {
    let today = Date::of(now);
    let mut meetings: Vec<Meeting> = ENTRIES
        .iter()
        .filter(|entry| entry.people.iter().any(|guest| guest.id == user))
        .map(|entry| Meeting {
            entry,
            starts_at: starts_at(entry.when, today, now),
            today,
        })
        .collect();
    meetings.sort_by_key(|meeting| Reverse(meeting.starts_at));
    meetings
}

fn starts_at(when: When, today: Date, now: i64) -> i64 {
    match when {
        When::MinutesAgo(minutes) => quarter_before(now, minutes),
        When::LastWorkday { hour } => today.last_workday().at(hour, 0),
        When::Next { weekday, hour } => today.next(weekday).at(hour, 0),
        // The first such day of the seven before today is the last one there was.
        When::WeeksAgo {
            weeks,
            weekday,
            hour,
        } => {
            let last = today.plus(-8).next(weekday);
            last.plus(-7 * (weeks - 1)).at(hour, 0)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Twice an hour for two weeks, from 1 November 2026.
    fn moments() -> impl Iterator<Item = i64> {
        (0..14 * 48).map(|half_hour| 1_793_491_200_000 + half_hour * 1_800_000)
    }

    fn items(meetings: &[Meeting]) -> Vec<&'static Item> {
        let notes = meetings.iter().filter_map(Meeting::notes);
        notes.flat_map(|notes| notes.items).collect()
    }

    #[test]
    fn every_meeting_lies_where_its_outcome_says_at_any_time() {
        for now in moments() {
            for user in ["ada", "grace"] {
                for meeting in meetings_of(user, now) {
                    let over = meeting.ends_at() <= now;
                    let planned = matches!(meeting.entry.outcome, Outcome::Planned);
                    let ahead = meeting.starts_at > now;
                    assert_eq!((planned, !planned), (ahead, over), "{meeting:?} at {now}");
                }
            }
        }
    }

    #[test]
    fn the_newest_meeting_that_began_is_hosted_by_its_user_at_any_time() {
        for now in moments() {
            for user in ["ada", "grace"] {
                let meetings = meetings_of(user, now);
                let newest = meetings.iter().find(|meeting| meeting.starts_at <= now);
                let host = newest.map(|meeting| meeting.entry.people[0].id);
                assert_eq!(host, Some(user), "at {now}");
            }
        }
    }

    #[test]
    fn the_five_newest_completed_meetings_have_summaries_at_any_time() {
        for now in moments() {
            let meetings = meetings_of("ada", now);
            let completed = meetings
                .iter()
                .filter(|meeting| matches!(meeting.entry.outcome, Outcome::Completed(_)));
            let summed_up = completed
                .take(5)
                .filter(|meeting| meeting.notes().is_some());
            assert_eq!(summed_up.count(), 5, "at {now}");
        }
    }

    #[test]
    fn adas_open_items_lie_on_both_pages_of_twenty_at_any_time() {
        for now in moments() {
            let items = items(&meetings_of("ada", now));
            assert_eq!(items.len(), 30);
            let open = |items: &[&Item]| {
                let open = items.iter().filter(|item| item.status != Status::Completed);
                open.count()
            };
            assert_eq!((open(&items[..20]), open(&items[20..])), (6, 3), "at {now}");
        }
    }

    #[test]
    fn each_user_has_the_meetings_they_take_part_in() {
        let now = 1_793_491_200_000;
        let keys = |user| -> BTreeSet<&str> {
            let meetings = meetings_of(user, now);
            meetings.iter().map(|meeting| meeting.entry.key).collect()
        };
        let (ada, grace) = (keys("ada"), keys("grace"));

        assert_eq!((ada.len(), grace.len()), (27, 13));
        assert_eq!(ada.intersection(&grace).count(), 9);
        assert!(keys("noor").is_empty());
        assert_eq!(ada.union(&grace).count(), ENTRIES.len(), "keys are unique");
    }
}
