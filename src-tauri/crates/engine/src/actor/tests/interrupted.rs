//! A process that ended in the middle of a renewal, and copies that were restored
//! (SECURITY 107, 108, 118).

use super::{HOUR, MINUTE};
use crate::ports::SecretName;
use crate::testing::{Wire, World, fault};
use crate::update::Update;
use keyfob_domain::connection::Condition;
use keyfob_domain::error::ErrorCode;
use keyfob_domain::id::ConnectionId;

/// Begins a renewal, lets it come to the gate and kills the engine there.
async fn die_at(world: &mut World, id: ConnectionId, gate: &str) {
    let gate = match gate {
        "token endpoint" => world.provider.gate.clone(),
        "keychain" => world.keychain.write_gate.clone(),
        "row" => world.rows.save_gate.clone(),
        other => panic!("no gate {other}"),
    };
    gate.shut();
    let engine = world.engine.clone();
    let renewal = tokio::spawn(async move { engine.renew(id).await });
    gate.reached_by(1).await;
    world.crash().await;
    assert!(renewal.await.unwrap().is_err(), "nobody answers any more");
    gate.let_through();
    world.log.clear();
    assert!(
        world.rows.row(id).unwrap().interrupted,
        "the intent is there"
    );
}

#[tokio::test]
async fn security_107_a_newer_item_is_adopted_without_a_request() {
    let mut world = World::start().await;
    let id = world.connect().await;
    die_at(&mut world, id, "row").await;
    world.crash_and_restart().await;
    assert_eq!(world.posts(), Vec::<String>::new());
    assert_eq!(world.connection(id).life.generation, 2);
    assert_eq!(world.rows.row(id).unwrap().connection.life.generation, 2);
    assert!(!world.rows.row(id).unwrap().interrupted);
    let held = world.engine.access_token(id, None).await.unwrap();
    assert_eq!(held.token.expose(), "at-2");
}

#[tokio::test]
async fn security_107_a_request_that_never_arrived_is_simply_sent_again() {
    let mut world = World::start().await;
    let id = world.connect().await;
    die_at(&mut world, id, "token endpoint").await;
    world.crash_and_restart().await;
    assert_eq!(world.posts(), ["POST rt-1"]);
    assert_eq!(world.keychain.stored(id), Some((2, "rt-2".to_owned())));
    assert_eq!(*world.condition(id), Condition::Active);
}

#[tokio::test]
async fn security_107_a_lost_answer_is_tried_once_and_named_for_what_it_was() {
    let mut world = World::start().await;
    let id = world.connect().await;
    die_at(&mut world, id, "keychain").await;
    world.crash_and_restart().await;
    assert_eq!(world.posts(), ["POST rt-1"]);
    assert_eq!(world.trouble(id), "renewal_interrupted");
    assert!(matches!(world.condition(id), Condition::NeedsSignIn { .. }));
    assert_eq!(
        world.keychain.stored(id),
        Some((1, "rt-1".to_owned())),
        "kept all the same"
    );

    world.crash_and_restart().await;
    world.pass(2 * HOUR).await;
    assert_eq!(world.posts(), ["POST rt-1"], "no second try");
    assert_eq!(world.trouble(id), "renewal_interrupted");
}

#[tokio::test]
async fn security_107_an_interruption_is_remembered_until_the_keychain_can_tell() {
    let mut world = World::start().await;
    let id = world.connect().await;
    die_at(&mut world, id, "keychain").await;
    world.keychain.fails_with(Some(ErrorCode::KeychainLocked));
    world.crash_and_restart().await;
    assert_eq!(world.trouble(id), "keychain_locked");
    world
        .engine
        .rename(id, Some("Work".to_owned()))
        .await
        .unwrap();
    assert!(
        world.rows.row(id).unwrap().interrupted,
        "a new name settles nothing"
    );

    let before = world.seen.len();
    world.engine.unlock_keychain().await.unwrap();
    world.settle().await;
    assert_eq!(world.posts(), ["POST rt-1"], "it is found out at once");
    let well = |update: &&Update| matches!(update, Update::Connection(overview) if overview.connection.condition == Condition::Active);
    let well: Vec<_> = world.seen[before..].iter().filter(well).collect();
    assert!(well.is_empty(), "108: nobody knows yet: {well:?}");
    assert_eq!(world.trouble(id), "renewal_interrupted");
    assert_eq!(world.connection(id).name.as_deref(), Some("Work"));
}

#[tokio::test]
async fn security_118_an_item_older_than_the_row_is_never_sent() {
    let mut world = World::start().await;
    let id = world.connect().await;
    let name = SecretName::of_connection(id);
    let old = world.keychain.text(&name).unwrap();
    world.engine.renew(id).await.unwrap();
    world.keychain.put(&name, &old);
    world.crash_and_restart().await;
    world.log.clear();
    world.pass(HOUR).await;
    assert_eq!(world.posts(), Vec::<String>::new());
    assert_eq!(world.trouble(id), "secret_missing");
    assert!(matches!(world.condition(id), Condition::NeedsSignIn { .. }));
    assert_eq!(
        world.keychain.text(&name),
        Some(old),
        "and not deleted either"
    );
}

#[tokio::test]
async fn security_118_a_caller_does_not_get_the_token_of_an_older_item() {
    let mut world = World::start().await;
    let id = world.connect().await;
    let name = SecretName::of_connection(id);
    let old = world.keychain.text(&name).unwrap();
    world.engine.renew(id).await.unwrap();
    world.keychain.put(&name, &old);
    world.crash_and_restart().await;
    world.log.clear();
    let refused = world
        .engine
        .access_token(id, None)
        .await
        .map(|held| held.generation);
    assert_eq!(refused.unwrap_err().code, ErrorCode::SecretMissing);
    assert_eq!(world.posts(), Vec::<String>::new());
}

#[tokio::test]
async fn security_118_a_restored_database_takes_what_the_keychain_has() {
    let mut world = World::start().await;
    let id = world.connect().await;
    let old = world.rows.row(id).unwrap();
    world.engine.renew(id).await.unwrap();
    world.engine.renew(id).await.unwrap();
    world.crash().await;
    world.rows.tamper(id, |row| *row = old);
    world.log.clear();
    world.crash_and_restart().await;
    let held = world.engine.access_token(id, None).await.unwrap();
    assert_eq!((held.token.expose(), held.generation), ("at-3", 3));
    assert_eq!(world.posts(), Vec::<String>::new());
    world.settle().await;
    assert_eq!(world.rows.row(id).unwrap().connection.life.generation, 3);
}

#[tokio::test]
async fn security_118_both_restored_together_means_one_request_and_then_the_user() {
    let mut world = World::start().await;
    let id = world.connect().await;
    let name = SecretName::of_connection(id);
    let (row, item) = (
        world.rows.row(id).unwrap(),
        world.keychain.text(&name).unwrap(),
    );
    world.engine.renew(id).await.unwrap();
    world.crash().await;
    world.rows.tamper(id, |known| *known = row);
    world.keychain.put(&name, &item);
    world.log.clear();
    world.crash_and_restart().await;
    world.pass(HOUR).await;
    assert_eq!(world.posts(), ["POST rt-1"]);
    assert_eq!(world.trouble(id), "grant_ended");
    world.pass(30 * MINUTE).await;
    assert_eq!(world.posts(), ["POST rt-1"]);
}

#[tokio::test]
async fn security_108_a_lost_answer_is_the_reason_when_the_old_token_is_no_longer_taken() {
    for (row, restart) in [("in the same process", false), ("after a restart", true)] {
        let mut world = World::start().await;
        let id = world.connect().await;
        world.provider.next(Wire::Lost);
        let lost = world.engine.renew(id).await.unwrap_err();
        assert_eq!(lost.code, ErrorCode::ProviderUnreachable, "{row}");
        assert!(world.rows.row(id).unwrap().interrupted, "{row}");
        if restart {
            world.crash_and_restart().await;
        }
        world.pass(MINUTE).await;
        assert_eq!(world.trouble(id), "renewal_interrupted", "{row}");
    }
}

#[tokio::test]
async fn security_108_a_request_that_was_never_sent_leaves_nothing_open() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.provider.next(Wire::Fault(fault(true)));
    world.engine.renew(id).await.unwrap_err();
    assert!(!world.rows.row(id).unwrap().interrupted);
    world.provider.end_grant();
    world.pass(MINUTE).await;
    assert_eq!(world.trouble(id), "grant_ended");
}
