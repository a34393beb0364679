//! Meetings over real sockets: pages, refusals, and lists that mean harm (SECURITY 49, 60, 117).

mod hostile;
mod refusals;

use super::raw::{Raw, Then, http, json};
use super::{MARK, context, mavio_provider, provider, word};
use keyfob_domain::authorization::Identity;
use keyfob_domain::failure::Fault;
use keyfob_domain::provider::Provider;
use keyfob_domain::secret::AccessToken;
use keyfob_domain::summary::{Content, MOST_OPEN_ITEMS, Meetings, Priority};
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
    context().summary(provider, &token(), None).await
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
        let found = context().account(&provider, &token()).await.unwrap();
        assert_eq!(found.guess.as_deref(), expected, "{row}");
        assert_eq!(raw.targets(), [FIRST_MEETINGS], "{row}");
    }
    let (_raw, refusing) = api(|_| json("403 No", "{}"), overview, empty).await;
    let fault = context().account(&refusing, &token()).await.unwrap_err();
    assert_eq!(word(&fault), "refused 403 None");

    let raw = Raw::start(json("200 OK", "{}")).await;
    let found = context().account(&provider(&raw.base), &token()).await;
    assert_eq!(found, Ok(Identity::default()), "Mio's id token says it");
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
