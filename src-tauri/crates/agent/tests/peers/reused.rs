//! Somebody else uses a refresh token that Keyfob has used already: a thief, or a restored copy.
//!
//! What differs: oidc-provider and a strict django-oauth-toolkit end everything that came of the sign-in (RFC
//! 9700 §4.14.2). With grace, the token before the newest is answered with the newest tokens, and nobody
//! notices; the one before that, or after the window, ends everything there as well.

use crate::parent::Parent;
use crate::world::{World, call, connect, listed, renew};
use keyfob_test_support::peers::{GRACE, Kind, Server};
use serde_json::{Value, json};

#[tokio::test]
async fn security_61_a_grant_that_was_ended_for_reuse_wants_the_user() {
    let (world, servers) = World::with(&[Kind::Oidc, Kind::DjangoStrict]);
    let mut agent = world.agent_set_up(&servers).await;
    for server in &servers {
        let id = connect(&mut agent, server).await;
        let first = world.tokens(&id).await;
        assert_eq!(renew(&mut agent, &id).await, Value::Null);
        reused(server, &first).await;
        agent = has_ended(&world, agent, server, &id).await;
    }
    agent.quit().await;
}

#[tokio::test]
async fn a_reuse_within_the_grace_window_is_not_noticed_and_one_after_it_ends_the_grant() {
    let (world, mut servers) = World::with(&[Kind::DjangoGrace]);
    let mut agent = world.agent_set_up(&servers).await;
    let server = &mut servers[0];

    let id = connect(&mut agent, server).await;
    let first = world.tokens(&id).await;
    assert_eq!(renew(&mut agent, &id).await, Value::Null);
    let second = world.tokens(&id).await;
    let (status, answer) = server
        .refresh_by_hand(&first["refresh_token"])
        .await
        .unwrap();
    assert_eq!(
        (status, &answer["refresh_token"]),
        (200, &second["refresh_token"]),
        "{answer}"
    );
    assert_eq!(answer["access_token"], second["access_token"]);
    assert_eq!(server.view().await.unwrap().live(), [1, 1, 1]);
    assert_eq!(call(&mut agent, server, &id).await, json!(200));
    assert_eq!(renew(&mut agent, &id).await, Value::Null);
    // Two renewals back it is no lost answer any more.
    reused(server, &first).await;
    agent = has_ended(&world, agent, server, &id).await;

    let id = connect(&mut agent, server).await;
    let first = world.tokens(&id).await;
    assert_eq!(renew(&mut agent, &id).await, Value::Null);
    server.pass(GRACE + 1).await.unwrap();
    reused(server, &first).await;
    agent = has_ended(&world, agent, server, &id).await;
    agent.quit().await;
}

/// Uses tokens of Keyfob's once more. The server ends the grant for it.
async fn reused(server: &Server, tokens: &Value) {
    let (status, answer) = server
        .refresh_by_hand(&tokens["refresh_token"])
        .await
        .unwrap();
    let kind = server.kind;
    assert_eq!(
        (status, &answer["error"]),
        (400, &json!("invalid_grant")),
        "{kind:?}"
    );
    assert_eq!(server.view().await.unwrap().live(), [0, 0, 0], "{kind:?}");
}

/// Keyfob finds out at its next call, keeps what it has, asks no more and wants the user, also after a
/// restart; then the connection is ended.
async fn has_ended(world: &World, mut agent: Parent, server: &Server, id: &str) -> Parent {
    let kind = server.kind;
    let tokens = world.tokens(id).await;
    let asked = server.view().await.unwrap().requests.len();
    let ended = json!({ "kind": "needs_sign_in", "code": "grant_ended" });
    for restarted in [false, true] {
        if restarted {
            agent.quit().await;
            agent = world.agent(&world.desktop.data_dir().join("keyfob"));
        }
        let called = call(&mut agent, server, id).await;
        assert_eq!(
            called,
            json!("grant_ended"),
            "{kind:?}, restarted: {restarted}"
        );
        assert_eq!(listed(&mut agent, id).await["condition"], ended, "{kind:?}");
        let requests = server.view().await.unwrap().requests.split_off(asked);
        let errors: Vec<_> = requests.iter().map(|seen| seen.error.as_deref()).collect();
        assert_eq!(
            errors,
            [Some("invalid_grant")],
            "{kind:?}, restarted: {restarted}"
        );
        assert_eq!(world.tokens(id).await, tokens, "{kind:?}");
    }
    let revoked = agent.ask("revoke", json!({ "connection": id })).await;
    assert_eq!(revoked, Ok(json!({})), "{kind:?}");
    assert_eq!(world.tokens(id).await, Value::Null, "{kind:?}");
    agent
}
