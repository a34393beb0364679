//! Stopping the engine while something is on the wire.

use super::{MINUTE, MIO};
use crate::testing::{World, Write};
use keyfob_domain::error::ErrorCode;

#[tokio::test]
async fn a_renewal_in_flight_is_finished_before_the_engine_stops() {
    let mut world = World::start().await;
    let id = world.connect().await;
    // The summary has become old: a renewal would have it read again.
    world.clock.advance(16 * MINUTE);
    world.provider.gate.shut();
    let engine = world.engine.clone();
    let renewal = tokio::spawn(async move { engine.renew(id).await });
    world.provider.gate.reached_by(1).await;
    let engine = world.engine.clone();
    let stopping = tokio::spawn(async move { engine.shut_down().await });
    world.settle().await;
    assert!(!stopping.is_finished(), "it waits for the answer");
    world.provider.gate.let_through();
    world.settle().await;
    assert!(stopping.is_finished(), "and for nothing else");
    renewal.await.unwrap().unwrap();
    assert_eq!(world.keychain.stored(id), Some((2, "rt-2".to_owned())));
    let row = world.rows.row(id).unwrap();
    assert_eq!(
        (row.connection.life.generation, row.interrupted),
        (2, false)
    );
    assert!(
        world.engine.renew(id).await.is_err(),
        "nobody is there any more"
    );
}

#[tokio::test]
async fn a_code_that_is_being_exchanged_is_not_spent_in_vain() {
    let mut world = World::start().await;
    let (_, state) = world.begin(MIO).await;
    world.provider.gate.shut();
    assert!(world.deliver(MIO, &format!("code=c&state={state}")).await);
    world.provider.gate.reached_by(1).await;
    let engine = world.engine.clone();
    let stopping = tokio::spawn(async move { engine.shut_down().await });
    world.settle().await;
    world.provider.gate.let_through();
    stopping.await.unwrap();
    world.crash_and_restart().await;
    let names = world.keychain.names();
    assert_eq!(
        names
            .iter()
            .filter(|name| name.ends_with("/tokens"))
            .count(),
        1,
        "{names:?}"
    );
    let crate::Update::Snapshot { connections, .. } = &world.seen[0] else {
        panic!("no snapshot came first");
    };
    assert_eq!(connections.len(), 1, "it is there after the restart");
}

#[tokio::test]
async fn a_question_on_its_way_does_not_hold_up_the_end() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.clock.advance(60 * MINUTE);
    world.log.clear();
    world.provider.gate.shut();
    let engine = world.engine.clone();
    let asked = tokio::spawn(async move { engine.ask(id, "Who?".to_owned()).await });
    world.provider.gate.reached_by(1).await;
    let engine = world.engine.clone();
    let stopping = tokio::spawn(async move { engine.shut_down().await });
    world.settle().await;
    world.provider.gate.let_through();
    world.settle().await;
    assert!(stopping.is_finished(), "{:#?}", world.log.lines());
    // The token was renewed for the question, which may or may not have been asked in time.
    let _ = asked.await.unwrap();
    assert_eq!(world.keychain.stored(id), Some((2, "rt-2".to_owned())));
}

#[tokio::test]
async fn security_107_the_keychain_is_asked_once_more_before_unsaved_credentials_end() {
    for (row, saved_at_last) in [("it works again", true), ("it refuses", false)] {
        let mut world = World::start().await;
        let id = world.connect().await;
        let write = || Write::Refused(ErrorCode::KeychainFailed);
        world.keychain.next_write(write());
        if !saved_at_last {
            world.keychain.next_write(write());
        }
        let refused = world.engine.renew(id).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::KeychainFailed, "{row}");
        assert_eq!(world.keychain.stored(id), Some((1, "rt-1".to_owned())));
        world.engine.shut_down().await;
        let kept = if saved_at_last {
            (2, "rt-2".to_owned())
        } else {
            (1, "rt-1".to_owned())
        };
        assert_eq!(world.keychain.stored(id), Some(kept), "{row}");

        world.crash_and_restart().await;
        let trouble = if saved_at_last {
            "-"
        } else {
            "renewal_interrupted"
        };
        assert_eq!(world.trouble(id), trouble, "{row}");
    }
}
