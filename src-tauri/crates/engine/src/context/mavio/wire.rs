//! Reads what Mavio's API answers. Nothing here sends, waits or looks at a clock.
//!
//! Hazard: whoever can invite the user to a meeting writes some of it. An entry or a member that
//! isn't what it should be costs itself and nothing beside it; texts are stripped and cut where
//! [`keyfob_domain::summary::Content`] takes them.

use keyfob_domain::summary::{ActionItem, Decision, Meeting, Priority, read_day, read_instant};
use keyfob_domain::time::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::time::Duration;

/// So many entries of one list are read; whatever asked for a hundred and gets more is odd enough.
const MOST_ENTRIES: usize = 10_000;

/// One page of a list.
#[derive(Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What could be read of it.
    pub entries: Vec<Listed<T>>,
    /// How many entries it had, readable or not: so far does the next page lie.
    pub received: usize,
    /// Whether another one follows.
    pub has_more: bool,
}

/// An entry with its id, for entries that move from one page to the next while they are read.
#[derive(Debug, PartialEq, Eq)]
pub struct Listed<T> {
    /// Its id, as it came.
    pub id: Option<String>,
    /// What could be read of it.
    pub entry: T,
}

/// A meeting as it is listed; what was said in it is elsewhere.
#[derive(Debug, PartialEq, Eq)]
pub struct ListedMeeting {
    /// What is known of it.
    pub meeting: Meeting,
    /// How far it has come.
    pub status: MeetingStatus,
    /// Fits into a path as it is.
    pub summary_id: Option<String>,
    /// The e-mail address of its host, as it came.
    pub host: Option<String>,
}

/// How far a meeting has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeetingStatus {
    /// Yet to come.
    Scheduled,
    /// In progress, or being processed.
    Begun,
    /// Over.
    Completed,
    /// Failed, absent, or a word that isn't documented.
    Unclear,
}

impl ListedMeeting {
    /// Tells whether it has begun: as its status says, or, where that says nothing, its time.
    #[must_use]
    pub fn has_begun(&self, now: Timestamp) -> bool {
        match self.status {
            MeetingStatus::Scheduled => false,
            MeetingStatus::Begun | MeetingStatus::Completed => true,
            MeetingStatus::Unclear => self.meeting.started_at.is_some_and(|at| at <= now),
        }
    }

    /// Gives the id of its summary, once there is one to read.
    #[must_use]
    pub fn finished_summary(&self) -> Option<&str> {
        (self.status == MeetingStatus::Completed)
            .then_some(self.summary_id.as_deref())
            .flatten()
    }
}

/// What was said in a meeting.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct MeetingSummary {
    /// The provider's overview of it.
    pub overview: Option<String>,
    /// What was decided.
    pub decisions: Vec<Decision>,
}

/// Reads a page of meetings; `None` when it has no list.
#[must_use]
pub fn meetings(answer: &[u8]) -> Option<Page<ListedMeeting>> {
    page(answer, |raw| {
        let entry: MeetingWire<'_> = object(raw)?;
        Some((text(entry.id), meeting(&entry)))
    })
}

/// Reads a page of action items and keeps the open ones; `None` when it has no list.
#[must_use]
pub fn open_items(answer: &[u8]) -> Option<Page<ActionItem>> {
    page(answer, |raw| {
        let entry: ItemWire<'_> = object(raw)?;
        Some((text(entry.id), open_item(&entry)?))
    })
}

/// Reads a summary; `None` when it isn't even an object.
#[must_use]
pub fn summary(answer: &[u8]) -> Option<MeetingSummary> {
    let summary: SummaryWire<'_> = document(answer)?;
    let decision = |raw| {
        let decision: DecisionWire<'_> = object(raw)?;
        Some(Decision {
            text: text(decision.description)?,
            decided_by: person(decision.decided_by),
        })
    };
    let decisions = list(summary.decisions).into_iter().filter_map(decision);
    Some(MeetingSummary {
        overview: text(summary.overview),
        decisions: decisions.take(MOST_ENTRIES).collect(),
    })
}

// Every member is kept as the JSON text it came as and read for itself: one of a wrong type is
// absent then, and nothing is built of what isn't read.

#[derive(Deserialize)]
struct PageWire<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    pagination: Option<&'a RawValue>,
}

/// `total` promises what only the pages can keep, so it isn't read.
#[derive(Default, Deserialize)]
#[serde(default)]
struct PaginationWire<'a> {
    #[serde(borrow)]
    has_more: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct MeetingWire<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    title: Option<&'a RawValue>,
    #[serde(borrow)]
    status: Option<&'a RawValue>,
    #[serde(borrow)]
    platform: Option<&'a RawValue>,
    #[serde(borrow)]
    started_at: Option<&'a RawValue>,
    #[serde(borrow)]
    duration_seconds: Option<&'a RawValue>,
    #[serde(borrow)]
    participants: Option<&'a RawValue>,
    #[serde(borrow)]
    summary_id: Option<&'a RawValue>,
}

/// A participant or an assignee.
#[derive(Default, Deserialize)]
#[serde(default)]
struct PersonWire<'a> {
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    email: Option<&'a RawValue>,
    #[serde(borrow)]
    role: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SummaryWire<'a> {
    #[serde(borrow)]
    overview: Option<&'a RawValue>,
    #[serde(borrow)]
    decisions: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DecisionWire<'a> {
    #[serde(borrow)]
    description: Option<&'a RawValue>,
    #[serde(borrow)]
    decided_by: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ItemWire<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    title: Option<&'a RawValue>,
    #[serde(borrow)]
    status: Option<&'a RawValue>,
    #[serde(borrow)]
    priority: Option<&'a RawValue>,
    #[serde(borrow)]
    assignee: Option<&'a RawValue>,
    #[serde(borrow)]
    due_date: Option<&'a RawValue>,
    #[serde(borrow)]
    meeting_title: Option<&'a RawValue>,
}

fn page<T>(
    answer: &[u8],
    read: impl Fn(&RawValue) -> Option<(Option<String>, T)>,
) -> Option<Page<T>> {
    let page: PageWire<'_> = document(answer)?;
    let listed = |raw: &&RawValue| {
        let (id, entry) = read(raw)?;
        Some(Listed { id, entry })
    };
    let pagination: PaginationWire<'_> = page.pagination.and_then(object).unwrap_or_default();
    let entries = page.data.iter().take(MOST_ENTRIES).filter_map(listed);
    Some(Page {
        entries: entries.collect(),
        received: page.data.len(),
        has_more: parsed(pagination.has_more).unwrap_or(false) && !page.data.is_empty(),
    })
}

fn meeting(entry: &MeetingWire<'_>) -> ListedMeeting {
    let participants: Vec<PersonWire<'_>> = list(entry.participants)
        .into_iter()
        .filter_map(object)
        .take(MOST_ENTRIES)
        .collect();
    let is_host = |participant: &&PersonWire<'_>| {
        text(participant.role).is_some_and(|role| role.eq_ignore_ascii_case("host"))
    };
    let status = match text(entry.status).as_deref() {
        Some("scheduled") => MeetingStatus::Scheduled,
        Some("in_progress" | "processing") => MeetingStatus::Begun,
        Some("completed") => MeetingStatus::Completed,
        Some(_) | None => MeetingStatus::Unclear,
    };
    ListedMeeting {
        meeting: Meeting {
            title: text(entry.title),
            started_at: text(entry.started_at).and_then(|text| read_instant(&text)),
            duration: parsed(entry.duration_seconds).and_then(seconds),
            platform: text(entry.platform),
            participants: u32::try_from(participants.len()).unwrap_or(u32::MAX),
            overview: None,
            decisions: Vec::new(),
        },
        status,
        summary_id: text(entry.summary_id).filter(|id| fits_path(id)),
        host: participants
            .iter()
            .find(is_host)
            .and_then(|host| text(host.email)),
    }
}

fn open_item(entry: &ItemWire<'_>) -> Option<ActionItem> {
    let in_progress = match text(entry.status)?.as_str() {
        "pending" => false,
        "in_progress" => true,
        _ => return None,
    };
    let priority = match text(entry.priority).as_deref() {
        Some("high") => Some(Priority::High),
        Some("medium") => Some(Priority::Medium),
        Some("low") => Some(Priority::Low),
        Some(_) | None => None,
    };
    Some(ActionItem {
        title: text(entry.title),
        assignee: person(entry.assignee),
        due: text(entry.due_date).and_then(|text| read_day(&text)),
        priority,
        in_progress,
        meeting: text(entry.meeting_title),
    })
}

/// A name, or an object with a name or else an e-mail address.
fn person(raw: Option<&RawValue>) -> Option<String> {
    let person = || -> Option<String> {
        let person: PersonWire<'_> = object(raw?)?;
        text(person.name)
            .filter(|name| !name.trim().is_empty())
            .or_else(|| text(person.email))
    };
    text(raw).or_else(person)
}

fn document<'a, T: Deserialize<'a>>(answer: &'a [u8]) -> Option<T> {
    object(serde_json::from_slice(answer).ok()?)
}

/// Reads an object. `serde` would take a list for one, member by member.
fn object<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Option<T> {
    raw.get()
        .starts_with('{')
        .then(|| serde_json::from_str(raw.get()).ok())
        .flatten()
}

fn list(raw: Option<&RawValue>) -> Vec<&RawValue> {
    parsed(raw).unwrap_or_default()
}

fn text(raw: Option<&RawValue>) -> Option<String> {
    parsed(raw)
}

fn parsed<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Option<T> {
    serde_json::from_str(raw?.get()).ok()
}

fn seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds.floor()).ok()
}

/// Whether an id can be a part of a path: no separators, no dots, nothing that has to be encoded.
fn fits_path(id: &str) -> bool {
    (1..=128).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

#[cfg(test)]
mod tests;
