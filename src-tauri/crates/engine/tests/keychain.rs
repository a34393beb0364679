//! The keychain adapter with a real Secret Service (SECURITY 102, 103).
//!
//! The adapter speaks to the session bus of its process. So each test starts this binary once
//! more inside a desktop of its own; there `obeys_its_parent` does what it is told line by line.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests may fail loudly, as tests do"
)]

use keyfob_domain::error::Problem;
use keyfob_domain::id::{ConnectionId, ProviderSlug};
use keyfob_domain::secret::ItemText;
use keyfob_engine::keychain::SystemKeychain;
use keyfob_engine::ports::{SecretName, SecretStore};
use keyfob_test_support::{Desktop, until};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::{Arc, mpsc};
use std::time::Duration;

const OBEY: &str = "KEYFOB_TEST_OBEY";
const ANSWER: &str = "=> ";
const LIMIT: Duration = Duration::from_secs(40);
const ID: &str = "0197c2a0-0000-7000-8000-000000000001";

#[tokio::test]
async fn obeys_its_parent() {
    if std::env::var_os(OBEY).is_none() {
        // Nobody tells it anything: this is the run that starts the others.
        return;
    }
    let keychain = SystemKeychain::new().unwrap();
    for line in std::io::stdin().lock().lines() {
        println!("{ANSWER}{}", obey(&keychain, &line.unwrap()).await);
    }
}

async fn obey(keychain: &SystemKeychain, line: &str) -> String {
    let done = |outcome: Result<(), Problem>| {
        outcome.map_or_else(|problem| problem.code.to_string(), |()| "done".to_owned())
    };
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let (name, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let name = match name {
        "tokens" => SecretName::of_connection(ConnectionId::parse(ID).unwrap()),
        _ => SecretName::of_client(&ProviderSlug::parse("mio").unwrap()),
    };
    match verb {
        "status" => format!("{:?}", keychain.status().await),
        "unlock" => done(keychain.unlock().await),
        "write" => {
            let text = Arc::new(ItemText::new(text.to_owned()));
            done(keychain.write(&name, text).await)
        }
        "delete" => done(keychain.delete(&name).await),
        "read" => match keychain.read(&name).await {
            Ok(Some(text)) => format!("text {}", text.expose()),
            Ok(None) => "none".to_owned(),
            Err(problem) => problem.code.to_string(),
        },
        other => panic!("no verb {other}"),
    }
}

/// A process in the desktop that uses the adapter. It ends when its input does.
struct Keyfob {
    child: Child,
    input: Option<ChildStdin>,
    answers: mpsc::Receiver<String>,
}

impl Keyfob {
    fn start(desktop: &Desktop, environment: &[(&str, &str)]) -> Self {
        let mut command = desktop.command(std::env::current_exe().unwrap());
        command
            .args(["--exact", "obeys_its_parent", "--nocapture"])
            .env(OBEY, "1")
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, answers) = mpsc::channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if let Some((_, answer)) = line.split_once(ANSWER) {
                    // The test may have ended already.
                    let _ = sender.send(answer.to_owned());
                }
            }
        });
        let input = child.stdin.take();
        Self {
            child,
            input,
            answers,
        }
    }

    fn tell(&mut self, line: &str) {
        let input = self.input.as_mut().expect("it was not ended");
        writeln!(input, "{line}").unwrap();
    }

    fn answer(&self) -> String {
        self.answers
            .recv_timeout(LIMIT)
            .expect("the adapter answers in time")
    }

    fn ask(&mut self, line: &str) -> String {
        self.tell(line);
        self.answer()
    }
}

impl Drop for Keyfob {
    fn drop(&mut self) {
        drop(self.input.take());
        // A panicking test must not wait for a process that hangs.
        if std::thread::panicking() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

fn prompts(desktop: &Desktop) -> usize {
    let processes = desktop.processes();
    processes
        .iter()
        .filter(|process| process.name.starts_with("gcr-prompter"))
        .count()
}

#[test]
fn an_item_is_written_read_replaced_and_deleted() {
    let desktop = Desktop::start().unwrap();
    let mut keyfob = Keyfob::start(&desktop, &[]);
    assert_eq!(keyfob.ask("status"), "Available");
    assert_eq!(keyfob.ask("read tokens"), "none");
    assert_eq!(
        keyfob.ask("delete tokens"),
        "done",
        "what isn't there is deleted already"
    );
    let first = r#"{"generation":1,"refresh_token":"rt-ä-1"}"#;
    assert_eq!(keyfob.ask(&format!("write tokens {first}")), "done");
    assert_eq!(keyfob.ask("read tokens"), format!("text {first}"));
    let second = format!("second {}", "x".repeat(6_000));
    assert_eq!(keyfob.ask(&format!("write tokens {second}")), "done");
    assert_eq!(keyfob.ask("write client secret"), "done");
    assert_eq!(keyfob.ask("read tokens"), format!("text {second}"));
    assert_eq!(
        desktop.keychain_items().unwrap().len(),
        2,
        "replaced, not added"
    );
    assert_eq!(keyfob.ask("delete tokens"), "done");
    assert_eq!(keyfob.ask("read tokens"), "none");
    assert_eq!(
        keyfob.ask("read client"),
        "text secret",
        "the other one is still there"
    );
}

#[test]
fn security_102_an_items_name_says_nothing_of_the_account() {
    let desktop = Desktop::start().unwrap();
    let mut keyfob = Keyfob::start(&desktop, &[]);
    assert_eq!(
        keyfob.ask("write tokens ada@lovelace.example rt-marked"),
        "done"
    );
    let items = desktop.keychain_items().unwrap();
    let [item] = items.as_slice() else {
        panic!("one item was written: {items:?}");
    };
    assert_eq!(item.label, "Keyfob");
    assert_eq!(item.secret, b"ada@lovelace.example rt-marked");
    let values: Vec<&str> = item.attributes.values().map(String::as_str).collect();
    assert!(values.contains(&"dev.keyfob.desktop"), "{values:?}");
    assert!(
        values.contains(&format!("{ID}/tokens").as_str()),
        "{values:?}"
    );
    for (name, value) in &item.attributes {
        let told = [name, value]
            .iter()
            .any(|text| text.contains('@') || text.contains("marked"));
        assert!(!told, "{name} = {value}");
    }
}

#[test]
fn security_103_a_locked_keychain_says_so_at_once_and_nobody_is_prompted() {
    let desktop = Desktop::start().unwrap();
    let mut keyfob = Keyfob::start(&desktop, &[]);
    assert_eq!(keyfob.ask("write tokens kept"), "done");
    desktop.lock_keychain().unwrap();
    for line in [
        "read tokens",
        "write tokens new",
        "delete tokens",
        "read client",
    ] {
        assert_eq!(keyfob.ask(line), "keychain_locked", "{line}");
    }
    assert_eq!(keyfob.ask("status"), "Locked");
    assert_eq!(prompts(&desktop), 0, "{:?}", desktop.processes());
}

#[test]
fn security_103_the_prompt_unlocks_or_is_dismissed() {
    let desktop = Desktop::start().unwrap();
    let mut keyfob = Keyfob::start(&desktop, &[]);
    assert_eq!(keyfob.ask("unlock"), "done", "it is open already");
    assert_eq!(keyfob.ask("write tokens kept"), "done");
    desktop.lock_keychain().unwrap();

    keyfob.tell("unlock");
    desktop.dismiss_keychain_prompt().unwrap();
    assert_eq!(keyfob.answer(), "keychain_dismissed");
    assert_eq!(keyfob.ask("read tokens"), "keychain_locked");

    keyfob.tell("unlock");
    until(LIMIT, "the prompt", || prompts(&desktop) > 0).unwrap();
    desktop.answer_keychain_prompt("test").unwrap();
    assert_eq!(keyfob.answer(), "done");
    assert_eq!(keyfob.ask("read tokens"), "text kept");
}

#[test]
fn security_103_a_desktop_without_a_secret_service_has_no_keychain() {
    let desktop = Desktop::builder().without_secret_service().start().unwrap();
    let mut keyfob = Keyfob::start(&desktop, &[]);
    let status = keyfob.ask("status");
    assert!(status.starts_with("Missing("), "{status}");
    for line in ["read tokens", "write tokens new", "delete tokens", "unlock"] {
        assert_eq!(keyfob.ask(line), "keychain_missing", "{line}");
    }
}

#[test]
fn security_103_without_a_session_bus_there_is_no_keychain() {
    let desktop = Desktop::builder().without_secret_service().start().unwrap();
    let nowhere = [("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/at/all")];
    let mut keyfob = Keyfob::start(&desktop, &nowhere);
    let status = keyfob.ask("status");
    assert!(status.starts_with("Missing("), "{status}");
    assert_eq!(keyfob.ask("read tokens"), "keychain_missing");
    assert_eq!(keyfob.ask("unlock"), "keychain_missing");
}

#[test]
fn security_103_a_daemon_that_was_stopped_comes_back_locked_and_is_found_again() {
    let desktop = Desktop::start().unwrap();
    let mut keyfob = Keyfob::start(&desktop, &[]);
    assert_eq!(keyfob.ask("write tokens kept"), "done");
    desktop.stop_keychain().unwrap();
    assert_eq!(keyfob.ask("read tokens"), "keychain_locked");
    keyfob.tell("unlock");
    desktop.answer_keychain_prompt("test").unwrap();
    assert_eq!(keyfob.answer(), "done");
    // The adapter's session ended with the old daemon; the same process goes on all the same.
    assert_eq!(keyfob.ask("read tokens"), "text kept");
    assert_eq!(keyfob.ask("write tokens newer"), "done");
    assert_eq!(keyfob.ask("read tokens"), "text newer");
}
