//! Meetings over real sockets: pages, refusals, and lists that mean harm (SECURITY 49, 60, 117).

use super::raw::{Raw, Then, http, json};
use super::{MARK, context, mavio_provider, provider, word};
use keyfob_domain::failure::Fault;
use keyfob_domain::provider::Provider;
use keyfob_domain::secret::AccessToken;
use keyfob_domain::summary::{
    Content, LONGEST_OVERVIEW, LONGEST_TITLE, MOST_DECISIONS, MOST_MEETINGS, MOST_OPEN_ITEMS,
    Meetings, Priority,
};
use keyfob_engine::ports::ContextSource;
use serde_json::{Value, json as value};
use std::time::Duration;

const FIRST_MEETINGS: &str = "/mavio/v1/meetings?limit=20&offset=0";
const FIRST_ITEMS: &str = "/mavio/v1/action-items?limit=100&offset=0";

fn token() -> AccessToken {
    AccessToken::new(format!("at-{MARK}"))
}

fn ok(body: &Value) -> Then {
    json("200 OK", &body.to_string())
}

fn page(entries: &[Value], has_more: bool) -> Value {
    value!({
        "data": entries,
        "pagination": { "total": 900, "limit": 20, "offset": 0, "has_more": has_more },
    })
}

/// A meeting that is over; a higher number began later.
fn meeting(number: usize) -> Value {
    value!({
        "id": format!("mtg_{number}"),
        "title": format!("Meeting {number}"),
        "status": "completed",
        "platform": "zoom",
        "started_at": format!("2026-01-01T{:02}:{:02}:00Z", number / 60, number % 60),
        "duration_seconds": 1800,
        "participants": [
            { "name": "Charles", "email": "charles@babbage.example", "role": "attendee" },
            { "name": "Ada", "email": format!("ada+{number}@lovelace.example"), "role": "host" },
        ],
        "summary_id": format!("sum_{number}"),
    })
}

/// A meeting that is yet to come.
fn planned(number: usize) -> Value {
    value!({
        "id": format!("mtg_p{number}"),
        "title": "To come",
        "status": "scheduled",
        "started_at": "2090-01-01T09:00:00Z",
        "participants": [{ "email": "charles@babbage.example", "role": "host" }],
    })
}

fn item(number: usize) -> Value {
    value!({ "id": format!("act_{number}"), "title": format!("Item {number}"), "status": "pending" })
}

/// An API whose three endpoints answer as they are told: a list by its offset, a summary by its id.
async fn api(
    meetings: impl Fn(usize) -> Then + Send + 'static,
    summary: impl Fn(&str) -> Then + Send + 'static,
    items: impl Fn(usize) -> Then + Send + 'static,
) -> (Raw, Provider) {
    let raw = Raw::answering(move |target| {
        let offset = |beginning: &str| target.strip_prefix(beginning)?.parse().ok();
        if let Some(offset) = offset("/mavio/v1/meetings?limit=20&offset=") {
            meetings(offset)
        } else if let Some(offset) = offset("/mavio/v1/action-items?limit=100&offset=") {
            items(offset)
        } else if let Some(id) = target.strip_prefix("/mavio/v1/summaries/") {
            summary(id)
        } else {
            http("418 Not here", &[], b"")
        }
    })
    .await;
    let provider = mavio_provider(&raw.base);
    (raw, provider)
}

fn empty(_: usize) -> Then {
    ok(&page(&[], false))
}

fn overview(id: &str) -> Then {
    ok(&value!({ "id": id, "overview": format!("About {id}"), "decisions": [] }))
}

async fn read(provider: &Provider) -> Result<Content, Fault> {
    context().summary(provider, &token()).await
}

async fn meetings_of(provider: &Provider) -> Meetings {
    match read(provider).await.unwrap() {
        Content::Meetings(meetings) => meetings,
        other @ (Content::Nothing | Content::Text(_)) => panic!("{other:?}"),
    }
}

fn titles(meetings: &Meetings) -> Vec<&str> {
    let titles = meetings.latest.iter().map(|meeting| &meeting.title);
    titles
        .map(|title| title.as_deref().unwrap_or("-"))
        .collect()
}

fn overviews(meetings: &Meetings) -> Vec<&str> {
    let overviews = meetings.latest.iter().map(|meeting| &meeting.overview);
    overviews
        .map(|overview| overview.as_deref().unwrap_or("-"))
        .collect()
}

fn items_of(meetings: &Meetings) -> Vec<&str> {
    let titles = meetings.open_items.iter().map(|item| &item.title);
    titles
        .map(|title| title.as_deref().unwrap_or("-"))
        .collect()
}

#[tokio::test]
async fn meetings_decisions_and_open_items_are_read() {
    let now = value!({
        "id": "mtg_n", "title": "Now", "status": "in_progress", "started_at": "2026-01-01T00:02:00Z",
    });
    let (raw, provider) = api(
        move |_| ok(&page(&[meeting(1), planned(1), meeting(3), now.clone()], false)),
        |id| {
            ok(&value!({
                "id": id, "overview": format!("About {id}"),
                "decisions": [{ "description": "Brass it is", "decided_by": "Ada", "context": "c" }],
            }))
        },
        |_| {
            ok(&page(
                &[
                    value!({
                        "id": "act_1", "title": "Order brass", "status": "in_progress",
                        "priority": "high", "due_date": "2026-06-01",
                        "assignee": { "id": "u", "name": "Charles", "email": "c@b" },
                        "meeting_id": "mtg_1", "meeting_title": "Meeting 1",
                    }),
                    value!({ "id": "act_2", "title": "Done", "status": "completed" }),
                ],
                false,
            ))
        },
    )
    .await;
    let read = meetings_of(&provider).await;
    assert_eq!(titles(&read), ["Meeting 3", "Now", "Meeting 1"]);
    assert_eq!(overviews(&read), ["About sum_3", "-", "About sum_1"]);
    let newest = &read.latest[0];
    assert_eq!(newest.decisions[0].text, "Brass it is");
    assert_eq!(newest.decisions[0].decided_by.as_deref(), Some("Ada"));
    assert_eq!(newest.duration, Some(Duration::from_secs(1800)));
    assert_eq!(newest.participants, 2);
    assert_eq!(items_of(&read), ["Order brass"]);
    let open = &read.open_items[0];
    assert_eq!(open.assignee.as_deref(), Some("Charles"));
    assert_eq!(open.due.as_deref(), Some("2026-06-01"));
    assert_eq!(open.priority, Some(Priority::High));
    assert!(open.in_progress && !read.more_items);
    assert_eq!(read.withheld, Vec::<String>::new());
    assert_eq!(read.host.as_deref(), Some("ada+3@lovelace.example"));
    assert_eq!(
        raw.targets(),
        [
            FIRST_MEETINGS,
            "/mavio/v1/summaries/sum_3",
            "/mavio/v1/summaries/sum_1",
            FIRST_ITEMS,
        ]
    );
    for request in raw.requests() {
        assert_eq!(request.matches(MARK).count(), 1, "security_49: {request}");
        let head = request.to_lowercase();
        let bearer = format!("authorization: bearer at-{MARK}").to_lowercase();
        assert!(head.contains(&bearer), "security_49: {request}");
    }
}

#[tokio::test]
async fn an_account_without_meetings_has_no_summary() {
    let (raw, provider) = api(empty, overview, empty).await;
    assert_eq!(read(&provider).await.unwrap(), Content::Nothing);
    assert_eq!(raw.targets(), [FIRST_MEETINGS, FIRST_ITEMS]);
}

#[tokio::test]
async fn pages_of_meetings_are_turned_until_five_have_a_summary() {
    // The first page is full of plans, the second is shorter than asked for and repeats one.
    let second: Vec<_> = [3, 2, 2, 1].map(meeting).into();
    let third: Vec<_> = (10..20).rev().map(meeting).collect();
    let (raw, provider) = api(
        move |offset| match offset {
            0 => ok(&page(&(0..20).map(planned).collect::<Vec<_>>(), true)),
            20 => ok(&page(&second, true)),
            24 => ok(&page(&third, true)),
            _ => http("418 Not here", &[], b""),
        },
        overview,
        empty,
    )
    .await;
    let read = meetings_of(&provider).await;
    let ten: Vec<_> = (10..20)
        .rev()
        .map(|number| format!("Meeting {number}"))
        .collect();
    assert_eq!(titles(&read), ten, "the newest, wherever they were listed");
    let five = [
        "About sum_19",
        "About sum_18",
        "About sum_17",
        "About sum_16",
        "About sum_15",
    ];
    assert_eq!(overviews(&read)[..5], five);
    assert_eq!(overviews(&read)[5..], ["-"; 5]);
    let lists = raw.targets();
    assert_eq!(
        lists[..3],
        [
            FIRST_MEETINGS,
            "/mavio/v1/meetings?limit=20&offset=20",
            "/mavio/v1/meetings?limit=20&offset=24",
        ]
    );
    assert_eq!(lists.len(), 3 + 5 + 1, "no fourth page: {lists:?}");
}

#[tokio::test]
async fn a_list_is_read_as_far_as_it_says_and_as_is_sensible() {
    let plans = |has_more| page(&[planned(1)], has_more);
    let cases: Vec<(&str, Value, usize)> = vec![
        ("one page", plans(false), 1),
        ("no pagination", value!({ "data": [planned(1)] }), 1),
        ("more that never comes", page(&[], true), 1),
        ("more without end", plans(true), 3),
    ];
    for (row, answer, requests) in cases {
        let (raw, provider) = api(move |_| ok(&answer), overview, empty).await;
        assert_eq!(read(&provider).await.unwrap(), Content::Nothing, "{row}");
        assert_eq!(raw.targets().len(), requests + 1, "{row}");
    }
}

#[tokio::test]
async fn action_items_are_read_to_the_end_or_for_five_pages() {
    let hundred = |offset: usize| (offset..offset + 100).map(item).collect::<Vec<_>>();
    let (raw, provider) = api(empty, overview, move |offset| match offset {
        0 => ok(&page(&hundred(0), true)),
        _ => ok(&page(
            &[value!({ "title": "Late", "status": "pending", "due_date": "2026-06-01" })],
            false,
        )),
    })
    .await;
    let read = meetings_of(&provider).await;
    assert_eq!(items_of(&read)[..2], ["Late", "Item 0"], "due ones first");
    assert_eq!(read.open_items.len(), MOST_OPEN_ITEMS);
    assert!(read.more_items, "fifty are shown");
    assert_eq!(
        raw.targets()[2],
        "/mavio/v1/action-items?limit=100&offset=100"
    );

    let (raw, provider) = api(empty, overview, |offset| ok(&page(&[item(offset)], true))).await;
    let read = meetings_of(&provider).await;
    assert_eq!(
        items_of(&read),
        ["Item 0", "Item 1", "Item 2", "Item 3", "Item 4"]
    );
    assert!(read.more_items, "the list goes on");
    assert_eq!(raw.targets().len(), 1 + 5);
}

#[tokio::test]
async fn what_a_missing_scope_withholds_is_named_and_the_rest_is_read() {
    let forbidden = || {
        let body = r#"{"error":{"code":"forbidden","message":"Scope missing","request_id":"r"}}"#;
        json("403 Forbidden", body)
    };
    // Which of the three endpoints refuse, what is then named, how many summaries are asked for.
    let cases: [([bool; 3], &[&str], usize); 5] = [
        ([false; 3], &[], 2),
        ([true, false, false], &["meetings:read"], 0),
        ([false, true, false], &["summaries:read"], 1),
        ([false, false, true], &["action-items:read"], 2),
        ([true; 3], &["meetings:read", "action-items:read"], 0),
    ];
    for (refusing, withheld, summaries) in cases {
        let row = format!("{refusing:?}");
        let [no_meetings, no_summaries, no_items] = refusing;
        let (raw, provider) = api(
            move |_| match no_meetings {
                true => forbidden(),
                false => ok(&page(&[meeting(1), meeting(2)], false)),
            },
            move |id| {
                if no_summaries {
                    forbidden()
                } else {
                    overview(id)
                }
            },
            move |_| match no_items {
                true => forbidden(),
                false => ok(&page(&[item(1)], false)),
            },
        )
        .await;
        let read = meetings_of(&provider).await;
        assert_eq!(read.withheld, withheld, "{row}");
        let meetings = if no_meetings { 0 } else { 2 };
        assert_eq!(read.latest.len(), meetings, "{row}");
        let with_overview = read
            .latest
            .iter()
            .filter(|meeting| meeting.overview.is_some());
        let overviews = if no_summaries { 0 } else { meetings };
        assert_eq!(with_overview.count(), overviews, "{row}");
        assert_eq!(read.open_items.len(), usize::from(!no_items), "{row}");
        assert!(!read.more_items, "{row}");
        let asked = raw.targets();
        let asked = asked.iter().filter(|target| target.contains("summaries"));
        assert_eq!(asked.count(), summaries, "{row}");
    }
}

#[tokio::test]
async fn a_summary_that_is_not_there_costs_only_the_overview() {
    let (_raw, provider) = api(
        |_| ok(&page(&[meeting(1), meeting(2)], false)),
        |id| match id {
            "sum_2" => json(
                "404 Not Found",
                r#"{"error":{"code":"not_found","message":"m"}}"#,
            ),
            id => overview(id),
        },
        empty,
    )
    .await;
    let read = meetings_of(&provider).await;
    assert_eq!(overviews(&read), ["-", "About sum_1"]);
    assert_eq!(read.withheld, Vec::<String>::new());
}

#[tokio::test]
async fn any_other_refusal_fails_the_whole_reading() {
    let cases: Vec<(&str, Then, &str)> = vec![
        (
            "401",
            json(
                "401 No",
                r#"{"error":{"code":"unauthorized","message":"m"}}"#,
            ),
            "refused 401 Some(Unregistered)",
        ),
        ("404 of a list", json("404 No", "{}"), "refused 404 None"),
        ("429", json("429 Slow", "{}"), "refused 429 None"),
        ("500", json("500 Oh", "{}"), "refused 500 None"),
        ("503", http("503 Later", &[], b""), "refused 503 None"),
        (
            "a redirect",
            http("302 Found", &["Location: /"], b""),
            "redirected",
        ),
        (
            "HTML",
            http(
                "200 OK",
                &["Content-Type: text/html"],
                b"<html>Sign in</html>",
            ),
            "malformed: the answer has no list",
        ),
        (
            "no list",
            json("200 OK", "{}"),
            "malformed: the answer has no list",
        ),
        (
            "null",
            json("200 OK", r#"{"data":null}"#),
            "malformed: the answer has no list",
        ),
        (
            "an object",
            json("200 OK", r#"{"data":{}}"#),
            "malformed: the answer has no list",
        ),
        (
            "deep",
            json(
                "200 OK",
                &format!(r#"{{"data":[{}{}]}}"#, "[".repeat(40), "]".repeat(40)),
            ),
            "malformed: the answer isn't the JSON it should be",
        ),
        ("5 MiB", json("200 OK", &" ".repeat(5 << 20)), "too large"),
        ("a reset", Then::Reset, "no answer, unsent false"),
    ];
    for (row, then, expected) in cases {
        let (meetings, items) = (then.clone(), then.clone());
        let (_raw, refuses_meetings) = api(move |_| meetings.clone(), overview, empty).await;
        let (_raw2, refuses_items) = api(
            |_| ok(&page(&[meeting(1)], false)),
            overview,
            move |_| items.clone(),
        )
        .await;
        for provider in [refuses_meetings, refuses_items] {
            let fault = read(&provider).await.unwrap_err();
            assert_eq!(word(&fault), expected, "{row}");
            assert!(!format!("{fault:?}").contains(MARK), "{row}: {fault:?}");
        }
    }
    for (row, then, expected) in [
        ("401", json("401 No", "{}"), "refused 401 None"),
        ("500", json("500 Oh", "{}"), "refused 500 None"),
        (
            "a list",
            json("200 OK", "[]"),
            "malformed: the answer isn't a summary",
        ),
    ] {
        let refuse = move |_: &str| then.clone();
        let (_raw, provider) = api(|_| ok(&page(&[meeting(1)], false)), refuse, empty).await;
        let fault = read(&provider).await.unwrap_err();
        assert_eq!(word(&fault), expected, "a summary, {row}");
    }
}

#[tokio::test]
async fn security_60_a_429_says_how_long_to_wait() {
    let day = 24 * 3600;
    let cases: [(&str, &str, &[&str], Option<u64>); 8] = [
        ("no hint", "429 Slow", &[], None),
        ("seconds", "429 Slow", &["X-RateLimit-Reset: 90"], Some(90)),
        (
            "a time long past",
            "429 Slow",
            &["X-RateLimit-Reset: 1500000000"],
            Some(0),
        ),
        (
            "a time far ahead",
            "429 Slow",
            &["X-RateLimit-Reset: 4000000000"],
            Some(day),
        ),
        (
            "both",
            "429 Slow",
            &["X-RateLimit-Reset: 90", "Retry-After: 7"],
            Some(7),
        ),
        (
            "one readable",
            "429 Slow",
            &["X-RateLimit-Reset: 90", "Retry-After: soon"],
            Some(90),
        ),
        ("garbage", "429 Slow", &["X-RateLimit-Reset: -90"], None),
        // Limits are sent with every answer; a failing server has not reached one.
        ("no 429", "503 Later", &["X-RateLimit-Reset: 90"], None),
    ];
    for (row, status, headers, seconds) in cases {
        let then = http(status, headers, b"{}");
        let (_raw, provider) = api(move |_| then.clone(), overview, empty).await;
        let fault = read(&provider).await.unwrap_err();
        let Fault::Refused { retry_after, .. } = fault else {
            panic!("{row}: {fault:?}");
        };
        assert_eq!(retry_after, seconds.map(Duration::from_secs), "{row}");
    }
}

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

#[tokio::test]
async fn whose_account_it_is_is_guessed_from_one_page_of_meetings() {
    let guest = value!({ "id": "g", "status": "completed", "started_at": "2026-01-02T00:00:00Z",
        "participants": [{ "email": "a@b", "role": "guest" }] });
    let cases: Vec<(&str, Vec<Value>, Option<&str>)> = vec![
        (
            "the newest",
            vec![meeting(1), meeting(9), meeting(5)],
            Some("ada+9@lovelace.example"),
        ),
        (
            "not one to come",
            vec![planned(1), meeting(5)],
            Some("ada+5@lovelace.example"),
        ),
        ("only the newest", vec![guest, meeting(5)], None),
        ("none", vec![], None),
    ];
    for (row, list, expected) in cases {
        let (raw, provider) = api(move |_| ok(&page(&list, true)), overview, empty).await;
        let hint = context().account_hint(&provider, &token()).await.unwrap();
        assert_eq!(hint.as_deref(), expected, "{row}");
        assert_eq!(raw.targets(), [FIRST_MEETINGS], "{row}");
    }
    let (_raw, refusing) = api(|_| json("403 No", "{}"), overview, empty).await;
    let fault = context()
        .account_hint(&refusing, &token())
        .await
        .unwrap_err();
    assert_eq!(word(&fault), "refused 403 None");

    let raw = Raw::start(json("200 OK", "{}")).await;
    let hint = context().account_hint(&provider(&raw.base), &token()).await;
    assert_eq!(hint.unwrap(), None, "Mio's id token says it");
    assert_eq!(raw.targets(), Vec::<String>::new());
}

#[tokio::test]
async fn security_49_a_host_that_is_not_mavios_gets_no_request_and_no_question() {
    let (raw, mut provider) = api(empty, overview, empty).await;
    let fault = context()
        .ask(&provider, &token(), "Who?")
        .await
        .unwrap_err();
    assert_eq!(
        word(&fault),
        "malformed: this provider answers no questions"
    );
    provider.api_hosts = vec!["api.mavioapp.com".to_owned()];
    let fault = read(&provider).await.unwrap_err();
    assert_eq!(
        word(&fault),
        "malformed: the API address isn't one of the provider's hosts"
    );
    assert_eq!(raw.targets(), Vec::<String>::new());
}
