//! What happens to the keychain without Keyfob's doing is noticed (SECURITY 103).

use super::harness::Keyfob;
use keyfob_test_support::Desktop;

const WATCHING: [(&str, &str); 1] = [("KEYFOB_TEST_WATCH", "1")];

#[test]
fn security_103_whoever_locks_or_unlocks_the_keychain_is_noticed_once() {
    let desktop = Desktop::start().unwrap();
    let mut keyfob = Keyfob::start(&desktop, &WATCHING);
    let mut somebody = Keyfob::start(&desktop, &[]);
    // From now on it listens.
    keyfob.changed();
    for round in 0..3 {
        // Its own work is no change.
        assert_eq!(keyfob.ask(&format!("write tokens {round}")), "done");
        assert_eq!(keyfob.ask("write client secret"), "done");
        assert_eq!(keyfob.ask("delete client"), "done");
        desktop.lock_keychain().unwrap();
        keyfob.changed();
        assert_eq!(keyfob.ask("status"), "Locked", "{round}");
        somebody.unlock(&desktop);
        keyfob.changed();
        assert_eq!(keyfob.ask("read tokens"), format!("text {round}"));
    }
    // A second signal for one of them would have come before the last first one.
    desktop.lock_keychain().unwrap();
    keyfob.changed();
    assert_eq!(keyfob.changes.try_iter().count(), 0, "once each");
}

#[test]
fn security_103_a_daemon_that_goes_and_one_that_comes_are_noticed() {
    let desktop = Desktop::start().unwrap();
    let mut keyfob = Keyfob::start(&desktop, &WATCHING);
    keyfob.changed();
    assert_eq!(keyfob.ask("write tokens kept"), "done");
    desktop.stop_keychain().unwrap();
    keyfob.changed();
    // Asking for it starts another one.
    assert_eq!(keyfob.ask("status"), "Locked");
    keyfob.changed();
}

#[test]
fn security_103_a_keychain_that_is_started_later_is_noticed() {
    let desktop = Desktop::builder().without_secret_service().start().unwrap();
    let mut keyfob = Keyfob::start(&desktop, &WATCHING);
    keyfob.changed();
    let status = keyfob.ask("status");
    assert!(status.starts_with("Missing("), "{status}");
    let mut daemon = desktop.command("sh");
    let unlocked = "printf test | gnome-keyring-daemon --foreground --unlock --components=secrets";
    daemon.args(["-c", unlocked]);
    desktop.run_in_background("keychain", daemon).unwrap();
    // It is asked only when something has changed, and that is enough.
    loop {
        keyfob.changed();
        if keyfob.ask("status") == "Available" {
            break;
        }
    }
    assert_eq!(keyfob.ask("write tokens kept"), "done");
}
