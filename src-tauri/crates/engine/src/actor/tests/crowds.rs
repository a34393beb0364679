//! Many renewals at once (SECURITY 64): the limits, the order, and who goes first.

use super::{HOUR, MINUTE};
use crate::Ending;
use crate::testing::{Wire, World, refused};
use keyfob_domain::connection::Condition;
use keyfob_domain::id::ConnectionId;
use std::collections::{HashMap, HashSet};

/// Lets every token of the world run out while the provider answers nobody.
async fn all_due(endpoints: u8, count: u8) -> (World, Vec<ConnectionId>) {
    let endpoint = move |number| format!("http://127.0.0.1:9/{}", number % endpoints);
    let (mut world, ids) = World::with_many(count, endpoint).await;
    world.provider.gate.shut();
    world.pass(HOUR).await;
    (world, ids)
}

/// The number of the connection that a first refresh token belongs to.
fn number(post: &str) -> usize {
    post.strip_prefix("POST first-").unwrap().parse().unwrap()
}

#[tokio::test]
async fn security_64_at_most_32_renew_at_once_and_4_at_one_endpoint_and_all_do_in_the_end() {
    for (row, endpoints, expected) in [
        ("one endpoint", 1, 4),
        ("three endpoints", 3, 12),
        ("twenty endpoints", 20, 32),
    ] {
        let (mut world, ids) = all_due(endpoints, 100).await;
        assert_eq!(world.posts().len(), expected, "{row}");
        let mut each: HashMap<String, u32> = HashMap::new();
        for endpoint in world.provider.endpoints() {
            *each.entry(endpoint).or_default() += 1;
        }
        assert!(each.values().all(|count| *count <= 4), "{row}: {each:?}");

        world.provider.gate.let_through();
        world.calm_down().await;
        let posts: HashSet<String> = world.posts().into_iter().collect();
        assert_eq!((posts.len(), world.posts().len()), (100, 100), "{row}");
        for id in &ids {
            assert_eq!(*world.condition(*id), Condition::Active, "{row}");
        }
    }
}

#[tokio::test]
async fn security_64_who_is_due_goes_in_random_order() {
    let (mut world, _) = all_due(1, 40).await;
    world.provider.gate.let_through();
    world.calm_down().await;
    let order: Vec<usize> = world.posts().iter().map(|post| number(post)).collect();
    assert_eq!(order.len(), 40);
    assert!(!order.is_sorted(), "{order:?}");
    let of_due_time = order.windows(2).filter(|pair| pair[0] < pair[1]).count();
    assert!((8..=31).contains(&of_due_time), "{order:?}");
}

#[tokio::test]
async fn the_users_own_renewal_goes_before_all_that_wait() {
    let (mut world, ids) = all_due(1, 30).await;
    let started: HashSet<usize> = world.posts().iter().map(|post| number(post)).collect();
    let last = (0..30)
        .rev()
        .find(|number| !started.contains(number))
        .unwrap();
    let tools = (0..30).find(|number| !started.contains(number)).unwrap();
    let (engine, tool, user) = (world.engine.clone(), ids[tools], ids[last]);
    let asked = tokio::spawn(async move { engine.access_token(tool, None).await.map(drop) });
    world.settle().await;
    let engine = world.engine.clone();
    let pressed = tokio::spawn(async move { engine.renew(user).await });
    world.settle().await;
    assert_eq!(world.posts().len(), 4, "the limit holds for them too");

    world.provider.gate.let_through();
    pressed.await.unwrap().unwrap();
    asked.await.unwrap().unwrap();
    world.calm_down().await;
    assert_eq!(number(&world.posts()[4]), last, "the user");
    assert_eq!(number(&world.posts()[5]), tools, "a program");
}

#[tokio::test]
async fn who_is_revoked_or_signs_in_again_in_line_loses_the_place() {
    let (mut world, ids) = all_due(1, 8).await;
    let started: HashSet<usize> = world.posts().iter().map(|post| number(post)).collect();
    let waiting: Vec<usize> = (0..8).filter(|number| !started.contains(number)).collect();
    world
        .engine
        .revoke(ids[waiting[0]], Ending::HereOnly)
        .await
        .unwrap();
    world.provider.gate.let_through();
    let renewed = world.connect_for(Some(ids[waiting[1]])).await;
    world.calm_down().await;
    let posts = world.posts();
    let revoked = format!("POST first-{}", waiting[0]);
    assert!(!posts.contains(&revoked), "{posts:?}");
    assert_eq!(*world.condition(renewed), Condition::Active);
    for number in [waiting[2], waiting[3]] {
        assert!(posts.contains(&format!("POST first-{number}")), "{posts:?}");
    }
}

#[tokio::test]
async fn a_stopping_engine_starts_nobody_that_waits() {
    let (mut world, _) = all_due(1, 12).await;
    let engine = world.engine.clone();
    let stopped = tokio::spawn(async move { engine.shut_down().await });
    world.settle().await;
    world.provider.gate.let_through();
    stopped.await.unwrap();
    world.settle().await;
    assert_eq!(
        world.posts().len(),
        4,
        "what was on the wire came to its end"
    );
}

#[tokio::test]
async fn a_crowd_that_fails_comes_back_spread_out() {
    let (mut world, ids) =
        World::with_many(40, |number| format!("http://127.0.0.1:9/{}", number % 10)).await;
    for _ in 0..40 {
        world.provider.next(Wire::Fault(refused(503, "")));
    }
    world.pass(HOUR).await;
    world.calm_down().await;
    assert_eq!(world.posts().len(), 40);
    let due: HashSet<_> = ids
        .iter()
        .map(|id| world.connection(*id).due_at.unwrap())
        .collect();
    assert!(due.len() > 30, "{} different times", due.len());
    world.pass(MINUTE).await;
    world.calm_down().await;
    assert_eq!(world.posts().len(), 80);
}
