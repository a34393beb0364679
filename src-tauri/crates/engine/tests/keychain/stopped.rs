//! A daemon that is held up or dies in the middle of a call (SECURITY 103, 107): what a write
//! came to is unknown then, and nothing newer is written before it is known.

use super::harness::{Keyfob, LIMIT, prompts, signal_daemon, text};
use keyfob_test_support::{Desktop, until};
use rustix::process::Signal;
use std::time::Duration;

const QUICK: [(&str, &str); 2] = [("KEYFOB_TEST_CALL", "2000"), ("KEYFOB_TEST_ITEM", "2560")];

/// Tells it to write a text that takes long, and returns when some of it has been written.
fn begin_long_write(desktop: &Desktop, keyfob: &mut Keyfob) -> String {
    let file = desktop.data_dir().join("keyrings/login.keyring");
    let size = || std::fs::metadata(&file).map_or(0, |file| file.len());
    let before = size();
    let long = text("long", 400_000);
    keyfob.tell(&format!("later write tokens {long}"));
    let some = || size() > before + 10_000;
    until(LIMIT, "the first parts to be written", some).unwrap();
    long
}

/// Asks until the daemon, which has much to catch up with, has time for an answer.
fn in_time(keyfob: &mut Keyfob, line: &str) -> String {
    let mut found = String::new();
    until(LIMIT, "the daemon to catch up", || {
        found = keyfob.ask(line);
        found != "keychain_timed_out"
    })
    .unwrap();
    found
}

fn read(keyfob: &mut Keyfob) -> String {
    in_time(keyfob, "read tokens")
}

#[test]
fn security_103_a_daemon_that_is_held_up_is_silent_and_not_missing() {
    let desktop = Desktop::start().unwrap();
    let mut keyfob = Keyfob::start(&desktop, &QUICK);
    assert_eq!(keyfob.ask("write tokens kept"), "done");
    signal_daemon(&desktop, Signal::STOP);
    assert_eq!(keyfob.ask("status"), "Silent");
    for line in ["read tokens", "write tokens new", "delete tokens", "unlock"] {
        assert_eq!(keyfob.ask(line), "keychain_timed_out", "{line}");
    }
    signal_daemon(&desktop, Signal::CONT);
    assert_eq!(read(&mut keyfob), "text kept", "nothing was begun");
    assert_eq!(keyfob.ask("status"), "Available");
    assert_eq!(in_time(&mut keyfob, "write tokens newer"), "done");
    assert_eq!(read(&mut keyfob), "text newer");
}

#[test]
fn security_107_nothing_newer_is_written_while_a_write_is_unknown() {
    let desktop = Desktop::start().unwrap();
    let mut keyfob = Keyfob::start(&desktop, &QUICK);
    assert_eq!(keyfob.ask("write tokens old"), "done");
    let long = begin_long_write(&desktop, &mut keyfob);
    signal_daemon(&desktop, Signal::STOP);
    assert_eq!(keyfob.answer(), "later keychain_timed_out");
    for line in ["write tokens newer", "delete tokens", "read tokens"] {
        assert_eq!(keyfob.ask(line), "keychain_timed_out", "{line}");
    }
    signal_daemon(&desktop, Signal::CONT);
    let found = read(&mut keyfob);
    let known = found == "text old" || found == format!("text {long}");
    assert!(known, "{} bytes that nobody wrote", found.len());
    assert_eq!(in_time(&mut keyfob, "write tokens newer"), "done");
    assert_eq!(read(&mut keyfob), "text newer");
    assert_eq!(desktop.keychain_items().unwrap().len(), 1);
}

#[test]
fn security_107_a_daemon_killed_in_the_middle_of_a_write_costs_nothing_and_asks_nobody() {
    let desktop = Desktop::start().unwrap();
    let slower = [("KEYFOB_TEST_CALL", "4000"), QUICK[1]];
    let mut keyfob = Keyfob::start(&desktop, &slower);
    assert_eq!(keyfob.ask("write tokens old"), "done");
    // Before each item the adapter asks whether it may go on, and waits a second for the answer.
    // Where no answer comes for two, the daemon was stopped with an item on its way.
    let on_its_way = (0..40).any(|_| {
        begin_long_write(&desktop, &mut keyfob);
        signal_daemon(&desktop, Signal::STOP);
        let held = keyfob.answer_within(Duration::from_secs(2)).is_none();
        if !held {
            signal_daemon(&desktop, Signal::CONT);
            assert_eq!(read(&mut keyfob), "text old");
        }
        held
    });
    assert!(on_its_way, "it only ever asks");
    signal_daemon(&desktop, Signal::KILL);
    // Locked, or, where the new daemon takes long to come up, without an answer in time.
    let answer = keyfob.answer();
    let expected = ["later keychain_locked", "later keychain_timed_out"];
    assert!(expected.contains(&answer.as_str()), "{answer}");
    // The bus has started another one, which is locked.
    assert_eq!(keyfob.ask("read tokens"), "keychain_locked");
    assert_eq!(keyfob.ask("write tokens newer"), "keychain_locked");
    assert_eq!(prompts(&desktop), 0, "{:?}", desktop.processes());
    keyfob.unlock(&desktop);
    assert_eq!(read(&mut keyfob), "text old");
    assert_eq!(in_time(&mut keyfob, "write tokens newer"), "done");
    assert_eq!(read(&mut keyfob), "text newer");
    assert_eq!(desktop.keychain_items().unwrap().len(), 1);
}

#[test]
fn security_103_a_daemon_that_dies_while_its_prompt_is_open_is_not_waited_for() {
    let desktop = Desktop::start().unwrap();
    let mut keyfob = Keyfob::start(&desktop, &QUICK);
    assert_eq!(keyfob.ask("write tokens kept"), "done");
    desktop.lock_keychain().unwrap();
    keyfob.tell("later unlock");
    until(LIMIT, "the prompt", || prompts(&desktop) > 0).unwrap();
    signal_daemon(&desktop, Signal::KILL);
    assert_eq!(keyfob.answer(), "later keychain_failed");
    until(LIMIT, "the old prompt to go", || prompts(&desktop) == 0).unwrap();
    keyfob.unlock(&desktop);
    assert_eq!(keyfob.ask("read tokens"), "text kept");
}
