//! What a missing network means (SECURITY 64): quiet while nobody needs a token.

use super::*;

fn offline(due_at: Timestamp) -> Condition {
    Condition::Waiting {
        problem: ErrorCode::Offline.into(),
        next_try_at: due_at,
    }
}

#[test]
fn security_64_without_a_network_a_due_renewal_is_nobodys_business_while_the_token_works() {
    let mut connection = connection();
    let by_timer = Event::NoNetwork { asked: false };
    assert_eq!(connection.apply(by_timer.clone(), at(2160)), []);
    assert_eq!(connection.condition, Condition::Active);
    assert_eq!(connection.due_at, Some(at(2160)), "it stays due");
    assert_eq!(connection.usable_until(), Some(at(3570)));

    let shown = connection.apply(by_timer.clone(), at(3570));
    assert_eq!(shown, [Effect::Publish]);
    assert_eq!(connection.condition, offline(at(2160)));
    assert_eq!(connection.apply(by_timer, at(3600)), [], "it is said once");
    assert_eq!(
        (connection.failures, connection.tried_at),
        (0, None),
        "nothing was tried"
    );
    assert_eq!(
        connection.apply(Event::RenewalWanted(Wanted::ByTimer), at(3700)),
        [Effect::Publish, Effect::Renew],
        "with a network it goes on"
    );
}

#[test]
fn security_64_a_renewal_that_somebody_asked_for_is_shown_and_due_from_then_on() {
    let mut connection = connection();
    let effects = connection.apply(Event::NoNetwork { asked: true }, at(100));
    assert_eq!(effects, [Effect::Publish]);
    assert_eq!(connection.condition, offline(at(100)));
    assert_eq!(connection.due_at, Some(at(100)));
    assert!(connection.has_usable_token(at(100)));
}

#[test]
fn security_64_a_renewal_in_line_is_put_back_without_a_network() {
    for (row, asked, now, expected) in [
        ("nobody asked", false, 2161, Condition::Active),
        ("the token is dead", false, 3590, offline(at(3590))),
        ("somebody waits", true, 2161, offline(at(2161))),
    ] {
        let mut connection = renewing();
        let effects = connection.apply(Event::NoNetwork { asked }, at(now));
        assert_eq!(effects, [Effect::Publish], "{row}");
        assert_eq!(connection.condition, expected, "{row}");
        assert_eq!(connection.due_at, Some(at(now)), "{row}");
    }
}

#[test]
fn what_is_wrong_besides_the_network_stays_in_sight() {
    let waiting = |code: ErrorCode| Condition::Waiting {
        problem: code.into(),
        next_try_at: at(2200),
    };
    let keychain = |unsaved| Condition::Keychain {
        problem: ErrorCode::KeychainLocked.into(),
        unsaved,
    };
    let ended = Condition::NeedsSignIn {
        problem: ErrorCode::GrantEnded.into(),
    };
    // What it was, the time, what it is then, and whether it would ask the provider at all.
    let rows = [
        (
            "a wait goes on",
            waiting(ErrorCode::ProviderError),
            2199,
            None,
            true,
        ),
        (
            "a wait that is over",
            waiting(ErrorCode::ProviderError),
            2200,
            Some(offline(at(2200))),
            true,
        ),
        (
            "a wrong set-up",
            waiting(ErrorCode::ClientMisconfigured),
            2300,
            None,
            true,
        ),
        ("a locked keychain", keychain(false), 2300, None, true),
        ("unsaved credentials", keychain(true), 2300, None, false),
        ("an ended grant", ended, 2300, None, false),
    ];
    for (row, condition, now, expected, asks) in rows {
        for asked in [false, true] {
            let mut connection = Connection {
                condition: condition.clone(),
                failures: 3,
                due_at: Some(at(2200)),
                ..connection()
            };
            assert_eq!(connection.would_ask_provider(), asks, "{row}");
            connection.apply(Event::NoNetwork { asked }, at(now));
            let expected = expected.clone().unwrap_or(condition.clone());
            assert_eq!(connection.condition, expected, "{row}, {asked}");
            assert_eq!(connection.due_at, Some(at(2200)), "{row}, {asked}");
        }
    }
}

#[test]
fn without_a_refresh_token_the_network_makes_no_difference() {
    let mut connection = connection();
    connection.life.renewable = false;
    assert!(!connection.would_ask_provider());
}
