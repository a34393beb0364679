//! What was written down of the pretend meetings. It fits what Mio knows of the same people.

mod design;
mod project;
mod team;

pub(super) use design::{ICON_SET, INTERVIEWS, INVOICES_3};
pub(super) use project::{REVIEW_1, REVIEW_2, REVIEW_3, ROUNDING, SIDE_BY_SIDE};
pub(super) use team::{HARTMANN_1, PRIYA_1, SYNC_1, SYNC_2};

use super::guests::Guest;

/// The summary of a meeting.
#[derive(Debug)]
pub(in crate::mavio) struct Notes {
    pub(in crate::mavio) overview: &'static str,
    pub(in crate::mavio) agenda: &'static [Topic],
    pub(in crate::mavio) decisions: &'static [Decision],
    pub(in crate::mavio) items: &'static [Item],
}

/// A part of a meeting.
#[derive(Debug)]
pub(in crate::mavio) struct Topic {
    pub(in crate::mavio) title: &'static str,
    pub(in crate::mavio) summary: &'static str,
    pub(in crate::mavio) minutes: i64,
}

/// Something that was decided.
#[derive(Debug)]
pub(in crate::mavio) struct Decision {
    pub(in crate::mavio) description: &'static str,
    pub(in crate::mavio) decided_by: Guest,
    pub(in crate::mavio) context: &'static str,
}

/// A task.
#[derive(Debug)]
pub(in crate::mavio) struct Item {
    pub(in crate::mavio) title: &'static str,
    pub(in crate::mavio) status: Status,
    /// `high`, `medium` or `low`.
    pub(in crate::mavio) priority: &'static str,
    pub(in crate::mavio) assignee: Option<Guest>,
    pub(in crate::mavio) due: Option<Due>,
}

/// How far a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mavio) enum Status {
    Pending,
    InProgress,
    Completed,
}

/// When a task is due, in days; a weekend moves it to the Monday after.
#[derive(Debug, Clone, Copy)]
pub(in crate::mavio) enum Due {
    FromToday(i64),
    AfterMeeting(i64),
}

const fn topic(minutes: i64, title: &'static str, summary: &'static str) -> Topic {
    Topic {
        title,
        summary,
        minutes,
    }
}

const fn decision(by: Guest, description: &'static str, context: &'static str) -> Decision {
    Decision {
        description,
        decided_by: by,
        context,
    }
}

const fn item(
    title: &'static str,
    status: Status,
    priority: &'static str,
    assignee: Option<Guest>,
    due: Option<Due>,
) -> Item {
    Item {
        title,
        status,
        priority,
        assignee,
        due,
    }
}
