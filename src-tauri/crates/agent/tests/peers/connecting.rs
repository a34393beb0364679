//! From nothing to a connection and back, as the servers see it.
//!
//! What differs: oidc-provider leaves the access tokens of earlier generations good until they end by
//! themselves, django-oauth-toolkit deletes each with its refresh token. Both take a revocation of the
//! refresh token for the whole grant, and answer 200 to that of a token which is gone already.

use crate::parent::Parent;
use crate::visitor::{Says, Visitor};
use crate::world::{World, begin, call, connect, end_of, listed, renew, set_up};
use keyfob_test_support::peers::{Kind, Server};
use serde_json::{Value, json};

async fn is_dead(server: &Server, tokens: &Value) {
    let kind = server.kind;
    assert!(
        !server.is_active(&tokens["access_token"]).await.unwrap(),
        "{kind:?}"
    );
    let (status, answer) = server
        .refresh_by_hand(&tokens["refresh_token"])
        .await
        .unwrap();
    assert_eq!(
        (status, &answer["error"]),
        (400, &json!("invalid_grant")),
        "{kind:?}"
    );
}

/// The secret is changed to a wrong one and back; both servers answer 401 with `invalid_client`.
async fn security_50_a_wrong_secret_ends_nothing(
    world: &World,
    agent: &mut Parent,
    server: &Server,
    id: &str,
) {
    let kind = server.kind;
    let tokens = world.tokens(id).await;
    set_up(agent, server, "wrong").await;
    let refused = renew(agent, id).await;
    assert_eq!(refused, json!("client_misconfigured"), "{kind:?}");
    let view = server.view().await.unwrap();
    let last = view.requests.last().unwrap();
    let said = (last.status, last.error.as_deref());
    assert_eq!(said, (401, Some("invalid_client")), "{kind:?}");
    assert_eq!((view.refresh, view.grants), (1, 1), "{kind:?}");
    assert_eq!(world.tokens(id).await, tokens, "{kind:?}");
    set_up(agent, server, &server.client_secret).await;
    assert_eq!(renew(agent, id).await, Value::Null, "{kind:?}");
    assert_eq!(call(agent, server, id).await, json!(200), "{kind:?}");
}

#[tokio::test]
async fn an_account_is_connected_used_renewed_and_ended() {
    let (world, servers) = World::with(&Kind::ALL);
    let mut agent = world.agent_set_up(&servers).await;
    for server in &servers {
        let kind = server.kind;
        let id = connect(&mut agent, server).await;
        let view = server.view().await.unwrap();
        // With PKCE, and the secret in the header or in the body.
        assert_eq!(
            view.requests,
            [kind.granted("authorization_code")],
            "{kind:?}"
        );
        assert_eq!(view.live(), [1, 1, 1], "{kind:?}");
        let account = listed(&mut agent, &id).await["account"].clone();
        let named = if kind == Kind::Oidc {
            json!("ada@oidc.example")
        } else {
            Value::Null
        };
        assert_eq!(account, named, "{kind:?}");
        assert_eq!(call(&mut agent, server, &id).await, json!(200), "{kind:?}");

        let first = world.tokens(&id).await;
        assert_eq!(renew(&mut agent, &id).await, Value::Null, "{kind:?}");
        let second = world.tokens(&id).await;
        assert_ne!(first["refresh_token"], second["refresh_token"], "{kind:?}");
        assert!(
            server.is_active(&second["access_token"]).await.unwrap(),
            "{kind:?}"
        );
        let old_one_works = server.is_active(&first["access_token"]).await.unwrap();
        assert_eq!(old_one_works, kind == Kind::Oidc, "{kind:?}");
        let view = server.view().await.unwrap();
        assert_eq!(
            view.requests[1..],
            [kind.granted("refresh_token")],
            "{kind:?}"
        );
        assert_eq!(
            view.live(),
            [1 + usize::from(old_one_works), 1, 1],
            "{kind:?}"
        );

        security_50_a_wrong_secret_ends_nothing(&world, &mut agent, server, &id).await;

        let last = world.tokens(&id).await;
        let revoked = agent.ask("revoke", json!({ "connection": id })).await;
        assert_eq!(revoked, Ok(json!({})), "{kind:?}");
        assert_eq!(server.view().await.unwrap().live(), [0, 0, 0], "{kind:?}");
        is_dead(server, &last).await;
        assert_eq!(world.tokens(&id).await, Value::Null, "{kind:?}");
        assert_eq!(listed(&mut agent, &id).await, Value::Null, "{kind:?}");
    }
    agent.quit().await;
}

#[tokio::test]
async fn security_25_a_user_who_says_no_costs_no_request_and_leaves_nothing() {
    let (world, servers) = World::with(&[Kind::Oidc, Kind::DjangoStrict]);
    let mut agent = world.agent_set_up(&servers).await;
    for server in &servers {
        let kind = server.kind;
        let (attempt, url) = begin(&mut agent, server).await;
        let callback = Visitor::new().sign_in(&url, Says::No).await;
        Visitor::new().open(&callback).await;
        let end = end_of(&mut agent, &attempt).await;
        assert_eq!(end["step"], json!("failed"), "{kind:?}: {end}");
        assert_eq!(
            end["error"]["code"],
            json!("access_denied"),
            "{kind:?}: {end}"
        );
        let view = server.view().await.unwrap();
        assert_eq!(
            (view.requests.len(), view.live()),
            (0, [0, 0, 0]),
            "{kind:?}"
        );
    }
    let listed = agent.ask("list", json!({})).await;
    assert_eq!(listed, Ok(json!({ "connections": [] })));
    agent.quit().await;
}
