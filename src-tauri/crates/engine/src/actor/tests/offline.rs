//! Without a network nothing is begun that needs one (SECURITY 36, 64).

use super::{HOUR, MINUTE};
use crate::ports::{Clock, NetworkState};
use crate::testing::{ELSEWHERE, Wire, World, refused};
use keyfob_domain::connection::Condition;
use keyfob_domain::error::ErrorCode;
use keyfob_domain::failure::Fault;
use keyfob_domain::id::ConnectionId;
use std::collections::HashSet;

async fn elsewhere(count: u8) -> (World, Vec<ConnectionId>) {
    World::with_many(count, |_| ELSEWHERE.to_owned()).await
}

async fn network(world: &mut World, state: NetworkState) {
    world.network.is(state);
    world.calm_down().await;
}

/// What is wrong with each, as codes; once when it is the same.
fn troubles(world: &World, ids: &[ConnectionId]) -> HashSet<&'static str> {
    ids.iter().map(|id| world.trouble(*id)).collect()
}

#[tokio::test]
async fn security_64_what_comes_due_offline_waits_quietly_and_starts_with_the_network() {
    let (mut world, ids) = elsewhere(30).await;
    network(&mut world, NetworkState::Offline).await;
    world.pass(55 * MINUTE).await;
    assert_eq!(world.posts(), Vec::<String>::new(), "all are due by now");
    assert_eq!(
        troubles(&world, &ids),
        HashSet::from(["-"]),
        "the tokens still work"
    );
    let held = world.engine.access_token(ids[3], None).await.unwrap();
    assert_eq!(held.token.expose(), "at-first-3");

    world.pass(4 * MINUTE + MINUTE / 2).await;
    assert_eq!(
        troubles(&world, &ids),
        HashSet::from(["offline"]),
        "they work no more"
    );
    assert!(ids.iter().all(|id| world.connection(*id).failures == 0));
    world.pass(48 * HOUR).await;
    assert_eq!(world.posts(), Vec::<String>::new());

    world.provider.gate.shut();
    network(&mut world, NetworkState::Online).await;
    assert_eq!(world.posts().len(), 4, "within the limits");
    world.provider.gate.let_through();
    world.calm_down().await;
    assert_eq!(world.posts().len(), 30);
    assert!(
        !world.posts().is_sorted(),
        "in random order: {:?}",
        world.posts()
    );
    assert_eq!(troubles(&world, &ids), HashSet::from(["-"]));
}

#[tokio::test]
async fn security_36_loopback_needs_no_network() {
    for endpoint in [
        "http://127.0.0.1:9/t",
        "http://127.8.7.6:9/t",
        "http://[::1]:9/t",
    ] {
        let (mut world, ids) = World::with_many(1, |_| endpoint.to_owned()).await;
        network(&mut world, NetworkState::Offline).await;
        world.pass(HOUR).await;
        assert_eq!(world.posts().len(), 1, "{endpoint}");
        world.engine.renew(ids[0]).await.unwrap();
        assert_eq!(world.posts().len(), 2, "{endpoint}");
    }
}

#[tokio::test]
async fn security_64_a_users_try_now_is_refused_without_a_request() {
    let (mut world, ids) = elsewhere(2).await;
    let id = ids[0];
    network(&mut world, NetworkState::Offline).await;
    for _ in 0..3 {
        let refused = world.engine.renew(id).await.unwrap_err();
        assert_eq!(
            (refused.code, refused.connection),
            (ErrorCode::Offline, Some(id))
        );
    }
    world.settle().await;
    assert_eq!(world.posts(), Vec::<String>::new());
    assert_eq!(world.trouble(id), "offline", "it was really wanted");
    assert_eq!(world.trouble(ids[1]), "-", "nobody wants this one");
    let held = world.engine.access_token(id, None).await.unwrap();
    assert_eq!(
        held.token.expose(),
        "at-first-0",
        "what works is handed out"
    );

    network(&mut world, NetworkState::Online).await;
    assert_eq!(world.posts(), ["POST first-0"], "only what was wanted");
    assert_eq!(world.trouble(id), "-");
}

#[tokio::test]
async fn security_64_a_program_that_needs_a_dead_token_hears_why_it_gets_none() {
    let (mut world, ids) = elsewhere(1).await;
    let id = ids[0];
    network(&mut world, NetworkState::Offline).await;
    world.pass(HOUR).await;
    for _ in 0..3 {
        let refused = world.engine.access_token(id, None).await.map(drop);
        assert_eq!(refused.unwrap_err().code, ErrorCode::Offline);
    }
    let held = world.engine.access_token(id, Some(1)).await.map(drop);
    assert_eq!(
        held.unwrap_err().code,
        ErrorCode::Offline,
        "a refused token"
    );
    assert_eq!(world.posts(), Vec::<String>::new());
    network(&mut world, NetworkState::Online).await;
    let held = world.engine.access_token(id, None).await.unwrap();
    assert_eq!(held.token.expose(), "at-1");
}

#[tokio::test]
async fn what_stands_in_line_when_the_network_goes_is_put_back_and_told() {
    let (mut world, ids) = elsewhere(10).await;
    world.provider.gate.shut();
    let pressed: Vec<_> = ids
        .iter()
        .map(|id| {
            let (engine, id) = (world.engine.clone(), *id);
            tokio::spawn(async move { engine.renew(id).await.map_err(|problem| problem.code) })
        })
        .collect();
    world.settle().await;
    assert_eq!(world.posts().len(), 4);
    network(&mut world, NetworkState::Offline).await;
    world.provider.gate.let_through();
    world.calm_down().await;
    assert!(
        pressed.iter().all(|pressed| pressed.is_finished()),
        "all are told"
    );
    let mut outcomes = Vec::new();
    for pressed in pressed {
        outcomes.push(pressed.await.unwrap());
    }
    let refused = outcomes
        .iter()
        .filter(|outcome| **outcome == Err(ErrorCode::Offline));
    assert_eq!(refused.count(), 6, "{outcomes:?}");
    assert_eq!(
        outcomes.iter().filter(|outcome| outcome.is_ok()).count(),
        4,
        "on the wire already"
    );
    assert_eq!(world.posts().len(), 4);
    network(&mut world, NetworkState::Online).await;
    assert_eq!(world.posts().len(), 10);
    assert_eq!(troubles(&world, &ids), HashSet::from(["-"]));
}

#[tokio::test]
async fn security_60_the_network_does_not_shorten_what_a_provider_asked_for() {
    let (mut world, ids) = elsewhere(1).await;
    let id = ids[0];
    world.provider.next(Wire::Fault(Fault::Refused {
        status: 429,
        error: None,
        detail: None,
        retry_after: Some(2 * HOUR),
    }));
    world.pass(54 * MINUTE).await;
    let due_at = world.connection(id).due_at.unwrap();
    network(&mut world, NetworkState::Offline).await;
    let refused = world.engine.renew(id).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Offline);
    world.pass(HOUR).await;
    network(&mut world, NetworkState::Online).await;
    assert_eq!(world.connection(id).due_at, Some(due_at));
    assert_eq!(world.posts().len(), 1);
    let left = due_at.since(world.clock.now());
    world.pass(left).await;
    assert_eq!(world.posts().len(), 2);
}

#[tokio::test]
async fn a_restart_without_a_network_forgets_nothing_that_is_due() {
    let (mut world, ids) = elsewhere(3).await;
    network(&mut world, NetworkState::Offline).await;
    world.pass(HOUR).await;
    // Whatever saves the row now must not lose when it is due.
    world
        .engine
        .rename(ids[0], Some("Work".to_owned()))
        .await
        .unwrap();
    world.crash_and_restart().await;
    assert_eq!(world.posts(), Vec::<String>::new());
    assert_eq!(troubles(&world, &ids), HashSet::from(["offline"]));
    network(&mut world, NetworkState::Online).await;
    assert_eq!(world.posts().len(), 3);
}

#[tokio::test]
async fn a_wrong_online_costs_an_ordinary_failure() {
    let (mut world, ids) = elsewhere(1).await;
    world
        .provider
        .next(Wire::Fault(crate::testing::fault(true)));
    world.pass(54 * MINUTE).await;
    assert_eq!(*world.condition(ids[0]), Condition::Active);
    assert_eq!(world.connection(ids[0]).failures, 1);
    world.pass(MINUTE).await;
    assert_eq!(world.keychain.stored(ids[0]).unwrap().0, 2);
}

#[tokio::test]
async fn the_keychain_is_written_without_a_network() {
    let (mut world, ids) = elsewhere(1).await;
    let id = ids[0];
    world
        .keychain
        .next_write(crate::testing::Write::Refused(ErrorCode::KeychainFailed));
    drop(world.engine.renew(id).await);
    world.settle().await;
    assert_eq!(world.trouble(id), "keychain_failed");
    assert_eq!(world.keychain.stored(id).unwrap().0, 1);
    network(&mut world, NetworkState::Offline).await;
    world.pass(MINUTE).await;
    assert_eq!(
        world.keychain.stored(id).unwrap().0,
        2,
        "it waits for nobody"
    );
    assert_eq!(world.trouble(id), "-");
}

#[tokio::test]
async fn a_missing_network_says_nothing_about_a_wrong_set_up() {
    let (mut world, ids) = elsewhere(1).await;
    let id = ids[0];
    world
        .provider
        .next(Wire::Fault(refused(401, "invalid_client")));
    world.engine.renew(id).await.unwrap_err();
    network(&mut world, NetworkState::Offline).await;
    world.pass(2 * HOUR).await;
    assert_eq!(world.trouble(id), "client_misconfigured");
    network(&mut world, NetworkState::Online).await;
    assert_eq!(world.trouble(id), "-");
}
