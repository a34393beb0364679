//! The process that uses the adapter: it does what its parent tells it.

#![expect(clippy::print_stdout, reason = "its answers go to its parent")]

use super::harness::{ANSWER, CHANGED, ID, OBEY};
use futures_util::StreamExt;
use keyfob_domain::error::Problem;
use keyfob_domain::id::{ConnectionId, ProviderSlug};
use keyfob_domain::secret::ItemText;
use keyfob_engine::keychain::{Items, Limits, SecretServiceItems, Split, SystemKeychain};
use keyfob_engine::ports::{SecretName, SecretStore};
use rustix::process::{Signal, getpid, kill_process};
use std::io::BufRead;
use std::sync::Arc;
use std::time::Duration;

/// Ends when its input does. Does nothing in the run that starts the others.
pub(crate) async fn obey_parent() {
    if std::env::var_os(OBEY).is_none() {
        return;
    }
    let keychain = Arc::new(SystemKeychain::with(limits()).unwrap());
    if std::env::var_os("KEYFOB_TEST_WATCH").is_some() {
        let mut changes = keychain.changes();
        tokio::spawn(async move {
            while changes.next().await.is_some() {
                println!("{ANSWER}{CHANGED}");
            }
        });
    }
    for line in std::io::stdin().lock().lines() {
        let (line, keychain) = (line.unwrap(), keychain.clone());
        match line.strip_prefix("later ") {
            Some(line) => {
                let line = line.to_owned();
                tokio::spawn(async move {
                    println!("{ANSWER}later {}", obey(&keychain, &line).await);
                });
            }
            None => println!("{ANSWER}{}", obey(&keychain, &line).await),
        }
    }
}

fn limits() -> Limits {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse().unwrap());
    let usual = Limits::default();
    let call = number("KEYFOB_TEST_CALL").map(Duration::from_millis);
    Limits {
        call: call.unwrap_or(usual.call),
        item: number("KEYFOB_TEST_ITEM").map(|bytes| usize::try_from(bytes).unwrap()),
    }
}

async fn obey(keychain: &SystemKeychain, line: &str) -> String {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    if verb == "die" {
        let (steps, line) = rest.split_once(' ').unwrap();
        let (steps, line) = (steps.parse().unwrap(), line.to_owned());
        // The store blocks, which no thread of the runtime may.
        std::thread::spawn(move || die_after(steps, &line))
            .join()
            .unwrap();
        return "survived".to_owned();
    }
    let (name, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let name = name_of(name);
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

fn done(outcome: Result<(), Problem>) -> String {
    outcome.map_or_else(|problem| problem.code.to_string(), |()| "done".to_owned())
}

fn name_of(word: &str) -> SecretName {
    match word {
        "tokens" => SecretName::of_connection(ConnectionId::parse(ID).unwrap()),
        _ => SecretName::of_client(&ProviderSlug::parse("mio").unwrap()),
    }
}

/// Does what the adapter's thread does, and is killed after so many changes to the keychain.
fn die_after(steps: usize, line: &str) {
    let items = Dying {
        items: SecretServiceItems::new(limits()),
        steps,
    };
    let mut items = Split::new(items, limits().item);
    let (verb, rest) = line.split_once(' ').unwrap();
    let (name, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let name = name_of(name);
    match verb {
        "write" => items.write(name.as_str(), &ItemText::new(text.to_owned())),
        "delete" => items.delete(name.as_str()),
        other => panic!("no verb {other}"),
    }
    .unwrap();
}

struct Dying {
    items: SecretServiceItems,
    steps: usize,
}

impl Dying {
    fn step(&mut self) {
        if self.steps == 0 {
            kill_process(getpid(), Signal::KILL).unwrap();
        }
        self.steps -= 1;
    }
}

impl Items for Dying {
    fn read(&mut self, account: &str) -> Result<Option<ItemText>, Problem> {
        self.items.read(account)
    }

    fn write(&mut self, account: &str, text: &ItemText) -> Result<(), Problem> {
        self.step();
        self.items.write(account, text)
    }

    fn delete(&mut self, account: &str) -> Result<(), Problem> {
        self.step();
        self.items.delete(account)
    }
}
