//! Tokens that live for 30 seconds, over and over, and over restarts of both sides.

use crate::process::Keyfob;
use crate::world::{World, call, connect, listed, renew};
use keyfob_test_support::peers::Kind;
use rustix::process::Signal;
use serde_json::{Value, json};

/// How long a token lives, in seconds.
const LIFE: u64 = 30;
const RENEWALS: usize = 3;

#[tokio::test]
async fn security_58_tokens_that_live_for_30_seconds_are_renewed_by_the_timer() {
    let (world, mut servers) = World::with_lifetime(&Kind::ALL, LIFE);
    let dirs = tempfile::tempdir().unwrap();
    for server in &mut servers {
        let kind = server.kind;
        let data_dir = dirs.path().join(server.slug());
        let mut keyfob = Keyfob::start(&world, server, &data_dir);
        let id = keyfob.connect().await;
        for generation in 2..2 + RENEWALS {
            let before = world.tokens(&id).await;
            // The same time passes on both sides.
            server.pass(LIFE + 1).await.unwrap();
            assert_eq!(
                server.view().await.unwrap().access,
                0,
                "{kind:?}: the token has ended"
            );
            keyfob.tell(&format!("pass {}", LIFE + 1)).await;
            keyfob
                .says(&format!("connection {id} {generation} active"))
                .await;
            let now = world.tokens(&id).await;
            assert_ne!(now["refresh_token"], before["refresh_token"], "{kind:?}");
            assert!(
                server.is_active(&now["access_token"]).await.unwrap(),
                "{kind:?}"
            );
        }
        keyfob.quit().await;
        let view = server.view().await.unwrap();
        assert_eq!(view.live(), [1, 1, 1], "{kind:?}");
        let mut expected = vec![kind.granted("authorization_code")];
        expected.resize(1 + RENEWALS, kind.granted("refresh_token"));
        assert_eq!(view.requests, expected, "{kind:?}");
    }
}

#[tokio::test]
async fn security_62_a_connection_outlives_a_killed_server_and_a_killed_keyfob() {
    let (world, mut servers) = World::with(&[Kind::Oidc, Kind::DjangoStrict]);
    let mut agent = world.agent_set_up(&servers).await;
    let mut ids = Vec::new();
    for server in &mut servers {
        let kind = server.kind;
        let id = connect(&mut agent, server).await;
        let tokens = world.tokens(&id).await;
        server.kill().unwrap();
        let refused = renew(&mut agent, &id).await;
        assert_eq!(refused, json!("provider_unreachable"), "{kind:?}");
        assert_eq!(world.tokens(&id).await, tokens, "{kind:?}");
        server.start_again().unwrap();
        assert_eq!(call(&mut agent, server, &id).await, json!(200), "{kind:?}");
        assert_eq!(renew(&mut agent, &id).await, Value::Null, "{kind:?}");
        ids.push(id);
    }
    let data_dir = world.desktop.data_dir().join("keyfob");
    agent.quit().await;
    let mut agent = world.agent(&data_dir);
    for (server, id) in servers.iter().zip(&ids) {
        let asked = server.view().await.unwrap().requests.len();
        assert_eq!(call(&mut agent, server, id).await, json!(200));
        assert_eq!(
            server.view().await.unwrap().requests.len(),
            asked,
            "nothing was renewed for it"
        );
    }
    agent.signal(Signal::KILL);
    agent.end().await;
    let mut agent = world.agent(&data_dir);
    for (server, id) in servers.iter().zip(&ids) {
        assert_eq!(renew(&mut agent, id).await, Value::Null);
        assert_eq!(call(&mut agent, server, id).await, json!(200));
        assert_eq!(listed(&mut agent, id).await["generation"], json!(3));
    }
    agent.quit().await;
}
