//! What is read when the API refuses a part, or everything.

use super::*;

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
