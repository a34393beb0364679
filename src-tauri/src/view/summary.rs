//! What an account knows, as it crosses to the web view: text or meetings, plain and bounded.

use super::{Millis, WireError};
use crate::view::convert::{millis, number};
use keyfob_domain::summary::{self as domain, Content};
use keyfob_engine::SummaryState;
use serde::Serialize;
use ts_rs::TS;

/// How a summary stands.
#[derive(Clone, Copy, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum SummaryStatus {
    Unavailable,
    Loading,
    Ready,
    Empty,
    Failed,
}

/// How much an action item matters.
#[derive(Clone, Copy, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Priority {
    High,
    Medium,
    Low,
}

/// One decision of a meeting.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of the domain's own")]
pub struct DecisionView {
    pub text: String,
    pub decided_by: Option<String>,
}

/// One meeting.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of the domain's own")]
pub struct MeetingView {
    pub title: Option<String>,
    pub started_at: Option<Millis>,
    pub duration_seconds: Option<f64>,
    pub platform: Option<String>,
    pub participants: u32,
    pub overview: Option<String>,
    pub decisions: Vec<DecisionView>,
}

/// Something that is left to do.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of the domain's own")]
pub struct ActionItemView {
    pub title: Option<String>,
    pub assignee: Option<String>,
    /// A date without a time, as 2026-11-30.
    pub due: Option<String>,
    pub priority: Option<Priority>,
    pub in_progress: bool,
    pub meeting: Option<String>,
}

/// Meetings and what came of them.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MeetingsView {
    /// Newest first.
    pub latest: Vec<MeetingView>,
    /// What is left to do.
    pub open_items: Vec<ActionItemView>,
    /// Whether there are more open items than these.
    pub more_items: bool,
    /// Scopes for which the provider refused to answer.
    pub withheld: Vec<String>,
}

/// What an account knows.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SummaryView {
    /// How it stands.
    pub status: SummaryStatus,
    /// The last text that was read, also while loading or after a failure.
    pub text: Option<String>,
    /// The last meetings that were read, where the provider knows meetings.
    pub meetings: Option<MeetingsView>,
    /// When the provider lets Keyfob ask again, if it told Keyfob to wait.
    pub next_try_at: Option<Millis>,
    /// When it was read.
    pub as_of: Option<Millis>,
    /// Why the last reading failed.
    pub error: Option<WireError>,
}

impl SummaryView {
    pub(super) fn of(state: &SummaryState, has_source: bool) -> Self {
        let (text, meetings) = match state.last.as_ref().map(|last| &last.content) {
            Some(Content::Text(text)) => (Some(text.clone()), None),
            Some(Content::Meetings(meetings)) => (None, Some(meetings.into())),
            Some(Content::Nothing) | None => (None, None),
        };
        let has_content = text.is_some() || meetings.is_some();
        let status = match (state.loading, &state.problem, &state.last) {
            (true, _, _) => SummaryStatus::Loading,
            (false, Some(_), _) => SummaryStatus::Failed,
            (false, None, Some(_)) if has_content => SummaryStatus::Ready,
            (false, None, Some(_)) => SummaryStatus::Empty,
            (false, None, None) if has_source => SummaryStatus::Loading,
            (false, None, None) => SummaryStatus::Unavailable,
        };
        Self {
            status,
            text,
            meetings,
            next_try_at: state.next_try_at.map(millis),
            as_of: state.last.as_ref().map(|last| millis(last.as_of)),
            error: state.problem.clone().map(WireError::from),
        }
    }
}

impl From<&domain::Meetings> for MeetingsView {
    fn from(meetings: &domain::Meetings) -> Self {
        Self {
            latest: meetings.latest.iter().map(MeetingView::from).collect(),
            open_items: meetings
                .open_items
                .iter()
                .map(ActionItemView::from)
                .collect(),
            more_items: meetings.more_items,
            withheld: meetings.withheld.clone(),
        }
    }
}

impl From<&domain::Meeting> for MeetingView {
    fn from(meeting: &domain::Meeting) -> Self {
        let decision = |decision: &domain::Decision| DecisionView {
            text: decision.text.clone(),
            decided_by: decision.decided_by.clone(),
        };
        Self {
            title: meeting.title.clone(),
            started_at: meeting.started_at.map(millis),
            duration_seconds: meeting.duration.map(|duration| number(duration.as_secs())),
            platform: meeting.platform.clone(),
            participants: meeting.participants,
            overview: meeting.overview.clone(),
            decisions: meeting.decisions.iter().map(decision).collect(),
        }
    }
}

impl From<&domain::ActionItem> for ActionItemView {
    fn from(item: &domain::ActionItem) -> Self {
        Self {
            title: item.title.clone(),
            assignee: item.assignee.clone(),
            due: item.due.clone(),
            priority: item.priority.map(|priority| match priority {
                domain::Priority::High => Priority::High,
                domain::Priority::Medium => Priority::Medium,
                domain::Priority::Low => Priority::Low,
            }),
            in_progress: item.in_progress,
            meeting: item.meeting.clone(),
        }
    }
}
