//! The program `keyfob-sandbox`: its one line, its end, its refusals.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};

use reqwest::StatusCode;
use serde_json::Value;

use crate::world::{CHALLENGE, REDIRECT, SCOPE, http, text};
use crate::{mavio, oauth, oidc};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_keyfob-sandbox"))
}

/// Starts the program and reads its line.
fn started(arguments: &[&str]) -> (Child, Value) {
    let mut child = program()
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let stdout = child.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    let line = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not JSON: {line:?}"));
    (child, line)
}

fn refused(arguments: &[&str]) -> Output {
    let output = program().args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    output
}

#[cfg(unix)]
#[tokio::test]
async fn it_prints_where_it_is_and_serves_until_it_is_asked_to_end() {
    for signal in ["-INT", "-TERM"] {
        let (mut child, line) = started(&["--lifetime", "60"]);
        let base = text(&line, "base");
        for (face, path, redirect_uri, scope) in [
            ("mio", "/connect", REDIRECT, SCOPE),
            (
                "mavio",
                "/oauth/authorize",
                mavio::REDIRECT,
                "meetings:read",
            ),
            ("oauth", "/authorize", oauth::REDIRECT, oauth::SCOPE),
            ("oidc", "/authorize", oidc::REDIRECT, oidc::SCOPE),
        ] {
            let root = text(&line[face], "base");
            assert_eq!(root, format!("{base}/{face}"));
            assert!(!text(&line[face], "client_secret").is_empty());
            let mut url = url::Url::parse(&format!("{root}{path}")).unwrap();
            url.query_pairs_mut().extend_pairs([
                ("response_type", "code"),
                ("client_id", text(&line[face], "client_id")),
                ("redirect_uri", redirect_uri),
                ("scope", scope),
                ("code_challenge", CHALLENGE),
                ("code_challenge_method", "S256"),
            ]);
            let page = http().get(url).send().await.unwrap();
            assert_eq!(page.status(), StatusCode::OK, "{face}");
        }

        let pid = child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );

        assert_eq!(child.wait().unwrap().code(), Some(0), "{signal}");
    }
}

#[test]
fn it_lists_its_quirks_and_knows_them_by_name() {
    let output = program().arg("--quirks").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let listed = String::from_utf8(output.stdout).unwrap();
    let names: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let known: Vec<&str> = keyfob_sandbox::quirks::all()
        .map(|quirk| quirk.name)
        .collect();
    assert_eq!(names, known);

    let (mut child, _) = started(&["--quirk", "state-missing", "--quirk", "read-html-200"]);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_port_in_use_is_one_clear_sentence() {
    let occupied = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = occupied.local_addr().unwrap().to_string();

    let output = refused(&["--listen", &address]);

    let sentence = String::from_utf8(output.stderr).unwrap();
    assert_eq!(sentence.lines().count(), 1, "{sentence}");
    assert!(sentence.contains(&address), "{sentence}");
    assert!(sentence.contains("Choose another port"), "{sentence}");
}

#[test]
fn what_cannot_work_is_refused_with_the_next_step() {
    for (arguments, expected) in [
        (["--listen", "0.0.0.0:0"], "write --listen 127.0.0.1:0"),
        (["--redirect-uri", "nowhere"], "an absolute URI"),
        (["--state", "/"], "can't be read"),
        (["--colour", "red"], "--help"),
    ] {
        let output = refused(&arguments);
        let sentence = String::from_utf8(output.stderr).unwrap();
        assert_eq!(sentence.lines().count(), 1, "{sentence}");
        assert!(sentence.contains(expected), "{arguments:?}: {sentence}");
    }
}

#[test]
fn a_broken_state_file_is_told_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    std::fs::write(&path, "not JSON").unwrap();

    let mut command = program();
    command
        .arg("--state")
        .arg(&path)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();

    assert!(line.contains("state.json.broken"), "{line}");
    assert_eq!(
        std::fs::read_to_string(folder.path().join("state.json.broken")).unwrap(),
        "not JSON"
    );
}
