//! A keychain that goes and comes back without Keyfob's doing, and long items in it
//! (SECURITY 102, 103, 107, 108).

use super::{HOUR, MINUTE};
use crate::KeychainState;
use crate::ports::SecretName;
use crate::testing::{World, Write};
use keyfob_domain::authorization::Step;
use keyfob_domain::connection::Condition;
use keyfob_domain::error::ErrorCode;

const LOCKED: Option<ErrorCode> = Some(ErrorCode::KeychainLocked);
/// No item can be shorter where there is a limit; one of a connection has a few bytes more.
const LIMIT: usize = 128;

#[tokio::test]
async fn security_103_a_keychain_that_somebody_else_unlocks_is_noticed_at_once() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.log.clear();
    world.provider.gate.shut();
    let engine = world.engine.clone();
    let renewal = tokio::spawn(async move { engine.renew(id).await });
    world.provider.gate.reached_by(1).await;
    world.keychain.changes_to(LOCKED);
    world.provider.gate.let_through();
    renewal.await.unwrap().unwrap_err();
    world.settle().await;
    assert_eq!(world.keychain_state(), KeychainState::Locked);
    let Condition::Keychain { unsaved: true, .. } = world.condition(id) else {
        panic!("{:?}", world.condition(id));
    };

    world.keychain.changes_to(None);
    world.settle().await;
    assert_eq!(world.keychain_state(), KeychainState::Available);
    assert_eq!(*world.condition(id), Condition::Active);
    assert_eq!(world.keychain.stored(id), Some((2, "rt-2".to_owned())));
    assert_eq!(world.posts(), ["POST rt-1"]);
    assert_eq!(world.keychain.prompts(), 0, "nobody was asked");
}

#[tokio::test]
async fn security_103_the_keychain_is_looked_at_once_per_change_and_without_one_only_while_silent()
{
    let mut world = World::start().await;
    let id = world.connect().await;
    for (code, looks) in [
        (LOCKED, 1),
        (None, 1),
        (Some(ErrorCode::KeychainMissing), 1),
        // Nobody tells when it speaks again, so it is looked at once more when the minute is over.
        (Some(ErrorCode::KeychainTimedOut), 2),
        (None, 1),
    ] {
        let before = world.keychain.looks();
        world.keychain.changes_to(code);
        world.settle().await;
        world.pass(MINUTE).await;
        assert_eq!(world.keychain.looks() - before, looks, "{code:?}");
        let right = match (code, world.keychain_state()) {
            (None, state) => state == KeychainState::Available,
            (LOCKED, state) => state == KeychainState::Locked,
            (Some(ErrorCode::KeychainMissing), state) => matches!(state, KeychainState::Missing(_)),
            (Some(_), state) => state == KeychainState::Failed(None),
        };
        assert!(right, "{code:?}: {:?}", world.keychain_state());
        // Its token is in memory, so it needs no keychain for now.
        assert_eq!(*world.condition(id), Condition::Active, "{code:?}");
    }
}

#[tokio::test]
async fn security_103_a_silent_keychain_that_nothing_waits_for_is_found_again() {
    let mut world = World::start().await;
    world.connect().await;
    world.keychain.changes_to(Some(ErrorCode::KeychainTimedOut));
    world.settle().await;
    assert_eq!(world.keychain_state(), KeychainState::Failed(None));
    world.keychain.fails_with(None);
    world.pass(MINUTE).await;
    assert_eq!(world.keychain_state(), KeychainState::Available);
}

#[tokio::test]
async fn security_103_what_waits_for_a_silent_keychain_is_neither_renewed_nor_ended_by_waiting() {
    let mut world = World::start().await;
    let (first, second) = (world.connect().await, world.connect().await);
    world.crash().await;
    // It gave no refresh token, and its token works for an hour.
    world
        .rows
        .tamper(second, |row| row.connection.life.renewable = false);
    world.keychain.fails_with(Some(ErrorCode::KeychainTimedOut));
    world.crash_and_restart().await;
    world.log.clear();
    for _ in 0..4 {
        world.pass(MINUTE).await;
        for id in [first, second] {
            assert_eq!(world.trouble(id), "keychain_timed_out");
        }
    }
    world.keychain.changes_to(LOCKED);
    world.settle().await;
    for id in [first, second] {
        assert_eq!(world.trouble(id), "keychain_locked", "as it is now");
    }
    world.keychain.changes_to(None);
    world.settle().await;
    for id in [first, second] {
        assert_eq!(*world.condition(id), Condition::Active);
    }
    assert_eq!(world.posts(), Vec::<String>::new());
}

#[tokio::test]
async fn security_103_a_keychain_that_works_for_one_connection_works_for_all() {
    let mut world = World::start().await;
    let (first, second) = (world.connect().await, world.connect().await);
    world.keychain.fails_with(Some(ErrorCode::KeychainMissing));
    world.crash_and_restart().await;
    world.log.clear();
    // By now each is tried every quarter of an hour at best.
    world.pass(HOUR / 4).await;
    assert_eq!(world.trouble(second), "keychain_missing");
    world.keychain.fails_with(None);
    world.engine.renew(first).await.unwrap();
    world.settle().await;
    assert_eq!(world.trouble(second), "-");
    assert_eq!(world.posts(), ["POST rt-1"], "what is fresh stays as it is");
}

#[tokio::test]
async fn security_108_after_a_start_with_a_locked_keychain_each_connection_says_so() {
    for (row, code, trouble) in [
        ("locked", LOCKED, "keychain_locked"),
        (
            "missing",
            Some(ErrorCode::KeychainMissing),
            "keychain_missing",
        ),
        (
            "silent",
            Some(ErrorCode::KeychainTimedOut),
            "keychain_timed_out",
        ),
    ] {
        let mut world = World::start().await;
        let (first, second) = (world.connect().await, world.connect().await);
        let stored = [first, second].map(|id| world.keychain.stored(id));
        world.log.clear();
        world.keychain.fails_with(code);
        world.crash_and_restart().await;
        for id in [first, second] {
            assert_eq!(world.trouble(id), trouble, "{row}");
        }
        // Two hours of tries send nothing, lose nothing and ask nobody.
        for _ in 0..8 {
            world.pass(HOUR / 4).await;
            assert!(world.engine.renew(first).await.is_err(), "{row}");
        }
        assert_eq!(world.posts(), Vec::<String>::new(), "{row}");
        assert_eq!(world.keychain.prompts(), 0, "{row}");
        assert_eq!(
            [first, second].map(|id| world.keychain.stored(id)),
            stored,
            "{row}"
        );

        world.keychain.changes_to(None);
        world.settle().await;
        assert_eq!(world.keychain_state(), KeychainState::Available, "{row}");
        for id in [first, second] {
            let code = world.trouble(id);
            assert!(code != trouble, "{row}: {code} is over");
        }
        assert_eq!(
            world.posts().len(),
            2,
            "{row}: what was due is renewed at once"
        );
    }
}

#[tokio::test]
async fn a_renewal_that_was_cut_off_goes_on_when_somebody_unlocks_the_keychain() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.provider.gate.shut();
    let engine = world.engine.clone();
    let renewal = tokio::spawn(async move { engine.renew(id).await });
    world.provider.gate.reached_by(1).await;
    world.keychain.fails_with(LOCKED);
    world.crash_and_restart().await;
    renewal.await.unwrap().unwrap_err();
    world.provider.gate.let_through();
    assert_eq!(world.trouble(id), "keychain_locked");
    assert!(world.rows.row(id).unwrap().interrupted);

    world.log.clear();
    world.keychain.changes_to(None);
    world.settle().await;
    assert_eq!(
        world.posts(),
        ["POST rt-1"],
        "what became of it is found out"
    );
    assert!(!world.rows.row(id).unwrap().interrupted);
}

#[tokio::test]
async fn security_107_a_sign_in_after_an_unknown_write_is_what_stays() {
    for write in [Write::TimedOutWritten, Write::TimedOutLost] {
        let mut world = World::start().await;
        let id = world.connect().await;
        world.keychain.next_write(write);
        world.engine.renew(id).await.unwrap_err();
        world.settle().await;
        assert_eq!(world.connect_for(Some(id)).await, id);
        world.pass(HOUR / 2).await;
        let (generation, token) = world.keychain.stored(id).unwrap();
        assert_eq!((generation, token.as_str()), (3, "rt-3"), "{write:?}");
        assert_eq!(*world.condition(id), Condition::Active, "{write:?}");
    }
}

#[tokio::test]
async fn security_72_long_items_are_kept_renewed_and_deleted_with_all_their_parts() {
    let mut world = World::start().await;
    let others = world.keychain.names();
    world.keychain.limit_items(LIMIT);
    let id = world.connect().await;
    let parts = |world: &World| world.keychain.names().len() - others.len() - 1;
    assert!(parts(&world) > 1, "{:?}", world.keychain.names());
    for generation in 2..5 {
        world.engine.renew(id).await.unwrap();
        world.settle().await;
        let token = format!("rt-{generation}");
        assert_eq!(world.keychain.stored(id), Some((generation, token)));
        assert_eq!(parts(&world), 2, "{:?}", world.keychain.names());
    }
    world.crash_and_restart().await;
    world.engine.access_token(id, None).await.map(drop).unwrap();
    for name in world.keychain.names() {
        assert!(!name.contains("rt-") && !name.contains("at-"), "{name}");
    }
    world.engine.revoke(id, crate::Ending::Now).await.unwrap();
    world.settle().await;
    assert_eq!(world.keychain.names(), others);
}

#[tokio::test]
async fn security_107_a_long_item_that_lost_a_part_needs_the_user_and_a_sign_in_heals_it() {
    let mut world = World::start().await;
    world.keychain.limit_items(LIMIT);
    let id = world.connect().await;
    let name = SecretName::of_connection(id);
    let names = world.keychain.names();
    let part = names
        .iter()
        .find(|known| known.starts_with(name.as_str()) && *known != name.as_str());
    world.keychain.lose(part.unwrap());
    world.engine.renew(id).await.unwrap_err();
    world.settle().await;
    assert_eq!(world.trouble(id), "secret_missing");
    let attempt = world.sign_in(Some(id), true).await;
    assert_eq!(*world.step(attempt), Step::Connected(id));
    assert_eq!(*world.condition(id), Condition::Active);
    assert!(world.keychain.stored(id).is_some());
}
