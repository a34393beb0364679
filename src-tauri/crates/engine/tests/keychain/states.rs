//! Locked, missing, asking: three different things (SECURITY 103).

use super::harness::{Keyfob, LIMIT, prompts};
use keyfob_test_support::{Desktop, until};

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

#[test]
fn security_103_a_service_without_a_default_keychain_has_none_until_it_is_back() {
    let desktop = Desktop::start().unwrap();
    let mut keyfob = Keyfob::start(&desktop, &[]);
    assert_eq!(keyfob.ask("write tokens kept"), "done");
    let files = desktop.data_dir().join("keyrings");
    let aside = desktop.data_dir().join("aside");
    desktop.stop_keychain().unwrap();
    std::fs::rename(&files, &aside).unwrap();
    assert_eq!(
        keyfob.ask("status"),
        r#"Missing("the service has no default keychain")"#
    );
    for line in ["read tokens", "write tokens new", "delete tokens", "unlock"] {
        assert_eq!(keyfob.ask(line), "keychain_missing", "{line}");
    }
    assert_eq!(prompts(&desktop), 0, "nobody is asked to make one");

    desktop.stop_keychain().unwrap();
    if files.exists() {
        std::fs::remove_dir_all(&files).unwrap();
    }
    std::fs::rename(&aside, &files).unwrap();
    keyfob.unlock(&desktop);
    assert_eq!(keyfob.ask("read tokens"), "text kept");
    assert_eq!(keyfob.ask("write tokens newer"), "done");
}

#[test]
fn security_103_a_prompt_that_is_answered_after_twenty_seconds_holds_nothing_up() {
    let desktop = Desktop::start().unwrap();
    // Far less than the user takes.
    let mut keyfob = Keyfob::start(&desktop, &[("KEYFOB_TEST_CALL", "3000")]);
    assert_eq!(keyfob.ask("write tokens kept"), "done");
    desktop.lock_keychain().unwrap();
    keyfob.tell("later unlock");
    until(LIMIT, "the prompt", || prompts(&desktop) > 0).unwrap();
    assert_eq!(keyfob.ask("read tokens"), "keychain_locked");
    let mut patience = desktop.command("xdotool");
    patience.args(["sleep", "20"]);
    desktop.run(patience, 2 * LIMIT).unwrap();
    for line in ["read tokens", "write tokens new", "delete tokens"] {
        assert_eq!(keyfob.ask(line), "keychain_locked", "{line}");
    }
    assert_eq!(keyfob.ask("status"), "Locked");
    desktop.answer_keychain_prompt("test").unwrap();
    assert_eq!(keyfob.answer(), "later done");
    assert_eq!(keyfob.ask("read tokens"), "text kept");
}
