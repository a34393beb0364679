//! Calls to a provider's API, with a token that the parent never sees.

use crate::world::{SLUG, World, only_connection, write};
use keyfob_sandbox::{Endpoint, Scripted};
use serde_json::json;

#[tokio::test]
async fn security_63_a_401_leads_to_one_renewal_and_one_more_call() {
    let world = World::new().await;
    let mut agent = world.agent_set_up().await;
    let (id, _) = world.connect(&mut agent).await;
    let call = json!({ "connection": id, "url": world.summary() });
    world.sandbox.expire_access_tokens();
    let answer = agent.ask("call-api", call.clone()).await.unwrap();
    assert_eq!(answer["status"], json!(200));
    assert_eq!(only_connection(&mut agent).await["generation"], json!(2));

    agent.quit().await;
}

#[tokio::test]
async fn security_59_63_an_api_that_refuses_everything_causes_one_renewal_in_half_a_minute() {
    let world = World::new().await;
    let mut agent = world.agent_set_up().await;
    let (id, _) = world.connect(&mut agent).await;
    let call = json!({ "connection": id, "url": world.summary() });
    let refusal = r#"{"error":"invalid_token"}"#;
    world
        .sandbox
        .script_forever(Endpoint::Summary, Scripted::json(401, refusal));
    let counts = || {
        let summaries = world.sandbox.request_count(Endpoint::Summary);
        (summaries, world.sandbox.request_count(Endpoint::Token))
    };
    let before = counts();
    let answer = agent.ask("call-api", call.clone()).await.unwrap();
    // There is no third call, and the refusal is handed on.
    assert_eq!(answer, json!({ "status": 401, "body": refusal }));
    assert_eq!(counts(), (before.0 + 2, before.1 + 1));
    let error = agent.ask("call-api", call).await.unwrap_err();
    assert_eq!(error["code"], json!("token_rejected"));
    assert_eq!(counts(), (before.0 + 3, before.1 + 1));
    agent.quit().await;
}

#[tokio::test]
async fn security_49_an_address_of_somebody_else_gets_nothing() {
    let world = World::new().await;
    let mut agent = world.agent_set_up().await;
    let (id, _) = world.connect(&mut agent).await;
    let before = world.sandbox.requests().len();
    let port = world.origin.rsplit_once(':').unwrap().1.to_owned();
    for url in [
        format!("http://127.0.0.2:{port}/mio/v1/context/summary"),
        format!("http://localhost:{port}/mio/v1/context/summary"),
        format!("http://127.0.0.1@127.0.0.2:{port}/mio/v1/context/summary"),
        "https://api.mio.xyz/v1/context/summary".to_owned(),
        "file:///etc/passwd".to_owned(),
        "no address".to_owned(),
        String::new(),
    ] {
        let call = json!({ "connection": id, "url": url });
        let error = agent.ask("call-api", call).await.unwrap_err();
        assert_eq!(error["code"], json!("input_invalid"), "{url}");
        assert_eq!(error["connection"], json!(id), "{url}");
    }
    assert_eq!(world.sandbox.requests().len(), before);
    agent.quit().await;
}

#[tokio::test]
async fn an_answer_is_handed_on_as_it_is_up_to_a_mebibyte() {
    let world = World::new().await;
    let mut agent = world.agent_set_up().await;
    let (id, _) = world.connect(&mut agent).await;
    let largest = 1024 * 1024;
    let rows = [
        ("a redirect", 302, b"moved".to_vec(), Ok("moved".to_owned())),
        (
            "a failure",
            500,
            b"{\"error\":\"server_error\"}".to_vec(),
            Ok("{\"error\":\"server_error\"}".to_owned()),
        ),
        (
            "lines",
            200,
            b"a\r\nb\n".to_vec(),
            Ok("a\r\nb\n".to_owned()),
        ),
        (
            "no text",
            200,
            b"a\xffb".to_vec(),
            Ok("a\u{fffd}b".to_owned()),
        ),
        (
            "the largest",
            200,
            vec![b'x'; largest],
            Ok("x".repeat(largest)),
        ),
        (
            "too large",
            200,
            vec![b'x'; largest + 1],
            Err("answer_too_large"),
        ),
    ];
    for (row, status, body, expected) in rows {
        let scripted = Scripted::Answer {
            status,
            content_type: Some("text/plain".to_owned()),
            headers: vec![("Location".to_owned(), "http://127.0.0.1:1/".to_owned())],
            body,
        };
        world.sandbox.script(Endpoint::Summary, scripted);
        let call = json!({ "connection": id, "url": world.summary() });
        match (agent.ask("call-api", call).await, expected) {
            (Ok(answer), Ok(body)) => {
                assert_eq!(answer["status"], json!(status), "{row}");
                assert!(answer["body"] == json!(body), "{row}");
            }
            (Err(error), Err(code)) => assert_eq!(error["code"], json!(code), "{row}"),
            (answer, _) => panic!("{row}: {answer:?}"),
        }
    }
    agent.quit().await;
}

#[tokio::test]
async fn a_broken_provider_file_is_told_and_hides_no_other() {
    let world = World::new().await;
    let dir = world.desktop.config_dir().join("keyfob/providers");
    write(&dir, "broken.toml", "slug = \"broken\"\nname =");
    let mut agent = world.agent();
    let providers = agent.ask("providers", json!({})).await.unwrap();
    let slugs: Vec<_> = providers["providers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|provider| provider["slug"].clone())
        .collect();
    assert_eq!(slugs, [json!("mio"), json!("mavio"), json!(SLUG)]);
    agent
        .complains("provider_file_broken: broken.toml: line 2")
        .await;
    agent.quit().await;
}
