//! Lists that mean harm, and lists that make no sense.

use super::*;
use keyfob_domain::summary::{LONGEST_OVERVIEW, LONGEST_TITLE, MOST_DECISIONS, MOST_MEETINGS};

#[tokio::test]
async fn security_117_a_hostile_list_is_cut_and_stripped() {
    let evil = |length: usize| format!("\u{202e}\u{1b}]0;x\u{7}<script>{}", "x".repeat(length));
    let mut meetings: Vec<Value> = (0..1_000).map(meeting).collect();
    meetings.push(value!({
        "id": "mtg_evil", "title": evil(2_000_000), "status": "completed", "platform": evil(9_000),
        "started_at": "2026-02-01T00:00:00Z", "duration_seconds": -5, "summary_id": "../meetings",
        "participants": [{ "role": "host", "email": evil(50) }],
    }));
    let decisions: Vec<_> = (0..1_000)
        .map(|_| value!({ "description": evil(600), "decided_by": evil(200) }))
        .collect();
    let mut items: Vec<Value> = (0..10_000).map(item).collect();
    items[0] = value!({
        "id": "act_evil",
        "title": evil(9_000),
        "status": "pending",
        "priority": "high",
        "due_date": "9999-12-31",
        "assignee": evil(9_000),
    });
    let (raw, provider) = api(
        move |_| ok(&page(&meetings, true)),
        move |id| ok(&value!({ "id": id, "overview": evil(9_000), "decisions": decisions })),
        move |offset| match offset {
            0 => ok(&page(&items, true)),
            _ => empty(offset),
        },
    )
    .await;
    let read = meetings_of(&provider).await;
    assert_eq!(read.latest.len(), MOST_MEETINGS);
    let evil = &read.latest[0];
    let title = evil.title.as_deref().unwrap();
    assert!(title.starts_with("]0;x<script>x"), "{title}");
    assert_eq!(title.chars().count(), LONGEST_TITLE);
    assert_eq!((evil.duration, evil.overview.as_deref()), (None, None));
    assert_eq!(read.host, None, "an address with tricks is none");
    let second = &read.latest[1];
    assert_eq!(second.title.as_deref(), Some("Meeting 999"));
    let overview = second.overview.as_deref().unwrap();
    assert_eq!(overview.chars().count(), LONGEST_OVERVIEW);
    assert_eq!(second.decisions.len(), MOST_DECISIONS);
    let decision = &second.decisions[0];
    assert_eq!(decision.text.chars().count(), 500);
    assert_eq!(decision.decided_by.as_ref().unwrap().chars().count(), 100);
    assert_eq!(read.open_items.len(), MOST_OPEN_ITEMS);
    assert!(read.more_items);
    let open = &read.open_items[0];
    assert_eq!(open.title.as_ref().unwrap().chars().count(), LONGEST_TITLE);
    assert_eq!(open.assignee.as_ref().unwrap().chars().count(), 100);
    assert_eq!(open.due, None);
    let shown = format!("{read:?}");
    for trick in ['\u{202e}', '\u{1b}', '\u{7}'] {
        assert!(!shown.contains(trick), "{}", trick.escape_unicode());
    }
    let asked = raw.targets();
    assert_eq!(asked.len(), 1 + 5 + 2, "{asked:?}");
    assert!(
        asked
            .iter()
            .all(|target| !target.contains("..") && !target.contains("%2e")),
        "{asked:?}"
    );
}

#[tokio::test]
async fn entries_that_make_no_sense_cost_nothing_but_themselves() {
    let names = [
        "id",
        "title",
        "status",
        "platform",
        "started_at",
        "ended_at",
        "duration_seconds",
        "participants",
        "transcript_id",
        "summary_id",
        "priority",
        "assignee",
        "due_date",
        "meeting_id",
        "meeting_title",
    ];
    let nulls: Value = names
        .iter()
        .map(|name| ((*name).to_owned(), Value::Null))
        .collect();
    let odd = [
        Value::Null,
        value!(7),
        value!("a"),
        value!([]),
        value!({}),
        nulls,
        value!({ "id": 7, "title": ["a"], "status": {}, "participants": "all", "started_at": 0 }),
    ];
    let dates = [
        "9999-12-31T23:59:59Z",
        "-5000-01-01T00:00:00Z",
        "1969-07-20T20:17:40Z",
        "soon",
    ];
    let dated =
        dates.map(|date| value!({ "title": date, "status": "completed", "started_at": date }));
    let due = dates.map(|date| value!({ "title": date, "status": "pending", "due_date": date }));
    let with = |dated: &[Value], last: Value| [&odd, dated, &[last]].concat();
    let (meetings, items) = (with(&dated, meeting(1)), with(&due, item(1)));
    let (_raw, provider) = api(
        move |_| ok(&page(&meetings, false)),
        |_| ok(&value!({ "overview": null, "decisions": [null, 7, {}, { "description": "Brass" }] })),
        move |_| ok(&page(&items, false)),
    )
    .await;
    let read = meetings_of(&provider).await;
    assert_eq!(titles(&read)[0], "Meeting 1");
    assert_eq!(titles(&read)[1..], dates, "kept, without their time");
    assert!(
        read.latest[1..]
            .iter()
            .all(|meeting| meeting.started_at.is_none())
    );
    assert_eq!(read.latest[0].overview, None);
    assert_eq!(read.latest[0].decisions[0].text, "Brass");
    assert_eq!(read.open_items.len(), dates.len() + 1);
    assert!(read.open_items.iter().all(|item| item.due.is_none()));
}
