//! Meetings, summaries and action items as Mavio's API writes them.

use serde_json::{Value, json};

use super::calendar::instant;
use super::diary::{Decision, Guest, Item, Meeting, Notes, Outcome, Status, Topic};

/// A meeting of the list.
pub(super) fn meeting(meeting: &Meeting) -> Value {
    let (entry, seconds) = (meeting.entry, meeting.entry.minutes * 60);
    let (status, was_held) = match entry.outcome {
        Outcome::Planned => ("scheduled", false),
        Outcome::Processing => ("processing", true),
        Outcome::Completed(_) => ("completed", true),
        Outcome::Failed => ("failed", true),
    };
    let was_heard = matches!(entry.outcome, Outcome::Completed(_));
    let participants: Vec<Value> = entry
        .people
        .iter()
        .enumerate()
        .map(|(place, guest)| {
            let spoken = if was_heard {
                speaking_seconds(seconds, entry.people.len(), place)
            } else {
                0
            };
            json!({
                "id": user_id(guest),
                "name": guest.name,
                "email": guest.email,
                "role": if place == 0 { "host" } else { "participant" },
                "speaking_duration_seconds": spoken,
            })
        })
        .collect();
    json!({
        "id": meeting_id(meeting),
        "title": entry.title,
        "status": status,
        "platform": entry.platform,
        "started_at": instant(meeting.starts_at),
        "ended_at": was_held.then(|| instant(meeting.ends_at())),
        "duration_seconds": was_held.then_some(seconds),
        "participants": participants,
        "transcript_id": was_heard.then(|| format!("trn_{}", entry.key)),
        "summary_id": meeting.notes().map(|_| summary_id(meeting)),
    })
}

/// The summary of a meeting.
pub(super) fn summary(meeting: &Meeting, notes: &Notes) -> Value {
    let topic = |topic: &Topic| {
        json!({
            "title": topic.title,
            "summary": topic.summary,
            "duration_seconds": topic.minutes * 60,
        })
    };
    let decision = |decision: &Decision| {
        json!({
            "description": decision.description,
            "decided_by": decision.decided_by.name,
            "context": decision.context,
        })
    };
    let items = notes.items.iter().enumerate();
    json!({
        "id": summary_id(meeting),
        "meeting_id": meeting_id(meeting),
        "overview": notes.overview,
        "agenda": notes.agenda.iter().map(topic).collect::<Vec<_>>(),
        "decisions": notes.decisions.iter().map(decision).collect::<Vec<_>>(),
        "action_items": items
            .map(|(place, item)| action_item(meeting, place, item))
            .collect::<Vec<_>>(),
    })
}

/// The action items of a meeting as the list of all of them has it: with their meeting.
pub(super) fn listed_action_items(meeting: &Meeting) -> Vec<Value> {
    let items = meeting.notes().map(|notes| notes.items).unwrap_or_default();
    let listed = |(place, item)| {
        let mut listed = action_item(meeting, place, item);
        listed["meeting_id"] = json!(meeting_id(meeting));
        listed["meeting_title"] = json!(meeting.entry.title);
        listed
    };
    items.iter().enumerate().map(listed).collect()
}

/// The id of a meeting's summary.
pub(super) fn summary_id(meeting: &Meeting) -> String {
    format!("sum_{}", meeting.entry.key)
}

fn action_item(meeting: &Meeting, place: usize, item: &Item) -> Value {
    let status = match item.status {
        Status::Pending => "pending",
        Status::InProgress => "in_progress",
        Status::Completed => "completed",
    };
    let assignee = item
        .assignee
        .as_ref()
        .map(|guest| json!({ "id": user_id(guest), "name": guest.name, "email": guest.email }));
    json!({
        "id": format!("act_{}_{}", meeting.entry.key, place + 1),
        "title": item.title,
        "status": status,
        "priority": item.priority,
        "assignee": assignee,
        "due_date": item.due.map(|due| meeting.due(due).to_string()),
    })
}

fn meeting_id(meeting: &Meeting) -> String {
    format!("mtg_{}", meeting.entry.key)
}

fn user_id(guest: &Guest) -> String {
    format!("usr_{}", guest.id)
}

/// How long someone spoke: nine tenths of a meeting are talk, of which the host has two shares and
/// everyone else one.
fn speaking_seconds(seconds: i64, people: usize, place: usize) -> i64 {
    let shares = i64::try_from(people).unwrap_or(i64::MAX).saturating_add(1);
    let own = if place == 0 { 2 } else { 1 };
    seconds * 9 / 10 * own / shares
}
