//! Meetings, their decisions, and what is left to do after them.

use super::date::read_day;
use crate::grant::is_scope;
use crate::text::plain;
use crate::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cmp::Reverse;
use std::time::Duration;

/// The longest title, of a meeting or an action item, in characters; longer ones are cut.
pub const LONGEST_TITLE: usize = 200;
/// The longest overview of a meeting, in characters; longer ones are cut.
pub const LONGEST_OVERVIEW: usize = 4_000;
/// The longest decision, in characters; longer ones are cut.
pub const LONGEST_DECISION: usize = 500;
/// The longest name, of a person or a platform, in characters; longer ones are cut.
pub const LONGEST_NAME: usize = 100;
/// The longest e-mail address, in bytes (RFC 5321 §4.5.3.1.3 less its brackets); longer ones
/// are none.
pub const LONGEST_ADDRESS: usize = 254;
/// So many meetings are kept.
pub const MOST_MEETINGS: usize = 10;
/// So many decisions of each meeting are kept.
pub const MOST_DECISIONS: usize = 10;
/// So many open action items are kept.
pub const MOST_OPEN_ITEMS: usize = 50;
/// So many scopes can be withheld: as many as there are endpoints that are read, and some more.
const MOST_WITHHELD: usize = 8;
/// A meeting that lasts longer is a mistake.
const LONGEST_MEETING: Duration = Duration::from_secs(31 * 24 * 3600);

/// What an account's meetings came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Meetings {
    /// Those that began, newest first; those without a time last. At most [`MOST_MEETINGS`].
    pub latest: Vec<Meeting>,
    /// What is left to do: due ones first, then by priority. At most [`MOST_OPEN_ITEMS`].
    pub open_items: Vec<ActionItem>,
    /// Whether there are, or may be, more open items than these.
    pub more_items: bool,
    /// The scopes for lack of which the API refused to answer.
    pub withheld: Vec<String>,
    /// The e-mail address of whoever hosted the newest meeting: a suggestion for the account's
    /// name, no proof of whose it is.
    pub host: Option<String>,
}

/// One meeting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Meeting {
    /// What it is called.
    pub title: Option<String>,
    /// When it began.
    #[serde(with = "millis")]
    pub started_at: Option<Timestamp>,
    /// How long it took.
    #[serde(with = "seconds")]
    pub duration: Option<Duration>,
    /// Where it took place, in the provider's own word for it.
    pub platform: Option<String>,
    /// How many took part.
    pub participants: u32,
    /// The provider's overview of it, with line feeds.
    pub overview: Option<String>,
    /// What was decided. At most [`MOST_DECISIONS`].
    pub decisions: Vec<Decision>,
}

/// One decision of a meeting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Decision {
    /// What was decided; never empty.
    pub text: String,
    /// Who decided it.
    pub decided_by: Option<String>,
}

/// Something that is left to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ActionItem {
    /// What it is.
    pub title: Option<String>,
    /// Whose it is.
    pub assignee: Option<String>,
    /// The day it is due, as `YYYY-MM-DD`.
    pub due: Option<String>,
    /// How much it matters.
    pub priority: Option<Priority>,
    /// Whether somebody has begun.
    pub in_progress: bool,
    /// The title of the meeting it comes from.
    pub meeting: Option<String>,
}

/// How much an action item matters; the first matters most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Priority {
    High,
    Medium,
    Low,
}

impl Meetings {
    /// Tells whether it has nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.latest.is_empty() && self.open_items.is_empty() && self.withheld.is_empty()
    }

    /// Strips and cuts every text, drops what is then empty, sorts and cuts the lists. Doing it
    /// again changes nothing.
    pub(super) fn tidy(mut self) -> Self {
        // Cut before anything is stripped: a list of thousands costs no more than it has to.
        self.latest
            .sort_by_key(|meeting| Reverse(meeting.started_at));
        self.latest.truncate(MOST_MEETINGS);
        let mut open_items: Vec<_> = self.open_items.into_iter().map(ActionItem::tidy).collect();
        open_items.sort_by(|one, other| one.urgency().cmp(&other.urgency()));
        let more_items = self.more_items || open_items.len() > MOST_OPEN_ITEMS;
        open_items.truncate(MOST_OPEN_ITEMS);
        self.withheld.retain(|scope| is_scope(scope));
        self.withheld.truncate(MOST_WITHHELD);
        Self {
            latest: self.latest.into_iter().map(Meeting::tidy).collect(),
            open_items,
            more_items,
            withheld: self.withheld,
            host: self.host.as_deref().and_then(address),
        }
    }
}

impl Meeting {
    fn tidy(self) -> Self {
        let decisions = self.decisions.iter().filter_map(Decision::tidy);
        Self {
            title: line(self.title, LONGEST_TITLE),
            duration: self
                .duration
                .filter(|duration| (Duration::from_secs(1)..=LONGEST_MEETING).contains(duration)),
            platform: line(self.platform, LONGEST_NAME),
            overview: self
                .overview
                .and_then(|text| shown(&text, LONGEST_OVERVIEW, true)),
            decisions: decisions.take(MOST_DECISIONS).collect(),
            started_at: self.started_at,
            participants: self.participants,
        }
    }
}

impl Decision {
    fn tidy(&self) -> Option<Self> {
        Some(Self {
            text: shown(&self.text, LONGEST_DECISION, false)?,
            decided_by: line(self.decided_by.clone(), LONGEST_NAME),
        })
    }
}

impl ActionItem {
    fn tidy(self) -> Self {
        Self {
            title: line(self.title, LONGEST_TITLE),
            assignee: line(self.assignee, LONGEST_NAME),
            due: self.due.as_deref().and_then(read_day),
            priority: self.priority,
            in_progress: self.in_progress,
            meeting: line(self.meeting, LONGEST_TITLE),
        }
    }

    /// What comes first is the least: the earliest day, none last; then the highest priority,
    /// none last.
    fn urgency(&self) -> (bool, Option<&str>, bool, Option<Priority>) {
        let due = self.due.as_deref();
        (due.is_none(), due, self.priority.is_none(), self.priority)
    }
}

/// Takes an e-mail address that may be shown as the name of an account; anything that doesn't
/// look like one, is too long or has to be stripped is none.
#[must_use]
pub fn address(text: &str) -> Option<String> {
    let text = text.trim();
    let (local, domain) = text.rsplit_once('@')?;
    let fits = !local.is_empty()
        && !domain.is_empty()
        && text.len() <= LONGEST_ADDRESS
        && !text.contains(char::is_whitespace)
        && plain(text, LONGEST_ADDRESS, false) == text;
    fits.then(|| text.to_owned())
}

fn line(text: Option<String>, longest: usize) -> Option<String> {
    text.and_then(|text| shown(&text, longest, false))
}

fn shown(text: &str, longest: usize, multiline: bool) -> Option<String> {
    let text = plain(text.trim(), longest, multiline);
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A time as milliseconds; one out of range is absent.
mod millis {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Timestamp};

    pub(super) fn serialize<S: Serializer>(
        time: &Option<Timestamp>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        time.map(Timestamp::millis).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        let millis = Option::<i64>::deserialize(deserializer)?;
        Ok(millis.and_then(|millis| {
            let time = Timestamp::from_millis(millis);
            (time.millis() == millis).then_some(time)
        }))
    }
}

/// A duration as whole seconds.
mod seconds {
    use super::{Deserialize, Deserializer, Duration, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        duration
            .map(|duration| duration.as_secs())
            .serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let seconds = Option::<u64>::deserialize(deserializer)?;
        Ok(seconds.map(Duration::from_secs))
    }
}
