//! Hostile callbacks, each with its own verdict, through both doors: the deep link and the loopback
//! server (SECURITY 14, 17, 19–30). The tables are `callbacks.tsv` and `requests.tsv`.
//!
//! In an address `{state}` is the parameter of the attempt that waits, `{other}` that of another
//! provider's, `{ended}` that of one that was cancelled; `{state|word}` is a changed one. `{base}` is
//! the redirect URI, `{port}` the loopback server's. `{40*x}` is forty times x, `{fill 99}` makes the
//! address 99 bytes long; `\r \n \t \0 \\ \x1b` are single bytes. At the loopback server an address
//! that doesn't begin with `{base}` is the request target as it stands.
//!
//! Verdicts: `code …` was exchanged; `refused …` was the provider's word; `ends …` failed the attempt;
//! `doubted …` left it waiting; `repeated` did nothing; `malformed: …` and `unrelated …` left a notice;
//! `http 404` was answered by the server alone and `http refused` by its HTTP library, with a status
//! or a closed connection; nobody else heard of either.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what no row expects is only written down"
)]

use super::MIO;
use crate::Origin;
use crate::testing::{World, sandbox_provider, slug};
use keyfob_domain::authorization::Step;
use keyfob_domain::error::ErrorCode;
use keyfob_domain::id::AttemptId;
use keyfob_domain::provider::{EchoesState, Provider, RedirectKind};
use std::fmt::Write as _;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const CALLBACKS: &str = include_str!("hostile/callbacks.tsv");
const REQUESTS: &str = include_str!("hostile/requests.tsv");
const OTHER: &str = "acme-sandbox";
const LIMIT: Duration = Duration::from_secs(20);
/// Three sign-ins are few tasks.
const TURNS: u32 = 20;

/// Three sign-ins: one waits for its answer, one at another provider does, one was cancelled.
struct Waiting {
    world: World,
    attempt: AttemptId,
    state: String,
    other: AttemptId,
    other_state: String,
    ended_state: String,
    base: String,
}

impl Waiting {
    async fn at(kind: RedirectKind) -> Self {
        let mio = Provider {
            echoes_state: EchoesState::Yes,
            issuer: Some("https://mio.example".to_owned()),
            redirect_kinds: vec![kind],
            ..sandbox_provider()
        };
        let acme = Provider {
            slug: slug(OTHER),
            issuer: Some("https://acme.example".to_owned()),
            redirect_kinds: vec![RedirectKind::Scheme],
            ..mio.clone()
        };
        let mut world = World::with_turns(vec![mio, acme], TURNS).await;
        let (ended, ended_state) = world.begin(MIO).await;
        world.engine.cancel_attempt(ended).await.unwrap();
        let (other, other_state) = world.begin(OTHER).await;
        let (attempt, state) = world.begin(MIO).await;
        world.settle().await;
        let base = world.attempt(attempt).redirect_uri.clone();
        Self {
            world,
            attempt,
            state,
            other,
            other_state,
            ended_state,
            base,
        }
    }

    fn port(&self) -> u16 {
        let rest = self.base.strip_prefix("http://127.0.0.1:");
        let port = rest.and_then(|rest| rest.split('/').next());
        port.map_or(0, |port| port.parse().unwrap())
    }

    /// Gives the bytes that a text of the tables stands for.
    fn bytes(&self, text: &str) -> Vec<u8> {
        let mut written = Vec::new();
        let mut rest = text;
        let mut fill = None;
        while let Some(character) = rest.chars().next() {
            rest = &rest[character.len_utf8()..];
            let braced = rest.split_once('}').filter(|_| character == '{');
            match (character, braced) {
                ('\\', _) => {
                    let (byte, length) = escaped(rest);
                    written.push(byte);
                    rest = &rest[length..];
                }
                (_, Some((word, after))) => match self.stands_for(word) {
                    Some(Value::Text(value)) => {
                        written.extend(value.into_bytes());
                        rest = after;
                    }
                    Some(Value::Fill(length)) => {
                        fill = Some((written.len(), length));
                        rest = after;
                    }
                    None => written.push(b'{'),
                },
                _ => written.extend(character.to_string().bytes()),
            }
        }
        if let Some((place, length)) = fill {
            let missing = vec![b'x'; length - written.len()];
            written.splice(place..place, missing);
        }
        written
    }

    fn stands_for(&self, word: &str) -> Option<Value> {
        let state = self.state.as_str();
        let swapped = |place: usize| {
            let another = if state.as_bytes()[place] == b'A' {
                "B"
            } else {
                "A"
            };
            format!("{}{another}{}", &state[..place], &state[place + 1..])
        };
        let escapes = |digits: fn(&mut String, u8)| {
            state.bytes().fold(String::new(), |mut text, byte| {
                digits(&mut text, byte);
                text
            })
        };
        Some(Value::Text(match word {
            "state" => state.to_owned(),
            "other" => self.other_state.clone(),
            "ended" => self.ended_state.clone(),
            "base" => self.base.clone(),
            "port" => self.port().to_string(),
            "state|cut" => state[..42].to_owned(),
            "state|behead" => state[1..].to_owned(),
            "state|first" => swapped(0),
            "state|middle" => swapped(21),
            "state|last" => swapped(42),
            "state|upper" => state.to_uppercase(),
            "state|lower" => state.to_lowercase(),
            "state|reverse" => state.chars().rev().collect(),
            "state|escape" => escapes(|text, byte| write!(text, "%{byte:02X}").unwrap()),
            "state|escape-lower" => escapes(|text, byte| write!(text, "%{byte:02x}").unwrap()),
            "state|double" => escapes(|text, byte| write!(text, "%25{byte:02X}").unwrap()),
            _ => {
                if let Some(length) = word.strip_prefix("fill ") {
                    return length.parse().ok().map(Value::Fill);
                }
                let (times, text) = word.split_once('*')?;
                text.repeat(times.parse().ok()?)
            }
        }))
    }

    /// Says what has become of everything, in one line.
    async fn verdict(&mut self, taken: bool) -> String {
        self.world.settle().await;
        let mut words = Vec::new();
        for (attempt, whose) in [
            (self.attempt, String::new()),
            (self.other, format!(" for {OTHER}")),
        ] {
            match self.world.step(attempt) {
                Step::Waiting { doubt: None } => {}
                Step::Waiting { doubt: Some(doubt) } => {
                    words.push(format!("doubted {}{whose}", doubt.code));
                }
                Step::Failed(problem) if taken => {
                    words.push(format!("refused {}{whose}", problem.code));
                    let detail = problem.detail.clone().unwrap_or_default();
                    let plain = keyfob_domain::text::plain(&detail, 200, false);
                    assert_eq!(detail, plain, "25: what is shown is plain and short");
                }
                Step::Failed(problem) => words.push(format!("ends {}{whose}", problem.code)),
                Step::Connected(_) => {
                    let posts = self.world.posts();
                    let [post] = posts.as_slice() else {
                        panic!("{posts:?}")
                    };
                    let code = post.splitn(3, ' ').nth(2).unwrap_or_default();
                    words.push(format!("code {code}{whose}"));
                }
                other => words.push(format!("{other:?}{whose}")),
            }
        }
        if !words.iter().any(|word| word.starts_with("code ")) {
            assert_eq!(self.world.posts(), Vec::<String>::new(), "{words:?}");
            assert_eq!(self.world.rows.count(), 0, "{words:?}");
        }
        for notice in self.world.notices() {
            let problem = notice.problem;
            words.push(match problem.code {
                ErrorCode::RedirectMalformed => {
                    format!("malformed: {}", problem.detail.unwrap_or_default())
                }
                ErrorCode::RedirectUnrelated => {
                    assert_eq!(problem.detail, None, "nothing of it is repeated");
                    let provider = notice.provider.map(|slug| slug.to_string());
                    format!("unrelated {}", provider.unwrap_or("-".to_owned()))
                }
                other => format!("notice {other}"),
            });
        }
        words.join(", ")
    }

    /// Says it of a request to the loopback server, from its status too.
    async fn verdict_of(&mut self, answer: &[u8]) -> String {
        let answer = String::from_utf8_lossy(answer).into_owned();
        assert!(!answer.contains(&self.state), "17: it reflects nothing");
        let status = answer.split(' ').nth(1).unwrap_or("nothing").to_owned();
        let said = answer.contains("<html");
        let heard = self.verdict(status == "200").await;
        match (status.as_str(), said, heard.as_str()) {
            ("400", true, "") => "repeated".to_owned(),
            ("404", false, "") => "http 404".to_owned(),
            ("400" | "414" | "431" | "nothing", false, "") => "http refused".to_owned(),
            ("200", true, heard) if is_answer(heard) => heard.to_owned(),
            ("400", true, heard) if !is_answer(heard) => heard.to_owned(),
            (status, _, heard) => format!("http {status}, and yet {heard}"),
        }
    }

    async fn send(&self, request: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port()))
            .await
            .unwrap();
        // A server that has seen enough closes before all of it is sent.
        let _ = stream.write_all(request).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        // A reset is an answer too.
        let read = stream.read_to_end(&mut answer);
        let _ = tokio::time::timeout(LIMIT, read)
            .await
            .expect("neither answered nor closed");
        answer
    }
}

enum Value {
    Text(String),
    Fill(usize),
}

/// Gives the byte that what follows a backslash stands for, and how much of the text it takes.
fn escaped(rest: &str) -> (u8, usize) {
    match rest.as_bytes() {
        [b'r', ..] => (b'\r', 1),
        [b'n', ..] => (b'\n', 1),
        [b't', ..] => (b'\t', 1),
        [b'0', ..] => (0, 1),
        [b'\\', ..] => (b'\\', 1),
        [b'x', _, _, ..] => (u8::from_str_radix(&rest[1..3], 16).unwrap(), 3),
        other => panic!("no such escape: {other:?}"),
    }
}

fn is_answer(heard: &str) -> bool {
    heard.starts_with("code ") || heard.starts_with("refused ")
}

/// Gives the lines of a table as columns. No two rows have the same name.
fn rows<const COLUMNS: usize>(table: &str) -> Vec<[&str; COLUMNS]> {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    let rows: Vec<[&str; COLUMNS]> = lines
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let columns: [&str; COLUMNS] = columns.try_into().expect(line);
            assert!((13..=34).contains(&columns[0].parse().unwrap()), "{line}");
            columns
        })
        .collect();
    let names: std::collections::HashSet<_> = rows.iter().map(|row| row[1]).collect();
    assert_eq!(names.len(), rows.len(), "two rows have one name");
    rows
}

fn judged(wrong: &[String], count: usize, what: &str) {
    let count = u32::try_from(count).unwrap();
    assert!(
        wrong.is_empty(),
        "{} of {count} {what}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    println!("{count} {what}, each with its own verdict");
    let name = what.replace(' ', "-");
    let command = "cargo test -p keyfob-engine --lib hostile";
    keyfob_test_support::figures::record(&name, f64::from(count), "verdicts", command).unwrap();
}

#[tokio::test]
async fn security_19_to_30_hostile_callbacks_by_deep_link() {
    let rows = rows::<5>(CALLBACKS);
    assert!(rows.len() >= 500, "{}", rows.len());
    let mut wrong = Vec::new();
    for [rule, name, url, expected, _] in &rows {
        let mut waiting = Waiting::at(RedirectKind::Scheme).await;
        let raw = waiting.bytes(url);
        let expected = String::from_utf8(waiting.bytes(expected)).unwrap();
        let taken = waiting
            .world
            .engine
            .handle_redirect(raw, Origin::Running)
            .await;
        let heard = waiting.verdict(taken).await;
        let heard = if heard.is_empty() {
            "repeated".to_owned()
        } else {
            heard
        };
        if heard != expected || taken != is_answer(&heard) {
            wrong.push(format!(
                "{rule} {name}: {heard}, not {expected} (taken: {taken})"
            ));
        }
    }
    judged(&wrong, rows.len(), "hostile deep links");
}

#[tokio::test]
async fn security_17_to_30_hostile_callbacks_at_the_loopback_server() {
    let rows = rows::<5>(CALLBACKS);
    let mut wrong = Vec::new();
    for [rule, name, url, _, expected] in &rows {
        let mut waiting = Waiting::at(RedirectKind::Loopback).await;
        let expected = String::from_utf8(waiting.bytes(expected)).unwrap();
        let authority = format!("127.0.0.1:{}", waiting.port());
        let origin = format!("http://{authority}").into_bytes();
        let raw = waiting.bytes(url);
        let target = match url.starts_with("{base}") {
            true => &raw[origin.len()..],
            false => &raw[..],
        };
        let end = format!(" HTTP/1.1\r\nHost: {authority}\r\n\r\n");
        let request = [b"GET ", target, end.as_bytes()].concat();
        let answer = waiting.send(&request).await;
        let heard = waiting.verdict_of(&answer).await;
        if heard != expected {
            wrong.push(format!("{rule} {name}: {heard}, not {expected}"));
        }
    }
    judged(
        &wrong,
        rows.len(),
        "hostile callbacks at the loopback server",
    );
}

#[tokio::test]
async fn security_17_hostile_requests_to_the_loopback_server() {
    let rows = rows::<4>(REQUESTS);
    let mut wrong = Vec::new();
    for [rule, name, request, expected] in &rows {
        let mut waiting = Waiting::at(RedirectKind::Loopback).await;
        let request = waiting.bytes(request);
        let answer = waiting.send(&request).await;
        let heard = waiting.verdict_of(&answer).await;
        if heard != *expected {
            wrong.push(format!("{rule} {name}: {heard}, not {expected}"));
        }
    }
    judged(&wrong, rows.len(), "hostile requests");
}
