//! A keychain that refuses, times out or is locked (SECURITY 62, 103, 107).

use super::{HOUR, MINUTE, MIO};
use crate::KeychainState;
use crate::ports::SecretName;
use crate::renewal::save_again;
use crate::testing::{World, Write};
use keyfob_domain::authorization::Step;
use keyfob_domain::connection::Condition;
use keyfob_domain::error::ErrorCode;
use keyfob_domain::id::ConnectionId;
use keyfob_domain::item::ConnectionItem;
use keyfob_domain::refresh::Expiry;
use keyfob_domain::secret::{AccessToken, RefreshToken};
use keyfob_domain::time::Timestamp;
use std::sync::Arc;

#[tokio::test]
async fn security_107_a_refused_write_keeps_the_token_in_memory_until_it_is_saved() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.log.clear();
    world
        .keychain
        .next_write(Write::Refused(ErrorCode::KeychainFailed));
    let problem = world.engine.renew(id).await.unwrap_err();
    world.settle().await;
    assert_eq!(problem.code, ErrorCode::KeychainFailed);
    let Condition::Keychain { unsaved: true, .. } = world.condition(id) else {
        panic!("{:?}", world.condition(id));
    };
    assert_eq!(world.keychain_state(), KeychainState::Failed(None));
    assert_eq!(
        world.rows.row(id).unwrap().connection.life.generation,
        1,
        "no row promises it"
    );
    let held = world.engine.access_token(id, None).await.unwrap();
    assert_eq!(held.token.expose(), "at-2", "it works meanwhile");

    world.pass(MINUTE).await;
    assert_eq!(world.keychain.stored(id), Some((2, "rt-2".to_owned())));
    assert_eq!(*world.condition(id), Condition::Active);
    assert_eq!(world.keychain_state(), KeychainState::Available);
    assert_eq!(world.rows.row(id).unwrap().connection.life.generation, 2);
    assert!(!world.rows.row(id).unwrap().interrupted);
    assert_eq!(world.posts(), ["POST rt-1"]);
}

#[tokio::test]
async fn security_107_nothing_new_is_asked_for_while_a_token_is_in_memory_only() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.log.clear();
    world.provider.gate.shut();
    let engine = world.engine.clone();
    let renewal = tokio::spawn(async move { engine.renew(id).await });
    world.provider.gate.reached_by(1).await;
    world.keychain.fails_with(Some(ErrorCode::KeychainLocked));
    world.provider.gate.let_through();
    renewal.await.unwrap().unwrap_err();
    for _ in 0..12 {
        world.pass(30 * MINUTE).await;
        assert!(world.engine.renew(id).await.is_err());
    }
    assert_eq!(world.posts(), ["POST rt-1"]);
    assert_eq!(world.keychain_state(), KeychainState::Locked);

    world.engine.unlock_keychain().await.unwrap();
    world.settle().await;
    let (generation, _) = world.keychain.stored(id).unwrap();
    assert!(
        generation >= 2,
        "it was saved, and perhaps renewed after six hours"
    );
    assert_eq!(*world.condition(id), Condition::Active);
    assert_eq!(world.keychain.prompts(), 1);
}

#[tokio::test]
async fn security_107_a_write_that_timed_out_is_read_back_before_anything_is_written() {
    for (row, write, writes) in [
        ("it had happened", Write::TimedOutWritten, 1),
        ("it had not", Write::TimedOutLost, 2),
    ] {
        let mut world = World::start().await;
        let id = world.connect().await;
        world.log.clear();
        world.keychain.next_write(write);
        world.engine.renew(id).await.unwrap_err();
        world.settle().await;
        assert_eq!(world.trouble(id), "keychain_timed_out", "{row}");
        world.pass(MINUTE).await;
        assert_eq!(
            world.keychain.stored(id),
            Some((2, "rt-2".to_owned())),
            "{row}"
        );
        assert_eq!(world.log.of("KEYCHAIN").len(), writes, "{row}");
        assert_eq!(*world.condition(id), Condition::Active, "{row}");
        assert_eq!(world.posts(), ["POST rt-1"], "{row}");
    }
}

#[tokio::test]
async fn a_sign_in_whose_tokens_can_t_be_saved_works_and_is_saved_later() {
    let mut world = World::start().await;
    world
        .keychain
        .next_write(Write::Refused(ErrorCode::KeychainFailed));
    let id = world.connect().await;
    assert_eq!(world.trouble(id), "keychain_failed");
    assert!(world.rows.row(id).is_none(), "no row without credentials");
    let held = world.engine.access_token(id, None).await.unwrap();
    assert_eq!(held.token.expose(), "at-1");
    world.pass(MINUTE).await;
    assert_eq!(world.keychain.stored(id), Some((1, "rt-1".to_owned())));
    assert!(world.rows.row(id).is_some());
    assert_eq!(*world.condition(id), Condition::Active);
}

#[tokio::test]
async fn security_62_a_locked_keychain_is_waited_for_and_costs_nothing() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.crash_and_restart().await;
    world.log.clear();
    world.keychain.fails_with(Some(ErrorCode::KeychainLocked));
    let refused = world
        .engine
        .access_token(id, None)
        .await
        .map(|_| ())
        .unwrap_err();
    assert_eq!(refused.code, ErrorCode::KeychainLocked);
    world.settle().await;
    assert_eq!(world.trouble(id), "keychain_locked");
    world.pass(2 * HOUR).await;
    assert_eq!(world.posts(), Vec::<String>::new(), "nothing can be sent");
    assert_eq!(world.keychain.prompts(), 0, "and nobody is prompted");

    world
        .keychain
        .unlocking_fails_with(ErrorCode::KeychainDismissed);
    let dismissed = world.engine.unlock_keychain().await.unwrap_err();
    assert_eq!(dismissed.code, ErrorCode::KeychainDismissed);
    world.settle().await;
    assert_eq!(world.keychain_state(), KeychainState::Locked);

    world.engine.unlock_keychain().await.unwrap();
    world.settle().await;
    assert_eq!(world.keychain_state(), KeychainState::Available);
    assert_eq!(
        world.posts(),
        ["POST rt-1"],
        "what was due is renewed at once"
    );
    assert_eq!(*world.condition(id), Condition::Active);
}

#[tokio::test]
async fn a_missing_keychain_is_seen_at_the_start_and_a_look_finds_it_again() {
    let mut world = World::start().await;
    world.keychain.fails_with(Some(ErrorCode::KeychainMissing));
    world.crash_and_restart().await;
    assert!(matches!(
        world.keychain_state(),
        KeychainState::Missing(Some(_))
    ));
    world.keychain.fails_with(None);
    world.engine.retry_keychain().await.unwrap();
    world.settle().await;
    assert_eq!(world.keychain_state(), KeychainState::Available);
}

#[tokio::test]
async fn an_item_that_vanished_or_can_t_be_read_needs_the_user() {
    let name = SecretName::of_connection;
    for row in ["vanished", "unreadable"] {
        let mut world = World::start().await;
        let id = world.connect().await;
        world.log.clear();
        world.keychain.take(&name(id)).unwrap();
        if row == "unreadable" {
            world.keychain.put(&name(id), "{\"generation\":1,\"acc");
        }
        world.engine.renew(id).await.unwrap_err();
        world.settle().await;
        assert_eq!(world.trouble(id), "secret_missing", "{row}");
        assert_eq!(world.posts(), Vec::<String>::new(), "{row}");
    }
}

#[tokio::test]
async fn a_keychain_that_fails_while_a_code_is_exchanged_loses_nothing() {
    let mut world = World::start().await;
    let (attempt, state) = world.begin(MIO).await;
    world.provider.gate.shut();
    assert!(world.deliver(MIO, &format!("code=c&state={state}")).await);
    world.provider.gate.reached_by(1).await;
    world.keychain.fails_with(Some(ErrorCode::KeychainLocked));
    world.provider.gate.let_through();
    world.settle().await;
    let Step::Connected(id) = *world.step(attempt) else {
        panic!("{:?}", world.step(attempt));
    };
    assert_eq!(world.trouble(id), "keychain_locked");
    world.engine.unlock_keychain().await.unwrap();
    world.settle().await;
    assert_eq!(world.keychain.stored(id), Some((1, "rt-1".to_owned())));
    assert_eq!(*world.condition(id), Condition::Active);
}

#[tokio::test]
async fn security_107_what_is_saved_again_takes_the_place_of_all_but_something_newer() {
    let item = |generation, token: &str| ConnectionItem {
        generation,
        refresh_token: Some(Arc::new(RefreshToken::new(token.to_owned()))),
        access_token: Arc::new(AccessToken::new("at".to_owned())),
        obtained_at: Timestamp::from_millis(0),
        expiry: Expiry::Never,
        grant_end: None,
    };
    let world = World::start().await;
    let id = ConnectionId::new(Timestamp::from_millis(0), [7; 10]);
    let name = SecretName::of_connection(id);
    for (row, there, kept) in [
        ("older", (1, "there"), (2, "held")),
        ("as old", (2, "there"), (2, "held")),
        ("newer", (3, "there"), (3, "there")),
    ] {
        let (generation, token) = there;
        world
            .keychain
            .put(&name, item(generation, token).encode().expose());
        save_again(&world.ports(), id, &item(2, "held"))
            .await
            .unwrap();
        let (generation, token) = world.keychain.stored(id).unwrap();
        assert_eq!((generation, token.as_str()), kept, "{row}");
    }
}
