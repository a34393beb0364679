//! The known end of a grant: kept with the credentials, kept alive by renewals, and left alone
//! where renewals don't move it.

use super::HOUR;
use crate::ports::Clock;
use crate::testing::{Wire, World};
use keyfob_domain::connection::Condition;
use keyfob_domain::error::ErrorCode;
use keyfob_domain::grant_end::GrantEnd;
use keyfob_domain::id::ConnectionId;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// An account whose access tokens live for a year and whose grant ends after ten days, as the
/// provider tells.
async fn with_long_tokens() -> (World, ConnectionId) {
    let mut world = World::start().await;
    world.provider.answers_with_lifetime(365 * DAY);
    world.provider.answers_with_refresh_lifetime(10 * DAY);
    let id = world.connect().await;
    world.log.clear();
    (world, id)
}

fn grant_end(world: &World, id: ConnectionId) -> Option<GrantEnd> {
    world.connection(id).life.grant_end
}

#[tokio::test]
async fn a_grant_that_would_lapse_is_kept_alive_before_its_token_needs_it() {
    let (mut world, id) = with_long_tokens().await;
    let began = world.clock.now();
    let end = GrantEnd {
        at: began.after(10 * DAY),
        told_at: began,
    };
    assert_eq!(grant_end(&world, id), Some(end));
    assert_eq!(
        world.rows.row(id).unwrap().connection.life.grant_end,
        Some(end)
    );
    let due_at = world.connection(id).due_at.unwrap();
    let wait = due_at.since(began);
    assert!(wait >= 6 * DAY && wait <= 9 * DAY, "{wait:?}");

    world.pass(wait).await;
    assert_eq!(world.posts(), ["POST rt-1"]);
    let moved = GrantEnd {
        at: due_at.after(10 * DAY),
        told_at: due_at,
    };
    assert_eq!(grant_end(&world, id), Some(moved));
    assert!(world.connection(id).due_at.unwrap() <= due_at.after(9 * DAY));
}

#[tokio::test]
async fn an_end_that_renewals_do_not_move_is_not_asked_about_again_and_again() {
    let (mut world, id) = with_long_tokens().await;
    let (began, due_at) = (world.clock.now(), world.connection(id).due_at.unwrap());
    let left = began.after(10 * DAY).since(due_at);
    world.provider.answers_with_refresh_lifetime(left);
    world.pass(due_at.since(began)).await;
    assert_eq!(world.posts(), ["POST rt-1"]);
    let end = grant_end(&world, id).unwrap();
    assert_eq!((end.at, end.told_at), (began.after(10 * DAY), began));
    assert!(end.is_fixed(world.connection(id).life.obtained_at));

    // The token lives for a year, so nothing is due before the grant's end, nor at it.
    world.pass(20 * DAY).await;
    assert_eq!(world.posts(), ["POST rt-1"]);
    assert_eq!(*world.condition(id), Condition::Active);
}

#[tokio::test]
async fn a_new_sign_in_begins_a_new_grant_with_an_end_of_its_own() {
    let (mut world, id) = with_long_tokens().await;
    world.pass(DAY).await;
    world.provider.answers_with_refresh_lifetime(2 * DAY);
    world.connect_for(Some(id)).await;
    let now = world.clock.now();
    let end = grant_end(&world, id).unwrap();
    assert_eq!((end.at, end.told_at), (now.after(2 * DAY), now));
}

#[tokio::test]
async fn the_thirty_days_of_a_provider_begin_anew_with_each_renewal_that_brings_no_refresh_token() {
    let mut providers = crate::providers::sandbox_presets("http://127.0.0.1:9").unwrap();
    let mut world = World::with(vec![providers.remove(1)]).await;
    let id = world.connect().await;
    let began = world.clock.now();
    assert_eq!(grant_end(&world, id).unwrap().at, began.after(30 * DAY));

    world.provider.next(Wire::WithoutRefreshToken);
    let due_at = world.connection(id).due_at.unwrap();
    assert!(due_at.since(began) < HOUR, "the token is due first");
    world.pass(due_at.since(began)).await;
    assert_eq!(world.keychain.stored(id), Some((2, "rt-1".to_owned())));
    assert_eq!(grant_end(&world, id).unwrap().at, due_at.after(30 * DAY));
}

#[tokio::test]
async fn without_a_refresh_token_or_a_word_about_it_nothing_is_known() {
    let mut world = World::start().await;
    let id = world.connect().await;
    assert_eq!(grant_end(&world, id), None);

    world.provider.answers_with_refresh_lifetime(10 * DAY);
    world.provider.next(Wire::WithoutRefreshToken);
    let id = world.connect().await;
    assert!(!world.connection(id).life.renewable);
    assert_eq!(grant_end(&world, id), None);
}

#[tokio::test]
async fn security_118_a_restored_database_learns_the_end_from_the_keychain() {
    let (mut world, id) = with_long_tokens().await;
    let old = world.rows.row(id).unwrap();
    world.pass(DAY).await;
    world.engine.renew(id).await.unwrap();
    world.settle().await;
    let newest = grant_end(&world, id).unwrap();
    assert_ne!(Some(newest), old.connection.life.grant_end);

    world.crash().await;
    world.rows.tamper(id, |row| {
        row.connection = old.connection;
        row.connection.due_at = Some(world.clock.now());
    });
    world.log.clear();
    world.crash_and_restart().await;
    world.settle().await;
    assert_eq!(world.posts(), Vec::<String>::new());
    assert_eq!(grant_end(&world, id), Some(newest));
}

#[tokio::test]
async fn security_61_the_known_end_is_no_proof_and_only_the_provider_ends_a_grant() {
    let (mut world, id) = with_long_tokens().await;
    world.provider.answers_with_lifetime(HOUR);
    world.provider.answers_with_refresh_lifetime(2 * HOUR);
    world.engine.renew(id).await.unwrap();
    world.settle().await;
    // The end the provider told of has long passed when the network comes back.
    world.clock.advance(3 * DAY);
    world.engine.renew(id).await.unwrap();
    world.settle().await;
    assert_eq!(*world.condition(id), Condition::Active);
    world.provider.end_grant();
    world.engine.renew(id).await.unwrap_err();
    world.settle().await;
    assert_eq!(world.trouble(id), ErrorCode::GrantEnded.as_str());
}
