//! Revocations that had to wait for their provider (SECURITY 71).

use super::{HOUR, MINUTE, MIO};
use crate::Ending;
use crate::ports::SecretName;
use crate::testing::{World, Write, fault, refused, sandbox_provider};
use keyfob_domain::error::ErrorCode;
use keyfob_domain::id::ConnectionId;
use keyfob_domain::provider::Provider;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn with_revocation() -> Provider {
    Provider {
        revocation_endpoint: Some(url::Url::parse("http://127.0.0.1:9/revoke").unwrap()),
        ..sandbox_provider()
    }
}

/// A world where a connection was revoked while its provider was away.
async fn put_off() -> (World, ConnectionId) {
    let mut world = World::with(vec![with_revocation()]).await;
    let id = world.connect().await;
    world.provider.next_revocation(fault(true));
    let problem = world.engine.revoke(id, Ending::Now).await.unwrap_err();
    assert_eq!(problem.code, ErrorCode::ProviderUnreachable);
    world.provider.next_revocation(fault(true));
    world.log.clear();
    world.engine.revoke(id, Ending::Later).await.unwrap();
    world.settle().await;
    (world, id)
}

fn codes(world: &World) -> Vec<ErrorCode> {
    let notices = world.notices();
    notices.iter().map(|notice| notice.problem.code).collect()
}

fn waits(world: &World, id: ConnectionId) -> Option<String> {
    world.keychain.text(&SecretName::of_pending(id))
}

#[tokio::test]
async fn security_71_a_revocation_that_waits_is_made_up_for_and_then_forgotten() {
    let (mut world, id) = put_off().await;
    assert!(world.is_gone(id), "the connection is over for the user");
    assert_eq!(world.keychain.stored(id), None);
    assert!(world.rows.row(id).is_none());
    assert_eq!(waits(&world, id), Some("rt-1".to_owned()));
    assert_eq!(codes(&world), [ErrorCode::RevocationPending]);
    assert_eq!(world.log.of("REVOKE"), ["REVOKE rt-1"], "tried at once");
    let handed_out = world.engine.access_token(id, None).await;
    let refused = handed_out.map(|held| held.generation).unwrap_err();
    assert_eq!(refused.code, ErrorCode::ConnectionUnknown);

    world.pass(MINUTE).await;
    assert_eq!(world.log.of("REVOKE"), ["REVOKE rt-1", "REVOKE rt-1"]);
    assert_eq!(world.log.of("POST"), Vec::<String>::new(), "never renewed");
    assert_eq!(waits(&world, id), None);
    assert_eq!(world.keychain.names(), [format!("{MIO}/client-secret")]);
    assert_eq!(world.rows.pending(), []);
    assert_eq!(codes(&world), []);
    world.pass(8 * DAY).await;
    assert_eq!(world.log.of("REVOKE").len(), 2);
}

#[tokio::test]
async fn security_71_it_waits_across_a_restart_and_obeys_retry_after() {
    let (mut world, id) = put_off().await;
    let mut busy = refused(503, "");
    if let keyfob_domain::failure::Fault::Refused { retry_after, .. } = &mut busy {
        *retry_after = Some(2 * HOUR);
    }
    world.provider.next_revocation(busy);
    world.pass(MINUTE).await;
    assert_eq!(world.log.of("REVOKE").len(), 2);
    world.crash_and_restart().await;
    assert_eq!(codes(&world), [ErrorCode::RevocationPending], "said again");
    world.pass(HOUR).await;
    assert_eq!(world.log.of("REVOKE").len(), 2, "security_60");
    world.pass(2 * HOUR).await;
    assert_eq!(world.log.of("REVOKE").len(), 3);
    assert_eq!(waits(&world, id), None);
}

#[tokio::test]
async fn security_69_and_71_what_comes_to_nothing_is_said() {
    for (row, answers, patience) in [
        ("a week without an answer", 400, 8 * DAY),
        ("a refusal", 0, MINUTE),
    ] {
        let (mut world, id) = put_off().await;
        for _ in 0..answers {
            world.provider.next_revocation(fault(true));
        }
        world
            .provider
            .next_revocation(refused(401, "invalid_client"));
        let hours = patience.as_secs() / 3600;
        for _ in 0..hours.max(1) {
            world.pass(HOUR.min(patience)).await;
        }
        assert_eq!(codes(&world), [ErrorCode::RevocationGivenUp], "{row}");
        assert_eq!(waits(&world, id), None, "{row}");
        assert_eq!(world.rows.pending(), [], "{row}");
    }
}

#[tokio::test]
async fn a_keychain_that_refuses_leaves_the_connection_as_it_was() {
    let mut world = World::with(vec![with_revocation()]).await;
    let id = world.connect().await;
    world
        .keychain
        .next_write(Write::Refused(ErrorCode::KeychainFailed));
    let problem = world.engine.revoke(id, Ending::Later).await.unwrap_err();
    assert_eq!(problem.code, ErrorCode::KeychainFailed);
    world.settle().await;
    assert_eq!(world.keychain.stored(id), Some((1, "rt-1".to_owned())));
    assert_eq!(world.rows.pending(), [], "nothing waits that nobody wants");
    let held = world.engine.access_token(id, None).await.unwrap();
    assert_eq!(held.token.expose(), "at-1");
}

#[tokio::test]
async fn security_108_a_crash_while_it_is_put_off_ends_in_what_the_user_wanted() {
    // Before the pending item, between it and the end of the connection's own, and before the row's.
    for (written, deleted) in [(false, false), (true, false), (true, true)] {
        let mut world = World::with(vec![with_revocation()]).await;
        let id = world.connect().await;
        world.keychain.write_gate.shut();
        let engine = world.engine.clone();
        let ending = tokio::spawn(async move { engine.revoke(id, Ending::Later).await });
        world.keychain.write_gate.reached_by(1).await;
        world.crash().await;
        ending.abort();
        if written {
            world.keychain.put(&SecretName::of_pending(id), "rt-1");
        }
        if deleted {
            world.keychain.take(&SecretName::of_connection(id));
        }
        world.keychain.write_gate.let_through();
        world.crash_and_restart().await;
        assert!(world.rows.row(id).is_none(), "{written}");
        assert_eq!(world.keychain.stored(id), None, "{written}");
        world.pass(MINUTE).await;
        assert_eq!(world.log.of("REVOKE"), ["REVOKE rt-1"], "{written}");
        assert_eq!(world.keychain.names(), [format!("{MIO}/client-secret")]);
    }
}

#[tokio::test]
async fn a_locked_keychain_is_waited_for() {
    let (mut world, id) = put_off().await;
    world.keychain.fails_with(Some(ErrorCode::KeychainLocked));
    world.pass(MINUTE).await;
    assert_eq!(world.log.of("REVOKE").len(), 1);
    world.keychain.fails_with(None);
    world.pass(MINUTE).await;
    assert_eq!(world.log.of("REVOKE").len(), 2);
    assert_eq!(waits(&world, id), None);
}
