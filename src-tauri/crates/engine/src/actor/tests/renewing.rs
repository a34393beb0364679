//! Renewals that succeed: when, how often, and in which order (SECURITY 45, 57, 58, 107).

use super::{HOUR, MINUTE, MIO};
use crate::ports::Clock;
use crate::testing::{Wire, World, refused};
use keyfob_domain::connection::Condition;
use keyfob_domain::error::ErrorCode;
use keyfob_domain::failure::Fault;
use std::time::Duration;

#[tokio::test]
async fn security_58_the_timer_renews_at_the_due_time_and_not_before() {
    let mut world = World::start().await;
    let id = world.connect().await;
    let due_at = world.connection(id).due_at.unwrap();
    let obtained_at = world.connection(id).life.obtained_at;
    let wait = due_at.since(obtained_at);
    assert!(wait >= 36 * MINUTE && wait <= 54 * MINUTE, "{wait:?}");
    world.log.clear();

    world.pass(wait - Duration::from_millis(1)).await;
    assert_eq!(world.posts(), Vec::<String>::new());
    world.pass(Duration::from_millis(1)).await;
    assert_eq!(world.posts(), ["POST rt-1"]);
    assert_eq!(world.keychain.stored(id), Some((2, "rt-2".to_owned())));
    assert_eq!(*world.condition(id), Condition::Active);
    let next = world.connection(id).due_at.unwrap().since(due_at);
    assert_ne!(next, wait, "the share of the life is drawn anew");
}

#[tokio::test]
async fn security_107_intent_request_keychain_row_news_come_in_this_order() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.log.clear();
    world.rows.save_gate.shut();
    let engine = world.engine.clone();
    let renewal = tokio::spawn(async move { engine.renew(id).await });
    world.rows.save_gate.reached_by(1).await;
    assert_eq!(
        world.log.lines(),
        ["INTENT generation 2", "POST rt-1", "KEYCHAIN tokens ok"]
    );
    assert!(world.rows.row(id).unwrap().interrupted);
    let before = world.seen.len();
    world.settle().await;
    let early: Vec<_> = world.seen[before..].iter().filter(|update| {
        matches!(update, crate::Update::Connection(overview) if overview.connection.life.generation == 2)
    }).collect();
    assert!(early.is_empty(), "published before the row: {early:?}");
    assert!(!renewal.is_finished(), "told before the row");

    world.rows.save_gate.let_through();
    renewal.await.unwrap().unwrap();
    world.settle().await;
    assert_eq!(world.log.lines()[3], "ROW generation 2");
    assert_eq!(world.connection(id).life.generation, 2);
    assert!(!world.rows.row(id).unwrap().interrupted);
}

#[tokio::test]
async fn security_107_without_an_intent_nothing_is_sent() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.log.clear();
    world.rows.fails(true);
    let refused = world.engine.renew(id).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::DatabaseUnavailable);
    assert_eq!(world.posts(), Vec::<String>::new());
    world.rows.fails(false);
    world.engine.renew(id).await.unwrap();
    assert_eq!(world.keychain.stored(id), Some((2, "rt-2".to_owned())));
}

#[tokio::test]
async fn security_57_a_thousand_callers_share_one_request_and_its_answer() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.log.clear();
    world.provider.gate.shut();
    world.clock.advance(HOUR);
    let callers: Vec<_> = (0..1_000)
        .map(|_| {
            let engine = world.engine.clone();
            tokio::spawn(async move { engine.access_token(id, None).await })
        })
        .collect();
    let user = {
        let engine = world.engine.clone();
        tokio::spawn(async move { engine.renew(id).await })
    };
    world.provider.gate.reached_by(1).await;
    world.settle().await;
    world.provider.gate.let_through();
    for caller in callers {
        let held = caller.await.unwrap().unwrap();
        assert_eq!((held.token.expose(), held.generation), ("at-2", 2));
    }
    user.await.unwrap().unwrap();
    assert_eq!(world.posts(), ["POST rt-1"]);
}

#[tokio::test]
async fn security_57_a_thousand_callers_share_the_reason_of_a_failure_too() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.log.clear();
    world.provider.gate.shut();
    world
        .provider
        .next(Wire::Fault(crate::testing::fault(false)));
    world.clock.advance(HOUR);
    let callers: Vec<_> = (0..1_000)
        .map(|_| {
            let engine = world.engine.clone();
            tokio::spawn(async move { engine.access_token(id, None).await })
        })
        .collect();
    world.provider.gate.reached_by(1).await;
    world.settle().await;
    world.provider.gate.let_through();
    for caller in callers {
        let problem = caller.await.unwrap().map(|held| held.generation);
        assert_eq!(problem.unwrap_err().code, ErrorCode::ProviderUnreachable);
    }
    assert_eq!(world.posts(), ["POST rt-1"]);
}

#[tokio::test]
async fn security_58_a_token_is_handed_out_until_30_s_are_left_then_renewed_first() {
    let mut world = World::start().await;
    let id = world.connect().await;
    // The provider wants to be left alone for longer than the token lives.
    world.provider.next(Wire::Fault(Fault::Refused {
        status: 429,
        error: None,
        detail: None,
        retry_after: Some(2 * HOUR),
    }));
    let ends_at = world.clock.now().after(HOUR);
    let due_at = world.connection(id).due_at.unwrap();
    world.log.clear();
    world.pass(due_at.since(world.clock.now())).await;
    assert_eq!(world.posts(), ["POST rt-1"], "the timer's own try");
    let left = ends_at.since(world.clock.now());
    world.pass(left - Duration::from_secs(31)).await;
    let held = world.engine.access_token(id, None).await.unwrap();
    assert_eq!(held.token.expose(), "at-1", "31 s are left");
    world.pass(Duration::from_secs(1)).await;
    let held = world.engine.access_token(id, None).await.unwrap();
    assert_eq!(held.token.expose(), "at-2", "30 s are left");
    assert_eq!(world.posts(), ["POST rt-1"; 2]);
}

#[tokio::test]
async fn security_45_an_answer_without_a_refresh_token_keeps_the_old_one() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.provider.next(Wire::WithoutRefreshToken);
    world.engine.renew(id).await.unwrap();
    assert_eq!(world.keychain.stored(id), Some((2, "rt-1".to_owned())));
    world.engine.renew(id).await.unwrap();
    assert_eq!(world.posts()[1..], ["POST rt-1", "POST rt-1"]);
    assert_eq!(world.keychain.stored(id), Some((3, "rt-3".to_owned())));
}

#[tokio::test]
async fn security_43_a_token_without_a_lifetime_is_renewed_within_an_assumed_hour() {
    let mut world = World::start().await;
    world.provider.answers_without_lifetime();
    let id = world.connect().await;
    world.log.clear();
    world.pass(HOUR).await;
    assert_eq!(world.posts(), ["POST rt-1"]);
    assert_eq!(*world.condition(id), Condition::Active);
}

#[tokio::test]
async fn security_66_a_refresh_token_goes_to_the_endpoint_it_was_granted_at() {
    let mut world = World::start().await;
    let id = world.connect().await;
    let mut moved = crate::testing::sandbox_provider();
    moved.token_endpoint = url::Url::parse("http://127.0.0.1:9/elsewhere").unwrap();
    world.engine.provide(moved).await.unwrap();
    world.engine.renew(id).await.unwrap();
    assert_eq!(
        world.provider.endpoints(),
        ["/mio/v1/auth/oauth2/token", "/mio/v1/auth/oauth2/token"]
    );
}

#[tokio::test]
async fn a_start_does_not_renew_what_is_fresh() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.log.clear();
    world.crash_and_restart().await;
    assert_eq!(world.posts(), Vec::<String>::new());
    let held = world.engine.access_token(id, None).await.unwrap();
    assert_eq!(held.token.expose(), "at-1");
    assert_eq!(world.posts(), Vec::<String>::new());
    world.pass(HOUR).await;
    assert_eq!(world.posts(), ["POST rt-1"], "the timer goes on");
}

#[tokio::test]
async fn security_63_a_wall_clock_that_jumps_ten_years_causes_no_storm() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.log.clear();
    world.clock.jump(10 * 365 * 24 * HOUR);
    world.settle().await;
    assert_eq!(world.posts(), ["POST rt-1"]);
    world.pass(MINUTE).await;
    assert_eq!(world.posts().len(), 1);
    assert_eq!(*world.condition(id), Condition::Active);
}

#[tokio::test]
async fn a_name_given_during_a_renewal_does_not_hide_that_it_is_under_way() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.provider.gate.shut();
    let engine = world.engine.clone();
    let renewal = tokio::spawn(async move { engine.renew(id).await });
    world.provider.gate.reached_by(1).await;
    world
        .engine
        .rename(id, Some("Work".to_owned()))
        .await
        .unwrap();
    let row = world.rows.row(id).unwrap();
    assert_eq!(row.connection.name.as_deref(), Some("Work"));
    assert!(row.interrupted, "the intent is still there");
    assert!(row.connection.due_at.is_some(), "and somebody will go on");

    world.crash_and_restart().await;
    world.provider.gate.let_through();
    world.settle().await;
    assert!(renewal.await.unwrap().is_err());
    assert_eq!(
        world.keychain.stored(id).unwrap().0,
        2,
        "{:#?}",
        world.log.lines()
    );
}

#[tokio::test]
async fn a_corrected_set_up_sets_everything_going_that_waited_for_it() {
    let mut world = World::start().await;
    let (first, second) = (world.connect().await, world.connect().await);
    for id in [first, second] {
        let refusal = refused(401, "invalid_client");
        world.provider.next(Wire::Fault(refusal));
        world.engine.renew(id).await.unwrap_err();
        world.settle().await;
        assert_eq!(world.trouble(id), "client_misconfigured");
    }
    world.log.clear();
    let secret = keyfob_domain::secret::ClientSecret::new("new-secret".to_owned());
    let client_id = "client".to_owned();
    let saved = world
        .engine
        .set_up_client(crate::testing::slug(MIO), client_id, Some(secret));
    saved.await.unwrap();
    world.settle().await;
    assert_eq!(world.posts().len(), 2, "{:#?}", world.log.lines());
}

#[tokio::test]
async fn security_44_a_renewal_that_grants_less_says_what_is_missing() {
    let mut world = World::start().await;
    let id = world.connect().await;
    assert!(world.connection(id).grant.missing().is_empty());
    world.provider.next(Wire::Granting("openid profile"));
    world.engine.renew(id).await.unwrap();
    world.settle().await;
    let grant = &world.connection(id).grant;
    assert_eq!(grant.granted.to_string(), "openid profile offline_access");
    assert_eq!(grant.missing().to_string(), "email");
}
