//! What the sandbox's owner is told of its secrets, and what it can add to them.

use std::collections::BTreeMap;

use keyfob_sandbox::Config;

use crate::world::{World, text};

fn configured() -> Config {
    Config {
        extra_members: vec![("vendor_secret".to_owned(), "planted".to_owned())],
        ..Config::default()
    }
}

#[tokio::test]
async fn every_token_answer_has_the_added_members() {
    let world = World::configured(configured()).await;

    let first = world.tokens().await;
    let (_, second) = world.refresh(text(&first, "refresh_token")).await;

    for answer in [&first, &second] {
        assert_eq!(text(answer, "vendor_secret"), "planted", "{answer}");
        assert_eq!(text(answer, "token_type"), "Bearer", "{answer}");
    }
    world.end().await;
}

#[tokio::test]
async fn the_owner_is_told_every_secret_that_was_drawn() {
    let world = World::start().await;

    let code = world.code().await;
    let (_, answer) = world.token(&world.exchange_body(&code)).await;

    let mut told: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for secret in world.sandbox.secrets() {
        told.entry(secret.kind).or_default().push(secret.value);
    }
    let given = [
        ("access token", text(&answer, "access_token")),
        ("refresh token", text(&answer, "refresh_token")),
        ("authorization code", code.as_str()),
        ("client secret", world.client.client_secret.as_str()),
    ];
    for (kind, value) in given {
        assert_eq!(told[kind], [value], "{kind}");
    }
    assert_eq!(told["consent ticket"].len(), 1);
    world.end().await;
}
