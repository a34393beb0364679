//! Clocks that were set (SECURITY 63), and when what kind of token is due (SECURITY 43, 45, 58).

use super::*;
use crate::refresh::{ASSUMED_LIFETIME, LONGEST_LIFETIME};

const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

fn with_token(expiry: Expiry, renewable: bool, bits: u32) -> Connection {
    let facts = Obtained {
        expiry,
        renewable,
        ..obtained(1, 0)
    };
    let id = ConnectionId::new(at(0), [1; 10]);
    let slug = ProviderSlug::parse("mio").unwrap();
    let account = AccountHint::default();
    let draw = Draw::from_bits(bits);
    Connection::connected(id, slug, account, 1, Scopes::default(), &facts, draw)
}

fn lives(lifetime: Duration, assumed: bool) -> Expiry {
    Expiry::At {
        at: at(0).after(lifetime),
        lifetime,
        assumed,
    }
}

#[test]
fn security_63_a_clock_set_back_takes_the_end_of_the_grant_with_it() {
    let end = GrantEnd {
        at: at(7200),
        told_at: at(100),
    };
    let mut connection = connection();
    connection.life.grant_end = Some(end);
    connection.clock_set_back(Duration::from_secs(100));
    let moved = GrantEnd {
        at: at(7100),
        told_at: at(0),
    };
    assert_eq!(connection.life.grant_end, Some(moved));

    let mut renewing = renewing();
    let early = Obtained {
        grant_end: Some(end),
        ..obtained(2, 100)
    };
    renewing.apply(Event::Renewed(early, draw()), at(0));
    assert_eq!(renewing.life.grant_end, Some(moved));
}

#[test]
fn security_58_due_times_by_what_the_token_is() {
    let second = Duration::from_secs(1);
    let seconds = Duration::from_secs;
    // What it is, its end, whether there is a refresh token, the earliest and the latest due time.
    type Range = Option<(Duration, Duration)>;
    let cases: [(&str, Expiry, bool, Range); 8] = [
        (
            "5 s",
            lives(5 * second, false),
            true,
            Some((seconds(3), Duration::from_millis(4_500))),
        ),
        (
            "an hour",
            lives(HOUR, false),
            true,
            Some((seconds(2_160), seconds(3_240))),
        ),
        (
            "no lifetime given: an hour is assumed",
            lives(ASSUMED_LIFETIME, true),
            true,
            Some((seconds(2_160), seconds(3_240))),
        ),
        (
            "a year",
            lives(YEAR, false),
            true,
            Some((YEAR * 6 / 10, YEAR * 9 / 10)),
        ),
        (
            "ten years",
            lives(LONGEST_LIFETIME, false),
            true,
            Some((LONGEST_LIFETIME * 6 / 10, LONGEST_LIFETIME * 9 / 10)),
        ),
        (
            "an hour, no refresh token: its end",
            lives(HOUR, false),
            false,
            Some((HOUR, HOUR)),
        ),
        (
            "5 s, no refresh token: its end",
            lives(5 * second, false),
            false,
            Some((5 * second, 5 * second)),
        ),
        (
            "neither lifetime nor refresh token: never",
            Expiry::Never,
            false,
            None,
        ),
    ];
    for (row, expiry, renewable, range) in cases {
        for bits in [0, 1 << 31, u32::MAX] {
            let due_at = with_token(expiry, renewable, bits).due_at;
            let wait = due_at.map(|due_at| due_at.since(at(0)));
            match range {
                None => assert_eq!(wait, None, "{row}, {bits}"),
                Some((earliest, latest)) => {
                    let wait = wait.unwrap();
                    assert!(
                        wait >= earliest && wait <= latest,
                        "{row}, {bits}: {wait:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn security_63_a_clock_set_back_moves_every_time_and_leaves_what_is_left() {
    for (row, by) in [("an hour", HOUR), ("ten years", 10 * YEAR)] {
        let mut connection = connection();
        connection.tried_at = Some(at(7));
        connection.life.renewed_at = Some(at(8));
        connection.condition = Condition::Waiting {
            problem: ErrorCode::ProviderError.into(),
            next_try_at: at(60),
        };
        let before = connection.clone();
        connection.clock_set_back(by);
        let then = |seconds| at(seconds).before(by);
        assert_eq!(connection.due_at, Some(then(2160)), "{row}");
        assert_eq!(connection.tried_at, Some(then(7)), "{row}");
        assert_eq!(connection.life.obtained_at, then(0), "{row}");
        assert_eq!(connection.life.connected_at, then(0), "{row}");
        assert_eq!(connection.life.renewed_at, Some(then(8)), "{row}");
        let Condition::Waiting { next_try_at, .. } = connection.condition else {
            panic!("{row}: {:?}", connection.condition);
        };
        assert_eq!(next_try_at, then(60), "{row}");
        for seconds in [0, 3569, 3570, 4000] {
            assert_eq!(
                connection.has_usable_token(then(seconds)),
                before.has_usable_token(at(seconds)),
                "{row}, after {seconds} s"
            );
        }
    }
}

#[test]
fn security_63_a_row_from_the_future_is_due_and_its_token_is_not_handed_out() {
    let earlier = at(0).before(HOUR);
    let mut connection = connection();
    connection.look_over(at(10));
    assert_eq!(connection.due_at, Some(at(2160)), "an ordinary start");

    connection.look_over(earlier);
    assert_eq!(connection.due_at, Some(earlier));
    assert!(!connection.has_usable_token(earlier));

    let mut ended = connection.clone();
    ended.due_at = None;
    ended.condition = Condition::NeedsSignIn {
        problem: ErrorCode::GrantEnded.into(),
    };
    ended.look_over(earlier);
    assert_eq!(ended.due_at, None, "an ended grant asks for nothing");

    let mut single = with_token(lives(HOUR, false), false, 0);
    single.look_over(earlier);
    assert!(single.has_usable_token(earlier), "a 401 tells its end");
    assert_eq!(single.due_at, Some(at(3600)));
}

#[test]
fn security_63_a_row_from_the_future_is_due_as_soon_as_the_keychain_answers_again() {
    let earlier = at(0).before(HOUR);
    let mut connection = connection();
    connection.look_over(earlier);
    connection.apply(Event::RenewalWanted(Wanted::ByTimer), earlier);
    let locked = Event::SecretsUnreadable(ErrorCode::KeychainLocked.into(), draw());
    connection.apply(locked, earlier);

    connection.apply(Event::KeychainBack, earlier);

    assert_eq!(connection.condition, Condition::Active);
    assert_eq!(connection.due_at, Some(earlier));
}

#[test]
fn security_63_what_was_due_without_a_network_is_due_after_a_start_whatever_the_clock_says() {
    let offline = |at| Condition::Waiting {
        problem: ErrorCode::Offline.into(),
        next_try_at: at,
    };
    let mut connection = connection();
    connection.due_at = Some(at(9_000));
    connection.condition = offline(at(9_000));
    let mut later = connection.clone();
    later.look_over(at(9_001));
    assert_eq!(later, connection, "without a jump it is due already");

    // The token was obtained before this, and is long over: nothing but the wait is in the future.
    let earlier = at(9_000).before(Duration::from_secs(5_000));
    connection.look_over(earlier);
    assert_eq!(connection.due_at, Some(earlier));
    assert_eq!(connection.condition, offline(earlier));
}

#[test]
fn security_63_a_wait_begun_in_the_future_begins_at_the_start() {
    let mut connection = connection();
    connection.failures = 4;
    connection.tried_at = Some(at(2200));
    connection.due_at = Some(at(2240));
    connection.condition = Condition::Waiting {
        problem: ErrorCode::ProviderError.into(),
        next_try_at: at(2240),
    };
    let mut later = connection.clone();
    later.look_over(at(2210));
    assert_eq!(later, connection, "without a jump the wait is what it was");

    let earlier = at(0).before(10 * YEAR);
    connection.look_over(earlier);
    let next = earlier.after(Duration::from_secs(40));
    assert_eq!(connection.tried_at, Some(earlier));
    assert_eq!(connection.due_at, Some(next));
    assert!(
        matches!(connection.condition, Condition::Waiting { next_try_at, .. } if next_try_at == next)
    );
}

#[test]
fn security_63_an_answer_from_the_future_lives_from_now() {
    let mut connection = renewing();
    let now = at(2165).before(YEAR);
    connection.apply(Event::Renewed(obtained(2, 2160), draw()), now);
    assert_eq!(connection.life.obtained_at, now);
    assert_eq!(connection.life.renewed_at, Some(now));
    assert_eq!(
        connection.due_at,
        Some(now.after(Duration::from_secs(2160)))
    );
    assert!(connection.has_usable_token(now));
    assert!(!connection.has_usable_token(now.after(HOUR)));
}
