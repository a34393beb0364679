//! The table of pretend meetings.
//!
//! Hazard: the tests of this folder hold for any time of any week; a meeting that is added has to keep
//! to them, above all that a user's newest meeting is hosted by themselves.

use super::guests::{
    ADA, GRACE, Guest, HANNAH, JONAS, LENA, MATEO, MEI, OSKAR, PRIYA, SOFIA, TOMAS,
};
use super::notes::{self, Notes};
use crate::mavio::calendar::Weekday::{self, Friday, Monday, Thursday, Tuesday, Wednesday};

/// A meeting, its time still relative.
#[derive(Debug)]
pub(in crate::mavio) struct Entry {
    /// What its ids are made of.
    pub(in crate::mavio) key: &'static str,
    pub(in crate::mavio) title: &'static str,
    pub(super) when: When,
    /// How long it lasts.
    pub(in crate::mavio) minutes: i64,
    pub(in crate::mavio) platform: &'static str,
    /// Who takes part; the first is the host.
    pub(in crate::mavio) people: &'static [Guest],
    pub(in crate::mavio) outcome: Outcome,
}

/// What has become of a meeting.
#[derive(Debug, Clone, Copy)]
pub(in crate::mavio) enum Outcome {
    Planned,
    /// It is over, its summary isn't written yet.
    Processing,
    Completed(Option<&'static Notes>),
    /// The recording was lost.
    Failed,
}

/// A start relative to the time of the request. Hours are in UTC.
#[derive(Debug, Clone, Copy)]
pub(super) enum When {
    MinutesAgo(i64),
    LastWorkday {
        hour: i64,
    },
    /// On the first such day after today.
    Next {
        weekday: Weekday,
        hour: i64,
    },
    /// On such a day before today; 1 is the last one.
    WeeksAgo {
        weeks: i64,
        weekday: Weekday,
        hour: i64,
    },
}

const MEET: &str = "google_meet";
const TEAMS: &str = "microsoft_teams";
const ZOOM: &str = "zoom";

/// A meeting that is held every week.
struct Series {
    title: &'static str,
    weekday: Weekday,
    hour: i64,
    minutes: i64,
    platform: &'static str,
    people: &'static [Guest],
}

impl Series {
    const fn past(&self, key: &'static str, weeks: i64, notes: Option<&'static Notes>) -> Entry {
        let (weekday, hour) = (self.weekday, self.hour);
        let when = When::WeeksAgo {
            weeks,
            weekday,
            hour,
        };
        self.entry(key, when, Outcome::Completed(notes))
    }

    const fn next(&self, key: &'static str) -> Entry {
        let (weekday, hour) = (self.weekday, self.hour);
        self.entry(key, When::Next { weekday, hour }, Outcome::Planned)
    }

    const fn entry(&self, key: &'static str, when: When, outcome: Outcome) -> Entry {
        Entry {
            key,
            title: self.title,
            when,
            minutes: self.minutes,
            platform: self.platform,
            people: self.people,
            outcome,
        }
    }
}

const REVIEW: Series = Series {
    title: "Project Difference review",
    weekday: Tuesday,
    hour: 14,
    minutes: 45,
    platform: MEET,
    people: &[ADA, TOMAS, GRACE, PRIYA],
};

const SYNC: Series = Series {
    title: "Analytical Engine team sync",
    weekday: Monday,
    hour: 10,
    minutes: 30,
    platform: MEET,
    people: &[ADA, TOMAS, MEI, JONAS, SOFIA],
};

const PRIYA_AND_ADA: Series = Series {
    title: "Ada and Priya, one to one",
    weekday: Thursday,
    hour: 11,
    minutes: 30,
    platform: MEET,
    people: &[ADA, PRIYA],
};

const HARTMANN: Series = Series {
    title: "Hartmann Logistics check-in",
    weekday: Wednesday,
    hour: 13,
    minutes: 40,
    platform: TEAMS,
    people: &[ADA, LENA, JONAS],
};

const INVOICES: Series = Series {
    title: "Invoice screens walkthrough",
    weekday: Wednesday,
    hour: 15,
    minutes: 50,
    platform: ZOOM,
    people: &[GRACE, ADA, MATEO],
};

/// Every meeting there is.
pub(super) static ENTRIES: &[Entry] = &[
    REVIEW.next("review_next"),
    REVIEW.past("review_1", 1, Some(&notes::REVIEW_1)),
    REVIEW.past("review_2", 2, Some(&notes::REVIEW_2)),
    REVIEW.past("review_3", 3, Some(&notes::REVIEW_3)),
    REVIEW.past("review_4", 4, None),
    REVIEW.past("review_5", 5, None),
    REVIEW.past("review_6", 6, None),
    SYNC.next("sync_next"),
    SYNC.past("sync_1", 1, Some(&notes::SYNC_1)),
    SYNC.past("sync_2", 2, Some(&notes::SYNC_2)),
    SYNC.past("sync_3", 3, None),
    SYNC.past("sync_4", 4, None),
    SYNC.past("sync_5", 5, None),
    PRIYA_AND_ADA.next("priya_next"),
    PRIYA_AND_ADA.past("priya_1", 1, Some(&notes::PRIYA_1)),
    PRIYA_AND_ADA.past("priya_2", 2, None),
    PRIYA_AND_ADA.past("priya_3", 3, None),
    PRIYA_AND_ADA.past("priya_4", 4, None),
    PRIYA_AND_ADA.past("priya_5", 5, None),
    HARTMANN.past("hartmann_1", 1, Some(&notes::HARTMANN_1)),
    HARTMANN.past("hartmann_3", 3, None),
    INVOICES.past("invoices_3", 3, Some(&notes::INVOICES_3)),
    INVOICES.past("invoices_5", 5, None),
    Entry {
        key: "load_test",
        title: "Load test of the billing service",
        when: When::MinutesAgo(50),
        minutes: 30,
        platform: MEET,
        people: &[ADA, TOMAS, SOFIA],
        outcome: Outcome::Processing,
    },
    Entry {
        key: "rounding",
        title: "Rounding rules with finance",
        when: When::LastWorkday { hour: 16 },
        minutes: 35,
        platform: MEET,
        people: &[ADA, OSKAR, TOMAS],
        outcome: Outcome::Completed(Some(&notes::ROUNDING)),
    },
    Entry {
        key: "side_by_side",
        title: "Old and new billing side by side",
        when: When::WeeksAgo {
            weeks: 5,
            weekday: Wednesday,
            hour: 16,
        },
        minutes: 60,
        platform: MEET,
        people: &[ADA, TOMAS, PRIYA, MEI],
        outcome: Outcome::Completed(Some(&notes::SIDE_BY_SIDE)),
    },
    Entry {
        key: "late_invoices",
        title: "What went wrong with the late invoices",
        when: When::WeeksAgo {
            weeks: 4,
            weekday: Friday,
            hour: 15,
        },
        minutes: 45,
        platform: MEET,
        people: &[ADA, MEI, JONAS, SOFIA],
        outcome: Outcome::Failed,
    },
    Entry {
        key: "icon_set",
        title: "Icon set of the component library",
        when: When::MinutesAgo(180),
        minutes: 30,
        platform: ZOOM,
        people: &[GRACE, MATEO, HANNAH],
        outcome: Outcome::Completed(Some(&notes::ICON_SET)),
    },
    Entry {
        key: "interviews",
        title: "Questions for the customer interviews",
        when: When::WeeksAgo {
            weeks: 1,
            weekday: Thursday,
            hour: 9,
        },
        minutes: 45,
        platform: ZOOM,
        people: &[GRACE, MATEO],
        outcome: Outcome::Completed(Some(&notes::INTERVIEWS)),
    },
    Entry {
        key: "booking_flow",
        title: "First numbers of the booking flow",
        when: When::WeeksAgo {
            weeks: 2,
            weekday: Friday,
            hour: 10,
        },
        minutes: 30,
        platform: ZOOM,
        people: &[GRACE, HANNAH],
        outcome: Outcome::Completed(None),
    },
    Entry {
        key: "hannah_next",
        title: "Grace and Hannah, one to one",
        when: When::Next {
            weekday: Wednesday,
            hour: 9,
        },
        minutes: 30,
        platform: ZOOM,
        people: &[GRACE, HANNAH],
        outcome: Outcome::Planned,
    },
];
