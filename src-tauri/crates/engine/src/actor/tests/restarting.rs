//! What a restart keeps of a wait (SECURITY 59, 60), and how often somebody may be impatient.

use super::{HOUR, MINUTE};
use crate::Engine;
use crate::ports::{Clock, ConnectionStore, Ports};
use crate::store::SqliteStore;
use crate::testing::{ELSEWHERE, Wire, World, fault, kept, refused, sandbox_provider};
use keyfob_domain::connection::{Condition, SHORTEST_ASKED_INTERVAL};
use keyfob_domain::error::ErrorCode;
use keyfob_domain::failure::Fault;
use keyfob_domain::id::Epoch;
use std::sync::Arc;
use std::time::Duration;

fn come_back_in(retry_after: Duration) -> Wire {
    Wire::Fault(Fault::Refused {
        status: 429,
        error: None,
        detail: None,
        retry_after: Some(retry_after),
    })
}

#[tokio::test]
async fn security_59_60_the_database_keeps_failures_and_waits_over_a_restart() {
    let world = World::start().await;
    let dir = tempfile::tempdir().unwrap();
    let open = || {
        SqliteStore::open(dir.path(), world.clock.now())
            .unwrap()
            .store
    };
    let ports = |store: SqliteStore| Ports {
        store: Arc::new(store),
        ..world.ports()
    };
    let store = open();
    let at = (ELSEWHERE, world.clock.now());
    let id = kept(&store, &world.keychain, &world.provider, 1, at).await;
    store
        .save_client(sandbox_provider().slug, "client".to_owned())
        .await
        .unwrap();
    let providers = || vec![sandbox_provider()];
    let engine = Engine::start(ports(store), providers(), Vec::new())
        .await
        .unwrap();
    world.provider.next(Wire::Fault(fault(false)));
    world.provider.next(come_back_in(2 * HOUR));
    engine.renew(id).await.unwrap_err();
    engine.renew(id).await.unwrap_err();
    engine.shut_down().await;

    let began = world.clock.now();
    let store = open();
    let row = store.load().await.unwrap().remove(0);
    assert_eq!(row.connection.failures, 2);
    assert_eq!(row.connection.tried_at, Some(began));
    assert_eq!(row.connection.due_at, Some(began.after(2 * HOUR)));
    let Condition::Waiting {
        problem,
        next_try_at,
    } = &row.connection.condition
    else {
        panic!("{:?}", row.connection.condition);
    };
    assert_eq!(problem.code, ErrorCode::ProviderOverloaded);
    assert_eq!(*next_try_at, began.after(2 * HOUR));

    world.clock.advance(2 * HOUR - Duration::from_secs(1));
    world.provider.gate.shut();
    let engine = Engine::start(ports(store), providers(), Vec::new())
        .await
        .unwrap();
    for _ in 0..20 {
        engine.provider_of(id).await.unwrap();
    }
    assert_eq!(world.posts().len(), 2, "a start doesn't hurry");
    world.clock.advance(Duration::from_secs(1));
    world.provider.gate.reached_by(1).await;
    assert_eq!(world.posts().len(), 3, "and forgets nothing");
}

#[tokio::test]
async fn security_59_the_wait_goes_on_doubling_after_a_restart() {
    let mut world = World::start().await;
    let id = world.connect().await;
    for _ in 0..6 {
        world.provider.next(Wire::Fault(refused(503, "")));
    }
    world.pass(HOUR).await;
    for failures in 1..6 {
        let mut connection = world.connection(id).clone();
        assert_eq!(connection.failures, failures);
        let wait = connection
            .due_at
            .unwrap()
            .since(connection.tried_at.unwrap());
        let full = Duration::from_secs(5 << (failures - 1));
        assert!(wait >= full / 2 && wait <= full, "{failures}: {wait:?}");
        connection.epoch = Epoch::FIRST;
        world.log.clear();
        world.crash_and_restart().await;
        assert_eq!(world.posts(), Vec::<String>::new(), "{failures}");
        assert_eq!(world.connection(id), &connection, "{failures}");
        world.pass(wait).await;
        assert_eq!(world.posts().len(), 1, "{failures}");
    }
}

#[tokio::test]
async fn security_60_an_interrupted_renewal_is_not_taken_up_before_the_provider_wants() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.provider.gate.shut();
    let engine = world.engine.clone();
    let renewal = tokio::spawn(async move { engine.renew(id).await });
    world.provider.gate.reached_by(1).await;
    world.crash().await;
    assert!(renewal.await.unwrap().is_err());
    world.provider.gate.let_through();
    world.provider.next(come_back_in(2 * HOUR));
    world.crash_and_restart().await;
    assert_eq!(
        world.posts().len(),
        3,
        "an exchange, a cut-off renewal, its like"
    );
    assert!(world.rows.row(id).unwrap().interrupted, "nobody knows yet");
    world.log.clear();

    world.pass(HOUR).await;
    world.crash_and_restart().await;
    assert_eq!(
        world.posts(),
        Vec::<String>::new(),
        "a restart is no reason"
    );
    world.engine.retry_keychain().await.unwrap();
    world.settle().await;
    assert_eq!(
        world.posts(),
        Vec::<String>::new(),
        "nor is a look at the keychain"
    );
    world.pass(HOUR).await;
    assert_eq!(world.posts(), ["POST rt-1"]);
}

#[tokio::test]
async fn security_63_repeated_401s_force_one_renewal_in_30_s() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.log.clear();
    for _ in 0..40 {
        world.context.next(refused(401, ""));
    }
    for call in 0..10 {
        let problem = world.engine.ask(id, "Who?".to_owned()).await.unwrap_err();
        assert_eq!(problem.code, ErrorCode::TokenRejected, "call {call}");
    }
    assert_eq!(world.posts(), ["POST rt-1"], "one for ten calls");
    world
        .pass(SHORTEST_ASKED_INTERVAL - Duration::from_millis(1))
        .await;
    world.engine.ask(id, "Who?".to_owned()).await.unwrap_err();
    assert_eq!(world.posts().len(), 1);
    world.pass(Duration::from_millis(1)).await;
    world.engine.ask(id, "Who?".to_owned()).await.unwrap_err();
    assert_eq!(world.posts().len(), 2, "another 30 s, another try");
    assert_eq!(*world.condition(id), Condition::Active);
}

#[tokio::test]
async fn security_59_programs_try_a_failing_provider_every_30_s_and_no_sooner() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.provider.next(come_back_in(24 * HOUR));
    for _ in 0..5 {
        world.provider.next(come_back_in(24 * HOUR));
    }
    world.pass(2 * HOUR).await;
    world.log.clear();
    for second in 1..=120 {
        world.pass(Duration::from_secs(1)).await;
        let asked = world.engine.access_token(id, None).await.map(drop);
        assert_eq!(
            asked.unwrap_err().code,
            ErrorCode::ProviderOverloaded,
            "{second}"
        );
    }
    assert_eq!(world.posts().len(), 4, "in two minutes");
}

#[tokio::test]
async fn a_token_of_five_seconds_is_kept_fresh_at_its_own_pace() {
    let mut world = World::start().await;
    world.provider.answers_with_lifetime(Duration::from_secs(5));
    let id = world.connect().await;
    world.log.clear();
    for _ in 0..600 {
        world.pass(Duration::from_millis(100)).await;
        world.engine.access_token(id, None).await.unwrap();
    }
    // Every 3 to 4.5 seconds in a minute, and the steps are a tenth of a second.
    let posts = world.posts().len();
    assert!((13..=20).contains(&posts), "{posts}");
}

#[tokio::test]
async fn security_43_a_token_without_end_or_refresh_token_is_left_alone() {
    let mut world = World::start().await;
    world.provider.answers_without_lifetime();
    world.provider.next(Wire::WithoutRefreshToken);
    let id = world.connect().await;
    world.log.clear();
    assert_eq!(world.connection(id).due_at, None);
    world.pass(20 * 365 * 24 * HOUR).await;
    let held = world.engine.access_token(id, None).await.unwrap();
    assert_eq!(held.token.expose(), "at-1");
    assert_eq!(world.posts(), Vec::<String>::new());
    world.pass(MINUTE).await;
    assert_eq!(*world.condition(id), Condition::Active);
}

#[tokio::test]
async fn security_58_a_token_that_ends_while_it_is_read_is_renewed_for_whoever_waits() {
    let mut world = World::start().await;
    let life = Duration::from_secs(2);
    world.provider.answers_with_lifetime(life);
    let id = world.connect().await;
    world.crash_and_restart().await;
    world.log.clear();
    world.keychain.read_gate.shut();
    let engine = world.engine.clone();
    let caller = tokio::spawn(async move { engine.access_token(id, None).await });
    world.keychain.read_gate.reached_by(1).await;
    world.clock.advance(life);
    world.keychain.read_gate.let_through();
    let held = caller.await.unwrap().unwrap();
    assert_eq!((held.token.expose(), held.generation), ("at-2", 2));
    assert_eq!(world.posts(), ["POST rt-1"]);
}
