//! A clean stop finishes what would be lost otherwise, whoever asks for it.

use crate::parent::Parent;
use crate::world::{World, only_connection};
use keyfob_sandbox::{Endpoint, Gate, Scripted};
use rustix::process::Signal;
use serde_json::json;

/// Starts a renewal, stops the agent while the provider has it, then lets the provider answer.
async fn stop_in_a_renewal(stop: impl FnOnce(&mut Parent)) {
    let world = World::new().await;
    let mut agent = world.agent_set_up().await;
    let (id, _) = world.connect(&mut agent).await;
    let spent = world.connection_items().await[0]["refresh_token"].clone();
    let gate = Gate::closed();
    world
        .sandbox
        .script(Endpoint::Token, Scripted::Gate(gate.clone()));
    let renew = agent.send("renew", json!({ "connection": id }));
    gate.reached_by(1).await;
    stop(&mut agent);
    agent.complains("the agent stops").await;
    gate.open();
    let (status, rest) = agent.end().await;
    assert_eq!(status.code(), Some(0), "{}", agent.stderr());
    let answer = rest
        .iter()
        .find(|line| line.get("id") == Some(&json!(renew)));
    assert_eq!(answer.unwrap()["result"], json!({}), "{rest:?}");

    let requests = world.sandbox.request_count(Endpoint::Token);
    let kept = world.connection_items().await;
    assert_ne!(
        kept[0]["refresh_token"], spent,
        "the new token is in the keychain"
    );
    let mut agent = world.agent();
    let listed = only_connection(&mut agent).await;
    assert_eq!(listed["generation"], json!(2));
    assert_eq!(listed["condition"]["kind"], json!("active"));
    let call = json!({ "connection": id, "url": world.summary() });
    assert_eq!(
        agent.ask("call-api", call).await.unwrap()["status"],
        json!(200)
    );
    let after = world.sandbox.request_count(Endpoint::Token);
    assert_eq!(after, requests, "nothing was left to be repaired");
    agent.quit().await;
}

#[tokio::test]
async fn sigterm_in_a_renewal_lets_it_end() {
    stop_in_a_renewal(|agent| agent.signal(Signal::TERM)).await;
}

#[tokio::test]
async fn the_end_of_the_input_in_a_renewal_lets_it_end() {
    stop_in_a_renewal(Parent::close_input).await;
}

#[tokio::test]
async fn every_signal_that_asks_for_an_end_gets_a_clean_one() {
    let dir = tempfile::tempdir().unwrap();
    for (number, signal) in [Signal::TERM, Signal::INT, Signal::HUP]
        .into_iter()
        .enumerate()
    {
        let mut command = std::process::Command::new(crate::world::AGENT);
        command
            .args(["--control", "stdio", "--data-dir"])
            .arg(dir.path().join(number.to_string()))
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/at/all");
        let mut agent = Parent::of(command);
        agent.ask("list", json!({})).await.unwrap();
        agent.signal(signal);
        let (status, rest) = agent.end().await;
        assert_eq!(status.code(), Some(0), "{signal:?}: {}", agent.stderr());
        assert!(rest.is_empty(), "{signal:?}: {rest:?}");
    }
}
