//! Ending a connection (SECURITY 68–72).

use super::{HOUR, MIO};
use crate::Ending;
use crate::testing::{World, fault, refused, sandbox_provider, slug};
use keyfob_domain::connection::Condition;
use keyfob_domain::error::ErrorCode;
use keyfob_domain::provider::Provider;

fn with_revocation() -> Provider {
    Provider {
        revocation_endpoint: Some(url::Url::parse("http://127.0.0.1:9/revoke").unwrap()),
        ..sandbox_provider()
    }
}

#[tokio::test]
async fn security_68_the_provider_the_keychain_and_the_row_are_told_in_this_order() {
    let mut world = World::with(vec![with_revocation()]).await;
    let id = world.connect().await;
    world.log.clear();
    world.engine.revoke(id, Ending::Now).await.unwrap();
    world.settle().await;
    assert_eq!(
        world.log.lines(),
        ["REVOKE rt-1", "REVOKE at-1", "FORGET", "DELETE"]
    );
    assert!(world.is_gone(id));
    assert_eq!(world.keychain.names(), [format!("{MIO}/client-secret")]);
    assert!(world.rows.row(id).is_none());
    let again = world.engine.revoke(id, Ending::Now).await.unwrap_err();
    assert_eq!(again.code, ErrorCode::ConnectionUnknown);
}

#[tokio::test]
async fn security_72_hand_outs_stop_in_the_first_instant() {
    let mut world = World::with(vec![with_revocation()]).await;
    let id = world.connect().await;
    world.provider.revocation_gate.shut();
    let engine = world.engine.clone();
    let ending = tokio::spawn(async move { engine.revoke(id, Ending::Now).await });
    world.provider.revocation_gate.reached_by(1).await;
    world.settle().await;
    assert_eq!(*world.condition(id), Condition::Revoking);
    world.log.clear();
    let refused = world
        .engine
        .access_token(id, None)
        .await
        .map(|held| held.generation);
    assert_eq!(refused.unwrap_err().code, ErrorCode::ConnectionUnknown);
    assert!(world.engine.renew(id).await.is_err());
    assert!(
        world.engine.revoke(id, Ending::Now).await.is_err(),
        "one is under way"
    );
    world.pass(2 * HOUR).await;
    assert_eq!(world.posts(), Vec::<String>::new());
    world.provider.revocation_gate.let_through();
    ending.await.unwrap().unwrap();
}

#[tokio::test]
async fn security_69_what_could_not_be_revoked_goes_on_and_says_so() {
    for (row, fault, code) in [
        ("503", refused(503, ""), ErrorCode::ProviderError),
        ("offline", fault(true), ErrorCode::ProviderUnreachable),
        (
            "401",
            refused(401, "invalid_client"),
            ErrorCode::ClientMisconfigured,
        ),
        ("404", refused(404, ""), ErrorCode::ProviderError),
    ] {
        let mut world = World::with(vec![with_revocation()]).await;
        let id = world.connect().await;
        world.provider.next_revocation(fault);
        let problem = world.engine.revoke(id, Ending::Now).await.unwrap_err();
        assert_eq!(problem.code, code, "{row}");
        assert_eq!(problem.connection, Some(id), "{row}");
        world.settle().await;
        assert_eq!(*world.condition(id), Condition::Active, "{row}");
        assert_eq!(
            world.keychain.stored(id),
            Some((1, "rt-1".to_owned())),
            "{row}"
        );
        let held = world.engine.access_token(id, None).await.unwrap();
        assert_eq!(held.token.expose(), "at-1", "{row}");
        world.engine.revoke(id, Ending::Now).await.unwrap();
    }
}

#[tokio::test]
async fn here_only_forgets_without_a_word_to_the_provider() {
    let mut world = World::with(vec![with_revocation()]).await;
    let id = world.connect().await;
    world.log.clear();
    world.engine.revoke(id, Ending::HereOnly).await.unwrap();
    assert_eq!(world.log.lines(), ["FORGET", "DELETE"]);
    assert_eq!(world.keychain.stored(id), None);
}

#[tokio::test]
async fn security_70_a_provider_without_a_revocation_endpoint_is_not_asked() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.log.clear();
    world.engine.revoke(id, Ending::Now).await.unwrap();
    assert_eq!(world.log.lines(), ["FORGET", "DELETE"]);
}

#[tokio::test]
async fn a_locked_keychain_keeps_the_connection() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.keychain.fails_with(Some(ErrorCode::KeychainLocked));
    let problem = world.engine.revoke(id, Ending::Now).await.unwrap_err();
    assert_eq!(problem.code, ErrorCode::KeychainLocked);
    world.keychain.fails_with(None);
    assert!(world.rows.row(id).is_some());
    assert_eq!(world.keychain.stored(id), Some((1, "rt-1".to_owned())));
    world.engine.revoke(id, Ending::Now).await.unwrap();
    assert_eq!(world.keychain.stored(id), None);
}

#[tokio::test]
async fn security_72_a_renewal_under_way_leaves_nothing_in_the_keychain() {
    let mut world = World::with(vec![with_revocation()]).await;
    let id = world.connect().await;
    world.provider.gate.shut();
    let engine = world.engine.clone();
    let renewal = tokio::spawn(async move { engine.renew(id).await });
    world.provider.gate.reached_by(1).await;
    world.log.clear();
    let engine = world.engine.clone();
    let ending = tokio::spawn(async move { engine.revoke(id, Ending::Now).await });
    world.settle().await;
    assert!(
        renewal.await.unwrap().is_err(),
        "its caller is told at once"
    );
    world.provider.gate.let_through();
    ending.await.unwrap().unwrap();
    world.settle().await;
    assert_eq!(world.keychain.stored(id), None, "{:#?}", world.log.lines());
    assert_eq!(
        world.log.of("REVOKE"),
        ["REVOKE rt-2", "REVOKE at-2"],
        "the newest tokens are ended"
    );
    assert!(world.is_gone(id));
}

#[tokio::test]
async fn security_68_a_token_that_is_in_memory_only_is_revoked_too() {
    let mut world = World::with(vec![with_revocation()]).await;
    let id = world.connect().await;
    let refusal = crate::testing::Write::Refused(ErrorCode::KeychainFailed);
    world.keychain.next_write(refusal);
    world.engine.renew(id).await.unwrap_err();
    world.log.clear();
    world.engine.revoke(id, Ending::Now).await.unwrap();
    assert_eq!(
        world.log.lines(),
        ["REVOKE rt-2", "REVOKE at-2", "FORGET", "DELETE"]
    );
    assert_eq!(world.keychain.stored(id), None);
}

#[tokio::test]
async fn ending_one_connection_leaves_the_other_ones_alone() {
    let mut world = World::start().await;
    let first = world.connect().await;
    let second = world.connect().await;
    assert_eq!(world.connection(second).ordinal, 2);
    world.engine.revoke(first, Ending::Now).await.unwrap();
    world.settle().await;
    assert_eq!(*world.condition(second), Condition::Active);
    assert_eq!(world.keychain.stored(second), Some((1, "rt-2".to_owned())));
    assert_eq!(world.engine.provider_of(second).await.unwrap(), slug(MIO));
}
