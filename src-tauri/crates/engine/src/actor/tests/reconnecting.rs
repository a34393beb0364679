//! Signing a known connection in again, also while something else goes on with it
//! (SECURITY 31, 62, 107).

use super::MIO;
use crate::Ending;
use crate::testing::{World, Write};
use keyfob_domain::authorization::Step;
use keyfob_domain::connection::Condition;
use keyfob_domain::error::ErrorCode;

#[tokio::test]
async fn a_connection_signed_in_again_keeps_id_and_name_and_its_generation_grows() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world
        .engine
        .rename(id, Some(" Work ".to_owned()))
        .await
        .unwrap();
    world.provider.end_grant();
    world.engine.renew(id).await.unwrap_err();
    world.settle().await;
    assert_eq!(world.trouble(id), "grant_ended");

    let again = world.connect_for(Some(id)).await;
    assert_eq!(again, id);
    assert_eq!(*world.condition(id), Condition::Active);
    assert_eq!(world.connection(id).name.as_deref(), Some("Work"));
    assert_eq!(world.connection(id).life.generation, 2);
    assert_eq!(world.keychain.stored(id), Some((2, "rt-2".to_owned())));
    world.engine.renew(id).await.unwrap();
    assert_eq!(world.keychain.stored(id), Some((3, "rt-3".to_owned())));
}

#[tokio::test]
async fn a_renewal_of_the_older_grant_never_lands_on_the_newer_one() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.keychain.write_gate.shut();
    let engine = world.engine.clone();
    let renewal = tokio::spawn(async move { engine.renew(id).await });
    world.keychain.write_gate.reached_by(1).await;
    // The tokens of the new grant arrive while those of the old one are on their way.
    let (attempt, state) = world.begin_for(MIO, Some(id)).await;
    assert!(world.deliver(MIO, &format!("code=new&state={state}")).await);
    world.settle().await;
    assert_eq!(*world.step(attempt), Step::Saving);
    world.keychain.write_gate.let_through();
    world.settle().await;
    assert_eq!(*world.step(attempt), Step::Connected(id));
    renewal.await.unwrap().unwrap();

    let (generation, token) = world.keychain.stored(id).unwrap();
    let newest = world.provider.received().pop().unwrap();
    assert_eq!(generation, 3, "the renewal under way has the second one");
    assert_eq!(token, newest, "{:#?}", world.log.lines());
    assert_eq!(world.connection(id).life.generation, generation);
    assert_eq!(
        world.rows.row(id).unwrap().connection.life.generation,
        generation
    );
    world.engine.renew(id).await.unwrap();
    assert_eq!(*world.condition(id), Condition::Active);
}

#[tokio::test]
async fn a_late_answer_of_an_older_life_is_dropped() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.crash_and_restart().await;
    // The item of the first life was read for a caller, and the answer is held up.
    world.keychain.read_gate.shut();
    let engine = world.engine.clone();
    let caller = tokio::spawn(async move { engine.access_token(id, None).await });
    world.keychain.read_gate.reached_by(1).await;
    world.connect_for(Some(id)).await;
    world.log.clear();
    world.keychain.read_gate.let_through();
    let held = caller.await.unwrap().unwrap();
    assert_eq!((held.token.expose(), held.generation), ("at-2", 2));
    world.settle().await;
    assert_eq!(world.posts(), Vec::<String>::new(), "nothing seemed amiss");
    assert_eq!(*world.condition(id), Condition::Active);
}

#[tokio::test]
async fn security_107_an_older_token_in_memory_does_not_overwrite_a_newer_sign_in() {
    for older_first in [true, false] {
        let mut world = World::start().await;
        let id = world.connect().await;
        let refusal = Write::Refused(ErrorCode::KeychainFailed);
        world.keychain.next_write(refusal);
        world.engine.renew(id).await.unwrap_err();
        // The write of the older grant and that of the newer one meet at the keychain.
        world.keychain.write_gate.shut();
        let (_, state) = world.begin_for(MIO, Some(id)).await;
        if older_first {
            world.engine.retry_keychain().await.unwrap();
            world.keychain.write_gate.reached_by(1).await;
        }
        let query = format!("code=new&state={state}");
        assert!(world.deliver(MIO, &query).await);
        world.settle().await;
        if !older_first {
            world.engine.retry_keychain().await.unwrap();
            world.settle().await;
        }
        world.keychain.write_gate.let_through();
        world.settle().await;
        let stored = world.keychain.stored(id);
        let newest = Some((3, "rt-3".to_owned()));
        assert_eq!(stored, newest, "{older_first}: {:#?}", world.log.lines());
        assert_eq!(*world.condition(id), Condition::Active, "{older_first}");
        assert_eq!(world.connection(id).life.generation, 3, "{older_first}");
    }
}

#[tokio::test]
async fn security_72_a_sign_in_that_is_overtaken_by_revoking_leaves_nothing() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.keychain.write_gate.shut();
    let (attempt, state) = world.begin_for(MIO, Some(id)).await;
    assert!(world.deliver(MIO, &format!("code=new&state={state}")).await);
    world.keychain.write_gate.reached_by(1).await;
    let engine = world.engine.clone();
    let ending = tokio::spawn(async move { engine.revoke(id, Ending::HereOnly).await });
    world.settle().await;
    world.keychain.write_gate.let_through();
    ending.await.unwrap().unwrap();
    world.settle().await;
    let step = world.step(attempt);
    assert!(
        matches!(step, Step::Failed(problem) if problem.code == ErrorCode::ConnectionUnknown),
        "{step:?}"
    );
    assert_eq!(world.keychain.stored(id), None);
    assert!(world.rows.row(id).is_none());
    assert!(world.is_gone(id));
}

#[tokio::test]
async fn a_connection_that_is_not_there_can_t_be_signed_in_again() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.engine.revoke(id, Ending::HereOnly).await.unwrap();
    let refused = world
        .engine
        .connect(crate::testing::slug(MIO), Some(id))
        .await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::ConnectionUnknown);
}
