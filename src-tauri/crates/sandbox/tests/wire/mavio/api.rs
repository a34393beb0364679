//! Mavio's API: fields, pages, scopes, errors, the limit.

use std::collections::BTreeSet;
use std::time::Duration;

use keyfob_sandbox::{Endpoint, MavioManners, RateLimit, Scripted};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use super::{Mavio, SCOPES};
use crate::world::{START, text};

const MEETINGS: &str = "/meetings";
const ACTION_ITEMS: &str = "/action-items";
const SUMMARY: &str = "/summaries/sum_review_1";

/// Each endpoint and the scope it needs.
const ENDPOINTS: [(&str, &str); 3] = [
    (MEETINGS, "meetings:read"),
    (SUMMARY, "summaries:read"),
    (ACTION_ITEMS, "action-items:read"),
];

/// An access token of this user for everything Keyfob asks for.
async fn access_token(mavio: &Mavio, user: &str) -> String {
    let tokens = mavio.tokens_for(user, &SCOPES).await;
    text(&tokens, "access_token").to_owned()
}

/// What is answered with 200.
async fn read(mavio: &Mavio, access_token: &str, path: &str) -> Value {
    let response = mavio.get(access_token, path).await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    response.json().await.unwrap()
}

/// The error of an answer that must have this status and code.
async fn error(label: &str, response: Response, status: u16, code: &str) -> Value {
    assert_eq!(response.status().as_u16(), status, "{label}");
    let answer: Value = response.json().await.unwrap();
    let error = answer["error"].clone();
    assert_eq!(error["code"], code, "{label}: {answer}");
    assert!(!text(&error, "message").is_empty(), "{label}");
    assert!(text(&error, "request_id").starts_with("req_"), "{label}");
    assert!(error["details"].is_array(), "{label}: {answer}");
    error
}

fn list(answer: &Value) -> &Vec<Value> {
    answer["data"].as_array().expect("a list")
}

fn ids(answer: &Value) -> Vec<&str> {
    list(answer).iter().map(|entry| text(entry, "id")).collect()
}

fn keys(object: &Value) -> BTreeSet<&str> {
    let object = object.as_object().expect("an object");
    object.keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_meeting_has_the_fields_of_the_reference() {
    let mavio = Mavio::start().await;
    let token = access_token(&mavio, "ada").await;

    let meetings = read(&mavio, &token, "/meetings?limit=100").await;

    let fields = BTreeSet::from([
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
    ]);
    let people = BTreeSet::from(["id", "name", "email", "role", "speaking_duration_seconds"]);
    let mut statuses = BTreeSet::new();
    for meeting in list(&meetings) {
        assert_eq!(keys(meeting), fields);
        assert!(text(meeting, "id").starts_with("mtg_"));
        let participants = meeting["participants"].as_array().unwrap();
        let hosts = participants.iter().filter(|one| one["role"] == "host");
        assert_eq!(hosts.count(), 1, "{meeting}");
        assert!(participants.iter().all(|one| keys(one) == people));
        let status = text(meeting, "status");
        let over = status != "scheduled";
        assert_eq!(meeting["ended_at"].is_string(), over, "{meeting}");
        assert_eq!(meeting["duration_seconds"].is_u64(), over, "{meeting}");
        if status != "completed" {
            assert!(meeting["summary_id"].is_null(), "{meeting}");
        }
        statuses.insert(status);
    }
    let expected = BTreeSet::from(["scheduled", "processing", "completed", "failed"]);
    assert_eq!(statuses, expected);
    mavio.end().await;
}

#[tokio::test]
async fn meetings_are_dated_from_the_clock_newest_first() {
    let mavio = Mavio::start().await;
    let token = access_token(&mavio, "ada").await;
    let newest = async || {
        let meetings = read(&mavio, &token, "/meetings?limit=100").await;
        let starts: Vec<&str> = list(&meetings)
            .iter()
            .map(|meeting| text(meeting, "started_at"))
            .collect();
        assert!(starts.is_sorted_by(|one, other| one >= other), "{starts:?}");
        let began = list(&meetings)
            .iter()
            .find(|meeting| meeting["status"] != "scheduled");
        began.expect("a meeting that began").clone()
    };

    let meeting = newest().await;
    assert_eq!(meeting["status"], "processing");
    assert_eq!(meeting["started_at"], "2026-10-31T23:10:00Z");
    assert_eq!(meeting["ended_at"], "2026-10-31T23:40:00Z");
    assert_eq!(meeting["duration_seconds"], 1800);
    assert_eq!(meeting["participants"][0]["email"], "ada@byron.example");
    assert_eq!(meeting["participants"][0]["role"], "host");

    // A year later, to the minute; the access token is gone by then.
    mavio.clock.set(START + 365 * 86_400_000 + 14 * 60_000);
    let token = access_token(&mavio, "ada").await;
    let later = read(&mavio, &token, "/meetings?limit=100").await;
    let same = list(&later).iter().find(|one| one["id"] == meeting["id"]);
    assert_eq!(same.unwrap()["started_at"], "2027-10-31T23:10:00Z");
    mavio.end().await;
}

#[tokio::test]
async fn lists_are_cut_into_pages() {
    let mavio = Mavio::start().await;
    let token = access_token(&mavio, "ada").await;
    for (path, total) in [(MEETINGS, 27), (ACTION_ITEMS, 30)] {
        let whole = read(&mavio, &token, &format!("{path}?limit=100")).await;
        assert_eq!(ids(&whole).len(), total, "{path}");
        let unique: BTreeSet<&str> = ids(&whole).into_iter().collect();
        assert_eq!(unique.len(), total, "{path}: {unique:?}");
        let expected = json!({ "total": total, "limit": 100, "offset": 0, "has_more": false });
        assert_eq!(whole["pagination"], expected, "{path}");

        let first = read(&mavio, &token, path).await;
        let expected = json!({ "total": total, "limit": 20, "offset": 0, "has_more": true });
        assert_eq!(first["pagination"], expected, "{path}");
        let second = read(&mavio, &token, &format!("{path}?limit=20&offset=20")).await;
        assert_eq!(second["pagination"]["has_more"], false, "{path}");
        let joined = [ids(&first), ids(&second)].concat();
        assert_eq!(joined, ids(&whole), "{path}");

        let beyond = read(&mavio, &token, &format!("{path}?offset={total}")).await;
        assert_eq!(beyond["data"], json!([]), "{path}");
        assert_eq!(beyond["pagination"]["has_more"], false, "{path}");

        for (query, fields) in [
            ("limit=0", vec!["limit"]),
            ("limit=101", vec!["limit"]),
            ("limit=ten", vec!["limit"]),
            ("offset=-1", vec!["offset"]),
            ("limit=1e2&offset=", vec!["limit", "offset"]),
        ] {
            let refused = mavio.get(&token, &format!("{path}?{query}")).await;
            let error = error(query, refused, 400, "validation_error").await;
            let details = error["details"].as_array().unwrap();
            let named: Vec<&str> = details.iter().map(|one| text(one, "field")).collect();
            assert_eq!(named, fields, "{path}?{query}");
            assert!(details.iter().all(|one| !text(one, "message").is_empty()));
        }
    }
    mavio.end().await;
}

#[tokio::test]
async fn every_summary_that_is_announced_can_be_read() {
    let mavio = Mavio::start().await;
    let token = access_token(&mavio, "ada").await;
    let meetings = read(&mavio, &token, "/meetings?limit=100").await;
    let announced: Vec<&Value> = list(&meetings)
        .iter()
        .filter(|meeting| meeting["summary_id"].is_string())
        .collect();
    assert_eq!(announced.len(), 10);
    let listed = read(&mavio, &token, "/action-items?limit=100").await;
    let mut items = 0;
    for meeting in announced {
        let path = format!("/summaries/{}", text(meeting, "summary_id"));

        let summary = read(&mavio, &token, &path).await;

        let fields = [
            "id",
            "meeting_id",
            "overview",
            "agenda",
            "decisions",
            "action_items",
        ];
        assert_eq!(keys(&summary), BTreeSet::from(fields));
        assert_eq!(summary["id"], meeting["summary_id"]);
        assert_eq!(summary["meeting_id"], meeting["id"]);
        assert!(text(&summary, "overview").len() > 40, "{summary}");
        let topics = summary["agenda"].as_array().unwrap();
        let seconds: u64 = topics
            .iter()
            .map(|topic| topic["duration_seconds"].as_u64().unwrap())
            .sum();
        assert_eq!(meeting["duration_seconds"], seconds, "{path}");
        for decision in summary["decisions"].as_array().unwrap() {
            let fields = ["description", "decided_by", "context"];
            assert_eq!(keys(decision), BTreeSet::from(fields));
            let by = &decision["decided_by"];
            let people = meeting["participants"].as_array().unwrap();
            assert!(people.iter().any(|one| one["name"] == *by), "{path}: {by}");
        }
        for item in summary["action_items"].as_array().unwrap() {
            let twin = list(&listed).iter().find(|one| one["id"] == item["id"]);
            let mut twin = twin.expect("it is in the list as well").clone();
            let listing = twin.as_object_mut().unwrap();
            assert_eq!(listing.remove("meeting_id"), Some(meeting["id"].clone()));
            assert_eq!(
                listing.remove("meeting_title"),
                Some(meeting["title"].clone())
            );
            assert_eq!(twin, *item);
            items += 1;
        }
    }
    assert_eq!(items, 30);
    for (label, id) in [
        ("unknown", "sum_x"),
        ("a meeting without one", "sum_review_6"),
        ("a meeting's id", "mtg_review_1"),
        ("someone else's", "sum_icon_set"),
        ("no text", "%ff"),
        ("a way out", "..%2fmeetings"),
    ] {
        let refused = mavio.get(&token, &format!("/summaries/{id}")).await;
        error(label, refused, 404, "not_found").await;
    }
    mavio.end().await;
}

#[tokio::test]
async fn action_items_have_the_fields_of_the_reference_and_some_are_open() {
    let mavio = Mavio::start().await;
    let token = access_token(&mavio, "ada").await;
    let fields = BTreeSet::from([
        "id",
        "title",
        "status",
        "priority",
        "assignee",
        "due_date",
        "meeting_id",
        "meeting_title",
    ]);
    let mut open = Vec::new();
    for path in ["/action-items?limit=20", "/action-items?limit=20&offset=20"] {
        let page = read(&mavio, &token, path).await;
        for item in list(&page) {
            assert_eq!(keys(item), fields);
            assert!(["pending", "in_progress", "completed"].contains(&text(item, "status")));
            assert!(["high", "medium", "low"].contains(&text(item, "priority")));
            if let Some(due) = item["due_date"].as_str() {
                assert_eq!(due.len(), 10, "{due}");
            }
            if item["assignee"].is_object() {
                let person = BTreeSet::from(["id", "name", "email"]);
                assert_eq!(keys(&item["assignee"]), person);
            }
        }
        let of_page = list(&page)
            .iter()
            .filter(|item| item["status"] != "completed");
        open.push(of_page.count());
    }
    assert_eq!(open, [6, 3]);
    mavio.end().await;
}

#[tokio::test]
async fn people_share_their_meetings_and_see_no_others() {
    let mavio = Mavio::start().await;
    let everything = async |user| {
        let token = access_token(&mavio, user).await;
        let meetings = read(&mavio, &token, "/meetings?limit=100").await;
        let summary = mavio.get(&token, SUMMARY).await.status().as_u16();
        let items = read(&mavio, &token, ACTION_ITEMS).await;
        (meetings, summary, items)
    };
    let (of_ada, ..) = everything("ada").await;
    let (of_grace, summary, _) = everything("grace").await;
    let shared: Vec<&Value> = list(&of_grace)
        .iter()
        .filter(|meeting| list(&of_ada).contains(meeting))
        .collect();
    assert_eq!((shared.len(), list(&of_grace).len()), (9, 13));
    assert_eq!(summary, 200, "of a shared meeting");
    for meeting in list(&of_grace) {
        let people = meeting["participants"].as_array().unwrap();
        let takes_part = people
            .iter()
            .any(|one| one["email"] == "grace@novak.example");
        assert!(takes_part, "{meeting}");
    }

    let (of_noor, summary, items) = everything("noor").await;
    assert_eq!(of_noor["data"], json!([]));
    assert_eq!(of_noor["pagination"]["total"], 0);
    assert_eq!(summary, 404);
    assert_eq!(items["data"], json!([]));
    mavio.end().await;
}

#[tokio::test]
async fn each_endpoint_needs_its_own_scope() {
    let mavio = Mavio::start().await;
    for granted in SCOPES {
        let tokens = mavio.tokens_for("ada", &[granted]).await;
        for (path, scope) in ENDPOINTS {
            let response = mavio.get(text(&tokens, "access_token"), path).await;
            if scope == granted {
                assert_eq!(response.status(), StatusCode::OK, "{path}");
            } else {
                let error = error(path, response, 403, "forbidden").await;
                assert!(text(&error, "message").contains(scope), "{path}: {error}");
            }
        }
    }
    mavio.end().await;
}

#[tokio::test]
async fn only_a_good_access_token_of_mavio_is_honoured() {
    let mavio = Mavio::start().await;
    let tokens = mavio.tokens().await;
    let mio = mavio.world.tokens().await;
    let access = text(&tokens, "access_token");
    let rows = [
        ("none", None),
        ("empty", Some(String::new())),
        ("another scheme", Some(format!("Basic {access}"))),
        ("unknown", Some("Bearer mavio_at_x".to_owned())),
        (
            "a refresh token",
            Some(format!("Bearer {}", text(&tokens, "refresh_token"))),
        ),
        (
            "Mio's",
            Some(format!("Bearer {}", text(&mio, "access_token"))),
        ),
    ];
    let refused = async |label: &str, value: Option<String>, path: &str| {
        let mut request = mavio.http.get(mavio.url(&format!("/mavio/v1{path}")));
        if let Some(value) = value {
            request = request.header("authorization", value);
        }
        let response = request.send().await.unwrap();
        let challenge = response.headers().get("www-authenticate").cloned();
        assert!(challenge.is_some(), "{label} {path}");
        error(label, response, 401, "unauthorized").await;
    };
    for (label, value) in rows {
        for (path, _) in ENDPOINTS {
            refused(label, value.clone(), path).await;
        }
    }
    mavio.clock.advance(Duration::from_millis(3_599_999));
    assert_eq!(mavio.get(access, MEETINGS).await.status(), StatusCode::OK);
    mavio.clock.advance(Duration::from_millis(1));
    refused("expired", Some(format!("Bearer {access}")), MEETINGS).await;

    let renewed = mavio.renewed(text(&tokens, "refresh_token")).await;
    let renewed = format!("Bearer {}", text(&renewed, "access_token"));
    mavio.sandbox.revoke_all();
    refused("revoked", Some(renewed), MEETINGS).await;
    mavio.end().await;
}

#[tokio::test]
async fn too_many_requests_are_refused_until_the_window_ends() {
    let mavio = Mavio::with(MavioManners {
        rate_limit: Some(RateLimit {
            requests: 3,
            window: Duration::from_millis(60_500),
        }),
        ..MavioManners::default()
    })
    .await;
    let token = access_token(&mavio, "ada").await;
    let other = access_token(&mavio, "ada").await;
    for (path, _) in ENDPOINTS {
        assert_eq!(mavio.get(&token, path).await.status(), StatusCode::OK);
    }
    for after in [0, 60_499] {
        mavio.clock.set(START + after);
        for (path, _) in ENDPOINTS {
            let refused = mavio.get(&token, path).await;
            // The next whole second: whoever waits for it isn't too early.
            let reset = (START / 1000 + 61).to_string();
            assert_eq!(
                refused.headers()["x-ratelimit-reset"],
                reset.as_str(),
                "{path}"
            );
            error(path, refused, 429, "rate_limit_exceeded").await;
        }
    }
    let stranger = mavio.get("mavio_at_x", MEETINGS).await;
    error("a bad token", stranger, 401, "unauthorized").await;
    assert_eq!(mavio.get(&other, MEETINGS).await.status(), StatusCode::OK);

    mavio.clock.set(START + 60_500);
    assert_eq!(mavio.get(&token, MEETINGS).await.status(), StatusCode::OK);

    mavio
        .sandbox
        .mavio_manners(|manners| manners.rate_limit = None);
    for _ in 0..10 {
        assert_eq!(mavio.get(&token, MEETINGS).await.status(), StatusCode::OK);
    }
    mavio.end().await;
}

#[tokio::test]
async fn requests_are_recorded_and_scripted_like_all_others() {
    let mavio = Mavio::start().await;
    let token = access_token(&mavio, "ada").await;
    for (endpoint, path) in [
        (Endpoint::MavioMeetings, MEETINGS),
        (Endpoint::MavioSummaries, SUMMARY),
        (Endpoint::MavioActionItems, ACTION_ITEMS),
    ] {
        mavio.sandbox.script(endpoint, Scripted::json(503, "{}"));
        assert_eq!(mavio.get(&token, path).await.status().as_u16(), 503);
        assert_eq!(mavio.get(&token, path).await.status().as_u16(), 200);
        mavio.sandbox.wait_for_requests(endpoint, 2).await;
    }
    let seen: Vec<(Endpoint, String)> = mavio
        .sandbox
        .requests()
        .into_iter()
        .map(|request| (request.endpoint, request.path))
        .collect();
    for expected in [
        (Endpoint::MavioAuthorize, "/mavio/oauth/authorize"),
        (Endpoint::MavioConsent, "/mavio/oauth/consent"),
        (Endpoint::MavioToken, "/mavio/oauth/token"),
        (Endpoint::MavioSummaries, "/mavio/v1/summaries/sum_review_1"),
    ] {
        let expected = (expected.0, expected.1.to_owned());
        assert!(seen.contains(&expected), "{expected:?} is not in {seen:?}");
    }
    mavio.end().await;
}
