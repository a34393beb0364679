//! SECURITY 12, 81, 115, 116: whatever happens, no secret is in what the agent says or leaves behind.

use crate::world::{SLUG, World};
use keyfob_sandbox::{Endpoint, RecordedRequest, Scripted};
use keyfob_test_support::leaks::{Secret, search};
use serde_json::{Value, json};

/// What the sandbox was sent and must be nowhere.
fn secrets_in(requests: &[RecordedRequest]) -> Vec<Secret> {
    let mut secrets = Vec::new();
    for (number, request) in requests.iter().enumerate() {
        let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
        for field in ["code", "code_verifier", "refresh_token", "client_secret"] {
            if let Some(value) = body[field].as_str() {
                secrets.push(Secret::new(format!("{field} of request {number}"), value));
            }
        }
        if let Some(bearer) = request.header("authorization") {
            let token = bearer.strip_prefix("Bearer ").unwrap();
            secrets.push(Secret::new(format!("token of request {number}"), token));
        }
    }
    secrets
}

/// `state` and nonce: the parent has to have them, in the address it opens; nobody else.
fn ties_in(requests: &[RecordedRequest]) -> Vec<Secret> {
    let asked = requests
        .iter()
        .filter(|request| request.endpoint == Endpoint::Connect);
    let pairs =
        asked.flat_map(|request| ["state", "nonce"].map(|name| (name, request.query_value(name))));
    pairs
        .filter_map(|(name, value)| Some(Secret::new(name, value?)))
        .collect()
}

#[tokio::test]
async fn no_secret_is_in_the_output_the_log_the_database_or_the_command_line() {
    let world = World::new().await;
    let mut command = world.command();
    command.env("KEYFOB_LOG", "trace");
    let mut agent = crate::parent::Parent::of(command);
    let set_up = json!({
        "provider": SLUG,
        "client_id": world.client.client_id,
        "client_secret": world.client.client_secret,
    });
    agent.ask("set-up", set_up.clone()).await.unwrap();
    let mut broken = set_up;
    broken["provider"] = json!(["MARKED-by-the-test"]);
    agent.ask("set-up", broken).await.unwrap_err();
    let (id, _) = world.connect(&mut agent).await;
    let of_this = json!({ "connection": id, "url": world.summary() });
    agent.ask("call-api", of_this.clone()).await.unwrap();
    agent.ask("renew", of_this.clone()).await.unwrap();

    // A token endpoint and an API that repeat what they were sent.
    let item = world.connection_items().await[0].clone();
    let token = |name: &str| item[name].as_str().unwrap().to_owned();
    let (access, refresh) = (token("access_token"), token("refresh_token"));
    let echo =
        format!(r#"{{"error":"invalid_request","error_description":"{refresh} is strange"}}"#);
    world
        .sandbox
        .script(Endpoint::Token, Scripted::json(400, &echo));
    let error = agent.ask("renew", of_this.clone()).await.unwrap_err();
    assert!(
        error["detail"].as_str().unwrap().contains("is strange"),
        "{error}"
    );
    let echo = format!(r#"{{"authorization":"Bearer {access}"}}"#);
    world
        .sandbox
        .script(Endpoint::Summary, Scripted::json(200, &echo));
    let answer = agent.ask("call-api", of_this.clone()).await.unwrap();
    assert_eq!(
        answer["body"],
        json!(r#"{"authorization":"Bearer [removed]"}"#)
    );
    agent.ask("list", json!({})).await.unwrap();
    agent.ask("providers", json!({})).await.unwrap();
    let command_line = std::fs::read(format!("/proc/{}/cmdline", agent.pid())).unwrap();
    let environment = std::fs::read(format!("/proc/{}/environ", agent.pid())).unwrap_or_default();

    // The search finds them where they may be.
    let requests = world.sandbox.requests();
    let mut secrets = secrets_in(&requests);
    assert!(secrets.len() > 8, "{} secrets were sent", secrets.len());
    secrets.push(Secret::new("the last access token", access));
    secrets.push(Secret::new("what was marked", "MARKED-by-the-test"));
    let kept: Vec<u8> = world
        .items()
        .await
        .into_iter()
        .flat_map(|item| item.secret)
        .collect();
    let found = search(&[], &[("the keychain", &kept)], &secrets).unwrap();
    assert!(found.hits.len() > 2, "{found:?}");

    agent.ask("revoke", of_this).await.unwrap();
    let agent = agent.quit().await;
    let (stdout, stderr) = (agent.stdout(), agent.stderr());
    let data = world.desktop.data_dir();
    let config = world.desktop.config_dir();
    let texts: [(&str, &[u8]); 4] = [
        ("the output", stdout.as_bytes()),
        ("the error output", stderr.as_bytes()),
        ("the command line", &command_line),
        ("the environment", &environment),
    ];
    let found = search(&[&data, &config], &texts, &secrets).unwrap();
    assert!(found.hits.is_empty(), "{:#?}", found.hits);
    let ties = ties_in(&requests);
    assert_eq!(ties.len(), 2, "{ties:?}");
    let found = search(&[&data, &config], &texts[1..], &ties).unwrap();
    assert!(found.hits.is_empty(), "{:#?}", found.hits);

    // And there was something to search.
    assert!(stderr.contains("an API call was answered"), "{stderr}");
    assert!(
        std::fs::read_to_string(world.data_dir().join("log/keyfob.log"))
            .unwrap()
            .contains("an API call was answered")
    );
    assert!(found.bytes > 10_000, "{} bytes", found.bytes);
}
