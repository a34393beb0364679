//! A clean stop finishes what would be lost otherwise, whoever asks for it.

use crate::parent::{LIMIT, Parent};
use crate::world::{AGENT, World, only_connection};
use keyfob_sandbox::{Endpoint, Gate, Scripted};
use keyfob_test_support::until;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::time::timeout;

/// What a renewal leaves behind that was let to its end: new tokens in the keychain, of which the next
/// agent knows, and nothing to repair.
async fn was_renewed(world: &World, id: &str, before: &Value) {
    let requests = world.sandbox.request_count(Endpoint::Token);
    let kept = world.connection_items().await.remove(0);
    assert_ne!(kept["refresh_token"], before["refresh_token"]);
    let generation = before["generation"].as_u64().unwrap() + 1;
    assert_eq!(kept["generation"], json!(generation));
    let mut agent = world.agent();
    let listed = only_connection(&mut agent).await;
    assert_eq!(listed["generation"], json!(generation));
    assert_eq!(listed["condition"]["kind"], json!("active"));
    let call = json!({ "connection": id, "url": world.summary() });
    let answer = agent.ask("call-api", call).await.unwrap();
    assert_eq!(answer["status"], json!(200));
    assert_eq!(world.sandbox.request_count(Endpoint::Token), requests);
    agent.quit().await;
}

#[tokio::test]
async fn sigterm_in_a_renewal_that_nobody_waits_for_lets_it_end() {
    let world = World::new().await;
    let mut agent = world.agent_set_up().await;
    let (day, moment) = (Duration::from_secs(24 * 3600), Duration::from_secs(3));
    world.sandbox.set_access_token_lifetime(moment);
    let (id, _) = world.connect(&mut agent).await;
    let gate = Gate::closed();
    world
        .sandbox
        .script(Endpoint::Token, Scripted::Gate(gate.clone()));
    // The timer begins it.
    timeout(LIMIT, gate.reached_by(1)).await.unwrap();
    let before = world.connection_items().await.remove(0);
    world.sandbox.set_access_token_lifetime(day);
    agent.signal(Signal::TERM);
    agent.complains("the agent stops").await;
    gate.open();
    let (status, _) = agent.end().await;
    assert_eq!(status.code(), Some(0), "{}", agent.stderr());
    was_renewed(&world, &id, &before).await;
}

#[tokio::test]
async fn the_end_of_the_input_in_a_renewal_lets_it_end_and_answers_who_asked_for_it() {
    let world = World::new().await;
    let mut agent = world.agent_set_up().await;
    let (id, _) = world.connect(&mut agent).await;
    let before = world.connection_items().await.remove(0);
    let gate = Gate::closed();
    world
        .sandbox
        .script(Endpoint::Token, Scripted::Gate(gate.clone()));
    let renew = agent.send("renew", json!({ "connection": id }));
    timeout(LIMIT, gate.reached_by(1)).await.unwrap();
    agent.close_input();
    agent.complains("the agent stops").await;
    gate.open();
    let (status, rest) = agent.end().await;
    assert_eq!(status.code(), Some(0), "{}", agent.stderr());
    let answer = rest
        .iter()
        .find(|line| line.get("id") == Some(&json!(renew)));
    assert_eq!(answer.unwrap()["result"], json!({}), "{rest:?}");
    was_renewed(&world, &id, &before).await;
}

#[tokio::test]
async fn every_signal_that_asks_for_an_end_gets_a_clean_one() {
    let dir = tempfile::tempdir().unwrap();
    for (number, signal) in [Signal::TERM, Signal::INT, Signal::HUP]
        .into_iter()
        .enumerate()
    {
        let mut command = Command::new(AGENT);
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

#[test]
fn a_parent_that_reads_no_more_does_not_keep_the_agent() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = Command::new(AGENT)
        .args(["--control", "stdio", "--data-dir"])
        .arg(dir.path().join("data"))
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/at/all")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The answers are more than a pipe holds, the commands are not.
    let lines = "{\"id\":1,\"command\":\"providers\"}\n".repeat(1_500);
    child
        .stdin
        .as_mut()
        .unwrap()
        .write_all(lines.as_bytes())
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    output.read_line(&mut first).unwrap();
    assert!(first.starts_with("{\"id\":1,"), "{first}");
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let mut ended = None;
    until(LIMIT, "the agent to end", || {
        ended = child.try_wait().unwrap();
        ended.is_some()
    })
    .unwrap_or_else(|error| {
        let _ = child.kill();
        panic!("{error}");
    });
    assert_eq!(ended.unwrap().code(), Some(0));
}
