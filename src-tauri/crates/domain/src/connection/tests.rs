//! Every transition that matters, and the properties that hold over all of them.

mod clock;
mod offline;

use super::*;
use proptest::prelude::*;

const HOUR: Duration = Duration::from_secs(3600);

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(1_780_000_000_000).after(Duration::from_secs(seconds))
}

fn draw() -> Draw {
    Draw::from_bits(0)
}

fn obtained(generation: u64, seconds: u64) -> Obtained {
    Obtained {
        generation,
        obtained_at: at(seconds),
        expiry: Expiry::At {
            at: at(seconds).after(HOUR),
            lifetime: HOUR,
            assumed: false,
        },
        renewable: true,
        grant_end: None,
        granted: None,
        saved: Ok(()),
    }
}

fn connection() -> Connection {
    let id = ConnectionId::new(at(0), [1; 10]);
    let slug = ProviderSlug::parse("mio").unwrap();
    Connection::connected(
        id,
        slug,
        AccountHint::default(),
        1,
        Scopes::parse("a b"),
        &obtained(1, 0),
        draw(),
    )
}

fn failure(class: Class, code: ErrorCode) -> Failure {
    Failure::new(class, code.into())
}

fn renewing() -> Connection {
    let mut connection = connection();
    assert_eq!(
        connection.apply(Event::RenewalWanted(Wanted::ByTimer), at(2160)),
        [Effect::Publish, Effect::Renew]
    );
    connection
}

#[test]
fn a_new_connection_is_active_and_due_at_60_percent_at_the_earliest() {
    let connection = connection();
    assert_eq!(connection.condition, Condition::Active);
    assert_eq!(connection.due_at, Some(at(2160)));
    assert_eq!(
        connection.grant.granted.to_string(),
        "a b",
        "security_44: absent means as asked"
    );
}

#[test]
fn security_57_a_renewal_under_way_is_joined_by_everybody() {
    let mut connection = renewing();
    for wanted in [
        Wanted::ByTimer,
        Wanted::ByUser,
        Wanted::ByChange,
        Wanted::ByTool,
        Wanted::ByRejection { generation: 1 },
    ] {
        assert_eq!(
            connection.apply(Event::RenewalWanted(wanted), at(2161)),
            [],
            "{wanted:?}"
        );
    }
}

#[test]
fn a_renewal_sets_the_new_life_and_forgets_the_failures() {
    let mut connection = renewing();
    connection.failures = 3;
    let effects = connection.apply(Event::Renewed(obtained(2, 2160), draw()), at(2161));
    assert_eq!(effects, [Effect::SaveRow, Effect::Publish]);
    assert_eq!((connection.life.generation, connection.failures), (2, 0));
    assert_eq!(connection.life.renewed_at, Some(at(2160)));
    assert_eq!(connection.due_at, Some(at(4320)));
}

#[test]
fn the_first_failure_is_quiet_while_the_token_works_and_the_second_is_shown() {
    let mut connection = renewing();
    let transient = || failure(Class::Transient, ErrorCode::ProviderUnreachable);
    connection.apply(Event::RenewalFailed(transient(), draw()), at(2161));
    assert_eq!(connection.condition, Condition::Active);
    assert_eq!(
        connection.due_at,
        Some(at(2161).after(Duration::from_millis(2500)))
    );
    connection.apply(Event::RenewalWanted(Wanted::ByTimer), at(2164));
    connection.apply(Event::RenewalFailed(transient(), draw()), at(2165));
    assert_eq!(
        connection.condition,
        Condition::Waiting {
            problem: ErrorCode::ProviderUnreachable.into(),
            next_try_at: at(2170)
        }
    );
}

#[test]
fn a_failure_with_a_dead_token_is_shown_at_once() {
    let mut connection = connection();
    connection.apply(Event::RenewalWanted(Wanted::ByTimer), at(4000));
    connection.apply(
        Event::RenewalFailed(
            failure(Class::Transient, ErrorCode::ProviderUnreachable),
            draw(),
        ),
        at(4001),
    );
    assert!(matches!(connection.condition, Condition::Waiting { .. }));
}

#[test]
fn security_60_a_failure_whose_rest_outlasts_the_token_is_shown_at_once() {
    // The token of an hour may be handed out until 30 s before its end.
    for (row, rest, shown) in [
        ("the next try comes before its end", 1_400, false),
        ("and after its end", 1_410, true),
    ] {
        let mut connection = renewing();
        let mut overloaded = failure(Class::Transient, ErrorCode::ProviderOverloaded);
        overloaded.retry_after = Some(Duration::from_secs(rest));
        connection.apply(Event::RenewalFailed(overloaded, draw()), at(2160));
        assert_eq!(connection.due_at, Some(at(2160 + rest)), "{row}");
        let waits = matches!(connection.condition, Condition::Waiting { .. });
        assert_eq!(waits, shown, "{row}: {:?}", connection.condition);
    }
}

#[test]
fn security_61_an_ended_grant_needs_the_user_and_stops_the_timer() {
    let mut connection = renewing();
    connection.apply(
        Event::RenewalFailed(failure(Class::Reauthorize, ErrorCode::GrantEnded), draw()),
        at(2161),
    );
    assert!(matches!(
        connection.condition,
        Condition::NeedsSignIn { .. }
    ));
    assert_eq!(connection.due_at, None);
    assert!(!connection.has_usable_token(at(2161)));
    assert_eq!(
        connection.apply(Event::RenewalWanted(Wanted::ByUser), at(2162)),
        []
    );
    let epoch = connection.epoch;
    connection.apply(
        Event::SignedInAgain(obtained(2, 3000), Scopes::parse("a"), draw()),
        at(3000),
    );
    assert_eq!(connection.condition, Condition::Active);
    assert!(connection.epoch > epoch);
}

#[test]
fn security_50_a_wrong_set_up_is_shown_at_once_and_tried_rarely() {
    let mut connection = renewing();
    connection.apply(
        Event::RenewalFailed(
            failure(Class::Misconfigured, ErrorCode::ClientMisconfigured),
            draw(),
        ),
        at(2161),
    );
    assert_eq!(
        connection.condition,
        Condition::Waiting {
            problem: ErrorCode::ClientMisconfigured.into(),
            next_try_at: at(2161 + 900)
        }
    );
}

#[test]
fn security_63_a_rejected_token_is_renewed_once_and_an_older_rejection_is_ignored() {
    let mut connection = connection();
    assert_eq!(
        connection.apply(
            Event::RenewalWanted(Wanted::ByRejection { generation: 0 }),
            at(5)
        ),
        []
    );
    assert_eq!(
        connection.apply(
            Event::RenewalWanted(Wanted::ByRejection { generation: 1 }),
            at(5)
        ),
        [Effect::Publish, Effect::Renew]
    );
}

#[test]
fn security_107_unsaved_credentials_are_saved_before_anything_new_is_asked_for() {
    let mut connection = renewing();
    let unsaved = Obtained {
        saved: Err(ErrorCode::KeychainLocked.into()),
        ..obtained(2, 2160)
    };
    assert_eq!(
        connection.apply(Event::Renewed(unsaved, draw()), at(2161)),
        [Effect::Publish]
    );
    assert!(matches!(
        connection.condition,
        Condition::Keychain { unsaved: true, .. }
    ));
    assert!(
        connection.has_usable_token(at(2161)),
        "the new token works from memory"
    );
    for wanted in [Wanted::ByTimer, Wanted::ByUser, Wanted::ByTool] {
        assert_eq!(
            connection.apply(Event::RenewalWanted(wanted), at(2162)),
            [Effect::SaveSecrets]
        );
    }
    assert_eq!(
        connection.apply(Event::KeychainBack, at(2163)),
        [Effect::SaveSecrets]
    );
    assert_eq!(
        connection.apply(Event::SecretsSaved, at(2164)),
        [Effect::SaveRow, Effect::Publish]
    );
    assert_eq!(connection.condition, Condition::Active);
    assert_eq!(connection.life.generation, 2);
}

#[test]
fn security_59_the_user_tries_earlier_than_the_backoff_and_every_30_s_at_most() {
    let mut connection = connection();
    let refused = || {
        let refused = failure(Class::Transient, ErrorCode::ProviderOverloaded);
        let retry_after = Some(HOUR / 6);
        Event::RenewalFailed(
            Failure {
                retry_after,
                ..refused
            },
            draw(),
        )
    };
    let asks = [Effect::Publish, Effect::Renew];
    let by_user = Event::RenewalWanted(Wanted::ByUser);
    assert_eq!(connection.apply(by_user.clone(), at(10)), asks);
    connection.apply(refused(), at(11));
    // One failure is nobody's business, and the button says nothing of a wait.
    assert_eq!(connection.apply(by_user.clone(), at(12)), asks);
    connection.apply(refused(), at(13));
    let next_try = |connection: &Connection| {
        let Condition::Waiting { next_try_at, .. } = connection.condition else {
            panic!("{:?}", connection.condition);
        };
        next_try_at
    };
    assert_eq!(next_try(&connection), at(613));

    for second in [13, 20, 41] {
        let effects = connection.apply(by_user.clone(), at(second));
        assert_eq!(effects, [Effect::Publish], "{second}");
        assert_eq!(next_try(&connection), at(42), "30 s after the last try");
        assert_eq!(connection.due_at, Some(at(42)));
    }
    let by_change = Event::RenewalWanted(Wanted::ByChange);
    assert_eq!(connection.clone().apply(by_change, at(20)), asks);
    assert_eq!(connection.apply(by_user.clone(), at(42)), asks);

    // A try that comes sooner anyway stays where it is.
    connection.apply(refused(), at(43));
    connection.due_at = Some(at(50));
    connection.apply(by_user, at(44));
    assert_eq!(next_try(&connection), at(50));
}

#[test]
fn security_59_a_tool_or_a_401_tries_every_30_s_at_most_while_the_last_try_failed() {
    let overloaded = || {
        let failure = failure(Class::Transient, ErrorCode::ProviderOverloaded);
        Event::RenewalFailed(failure, draw())
    };
    let unreadable = || Event::SecretsUnreadable(ErrorCode::KeychainLocked.into(), draw());
    for wanted in [Wanted::ByTool, Wanted::ByRejection { generation: 1 }] {
        for failed in [overloaded(), unreadable()] {
            let row = format!("{wanted:?} {failed:?}");
            let mut connection = connection();
            connection.apply(Event::RenewalWanted(Wanted::ByTimer), at(4000));
            connection.apply(failed, at(4001));
            let early = connection.apply(Event::RenewalWanted(wanted), at(4029));
            assert_eq!(early, [], "{row}");
            let effects = connection.apply(Event::RenewalWanted(wanted), at(4030));
            assert_eq!(effects, [Effect::Publish, Effect::Renew], "{row}");
        }
    }
}

#[test]
fn security_59_a_user_who_was_offline_need_not_wait() {
    let mut connection = connection();
    connection.apply(Event::RenewalWanted(Wanted::ByUser), at(4000));
    connection.apply(Event::NoNetwork { asked: true }, at(4001));
    assert!(matches!(connection.condition, Condition::Waiting { .. }));
    let effects = connection.apply(Event::RenewalWanted(Wanted::ByUser), at(4002));
    assert_eq!(effects, [Effect::Publish, Effect::Renew]);
}

#[test]
fn a_try_of_the_keychain_is_no_renewal_unless_somebody_asks_for_one() {
    for (code, wanted, effects) in [
        (
            ErrorCode::KeychainTimedOut,
            Wanted::ByTimer,
            vec![Effect::LookAtKeychain],
        ),
        (
            ErrorCode::KeychainLocked,
            Wanted::ByTimer,
            vec![Effect::LookAtKeychain],
        ),
        (
            ErrorCode::KeychainMissing,
            Wanted::ByTimer,
            vec![Effect::LookAtKeychain],
        ),
        (
            ErrorCode::KeychainTimedOut,
            Wanted::ByUser,
            vec![Effect::Publish, Effect::Renew],
        ),
        // That it is there says nothing of an item that can't be read.
        (
            ErrorCode::KeychainFailed,
            Wanted::ByTimer,
            vec![Effect::Publish, Effect::Renew],
        ),
    ] {
        let mut connection = connection();
        connection.apply(Event::SecretsUnreadable(code.into(), draw()), at(5));
        let condition = connection.condition.clone();
        let due_at = connection.due_at.unwrap();
        let row = format!("{code:?} {wanted:?}");
        assert_eq!(
            connection.apply(Event::RenewalWanted(wanted), due_at),
            effects,
            "{row}"
        );
        let looks = effects == [Effect::LookAtKeychain];
        assert_eq!(connection.condition == condition, looks, "{row}");
        let next = connection.due_at.map(|next| next.since(due_at));
        // The second wait of the backoff is 10 s: half of it fixed, and half of the rest.
        let wait = looks.then(|| Duration::from_millis(7_499));
        assert_eq!(next, wait, "{row}: it is tried again");
    }
}

#[test]
fn a_locked_keychain_is_waited_out_and_a_missing_item_needs_the_user() {
    let mut connection = renewing();
    connection.apply(
        Event::SecretsUnreadable(ErrorCode::KeychainLocked.into(), draw()),
        at(2161),
    );
    assert!(matches!(
        connection.condition,
        Condition::Keychain { unsaved: false, .. }
    ));
    assert!(connection.due_at.is_some());
    connection.apply(Event::KeychainBack, at(2170));
    assert_eq!(connection.condition, Condition::Active);
    // Three quarters of its hour: nobody drew lots.
    let due_at = connection.due_at.unwrap();
    assert_eq!(at(2700).since(due_at).as_secs(), 0, "{due_at:?}");
    connection.apply(Event::RenewalWanted(Wanted::ByTimer), at(2700));
    connection.apply(
        Event::SecretsUnreadable(ErrorCode::SecretMissing.into(), draw()),
        at(2701),
    );
    assert!(matches!(
        connection.condition,
        Condition::NeedsSignIn { .. }
    ));
}

#[test]
fn security_72_nothing_is_handed_out_from_the_first_instant_of_a_revocation() {
    let mut connection = connection();
    assert_eq!(
        connection.apply(Event::RevokeRequested, at(5)),
        [Effect::Publish]
    );
    assert!(!connection.has_usable_token(at(5)));
    assert_eq!(
        connection.apply(Event::Renewed(obtained(2, 5), draw()), at(6)),
        []
    );
    assert_eq!(
        connection.apply(Event::RenewalWanted(Wanted::ByUser), at(6)),
        []
    );
    assert_eq!(connection.life.generation, 1);
}

#[test]
fn a_token_without_refresh_token_ends_in_a_new_sign_in() {
    let id = ConnectionId::new(at(0), [1; 10]);
    let facts = Obtained {
        renewable: false,
        ..obtained(1, 0)
    };
    let slug = ProviderSlug::parse("mio").unwrap();
    let mut connection = Connection::connected(
        id,
        slug,
        AccountHint::default(),
        1,
        Scopes::default(),
        &facts,
        draw(),
    );
    assert_eq!(connection.due_at, Some(at(3600)));
    let early = connection.apply(Event::RenewalWanted(Wanted::ByUser), at(3000));
    assert_eq!(early, [], "a wish doesn't cost what works");
    assert_eq!(connection.due_at, Some(at(3600)));
    for (wanted, seconds) in [
        (Wanted::ByUser, 3600),
        (Wanted::ByTimer, 3600),
        (Wanted::ByRejection { generation: 1 }, 10),
    ] {
        let mut connection = connection.clone();
        connection.apply(Event::RenewalWanted(wanted), at(seconds));
        let over = matches!(connection.condition, Condition::NeedsSignIn { .. });
        assert!(over, "{wanted:?}");
    }
}

#[test]
fn security_58_a_token_without_a_life_is_not_handed_out_at_its_first_moment() {
    let mut connection = connection();
    connection.life.renewable = false;
    connection.life.expiry = Expiry::At {
        at: at(0),
        lifetime: Duration::ZERO,
        assumed: false,
    };
    assert!(!connection.has_usable_token(at(0)));
}

fn any_event() -> impl Strategy<Value = Event> {
    let problem = prop_oneof![
        Just(Problem::from(ErrorCode::KeychainLocked)),
        Just(ErrorCode::KeychainTimedOut.into()),
        Just(ErrorCode::KeychainMissing.into()),
    ];
    let class = prop_oneof![
        Just(Class::Transient),
        Just(Class::Protocol),
        Just(Class::Misconfigured)
    ];
    prop_oneof![
        Just(Event::RenewalWanted(Wanted::ByTimer)),
        Just(Event::RenewalWanted(Wanted::ByUser)),
        Just(Event::RenewalWanted(Wanted::ByTool)),
        Just(Event::KeychainBack),
        any::<bool>().prop_map(|asked| Event::NoNetwork { asked }),
        (
            any::<u64>(),
            any::<u32>(),
            proptest::option::of(problem.clone())
        )
            .prop_map(|(generation, bits, problem)| {
                let saved = problem.map_or(Ok(()), Err);
                Event::Renewed(
                    Obtained {
                        saved,
                        ..obtained(generation, 10)
                    },
                    Draw::from_bits(bits),
                )
            }),
        (class, any::<u32>()).prop_map(|(class, bits)| {
            Event::RenewalFailed(
                failure(class, ErrorCode::ProviderUnreachable),
                Draw::from_bits(bits),
            )
        }),
        (problem.clone(), any::<u32>())
            .prop_map(|(problem, bits)| Event::SecretsUnreadable(problem, Draw::from_bits(bits))),
        (problem, any::<u32>())
            .prop_map(|(problem, bits)| Event::SecretsStillUnsaved(problem, Draw::from_bits(bits))),
    ]
}

proptest! {
    #[test]
    fn security_62_without_an_ended_grant_a_connection_always_has_a_next_step(
        events in proptest::collection::vec(any_event(), 1..60)
    ) {
        let mut connection = connection();
        for (step, event) in events.into_iter().enumerate() {
            let effects = connection.apply(event.clone(), at(100 + step as u64));
            let working = connection.condition == Condition::Renewing || effects.contains(&Effect::SaveSecrets);
            let saving = matches!(connection.condition, Condition::Keychain { unsaved: true, .. });
            let ended = matches!(connection.condition, Condition::NeedsSignIn { .. } | Condition::Revoking);
            prop_assert!(!ended);
            prop_assert!(connection.due_at.is_some() || working || saving, "{:?} after {:?}", connection, event);
        }
    }
}

#[test]
fn only_what_the_user_alone_can_mend_counts_as_a_need() {
    let waiting = |code: ErrorCode| Condition::Waiting {
        problem: code.into(),
        next_try_at: at(9),
    };
    let needs_sign_in = Condition::NeedsSignIn {
        problem: ErrorCode::GrantEnded.into(),
    };
    let keychain = Condition::Keychain {
        problem: ErrorCode::KeychainLocked.into(),
        unsaved: true,
    };
    let rows = [
        (Condition::Active, None),
        (Condition::Renewing, None),
        (Condition::Revoking, None),
        (needs_sign_in, Some(Need::SignIn)),
        (keychain, None),
        (waiting(ErrorCode::ProviderUnreachable), None),
        (waiting(ErrorCode::ProviderOverloaded), None),
        (waiting(ErrorCode::ClientMisconfigured), Some(Need::SetUp)),
        (waiting(ErrorCode::ClientNotSetUp), Some(Need::SetUp)),
        (waiting(ErrorCode::RequestRejected), Some(Need::SetUp)),
        (waiting(ErrorCode::ScopeRejected), Some(Need::SetUp)),
    ];
    for (condition, expected) in rows {
        let row = format!("{condition:?}");
        let connection = Connection {
            condition,
            ..connection()
        };
        assert_eq!(connection.needs(), expected, "{row}");
    }
}
