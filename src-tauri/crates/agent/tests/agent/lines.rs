//! Lines that are no commands, and what the command line says of itself.

use crate::parent::Parent;
use crate::world::AGENT;
use serde_json::{Value, json};
use std::process::Command;

fn agent(dir: &std::path::Path) -> Parent {
    let mut command = Command::new(AGENT);
    command
        .args(["--control", "stdio", "--data-dir"])
        .arg(dir.join("data"))
        .arg("--config-dir")
        .arg(dir.join("config"))
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/at/all");
    Parent::of(command)
}

#[tokio::test]
async fn a_broken_line_gets_an_error_and_the_next_one_its_answer() {
    let dir = tempfile::tempdir().unwrap();
    let mut agent = agent(dir.path());
    let too_long = format!(
        "{{\"id\":9,\"command\":\"list\",\"more\":\"{}\"}}",
        "MARKED".repeat(30_000)
    );
    let rows: [(&str, &[u8], Value); 7] = [
        ("nothing", b"", Value::Null),
        ("words", b"MARKED", Value::Null),
        (
            "half",
            b"{\"id\":9,\"command\":\"set-up\",\"client_secret\":\"MARKED",
            Value::Null,
        ),
        ("no text", b"{\"id\":9,\"command\":\"\xff\"}", Value::Null),
        ("too long", too_long.as_bytes(), Value::Null),
        ("unknown", b"{\"id\":9,\"command\":\"MARKED\"}", json!(9)),
        (
            "a field too few",
            b"{\"id\":\"a\",\"command\":\"set-up\",\"client_secret\":\"MARKED\"}",
            json!("a"),
        ),
    ];
    for (row, line, id) in rows {
        agent.write(line);
        agent.write(b"\n");
        let error = agent.answer_to(&id).await.unwrap_err();
        assert_eq!(error["code"], json!("input_invalid"), "{row}: {error}");
        assert!(error["detail"].is_string(), "{row}: {error}");
        let listed = agent.ask("list", json!({})).await;
        assert_eq!(listed, Ok(json!({ "connections": [] })), "{row}");
    }
    let agent = agent.quit().await;
    for text in [agent.stdout(), agent.stderr()] {
        assert!(!text.contains("MARKED"), "{text}");
    }
}

#[tokio::test]
async fn commands_in_one_go_are_all_answered_and_the_end_of_the_input_ends_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut agent = agent(dir.path());
    let all: Vec<i64> = (1..=20).collect();
    let lines: String = all
        .iter()
        .map(|id| format!("{{\"id\":{id},\"command\":\"providers\"}}\n"))
        .collect();
    // The last one has no end.
    agent.write(lines.trim_end().as_bytes());
    agent.close_input();
    let (status, rest) = agent.end().await;
    assert_eq!(status.code(), Some(0), "{}", agent.stderr());
    let mut answered: Vec<i64> = rest
        .iter()
        .map(|line| {
            assert!(line["result"]["providers"].is_array(), "{line}");
            line["id"].as_i64().unwrap()
        })
        .collect();
    answered.sort_unstable();
    assert_eq!(answered, all);
}

#[tokio::test]
async fn without_a_keychain_the_agent_says_so_and_keeps_nothing_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let mut agent = agent(dir.path());
    let fields = json!({ "provider": "mio", "client_id": "c", "client_secret": "MARKED-secret" });
    let error = agent.ask("set-up", fields).await.unwrap_err();
    assert_eq!(error["code"], json!("keychain_missing"));
    agent.quit().await;
    let secret = keyfob_test_support::leaks::Secret::new("client secret", "MARKED-secret");
    let found = keyfob_test_support::leaks::search(&[dir.path()], &[], &[secret]).unwrap();
    assert!(found.hits.is_empty() && found.files > 0, "{found:?}");
}

#[test]
fn the_command_line_explains_itself_or_is_refused_in_a_sentence() {
    let rows: [(&[&str], i32, &str, &str); 5] = [
        (
            &["--help"],
            0,
            "Usage: keyfob-agent --control stdio [OPTIONS]",
            "",
        ),
        (
            &["--version"],
            0,
            concat!("keyfob-agent ", env!("CARGO_PKG_VERSION")),
            "",
        ),
        (&[], 2, "", "keyfob-agent: Say how Keyfob is led"),
        (
            &["--control", "socket"],
            2,
            "",
            "keyfob-agent: Keyfob is led over stdio only",
        ),
        (
            &["connect", "mio"],
            2,
            "",
            "keyfob-agent: connect is not an option",
        ),
    ];
    for (arguments, code, stdout, stderr) in rows {
        let output = Command::new(AGENT).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        for (seen, expected) in [(output.stdout, stdout), (output.stderr, stderr)] {
            let seen = String::from_utf8(seen).unwrap();
            assert!(seen.starts_with(expected), "{arguments:?}: {seen}");
            assert_eq!(
                seen.is_empty(),
                expected.is_empty(),
                "{arguments:?}: {seen}"
            );
        }
    }
}
