use super::*;
use crate::text::plain;
use proptest::prelude::*;

fn now() -> Timestamp {
    Timestamp::from_millis(1_780_000_000_000)
}

fn meeting(title: &str, started_at: Option<i64>) -> Meeting {
    Meeting {
        title: Some(title.to_owned()),
        started_at: started_at.map(Timestamp::from_millis),
        ..Meeting::default()
    }
}

fn item(title: &str, due: Option<&str>, priority: Option<Priority>) -> ActionItem {
    ActionItem {
        title: Some(title.to_owned()),
        due: due.map(str::to_owned),
        priority,
        ..ActionItem::default()
    }
}

fn tidied(meetings: Meetings) -> Meetings {
    match Content::meetings(meetings) {
        Content::Meetings(meetings) => meetings,
        other @ (Content::Nothing | Content::Text(_)) => panic!("{other:?}"),
    }
}

fn titles(meetings: &Meetings) -> Vec<&str> {
    let items = meetings
        .open_items
        .iter()
        .filter_map(|item| item.title.as_deref());
    let latest = meetings
        .latest
        .iter()
        .filter_map(|meeting| meeting.title.as_deref());
    latest.chain(items).collect()
}

#[test]
fn a_blank_text_is_no_summary() {
    for (row, text, expected) in [
        ("absent", None, Content::Nothing),
        ("empty", Some(""), Content::Nothing),
        ("blank", Some(" \n\t"), Content::Nothing),
        ("invisible", Some("\u{202e}\u{200b}"), Content::Nothing),
        (
            "text",
            Some("a\u{1b}[2J\nb"),
            Content::Text("a[2J\nb".to_owned()),
        ),
    ] {
        assert_eq!(Content::text(text), expected, "{row}");
    }
    let Content::Text(cut) = Content::text(Some(&"x".repeat(2 * LONGEST_SUMMARY))) else {
        panic!("it is a text");
    };
    assert_eq!(cut.len(), LONGEST_SUMMARY);
}

#[test]
fn security_117_every_text_of_a_meeting_is_plain_and_short() {
    let evil = |length: usize| format!(" \u{202e}\u{1b}[31m<b>{}\n\u{0}", "x".repeat(length));
    let meetings = tidied(Meetings {
        latest: vec![Meeting {
            title: Some(evil(2_000_000)),
            platform: Some(evil(9_000)),
            overview: Some(evil(9_000)),
            decisions: vec![
                Decision {
                    text: evil(9_000),
                    decided_by: Some(evil(9_000)),
                },
                Decision {
                    text: " \u{200b}".to_owned(),
                    decided_by: Some("Ada".to_owned()),
                },
            ],
            ..Meeting::default()
        }],
        open_items: vec![ActionItem {
            title: Some(evil(9_000)),
            assignee: Some(evil(9_000)),
            due: Some(evil(9_000)),
            meeting: Some(evil(9_000)),
            ..ActionItem::default()
        }],
        withheld: vec!["a b".to_owned(), "summaries:read".to_owned()],
        ..Meetings::default()
    });
    let (meeting, item) = (&meetings.latest[0], &meetings.open_items[0]);
    let texts = [
        ("title", meeting.title.as_deref(), LONGEST_TITLE),
        ("platform", meeting.platform.as_deref(), LONGEST_NAME),
        ("overview", meeting.overview.as_deref(), LONGEST_OVERVIEW),
        (
            "decision",
            Some(meeting.decisions[0].text.as_str()),
            LONGEST_DECISION,
        ),
        (
            "decided by",
            meeting.decisions[0].decided_by.as_deref(),
            LONGEST_NAME,
        ),
        ("item", item.title.as_deref(), LONGEST_TITLE),
        ("assignee", item.assignee.as_deref(), LONGEST_NAME),
        ("item's meeting", item.meeting.as_deref(), LONGEST_TITLE),
    ];
    for (row, text, longest) in texts {
        let text = text.unwrap_or_else(|| panic!("{row}: it is there"));
        assert!(text.starts_with("[31m<b>xxx"), "{row}: {text}");
        assert_eq!(text.chars().count(), longest, "{row}");
    }
    assert_eq!(meeting.decisions.len(), 1, "an empty decision is none");
    assert_eq!(item.due, None);
    assert_eq!(meetings.withheld, ["summaries:read"]);
}

#[test]
fn what_is_blank_is_absent() {
    let blank = || Some(" \u{200b}\n".to_owned());
    let meetings = tidied(Meetings {
        latest: vec![Meeting {
            title: blank(),
            platform: blank(),
            overview: blank(),
            duration: Some(Duration::ZERO),
            ..Meeting::default()
        }],
        open_items: vec![ActionItem {
            title: blank(),
            assignee: blank(),
            meeting: blank(),
            ..ActionItem::default()
        }],
        ..Meetings::default()
    });
    assert_eq!(meetings.latest, [Meeting::default()]);
    assert_eq!(meetings.open_items, [ActionItem::default()]);
}

#[test]
fn the_newest_meetings_come_first_and_ten_are_kept() {
    let mut latest = vec![meeting("timeless", None)];
    latest.extend((0..30).map(|day| meeting(&format!("day {day}"), Some(day * 86_400_000))));
    let meetings = tidied(Meetings {
        latest,
        ..Meetings::default()
    });
    assert_eq!(
        titles(&meetings),
        [
            "day 29", "day 28", "day 27", "day 26", "day 25", "day 24", "day 23", "day 22",
            "day 21", "day 20"
        ]
    );
    let few = tidied(Meetings {
        latest: vec![meeting("timeless", None), meeting("old", Some(0))],
        ..Meetings::default()
    });
    assert_eq!(titles(&few), ["old", "timeless"]);
}

#[test]
fn what_is_due_comes_first_and_then_what_matters() {
    let meetings = tidied(Meetings {
        open_items: vec![
            item("whenever", None, None),
            item("low", None, Some(Priority::Low)),
            item("never", Some("9999-12-31"), Some(Priority::Medium)),
            item("high", None, Some(Priority::High)),
            item("later", Some("2026-06-02"), Some(Priority::High)),
            item(
                "soon, low",
                Some("2026-06-01T23:00:00Z"),
                Some(Priority::Low),
            ),
            item("soon, high", Some("2026-06-01"), Some(Priority::High)),
            item("soon", Some("2026-06-01"), None),
        ],
        ..Meetings::default()
    });
    assert_eq!(
        titles(&meetings),
        [
            "soon, high",
            "soon, low",
            "soon",
            "later",
            "high",
            "never",
            "low",
            "whenever"
        ]
    );
    assert!(!meetings.more_items);
}

#[test]
fn the_least_urgent_items_are_cut_and_it_is_said_that_there_are_more() {
    let mut open_items: Vec<_> = (0..10_000).map(|_| item("x", None, None)).collect();
    open_items.push(item("urgent", Some("2026-06-01"), None));
    let meetings = tidied(Meetings {
        open_items,
        ..Meetings::default()
    });
    assert_eq!(meetings.open_items.len(), MOST_OPEN_ITEMS);
    assert_eq!(meetings.open_items[0].title.as_deref(), Some("urgent"));
    assert!(meetings.more_items);
    assert!(
        tidied(Meetings {
            more_items: true,
            ..meetings
        })
        .more_items,
        "what the API says stays said"
    );
}

#[test]
fn no_meeting_has_more_than_ten_decisions() {
    let decision = |number: usize| Decision {
        text: if number < 5 {
            String::new()
        } else {
            format!("decision {number}")
        },
        decided_by: None,
    };
    let meetings = tidied(Meetings {
        latest: vec![Meeting {
            decisions: (0..40).map(decision).collect(),
            ..Meeting::default()
        }],
        ..Meetings::default()
    });
    let decisions = &meetings.latest[0].decisions;
    assert_eq!(decisions.len(), MOST_DECISIONS);
    assert_eq!(decisions[0].text, "decision 5", "empty ones don't count");
}

#[test]
fn a_host_is_named_by_an_address_that_needs_no_stripping() {
    let long = format!("{}@lovelace.example", "a".repeat(LONGEST_ADDRESS));
    let cases = [
        ("an address", "ada@lovelace.example", true),
        ("quoted", "\"a@b\"@lovelace.example", true),
        ("a name", "Ada Lovelace", false),
        ("a name and an address", "Ada <ada@lovelace.example>", false),
        ("nobody", "@lovelace.example", false),
        ("nowhere", "ada@", false),
        ("tricks", "ada\u{202e}@lovelace.example", false),
        ("a control character", "ada\u{7}@lovelace.example", false),
        ("too long", long.as_str(), false),
        ("nothing", "", false),
    ];
    for (row, text, fits) in cases {
        assert_eq!(address(text).as_deref(), fits.then_some(text), "{row}");
        let meetings = tidied(Meetings {
            latest: vec![meeting("a", None)],
            host: Some(text.to_owned()),
            ..Meetings::default()
        });
        assert_eq!(meetings.host.is_some(), fits, "{row}");
    }
    assert_eq!(address(" a@b\n").as_deref(), Some("a@b"));
}

#[test]
fn nothing_found_is_nothing_and_a_refusal_is_something() {
    assert_eq!(Content::meetings(Meetings::default()), Content::Nothing);
    let withheld = Meetings {
        withheld: vec!["meetings:read".to_owned()],
        ..Meetings::default()
    };
    assert_eq!(
        Content::meetings(withheld.clone()),
        Content::Meetings(withheld)
    );
}

#[test]
fn stored_content_that_cannot_be_read_is_no_content() {
    let nested = format!(
        r#"{{"kind":"meetings","value":{{"x":{}{}}}}}"#,
        "[".repeat(40),
        "]".repeat(40)
    );
    let unreadable = [
        ("empty", ""),
        ("cut", r#"{"kind":"text","value":"a"#),
        ("a later kind", r#"{"kind":"calendar","value":{}}"#),
        ("no kind", r#"{"value":"a"}"#),
        ("another type", r#"{"kind":"text","value":7}"#),
        ("a list", "[]"),
        ("nested 40 deep", &nested),
    ];
    for (row, text) in unreadable {
        assert_eq!(Content::decode(text), None, "{row}");
    }
}

#[test]
fn stored_content_of_another_version_is_read_as_far_as_it_goes() {
    let cases = [
        (
            "more members",
            r#"{"kind":"nothing","more":1}"#,
            Content::Nothing,
        ),
        (
            "nothing in it",
            r#"{"kind":"meetings","value":{}}"#,
            Content::Nothing,
        ),
        (
            "unknown and missing members",
            r#"{"kind":"meetings","value":{"mood":"good","latest":[{"title":"a","room":7}]}}"#,
            Content::Meetings(Meetings {
                latest: vec![meeting("a", None)],
                ..Meetings::default()
            }),
        ),
        (
            "a time out of range",
            r#"{"kind":"meetings","value":{"latest":[{"title":"a","started_at":-1},{"title":"b","started_at":9223372036854775807}]}}"#,
            Content::Meetings(Meetings {
                latest: vec![meeting("a", None), meeting("b", None)],
                ..Meetings::default()
            }),
        ),
        (
            "a text with tricks",
            "{\"kind\":\"text\",\"value\":\"a\\u202eb\"}",
            Content::Text("ab".to_owned()),
        ),
    ];
    for (row, text, expected) in cases {
        assert_eq!(Content::decode(text), Some(expected), "{row}");
    }
}

#[test]
fn security_117_a_summary_is_kept_for_thirty_days() {
    let summary = ContextSummary::new(Content::Nothing, now());
    let second = Duration::from_secs(1);
    let cases = [
        ("fresh", now(), false),
        ("the last second", now().after(SUMMARY_LIFE), false),
        ("a second later", now().after(SUMMARY_LIFE + second), true),
        ("the clock was set back", Timestamp::from_millis(0), false),
    ];
    for (row, at, over) in cases {
        assert_eq!(summary.is_over(at), over, "{row}");
    }
}

fn text() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(".{0,300}")
}

prop_compose! {
    fn any_meeting()(
        title in text(),
        started_at in proptest::option::of(any::<i64>()),
        duration in proptest::option::of(any::<u64>()),
        platform in text(),
        participants in any::<u32>(),
        overview in text(),
        decisions in proptest::collection::vec((".{0,9}", text()), 0..12),
    ) -> Meeting {
        let decision = |(text, decided_by)| Decision { text, decided_by };
        Meeting {
            title,
            started_at: started_at.map(Timestamp::from_millis),
            duration: duration.map(Duration::from_secs),
            platform,
            participants,
            overview,
            decisions: decisions.into_iter().map(decision).collect(),
        }
    }
}

prop_compose! {
    fn any_item()(
        title in text(),
        assignee in text(),
        due in proptest::option::of("[0-9]{4}-[01][0-9]-[0-3][0-9]"),
        priority in proptest::option::of(prop_oneof![
            Just(Priority::High), Just(Priority::Medium), Just(Priority::Low)
        ]),
        in_progress in any::<bool>(),
        meeting in text(),
    ) -> ActionItem {
        ActionItem { title, assignee, due, priority, in_progress, meeting }
    }
}

proptest! {
    #[test]
    fn content_survives_its_text_form(
        latest in proptest::collection::vec(any_meeting(), 0..12),
        open_items in proptest::collection::vec(any_item(), 0..5),
        more_items in any::<bool>(),
        host in text(),
        words in text(),
    ) {
        let meetings = Meetings { latest, open_items, more_items, host, withheld: Vec::new() };
        for content in [Content::meetings(meetings), Content::text(words.as_deref())] {
            prop_assert_eq!(Content::decode(&content.encode()), Some(content));
        }
    }

    #[test]
    fn no_text_makes_reading_stored_content_panic(text in ".{0,200}") {
        if let Some(Content::Text(text)) = Content::decode(&text) {
            prop_assert_eq!(plain(&text, LONGEST_SUMMARY, true), text);
        }
    }
}
