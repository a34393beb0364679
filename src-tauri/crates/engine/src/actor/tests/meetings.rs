//! Meetings: what is shown while they can't be read, and a provider that wants to be left alone
//! (SECURITY 60, 63, 117).

use super::{HOUR, MINUTE};
use crate::Ending;
use crate::ports::Clock;
use crate::testing::{World, fault, refused};
use crate::update::SummaryState;
use keyfob_domain::error::ErrorCode;
use keyfob_domain::failure::Fault;
use keyfob_domain::id::ConnectionId;
use keyfob_domain::summary::{Content, Meeting, Meetings, SUMMARY_LIFE};
use keyfob_domain::time::Timestamp;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn meetings(title: &str) -> Content {
    Content::meetings(Meetings {
        latest: vec![Meeting {
            title: Some(title.to_owned()),
            ..Meeting::default()
        }],
        ..Meetings::default()
    })
}

/// A refusal with what it says about the time to wait, in seconds.
fn busy(status: u16, retry_after: Option<u64>) -> Fault {
    Fault::Refused {
        status,
        error: None,
        detail: None,
        retry_after: retry_after.map(Duration::from_secs),
    }
}

/// A world with one account at Mavio, whose meetings were read once.
async fn with_account() -> (World, ConnectionId) {
    let mut providers = crate::providers::sandbox_presets("http://127.0.0.1:9").unwrap();
    let mut world = World::with(vec![providers.remove(1)]).await;
    world.context.next_summary(Ok(meetings("First")));
    let id = world.connect().await;
    world.log.clear();
    (world, id)
}

fn summary(world: &World, id: ConnectionId) -> &SummaryState {
    &world.overview(id).summary
}

fn content(world: &World, id: ConnectionId) -> Option<&Content> {
    let last = summary(world, id).last.as_ref();
    last.map(|last| &last.content)
}

fn problem(world: &World, id: ConnectionId) -> Option<ErrorCode> {
    let problem = summary(world, id).problem.as_ref();
    problem.map(|problem| problem.code)
}

fn readings(world: &World) -> usize {
    world.log.of("SUMMARY").len()
}

/// Reads again and lets it come to its end.
async fn reload(world: &mut World, id: ConnectionId) {
    world.engine.reload_summary(id).await.unwrap();
    world.settle().await;
}

#[tokio::test]
async fn meetings_are_read_once_an_account_is_connected_and_survive_a_restart() {
    let (mut world, id) = with_account().await;
    assert_eq!(content(&world, id), Some(&meetings("First")));
    world.crash_and_restart().await;
    assert_eq!(content(&world, id), Some(&meetings("First")));
    assert_eq!(readings(&world), 0, "a start reads nothing that is there");
}

#[tokio::test]
async fn meetings_stay_with_their_time_while_the_provider_cannot_be_reached() {
    let (mut world, id) = with_account().await;
    let as_of = summary(&world, id).last.as_ref().unwrap().as_of;
    let faults = [
        ("unreachable", fault(true), ErrorCode::ProviderUnreachable),
        ("cut off", fault(false), ErrorCode::ProviderUnreachable),
        ("an error", refused(500, ""), ErrorCode::ProviderError),
        (
            "no meetings",
            Fault::Malformed { why: "no list" },
            ErrorCode::AnswerMalformed,
        ),
        ("too large", Fault::TooLarge, ErrorCode::AnswerTooLarge),
    ];
    for (row, fault, code) in faults {
        world.clock.advance(SECOND);
        world.context.next_summary(Err(fault));
        reload(&mut world, id).await;
        assert_eq!(content(&world, id), Some(&meetings("First")), "{row}");
        let state = summary(&world, id);
        assert_eq!(state.last.as_ref().unwrap().as_of, as_of, "{row}");
        assert_eq!(problem(&world, id), Some(code), "{row}");
        assert_eq!(state.next_try_at, None, "{row}: the user may try at once");
    }
    world.crash_and_restart().await;
    assert_eq!(content(&world, id), Some(&meetings("First")));

    world.context.next_summary(Ok(meetings("Second")));
    reload(&mut world, id).await;
    assert_eq!(content(&world, id), Some(&meetings("Second")));
    assert_eq!(problem(&world, id), None);
}

#[tokio::test]
async fn security_63_meetings_lead_to_one_renewal_and_one_more_try_after_a_401() {
    let (mut world, id) = with_account().await;
    world.context.next_summary(Err(refused(401, "")));
    world.context.next_summary(Ok(meetings("Second")));
    reload(&mut world, id).await;
    assert_eq!(content(&world, id), Some(&meetings("Second")));
    assert_eq!(world.log.of("SUMMARY"), ["SUMMARY at-1", "SUMMARY at-2"]);
    assert_eq!(world.posts(), ["POST rt-1"]);

    world.pass(30 * SECOND).await;
    world.log.clear();
    world.context.next_summary(Err(refused(401, "")));
    world.context.next_summary(Err(refused(401, "")));
    reload(&mut world, id).await;
    assert_eq!((readings(&world), world.posts().len()), (2, 1));
    assert_eq!(problem(&world, id), Some(ErrorCode::TokenRejected));
    assert_eq!(content(&world, id), Some(&meetings("Second")));
}

#[tokio::test]
async fn security_60_a_provider_is_left_alone_for_as_long_as_it_asks() {
    let cases = [
        ("429 with a time", busy(429, Some(90)), 90),
        ("429 without one", busy(429, None), 60),
        ("429 for a month", busy(429, Some(30 * 86_400)), 86_400),
        ("503 with a time", busy(503, Some(90)), 90),
    ];
    for (row, fault, seconds) in cases {
        let (mut world, id) = with_account().await;
        let wait = Duration::from_secs(seconds);
        let now = summary(&world, id).last.as_ref().unwrap().as_of;
        world.context.next_summary(Err(fault));
        reload(&mut world, id).await;
        let state = summary(&world, id).clone();
        assert_eq!(state.next_try_at, Some(now.after(wait)), "{row}");
        assert!(state.problem.is_some() && !state.loading, "{row}");
        assert_eq!(content(&world, id), Some(&meetings("First")), "{row}");

        let seen = world.seen.len();
        for _ in 0..3 {
            reload(&mut world, id).await;
        }
        assert_eq!(readings(&world), 1, "{row}: a user's wish sends nothing");
        assert_eq!(world.seen.len(), seen, "{row}: and changes nothing");
        assert_eq!(*summary(&world, id), state, "{row}");

        world.context.next_summary(Ok(meetings("Second")));
        world.pass(wait - SECOND).await;
        assert_eq!(content(&world, id), Some(&meetings("First")), "{row}");
        world.pass(SECOND).await;
        assert_eq!(content(&world, id), Some(&meetings("Second")), "{row}");
        let state = summary(&world, id);
        assert_eq!((&state.problem, state.next_try_at), (&None, None), "{row}");
    }
}

#[tokio::test]
async fn after_a_rest_the_user_may_read_again_at_once() {
    let (mut world, id) = with_account().await;
    world.context.next_summary(Err(busy(429, Some(90))));
    reload(&mut world, id).await;
    world.pass(90 * SECOND).await;
    assert_eq!(readings(&world), 2, "the timer's");
    reload(&mut world, id).await;
    assert_eq!(readings(&world), 3, "the user's");
}

#[tokio::test]
async fn a_renewal_does_not_disturb_a_provider_that_rests() {
    let (mut world, id) = with_account().await;
    world.clock.advance(16 * MINUTE);
    world.context.next_summary(Err(busy(429, Some(3_600))));
    reload(&mut world, id).await;
    world.engine.renew(id).await.unwrap();
    world.settle().await;
    assert_eq!(readings(&world), 1, "though the summary is old");
}

#[tokio::test]
async fn security_60_a_provider_that_never_has_time_is_asked_less_and_less_often() {
    let (mut world, id) = with_account().await;
    for _ in 0..100 {
        world.context.next_summary(Err(busy(429, Some(0))));
    }
    reload(&mut world, id).await;
    let mut per_hour = Vec::new();
    for _ in 0..4 {
        world.log.clear();
        for _ in 0..360 {
            world.pass(10 * SECOND).await;
        }
        per_hour.push(readings(&world));
    }
    assert!(
        per_hour[0] <= 14 && per_hour[3] <= 4 && per_hour[3] >= 2,
        "{per_hour:?}"
    );
    assert_eq!(content(&world, id), Some(&meetings("First")));

    world.context.clear_summaries();
    world.context.next_summary(Ok(meetings("Second")));
    world.pass(HOUR).await;
    assert_eq!(content(&world, id), Some(&meetings("Second")));
    world.context.next_summary(Err(busy(429, Some(0))));
    reload(&mut world, id).await;
    let next_try_at = summary(&world, id).next_try_at.unwrap();
    let wait = next_try_at.since(world.clock.now());
    assert!(wait <= 5 * SECOND, "one good reading counts: {wait:?}");
}

#[tokio::test]
async fn an_account_that_is_revoked_while_its_provider_rests_is_not_read_again() {
    let (mut world, id) = with_account().await;
    world.context.next_summary(Err(busy(429, Some(90))));
    reload(&mut world, id).await;
    world.engine.revoke(id, Ending::Now).await.unwrap();
    world.pass(HOUR).await;
    assert!(world.is_gone(id));
    assert_eq!(readings(&world), 1);
}

#[tokio::test]
async fn security_117_meetings_older_than_thirty_days_are_not_shown_after_a_restart() {
    let (mut world, id) = with_account().await;
    for (row, later, shown) in [
        ("thirty days", SUMMARY_LIFE, true),
        ("a second more", SUMMARY_LIFE + SECOND, false),
    ] {
        let now = world.clock.now();
        world.rows.tamper(id, |row| {
            let millis = i64::try_from(later.as_millis()).unwrap();
            let summary = row.summary.as_mut().unwrap();
            summary.as_of = Timestamp::from_millis(now.millis() - millis);
        });
        world.crash_and_restart().await;
        assert_eq!(content(&world, id).is_some(), shown, "{row}");
    }
}
