//! Answers that say no for hours (SECURITY 48, 50). Keyfob's clock stands still until it is set ahead, and
//! the server's with it.

use super::ordered::{order, view};
use crate::process::Keyfob;
use crate::world::World;
use keyfob_test_support::peers::Kind;
use keyfob_test_support::peers::Server;
use serde_json::json;

/// No wait between two tries of Keyfob's own is longer (SECURITY 59), in seconds.
const LONGEST_WAIT: u64 = 30 * 60 + 1;
/// None between two tries with a wrong client is shorter.
const SHORTEST_WAIT: u64 = 15 * 60 - 1;

/// Lets the same time pass on both sides.
async fn pass(keyfob: &mut Keyfob, server: &mut Server, seconds: u64) {
    server.pass(seconds).await.unwrap();
    keyfob.tell(&format!("pass {seconds}")).await;
}

#[tokio::test]
async fn security_48_hours_of_empty_refusals_are_shown_and_cost_no_token() {
    let (world, mut servers) = World::with(&[Kind::Mock]);
    let server = &mut servers[0];
    let dir = tempfile::tempdir().unwrap();
    let mut keyfob = Keyfob::start(&world, server, &dir.path().join("data"));
    let id = keyfob.connect().await;
    let tokens = world.tokens(&id).await;
    let empty = json!({ "status": 400, "text": "", "headers": { "Content-Type": null } });
    order(server, "/token", &empty).await;
    keyfob.tell(&format!("renew {id}")).await;
    keyfob.says("refused provider_error").await;
    // The access token is good for an hour: one failure is nobody's business. After the third, it is.
    for tries in 2..=8 {
        order(server, "/token", &empty).await;
        pass(&mut keyfob, server, LONGEST_WAIT).await;
        keyfob
            .says(&format!("connection {id} 1 waiting provider_error"))
            .await;
        assert_eq!(view(server).await.requests.len(), 1 + tries);
        assert_eq!(world.tokens(&id).await, tokens, "after {tries} tries");
    }
    pass(&mut keyfob, server, LONGEST_WAIT).await;
    keyfob.says(&format!("connection {id} 2 active")).await;
    assert_ne!(world.tokens(&id).await, tokens);
    keyfob.quit().await;
}

#[tokio::test]
async fn security_50_a_wrong_client_is_not_tried_again_at_once() {
    let (world, mut servers) = World::with(&[Kind::Mock]);
    let server = &mut servers[0];
    let dir = tempfile::tempdir().unwrap();
    let mut keyfob = Keyfob::start(&world, server, &dir.path().join("data"));
    let id = keyfob.connect().await;
    let tokens = world.tokens(&id).await;
    let invalid = json!({ "status": 401, "body": { "error": "invalid_client" } });
    let refused = "refused client_misconfigured";
    order(server, "/token", &invalid).await;
    keyfob.tell(&format!("renew {id}")).await;
    keyfob.says(refused).await;
    // The next answer is a good one. Whoever asked by itself within the time would get it.
    pass(&mut keyfob, server, SHORTEST_WAIT).await;
    assert_eq!(world.tokens(&id).await, tokens);
    order(server, "/token", &invalid).await;
    keyfob.tell(&format!("renew {id}")).await;
    keyfob.says(refused).await;
    assert_eq!(
        view(server).await.requests.len(),
        3,
        "the code, and twice the user"
    );
    assert_eq!(world.tokens(&id).await, tokens);
    pass(&mut keyfob, server, LONGEST_WAIT).await;
    keyfob.says(&format!("connection {id} 2 active")).await;
    keyfob.quit().await;
}
