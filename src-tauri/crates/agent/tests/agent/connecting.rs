//! From nothing to a connection and back to nothing.

use crate::world::{SLUG, World, only_connection};
use keyfob_sandbox::Endpoint;
use serde_json::{Value, json};
use std::os::unix::fs::MetadataExt;

#[tokio::test]
async fn an_account_is_connected_used_renewed_and_revoked_and_nothing_is_left() {
    let world = World::new().await;
    let mut agent = world.agent_set_up().await;
    let (id, steps) = world.connect(&mut agent).await;
    assert_eq!(
        steps,
        ["opening", "waiting", "confirming", "saving", "connected"]
    );

    let listed = only_connection(&mut agent).await;
    assert_eq!(listed["id"], json!(id));
    assert_eq!(listed["provider"], json!(SLUG));
    assert_eq!(listed["account"], json!("ada@byron.example"));
    assert_eq!(
        listed["condition"],
        json!({ "kind": "active", "code": null })
    );
    assert_eq!(listed["generation"], json!(1));
    assert_eq!(
        listed["scopes"],
        json!(["openid", "profile", "email", "offline_access"])
    );
    let life = listed["expires_at"].as_i64().unwrap() - listed["obtained_at"].as_i64().unwrap();
    assert_eq!(life, 24 * 3600 * 1000);
    let first = world.connection_items().await;
    assert_eq!(first.len(), 1);

    let url = world.summary();
    let call = json!({ "connection": id, "url": url });
    let answer = agent.ask("call-api", call).await.unwrap();
    assert_eq!(answer["status"], json!(200));
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert!(body["summary"].is_string(), "{answer}");

    assert_eq!(
        agent.ask("renew", json!({ "connection": id })).await,
        Ok(json!({}))
    );
    let renewed = only_connection(&mut agent).await;
    assert_eq!(renewed["generation"], json!(2));
    let second = world.connection_items().await;
    assert_ne!(first[0]["refresh_token"], second[0]["refresh_token"]);

    let revoked = agent.ask("revoke", json!({ "connection": id })).await;
    assert_eq!(revoked, Ok(json!({})));
    let listed = agent.ask("list", json!({})).await.unwrap();
    assert_eq!(listed, json!({ "connections": [] }));
    assert_eq!(world.connection_items().await, Vec::<Value>::new());
    for name in ["renew", "call-api", "revoke"] {
        let fields = json!({ "connection": id, "url": world.summary() });
        let error = agent.ask(name, fields).await.unwrap_err();
        assert_eq!(error["code"], json!("connection_unknown"), "{name}");
    }
    agent.quit().await;

    // Every file there is was private from its first byte (SECURITY 109).
    let mut seen = 0;
    for entry in std::fs::read_dir(world.data_dir()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().mode();
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", entry.path().display());
        seen += 1;
    }
    assert!(seen >= 2, "{seen} files");
}

#[tokio::test]
async fn a_connection_survives_a_restart() {
    let world = World::new().await;
    let mut agent = world.agent_set_up().await;
    let (id, _) = world.connect(&mut agent).await;
    let before = only_connection(&mut agent).await;
    agent.quit().await;
    let requests = world.sandbox.request_count(Endpoint::Token);

    let mut agent = world.agent();
    assert_eq!(only_connection(&mut agent).await, before);
    let call = json!({ "connection": id, "url": world.summary() });
    let answer = agent.ask("call-api", call).await.unwrap();
    assert_eq!(answer["status"], json!(200));
    assert_eq!(
        world.sandbox.request_count(Endpoint::Token),
        requests,
        "nothing was renewed for it"
    );
    agent.quit().await;
}

#[tokio::test]
async fn an_account_that_cannot_be_proven_or_is_there_already_is_asked_about_first() {
    let world = World::new().await;
    let mut agent = world.agent_set_up().await;
    let mut connected = Value::Null;
    let rows = [
        (false, "is_this_you", "take", "connected"),
        (true, "already_connected", "decline", "cancelled"),
    ];
    for (echo_state, kind, choice, end) in rows {
        world
            .sandbox
            .manners(|manners| manners.echo_state = echo_state);
        let begun = agent
            .ask("connect", json!({ "provider": SLUG }))
            .await
            .unwrap();
        let open = agent.event().await;
        world.consent(open["url"].as_str().unwrap()).await;
        let mut asked = agent.event().await;
        while asked["step"] != json!("asking") {
            asked = agent.event().await;
        }
        let question = &asked["question"];
        assert_eq!(question["kind"], json!(kind), "{asked}");
        assert_eq!(question["found"], json!("ada@byron.example"), "{asked}");
        assert_eq!(question["connection"], connected, "{asked}");
        let answer = json!({ "attempt": begun["attempt"], "choice": choice });
        assert_eq!(agent.ask("answer", answer).await, Ok(json!({})), "{kind}");
        let mut last = agent.event().await;
        while last["step"] == json!("saving") || last["step"] == json!("asking") {
            last = agent.event().await;
        }
        assert_eq!(last["step"], json!(end), "{last}");
        connected = last["connection"].clone();
    }
    agent.quit().await;
}

#[tokio::test]
async fn a_provider_without_loopback_is_refused_before_anybody_consents() {
    let world = World::with_loopback(false).await;
    let mut agent = world.agent_set_up().await;
    let providers = agent.ask("providers", json!({})).await.unwrap();
    let providers = providers["providers"].as_array().unwrap();
    let uris: Vec<(&str, Option<&str>)> = providers
        .iter()
        .map(|provider| {
            (
                provider["slug"].as_str().unwrap(),
                provider["redirect_uri"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        uris,
        [
            ("mio", Some("http://127.0.0.1/callback/mio")),
            ("mavio", Some("http://127.0.0.1/callback/mavio")),
            (SLUG, None),
        ]
    );
    let error = agent
        .ask("connect", json!({ "provider": SLUG }))
        .await
        .unwrap_err();
    assert_eq!(error["code"], json!("input_invalid"));
    let detail = error["detail"].as_str().unwrap();
    assert!(detail.contains("no loopback redirect"), "{detail}");
    let rows = [
        ("nobody-knows-it", "provider_unknown"),
        ("mio", "client_not_set_up"),
    ];
    for (slug, code) in rows {
        let error = agent
            .ask("connect", json!({ "provider": slug }))
            .await
            .unwrap_err();
        assert_eq!(error["code"], json!(code), "{slug}");
    }
    agent.quit().await;
}

#[tokio::test]
async fn a_locked_keychain_says_so_and_is_unlocked_by_its_prompt() {
    let world = World::new().await;
    let agent = world.agent_set_up().await;
    agent.quit().await;
    let desktop = world.desktop.clone();
    tokio::task::spawn_blocking(move || desktop.lock_keychain())
        .await
        .unwrap()
        .unwrap();
    let mut agent = world.agent();
    let error = agent
        .ask("connect", json!({ "provider": SLUG }))
        .await
        .unwrap_err();
    assert_eq!(error["code"], json!("keychain_locked"));
    let unlock = agent.send("unlock", json!({}));
    let desktop = world.desktop.clone();
    let answered = tokio::task::spawn_blocking(move || desktop.answer_keychain_prompt("test"));
    answered.await.unwrap().unwrap();
    assert_eq!(agent.answer_to(&json!(unlock)).await, Ok(json!({})));
    world.connect(&mut agent).await;
    agent.quit().await;
}
