//! Clocks that are set while many accounts are connected (SECURITY 63): no storm, and no token
//! is used that is dead by the clock that never jumps.

use super::{HOUR, MINUTE};
use crate::Ending;
use crate::ports::Clock;
use crate::testing::World;
use keyfob_domain::connection::Condition;
use keyfob_domain::id::ConnectionId;
use keyfob_domain::time::Moment;
use std::collections::HashMap;
use std::time::Duration;

const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

#[derive(Clone, Copy, Debug)]
enum Jump {
    Ahead(Duration),
    Back(Duration),
}

impl Jump {
    fn make(self, world: &World) {
        match self {
            Self::Ahead(by) => world.clock.jump(by),
            Self::Back(by) => world.clock.jump_back(by),
        }
    }
}

async fn connected(count: u8) -> (World, Vec<ConnectionId>) {
    World::with_many(count, |number| {
        format!("http://127.0.0.1:9/{}", number % 12)
    })
    .await
}

/// Remembers when each token was seen first, and refuses one that is older than its life.
#[derive(Default)]
struct Ages(HashMap<String, Moment>);

impl Ages {
    async fn check(&mut self, world: &World, ids: &[ConnectionId], row: &str) {
        let now = world.clock.moment();
        for id in ids {
            let held = world.engine.access_token(*id, None).await.unwrap();
            let first = *self.0.entry(held.token.expose().to_owned()).or_insert(now);
            let age = now.since(first);
            assert!(
                age < HOUR - Duration::from_secs(30),
                "{row}: {} is {age:?} old",
                held.token.expose()
            );
        }
    }
}

#[tokio::test]
async fn security_63_no_jump_causes_a_storm_or_the_use_of_a_dead_token() {
    const COUNT: usize = 40;
    let jumps = [
        ("an hour ahead", Jump::Ahead(HOUR), COUNT),
        ("20 minutes back", Jump::Back(20 * MINUTE), 0),
        ("an hour back", Jump::Back(HOUR), 0),
        ("ten years ahead", Jump::Ahead(10 * YEAR), COUNT),
        ("ten years back", Jump::Back(10 * YEAR), 0),
    ];
    for (row, jump, at_once) in jumps {
        let (mut world, ids) = connected(40).await;
        let mut ages = Ages::default();
        ages.check(&world, &ids, row).await;
        world.pass(20 * MINUTE).await;
        assert_eq!(world.posts().len(), 0, "{row}: nothing is due");
        jump.make(&world);
        world.calm_down().await;
        assert_eq!(world.posts().len(), at_once, "{row}: at once");
        for _ in 0..120 {
            ages.check(&world, &ids, row).await;
            world.pass(MINUTE).await;
            world.calm_down().await;
        }
        // In two hours: once for the jump, and then after 36 minutes at the earliest.
        let posts = world.posts().len();
        assert!(posts <= COUNT * 5, "{row}: {posts} requests");
        assert!(posts >= COUNT * 2, "{row}: {posts} requests");
    }
}

#[tokio::test]
async fn security_63_a_clock_that_comes_back_changes_nothing_more() {
    let (mut world, ids) = connected(8).await;
    let mut ages = Ages::default();
    ages.check(&world, &ids, "at first").await;
    world.clock.jump(10 * YEAR);
    world.calm_down().await;
    assert_eq!(world.posts().len(), 8);
    ages.check(&world, &ids, "ahead").await;
    world.clock.jump_back(10 * YEAR);
    world.calm_down().await;
    assert_eq!(world.posts().len(), 8, "what was renewed is fresh");
    for id in &ids {
        let (connection, now) = (world.connection(*id), world.clock.now());
        assert!(connection.life.obtained_at <= now, "{connection:?}");
        let wait = connection.due_at.unwrap().since(now);
        assert!(wait >= 36 * MINUTE && wait <= 54 * MINUTE, "{wait:?}");
        assert_eq!(
            world.rows.row(*id).unwrap().connection.due_at,
            connection.due_at
        );
    }
    for _ in 0..60 {
        ages.check(&world, &ids, "back again").await;
        world.pass(MINUTE).await;
        world.calm_down().await;
    }
}

#[tokio::test]
async fn security_63_a_clock_set_back_during_a_renewal_costs_no_second_one() {
    for (row, jump) in [("an hour", HOUR), ("ten years", 10 * YEAR)] {
        let (mut world, ids) = connected(1).await;
        world.provider.gate.shut();
        let (engine, id) = (world.engine.clone(), ids[0]);
        let renewal = tokio::spawn(async move { engine.renew(id).await });
        world.provider.gate.reached_by(1).await;
        world.clock.jump_back(jump);
        world.provider.gate.let_through();
        renewal.await.unwrap().unwrap();
        world.calm_down().await;
        let (connection, now) = (world.connection(id), world.clock.now());
        assert_eq!(connection.life.obtained_at, now, "{row}");
        world.pass(36 * MINUTE - Duration::from_secs(1)).await;
        assert_eq!(world.posts(), ["POST first-0"], "{row}");
        world.pass(18 * MINUTE + Duration::from_secs(1)).await;
        assert_eq!(world.posts().len(), 2, "{row}: due by its real age");
    }
}

#[tokio::test]
async fn security_63_a_clock_set_back_while_nothing_ran_costs_one_renewal_each() {
    let (mut world, ids) = connected(40).await;
    world.crash().await;
    world.clock.jump_back(10 * YEAR);
    world.provider.gate.shut();
    world.crash_and_restart().await;
    let engine = world.engine.clone();
    let id = ids[7];
    let asked = tokio::spawn(async move { engine.access_token(id, None).await });
    world.settle().await;
    assert!(
        !asked.is_finished(),
        "a token of unknown age is not handed out"
    );
    world.provider.gate.let_through();
    let held = asked.await.unwrap().unwrap();
    assert!(
        held.token.expose().starts_with("at-"),
        "{}",
        held.token.expose()
    );
    world.calm_down().await;
    assert_eq!(world.posts().len(), 40);
    world.pass(35 * MINUTE).await;
    assert_eq!(world.posts().len(), 40);
    assert!(
        ids.iter()
            .all(|id| *world.condition(*id) == Condition::Active)
    );
}

#[tokio::test]
async fn security_22_63_a_sign_in_waits_ten_minutes_whatever_the_clock_says() {
    let mut world = World::start().await;
    let (attempt, _) = world.begin(super::MIO).await;
    world.settle().await;
    world.clock.jump_back(HOUR);
    world.settle().await;
    world.pass(9 * MINUTE).await;
    assert!(matches!(
        world.step(attempt),
        keyfob_domain::authorization::Step::Waiting { .. }
    ));
    world.pass(MINUTE).await;
    assert!(matches!(
        world.step(attempt),
        keyfob_domain::authorization::Step::Failed(_)
    ));
}

#[tokio::test]
async fn security_72_a_clock_set_back_during_a_revocation_writes_no_row_again() {
    let (mut world, ids) = connected(1).await;
    let id = ids[0];
    let mut provider = crate::testing::sandbox_provider();
    provider.revocation_endpoint = Some(url::Url::parse("http://127.0.0.1:9/revoke").unwrap());
    world.engine.provide(provider).await.unwrap();
    world.provider.revocation_gate.shut();
    let engine = world.engine.clone();
    let revoked = tokio::spawn(async move { engine.revoke(id, Ending::Now).await });
    world.provider.revocation_gate.reached_by(1).await;
    world.log.clear();
    world.clock.jump_back(HOUR);
    // The clock is looked at when something happens.
    world.engine.provider_of(id).await.unwrap();
    world.settle().await;
    assert_eq!(world.log.lines(), Vec::<String>::new());
    world.provider.revocation_gate.let_through();
    revoked.await.unwrap().unwrap();
    assert!(world.rows.row(id).is_none());
}
