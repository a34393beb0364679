use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

fn now() -> Timestamp {
    Timestamp::from_millis(1_780_000_000_000)
}

/// A page with one entry, as the reference shows it.
fn one(entry: Value) -> Value {
    json!({ "data": [entry], "pagination": { "total": 1, "limit": 20, "offset": 0, "has_more": false } })
}

fn meetings(answer: &Value) -> Option<Page<ListedMeeting>> {
    super::meetings(answer.to_string().as_bytes())
}

fn open_items(answer: &Value) -> Option<Page<ActionItem>> {
    super::open_items(answer.to_string().as_bytes())
}

fn summary(answer: &Value) -> Option<MeetingSummary> {
    super::summary(answer.to_string().as_bytes())
}

fn only_meeting(entry: Value) -> ListedMeeting {
    let mut page = meetings(&one(entry)).unwrap();
    page.entries.remove(0).entry
}

#[test]
fn a_meeting_is_read_whole() {
    let listed = only_meeting(json!({
        "id": "mtg_1", "title": "Engine review", "status": "completed", "platform": "zoom",
        "started_at": "2026-05-28T20:26:40Z", "ended_at": "2026-05-28T21:26:40Z",
        "duration_seconds": 3600,
        "participants": [
            { "id": "p1", "name": "Charles", "email": "charles@babbage.example", "role": "attendee" },
            { "id": "p2", "name": "Ada", "email": "ada@lovelace.example", "role": "Host" },
        ],
        "transcript_id": "tr_1", "summary_id": "sum_1",
    }));
    assert_eq!(
        listed,
        ListedMeeting {
            meeting: Meeting {
                title: Some("Engine review".to_owned()),
                started_at: Some(now()),
                duration: Some(Duration::from_secs(3600)),
                platform: Some("zoom".to_owned()),
                participants: 2,
                ..Meeting::default()
            },
            status: MeetingStatus::Completed,
            summary_id: Some("sum_1".to_owned()),
            host: Some("ada@lovelace.example".to_owned()),
        }
    );
}

#[test]
fn a_summary_is_read_whole() {
    let read = summary(&json!({
        "id": "sum_1", "meeting_id": "mtg_1", "overview": "Brass.\nMuch of it.",
        "agenda": [{ "title": "a", "summary": "b", "duration_seconds": 1 }],
        "decisions": [
            { "description": "Brass it is", "decided_by": "Ada", "context": "c" },
            { "description": "No steam", "decided_by": { "name": "Charles" } },
            { "description": "No wood", "decided_by": 7 },
            { "decided_by": "Ada" },
            "wood",
        ],
        "action_items": [],
    }));
    let decision = |text: &str, decided_by: Option<&str>| Decision {
        text: text.to_owned(),
        decided_by: decided_by.map(str::to_owned),
    };
    assert_eq!(
        read.unwrap(),
        MeetingSummary {
            overview: Some("Brass.\nMuch of it.".to_owned()),
            decisions: vec![
                decision("Brass it is", Some("Ada")),
                decision("No steam", Some("Charles")),
                decision("No wood", None),
            ],
        }
    );
}

#[test]
fn what_has_begun_is_told_by_its_status_or_else_by_its_time() {
    let (past, future) = ("2026-05-28T20:26:40Z", "2026-05-28T20:26:41Z");
    let cases = [
        ("scheduled", "scheduled", Some(future), false),
        ("scheduled and late", "scheduled", Some(past), false),
        ("in progress", "in_progress", Some(past), true),
        (
            "in progress, by another clock",
            "in_progress",
            Some(future),
            true,
        ),
        ("processing", "processing", None, true),
        ("completed", "completed", None, true),
        ("failed", "failed", Some(past), true),
        ("failed before it began", "failed", None, false),
        ("another word, past", "archived", Some(past), true),
        ("another word, to come", "archived", Some(future), false),
        ("another word, no time", "archived", None, false),
    ];
    for (row, status, started_at, begun) in cases {
        let listed = only_meeting(json!({ "status": status, "started_at": started_at }));
        assert_eq!(listed.has_begun(now()), begun, "{row}");
    }
    assert!(!only_meeting(json!({})).has_begun(now()), "nothing said");
}

#[test]
fn only_a_finished_meetings_summary_is_asked_for_and_only_with_an_id_that_fits_a_path() {
    let long = "x".repeat(129);
    let cases = [
        ("an id", "completed", "sum_A-9", true),
        ("a long id", "completed", &long[..128], true),
        ("being written", "processing", "sum_1", false),
        ("too long", "completed", &long, false),
        ("empty", "completed", "", false),
        ("another path", "completed", "../meetings", false),
        ("encoded", "completed", "%2e%2e", false),
        ("a query", "completed", "sum?x", false),
        ("a blank", "completed", "sum 1", false),
        ("a letter of another script", "completed", "ſum", false),
    ];
    for (row, status, id, asked) in cases {
        let listed = only_meeting(json!({ "status": status, "summary_id": id }));
        assert_eq!(listed.finished_summary(), asked.then_some(id), "{row}");
    }
}

#[test]
fn a_wrong_type_costs_its_member_and_nothing_beside_it() {
    let wrong = [
        ("null", json!(null)),
        ("a flag", json!(true)),
        ("a list", json!([1])),
        ("an object", json!({ "a": 1 })),
        ("a number", json!(-7.5)),
    ];
    let names = [
        "id",
        "status",
        "platform",
        "started_at",
        "duration_seconds",
        "participants",
        "summary_id",
        "priority",
        "assignee",
        "due_date",
        "meeting_title",
    ];
    for (row, value) in wrong {
        for name in names {
            let whole = json!({ "title": "kept", "status": "pending", "started_at": "2026-05-28T20:26:40Z" });
            let mut entry = whole.as_object().unwrap().clone();
            entry.insert(name.to_owned(), value.clone());
            let listed = only_meeting(Value::Object(entry.clone()));
            assert_eq!(
                listed.meeting.title.as_deref(),
                Some("kept"),
                "{row}: {name}"
            );
            assert_eq!(listed.meeting.duration, None, "{row}: {name}");
            assert_eq!(
                listed.meeting.started_at.is_some(),
                name != "started_at",
                "{row}: {name}"
            );
            let items = open_items(&one(Value::Object(entry))).unwrap();
            let titles: Vec<_> = items.entries.iter().map(|item| &item.entry.title).collect();
            let kept = Some("kept".to_owned());
            let expected = if name == "status" {
                vec![]
            } else {
                vec![&kept]
            };
            assert_eq!(titles, expected, "{row}: {name}");
        }
        let page = json!({ "data": [value, { "title": "kept", "status": "pending" }] });
        let meetings = meetings(&page).unwrap();
        let last = meetings.entries.last().unwrap();
        assert_eq!(last.entry.meeting.title.as_deref(), Some("kept"), "{row}");
        assert_eq!(meetings.received, 2, "{row}: what can't be read counts");
        assert_eq!(open_items(&page).unwrap().entries.len(), 1, "{row}");
    }
}

#[test]
fn dates_that_make_no_sense_are_absent() {
    for text in [
        "9999-12-31T23:59:59Z",
        "-0001-01-01T00:00:00Z",
        "soon",
        "1e9",
        "",
        "2026-13-01",
    ] {
        let listed = only_meeting(json!({ "title": "kept", "started_at": text }));
        assert_eq!(listed.meeting.started_at, None, "{text}");
        let items = open_items(&one(json!({ "status": "pending", "due_date": text })));
        assert_eq!(items.unwrap().entries[0].entry.due, None, "{text}");
    }
}

#[test]
fn a_duration_is_a_number_of_seconds() {
    let cases = [
        (json!(90), Some(90)),
        (json!(90.9), Some(90)),
        (json!(-1), None),
        (json!(1e300), None),
        (json!("90"), None),
    ];
    for (value, expected) in cases {
        let listed = only_meeting(json!({ "duration_seconds": value }));
        let expected = expected.map(Duration::from_secs);
        assert_eq!(listed.meeting.duration, expected, "{value}");
    }
}

#[test]
fn the_host_is_whoever_has_that_role() {
    let cases = [
        ("none", json!([{ "email": "a@b", "role": "guest" }]), None),
        (
            "the first of two",
            json!([{ "email": "a@b", "role": "HOST" }, { "email": "c@d", "role": "host" }]),
            Some("a@b"),
        ),
        ("without an address", json!([{ "role": "host" }]), None),
        (
            "among nonsense",
            json!([7, null, { "email": "a@b", "role": "host" }]),
            Some("a@b"),
        ),
        ("no list", json!({ "email": "a@b", "role": "host" }), None),
    ];
    for (row, participants, host) in cases {
        let listed = only_meeting(json!({ "participants": participants }));
        assert_eq!(listed.host.as_deref(), host, "{row}");
    }
}

#[test]
fn only_open_items_are_kept() {
    let item = |status: &str| {
        json!({
            "id": format!("act_{status}"), "title": "Order brass", "status": status, "priority": "high",
            "assignee": { "id": "p2", "name": "Ada", "email": "ada@lovelace.example" },
            "due_date": "2026-06-01", "meeting_id": "mtg_1", "meeting_title": "Engine review",
        })
    };
    let list = ["pending", "in_progress", "completed", "archived"].map(item);
    let page = open_items(&json!({ "data": list })).unwrap();
    let open = |in_progress| ActionItem {
        title: Some("Order brass".to_owned()),
        assignee: Some("Ada".to_owned()),
        due: Some("2026-06-01".to_owned()),
        priority: Some(Priority::High),
        in_progress,
        meeting: Some("Engine review".to_owned()),
    };
    let items: Vec<_> = page.entries.into_iter().map(|item| item.entry).collect();
    assert_eq!(items, [open(false), open(true)]);
    assert_eq!(page.received, 4);
}

#[test]
fn whoever_has_no_name_is_named_by_an_address() {
    let cases = [
        (json!("Ada"), Some("Ada")),
        (json!({ "name": "Ada", "email": "a@b" }), Some("Ada")),
        (json!({ "name": " ", "email": "a@b" }), Some("a@b")),
        (json!({ "name": null, "email": "a@b" }), Some("a@b")),
        (json!({ "id": "p2" }), None),
        (json!(["Ada"]), None),
    ];
    for (assignee, expected) in cases {
        let page = open_items(&one(json!({ "status": "pending", "assignee": assignee })));
        let item = &page.unwrap().entries[0].entry;
        assert_eq!(item.assignee.as_deref(), expected, "{assignee}");
    }
}

#[test]
fn a_page_says_whether_another_follows() {
    let cases = [
        (
            "it says so",
            json!({ "data": [{}], "pagination": { "has_more": true } }),
            true,
        ),
        (
            "it denies it",
            json!({ "data": [{}], "pagination": { "has_more": false, "total": 900 } }),
            false,
        ),
        (
            "an empty one",
            json!({ "data": [], "pagination": { "has_more": true } }),
            false,
        ),
        ("no pagination", json!({ "data": [{}] }), false),
        (
            "a word",
            json!({ "data": [{}], "pagination": { "has_more": "true" } }),
            false,
        ),
        (
            "a list of them",
            json!({ "data": [{}], "pagination": [true] }),
            false,
        ),
    ];
    for (row, answer, has_more) in cases {
        assert_eq!(meetings(&answer).unwrap().has_more, has_more, "{row}");
    }
}

#[test]
fn what_serde_json_cannot_hold_costs_its_member_or_its_entry() {
    let answer = br#"{"data":[
        {"title":"a","duration_seconds":1e999},
        {"title":"\ud800","platform":"zoom"},
        {"title":"b","title":"c"},
        ["id","title"],
        {"title":"d"}
    ],"pagination":{"has_more":1e999}}"#;
    let page = super::meetings(answer).unwrap();
    let titles: Vec<_> = page
        .entries
        .iter()
        .map(|listed| listed.entry.meeting.title.as_deref())
        .collect();
    assert_eq!(titles, [Some("a"), None, Some("d")]);
    assert_eq!((page.received, page.has_more), (5, false));
}

#[test]
fn security_117_of_a_list_without_end_ten_thousand_entries_are_read() {
    let many = |entry: &str| {
        format!(
            r#"{{"data":[{}{entry}]}}"#,
            format!("{entry},").repeat(19_999)
        )
    };
    let page = super::meetings(many("{}").as_bytes()).unwrap();
    assert_eq!((page.entries.len(), page.received), (MOST_ENTRIES, 20_000));
    let page = super::open_items(many(r#"{"status":"pending"}"#).as_bytes()).unwrap();
    assert_eq!((page.entries.len(), page.received), (MOST_ENTRIES, 20_000));
}

#[test]
fn an_answer_without_a_list_is_no_page() {
    for answer in [
        json!({}),
        json!({ "data": null }),
        json!({ "data": {} }),
        json!([]),
        json!("data"),
        json!(null),
    ] {
        assert_eq!(meetings(&answer), None, "{answer}");
        assert_eq!(open_items(&answer), None, "{answer}");
    }
    for answer in [json!([]), json!("overview"), json!(null)] {
        assert_eq!(summary(&answer), None, "{answer}");
    }
    assert_eq!(summary(&json!({})), Some(MeetingSummary::default()));
}

/// The names the API uses, so that random documents come near its own.
fn name() -> impl Strategy<Value = String> {
    let names = [
        "data",
        "pagination",
        "has_more",
        "id",
        "title",
        "status",
        "started_at",
        "duration_seconds",
        "participants",
        "email",
        "role",
        "summary_id",
        "overview",
        "decisions",
        "description",
        "decided_by",
        "assignee",
        "due_date",
        "priority",
    ];
    proptest::sample::select(names.map(str::to_owned).to_vec())
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z".prop_map(Value::from),
        prop_oneof![
            Just("pending"),
            Just("completed"),
            Just("host"),
            Just("high")
        ]
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 8, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            proptest::collection::btree_map(name(), inner, 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in ".{0,200}") {
        for answer in [bytes.as_slice(), text.as_bytes()] {
            let _ = (super::meetings(answer), super::open_items(answer), super::summary(answer));
        }
    }

    #[test]
    fn no_json_makes_the_reader_panic(whole in any_json(), list in proptest::collection::vec(any_json(), 0..8)) {
        for answer in [whole, json!({ "data": list })] {
            if let Some(page) = meetings(&answer) {
                prop_assert!(page.entries.len() <= page.received);
                for listed in &page.entries {
                    let _ = listed.entry.has_begun(now());
                    prop_assert!(listed.entry.finished_summary().is_none_or(fits_path));
                }
            }
            if let Some(page) = open_items(&answer) {
                prop_assert!(page.entries.len() <= page.received);
            }
            let _ = summary(&answer);
        }
    }
}
