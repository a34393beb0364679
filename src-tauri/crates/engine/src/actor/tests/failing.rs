//! Renewals that fail: what is waited out, what ends a grant (SECURITY 48, 50, 59–62).

use super::{HOUR, MINUTE, MIO};
use crate::ports::{Clock, SecretName};
use crate::testing::{Wire, World, fault, refused, slug};
use keyfob_domain::connection::{Condition, SHORTEST_ASKED_INTERVAL};
use keyfob_domain::error::ErrorCode;
use keyfob_domain::failure::Fault;
use keyfob_domain::id::ConnectionId;
use std::time::Duration;

async fn due(world: &mut World, id: ConnectionId) {
    let connection = world.connection(id);
    let wait = connection
        .due_at
        .unwrap()
        .since(connection.life.obtained_at);
    world.pass(wait).await;
}

#[tokio::test]
async fn security_59_a_failure_is_tried_again_and_shown_after_the_second() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.log.clear();
    for _ in 0..2 {
        world.provider.next(Wire::Fault(fault(false)));
    }
    due(&mut world, id).await;
    assert_eq!(world.posts(), ["POST rt-1"]);
    assert_eq!(
        *world.condition(id),
        Condition::Active,
        "the token still works"
    );

    world.pass(Duration::from_secs(5)).await;
    assert_eq!(world.posts().len(), 2, "5 s at the most");
    let Condition::Waiting {
        problem,
        next_try_at,
    } = world.condition(id)
    else {
        panic!("{:?}", world.condition(id));
    };
    assert_eq!(problem.code, ErrorCode::ProviderUnreachable);
    assert_eq!(Some(*next_try_at), world.connection(id).due_at);
    let held = world.engine.access_token(id, None).await.unwrap();
    assert_eq!(held.token.expose(), "at-1", "what works is handed out");

    world.pass(Duration::from_secs(10)).await;
    assert_eq!(world.posts(), ["POST rt-1"; 3]);
    assert_eq!(*world.condition(id), Condition::Active);
    assert_eq!(world.keychain.stored(id), Some((2, "rt-2".to_owned())));
}

#[tokio::test]
async fn security_62_no_fault_but_invalid_grant_costs_a_token() {
    let faults: Vec<(&str, Fault)> = vec![
        ("no answer", fault(false)),
        ("not connected", fault(true)),
        ("captive portal, redirect", Fault::Redirected),
        (
            "captive portal, HTML",
            Fault::Malformed {
                why: "the answer isn't JSON",
            },
        ),
        ("too large", Fault::TooLarge),
        ("400 without a word", refused(400, "")),
        ("401", refused(401, "")),
        ("403 invalid_code", refused(403, "invalid_code")),
        ("404", refused(404, "")),
        ("408", refused(408, "")),
        ("429", refused(429, "")),
        ("500", refused(500, "")),
        ("503", refused(503, "temporarily_unavailable")),
        ("50: invalid_client", refused(401, "invalid_client")),
        ("invalid_scope", refused(400, "invalid_scope")),
        ("access_denied", refused(400, "access_denied")),
    ];
    for (row, fault) in faults {
        let mut world = World::start().await;
        let id = world.connect().await;
        world.provider.next(Wire::Fault(fault));
        let problem = world.engine.renew(id).await.unwrap_err();
        world.settle().await;
        assert_eq!(
            world.keychain.stored(id),
            Some((1, "rt-1".to_owned())),
            "{row}"
        );
        let condition = world.condition(id).clone();
        assert!(
            !matches!(condition, Condition::NeedsSignIn { .. }),
            "{row}: {problem:?}"
        );
        assert!(
            world.connection(id).due_at.is_some(),
            "{row}: it is tried again"
        );
        world.pass(31 * MINUTE).await;
        assert_eq!(
            world.keychain.stored(id).unwrap().0,
            2,
            "{row}: and then it works"
        );
    }
}

#[tokio::test]
async fn security_60_retry_after_is_obeyed_up_to_a_day() {
    for (row, seconds, wait) in [("2 h", 7_200, 7_200), ("a year", 31_536_000, 86_400)] {
        let mut world = World::start().await;
        let id = world.connect().await;
        world.provider.next(Wire::Fault(Fault::Refused {
            status: 429,
            error: None,
            detail: None,
            retry_after: Some(Duration::from_secs(seconds)),
        }));
        due(&mut world, id).await;
        world.log.clear();
        world.pass(Duration::from_secs(wait - 1)).await;
        assert_eq!(world.posts().len(), 0, "{row}");
        world.pass(Duration::from_secs(1)).await;
        assert_eq!(world.posts().len(), 1, "{row}");
    }
}

fn come_back_tomorrow() -> Wire {
    Wire::Fault(Fault::Refused {
        status: 503,
        error: None,
        detail: None,
        retry_after: Some(24 * HOUR),
    })
}

#[tokio::test]
async fn security_59_a_tool_or_the_user_may_try_earlier_every_30_s() {
    let mut world = World::start().await;
    let id = world.connect().await;
    for _ in 0..4 {
        world.provider.next(come_back_tomorrow());
    }
    world.clock.advance(HOUR);
    world.log.clear();
    for _ in 0..20 {
        let refused = world.engine.access_token(id, None).await.map(|_| ());
        assert_eq!(refused.unwrap_err().code, ErrorCode::ProviderError);
    }
    assert_eq!(world.posts().len(), 1, "twenty tools, one request");
    for _ in 0..20 {
        let refused = world.engine.renew(id).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::ProviderError);
    }
    assert_eq!(
        world.posts().len(),
        1,
        "the user knows when the next try is"
    );
    world.pass(SHORTEST_ASKED_INTERVAL).await;
    assert_eq!(
        world.posts().len(),
        2,
        "which comes by itself, long before tomorrow"
    );
    world.pass(SHORTEST_ASKED_INTERVAL).await;
    assert_eq!(world.posts().len(), 2);
    world.engine.renew(id).await.unwrap_err();
    assert_eq!(
        world.posts().len(),
        3,
        "after a pause the button works at once"
    );
}

#[tokio::test]
async fn security_61_an_ended_grant_needs_the_user_and_keeps_what_the_keychain_has() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.provider.end_grant();
    due(&mut world, id).await;
    assert_eq!(world.trouble(id), "grant_ended");
    assert!(matches!(world.condition(id), Condition::NeedsSignIn { .. }));
    assert_eq!(world.keychain.stored(id), Some((1, "rt-1".to_owned())));
    assert_eq!(
        world.rows.row(id).unwrap().connection.condition,
        *world.condition(id)
    );

    world.log.clear();
    world.pass(48 * HOUR).await;
    world.engine.renew(id).await.unwrap_err();
    let refused = world
        .engine
        .access_token(id, None)
        .await
        .map(|_| ())
        .unwrap_err();
    assert_eq!(refused.code, ErrorCode::GrantEnded);
    assert_eq!(world.posts(), Vec::<String>::new(), "nobody asks any more");
}

#[tokio::test]
async fn security_61_before_a_grant_is_given_up_the_keychain_is_read_once_more() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.log.clear();
    world.provider.gate.shut();
    world.provider.rotate_elsewhere("rt-elsewhere");
    let engine = world.engine.clone();
    let renewal = tokio::spawn(async move { engine.renew(id).await });
    world.provider.gate.reached_by(1).await;
    // Something else renewed meanwhile and left its result, already too old to be handed out.
    let name = SecretName::of_connection(id);
    let newer = r#"{"generation":2,"refresh_token":"rt-elsewhere","access_token":"at-x","obtained_at":0,"expires_at":1}"#;
    world.keychain.put(&name, newer);
    world.provider.gate.let_through();
    renewal.await.unwrap().unwrap();
    world.settle().await;
    assert_eq!(world.posts(), ["POST rt-1", "POST rt-elsewhere"]);
    assert_eq!(world.keychain.stored(id), Some((3, "rt-2".to_owned())));
    assert_eq!(*world.condition(id), Condition::Active);
}

#[tokio::test]
async fn security_61_a_newer_item_that_is_still_good_is_adopted_without_a_request() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.log.clear();
    world.provider.gate.shut();
    world.provider.rotate_elsewhere("rt-elsewhere");
    let engine = world.engine.clone();
    let renewal = tokio::spawn(async move { engine.renew(id).await });
    world.provider.gate.reached_by(1).await;
    let name = SecretName::of_connection(id);
    let newer = r#"{"generation":2,"refresh_token":"rt-elsewhere","access_token":"at-x","obtained_at":1780000000000,"expires_at":1780003600000}"#;
    world.keychain.put(&name, newer);
    world.provider.gate.let_through();
    renewal.await.unwrap().unwrap();
    world.settle().await;
    assert_eq!(world.posts(), ["POST rt-1"]);
    assert_eq!(world.connection(id).life.generation, 2);
    let held = world.engine.access_token(id, None).await.unwrap();
    assert_eq!(held.token.expose(), "at-x");
}

#[tokio::test]
async fn security_45_a_connection_without_a_refresh_token_needs_the_user_when_it_ends() {
    let mut world = World::start().await;
    world.provider.next(Wire::WithoutRefreshToken);
    let id = world.connect().await;
    assert!(!world.connection(id).life.renewable);
    world.log.clear();
    world.pass(HOUR).await;
    assert!(matches!(world.condition(id), Condition::NeedsSignIn { .. }));
    assert_eq!(world.posts(), Vec::<String>::new());
}

#[tokio::test]
async fn security_50_a_client_secret_that_is_gone_is_the_users_to_enter_and_is_tried_rarely() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.log.clear();
    world.keychain.take(&SecretName::of_client(&slug(MIO)));
    due(&mut world, id).await;
    let Condition::Waiting {
        problem,
        next_try_at,
    } = world.condition(id).clone()
    else {
        panic!("{:?}", world.condition(id));
    };
    assert_eq!(problem.code, ErrorCode::ClientNotSetUp);
    let rest = next_try_at.since(world.clock.now());
    assert!(rest >= 15 * MINUTE, "{rest:?}");
    assert!(world.posts().is_empty(), "nothing is sent without it");
}

#[tokio::test]
async fn security_62_a_client_secret_that_cannot_be_read_now_is_waited_out() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.log.clear();
    let name = SecretName::of_client(&slug(MIO));
    world
        .keychain
        .cannot_read(name, ErrorCode::KeychainTimedOut);
    due(&mut world, id).await;
    let now = world.clock.now();
    assert_eq!(*world.condition(id), Condition::Active);
    let rest = world.connection(id).due_at.unwrap().since(now);
    assert!(rest <= Duration::from_secs(5), "{rest:?}");
    assert!(world.posts().is_empty());
}
