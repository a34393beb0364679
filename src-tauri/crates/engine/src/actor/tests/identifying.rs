//! Whose account a sign-in has led to: what is asked before anything is saved, and what each
//! answer comes to (SECURITY 20, 31, 33).

use super::MINUTE;
use crate::Ending;
use crate::testing::{World, fault, sandbox_provider};
use keyfob_domain::authorization::{Choice, Evidence, Question, Step};
use keyfob_domain::connection::Condition;
use keyfob_domain::error::ErrorCode;
use keyfob_domain::id::ConnectionId;
use keyfob_domain::provider::IdTokenUse;
use keyfob_domain::summary::{Content, Meeting, Meetings};

fn asks(question: Question) -> Step {
    Step::Asking(question)
}

fn is_this_ada() -> Step {
    asks(Question::IsThisYou {
        found: Some("ada@mio.example".to_owned()),
    })
}

/// How many connections the keychain and the database have.
fn kept(world: &World) -> (usize, usize) {
    let names = world.keychain.names();
    let items = names.iter().filter(|name| name.ends_with("/tokens"));
    (items.count(), world.rows.count())
}

/// A world where Ada is connected under a name of her own.
async fn with_ada() -> (World, ConnectionId) {
    let mut world = World::start().await;
    world.provider.sign_in_as("ada");
    let id = world.connect().await;
    let name = Some("Work".to_owned());
    world.engine.rename(id, name).await.unwrap();
    world.settle().await;
    (world, id)
}

#[tokio::test]
async fn security_20_a_code_without_state_is_kept_only_after_the_user_has_confirmed_the_account() {
    let mut world = World::start().await;
    world.provider.sign_in_as("ada");
    let attempt = world.sign_in(None, false).await;
    assert_eq!(*world.step(attempt), is_this_ada());
    assert_eq!(kept(&world), (0, 0), "before anything is saved");

    world.choose(attempt, Choice::Take).await;
    let Step::Connected(id) = *world.step(attempt) else {
        panic!("{:?}", world.step(attempt));
    };
    assert_eq!(kept(&world), (1, 1));
    assert_eq!(world.keychain.stored(id), Some((1, "rt-1".to_owned())));
    let label = world.connection(id).account.label.as_deref();
    assert_eq!(label, Some("ada@mio.example"));
}

#[tokio::test]
async fn security_20_whatever_is_not_a_yes_leaves_nothing() {
    for row in [
        "declined",
        "cancelled",
        "dismissed",
        "nobody answers",
        "Keyfob ends",
    ] {
        let mut world = World::start().await;
        world.provider.sign_in_as("ada");
        let attempt = world.sign_in(None, false).await;
        assert_eq!(*world.step(attempt), is_this_ada(), "{row}");
        let expected = match row {
            "declined" => {
                world.choose(attempt, Choice::Decline).await;
                Step::Cancelled
            }
            "cancelled" => {
                world.engine.cancel_attempt(attempt).await.unwrap();
                Step::Cancelled
            }
            "dismissed" => {
                world.engine.dismiss_attempt(attempt).await.unwrap();
                Step::Cancelled
            }
            "nobody answers" => {
                world.pass(MINUTE * 9).await;
                assert_eq!(*world.step(attempt), is_this_ada(), "{row}");
                world.pass(MINUTE).await;
                Step::Failed(ErrorCode::AttemptExpired.into())
            }
            _ => {
                world.engine.shut_down().await;
                world.crash_and_restart().await;
                assert_eq!(kept(&world), (0, 0), "{row}");
                continue;
            }
        };
        world.settle().await;
        assert_eq!(*world.step(attempt), expected, "{row}");
        assert_eq!(kept(&world), (0, 0), "{row}");
        let late = world.engine.answer_question(attempt, Choice::Take).await;
        assert_eq!(late.unwrap_err().code, ErrorCode::AttemptUnknown, "{row}");
        assert_eq!(world.posts().len(), 1, "{row}");
    }
}

#[tokio::test]
async fn declined_credentials_are_ended_where_the_provider_can_end_them() {
    let mut provider = sandbox_provider();
    let endpoint = url::Url::parse("http://127.0.0.1:9/revoke").unwrap();
    provider.revocation_endpoint = Some(endpoint);
    let mut world = World::with(vec![provider]).await;
    let attempt = world.sign_in(None, false).await;
    assert_eq!(
        *world.step(attempt),
        asks(Question::IsThisYou { found: None })
    );
    world.choose(attempt, Choice::Decline).await;
    assert_eq!(world.log.of("REVOKE"), ["REVOKE rt-1", "REVOKE at-1"]);
}

#[tokio::test]
async fn security_20_a_denial_without_state_ends_the_attempt() {
    let mut world = World::start().await;
    let (attempt, _) = world.begin(super::MIO).await;
    world.settle().await;
    assert!(world.deliver(super::MIO, "error=access_denied").await);
    world.settle().await;
    let step = world.step(attempt);
    assert!(
        matches!(step, Step::Failed(problem) if problem.code == ErrorCode::AccessDenied),
        "{step:?}"
    );
    assert_eq!(world.posts(), Vec::<String>::new());
}

#[tokio::test]
async fn security_33_another_account_is_asked_about_and_each_answer_does_what_it_says() {
    let question = Question::OtherAccount {
        found: Some("grace@mio.example".to_owned()),
        by: Evidence::Subject,
    };
    for choice in [Choice::Decline, Choice::Take, Choice::Separately] {
        let (mut world, id) = with_ada().await;
        world.provider.sign_in_as("grace");
        let attempt = world.sign_in(Some(id), true).await;
        assert_eq!(*world.step(attempt), asks(question.clone()), "{choice:?}");
        assert_eq!(world.keychain.stored(id), Some((1, "rt-1".to_owned())));

        world.choose(attempt, choice).await;
        let label = |id| world.connection(id).account.label.clone().unwrap();
        assert_eq!(world.connection(id).name.as_deref(), Some("Work"));
        match choice {
            Choice::Decline => {
                assert_eq!(*world.step(attempt), Step::Cancelled);
                assert_eq!(world.keychain.stored(id), Some((1, "rt-1".to_owned())));
                assert_eq!(
                    (label(id), kept(&world)),
                    ("ada@mio.example".into(), (1, 1))
                );
            }
            Choice::Take => {
                assert_eq!(*world.step(attempt), Step::Connected(id));
                assert_eq!(world.keychain.stored(id), Some((2, "rt-2".to_owned())));
                assert_eq!(
                    (label(id), kept(&world)),
                    ("grace@mio.example".into(), (1, 1))
                );
            }
            Choice::Separately => {
                let Step::Connected(new) = *world.step(attempt) else {
                    panic!("{:?}", world.step(attempt));
                };
                assert_ne!(new, id);
                assert_eq!(world.keychain.stored(id), Some((1, "rt-1".to_owned())));
                assert_eq!(world.keychain.stored(new), Some((1, "rt-2".to_owned())));
                assert_eq!(label(new), "grace@mio.example");
                assert_eq!(world.connection(new).ordinal, 2);
            }
        }
    }
}

#[tokio::test]
async fn security_117_the_former_accounts_summary_goes_with_the_account() {
    let (mut world, id) = with_ada().await;
    assert!(world.overview(id).summary.last.is_some());
    world.provider.sign_in_as("grace");
    let attempt = world.sign_in(Some(id), true).await;
    world.context.summary_gate.shut();
    world.choose(attempt, Choice::Take).await;
    assert!(world.overview(id).summary.last.is_none());
    let stored = world.rows.row(id).unwrap().summary;
    assert_eq!(
        stored.map(|summary| summary.content),
        Some(Content::Nothing)
    );
}

#[tokio::test]
async fn security_117_a_summary_that_was_being_read_for_the_former_account_is_dropped() {
    let (mut world, id) = with_ada().await;
    world.provider.sign_in_as("grace");
    let attempt = world.sign_in(Some(id), true).await;
    let of = |name: &str| Ok(Content::Text(format!("What {name} works on.")));
    world.context.next_summary(of("Ada"));
    world.context.summary_gate.shut();
    world.engine.reload_summary(id).await.unwrap();
    world.context.summary_gate.reached_by(1).await;
    world.context.next_summary(of("Grace"));
    world.choose(attempt, Choice::Take).await;
    world.context.summary_gate.let_through();
    world.settle().await;
    let read = world.log.of("SUMMARY");
    assert_eq!(read, ["SUMMARY at-1", "SUMMARY at-1", "SUMMARY at-2"]);
    let content = |id| world.overview(id).summary.last.clone().unwrap().content;
    assert_eq!(content(id), of("Grace").unwrap());
    assert_eq!(
        world.rows.row(id).unwrap().summary.unwrap().content,
        content(id)
    );
}

#[tokio::test]
async fn the_same_account_again_is_recognised_and_updated_or_kept_twice() {
    for choice in [Choice::Decline, Choice::Take, Choice::Separately] {
        let (mut world, id) = with_ada().await;
        let attempt = world.sign_in(None, true).await;
        let question = Question::AlreadyConnected {
            connection: id,
            found: Some("ada@mio.example".to_owned()),
            by: Evidence::Subject,
        };
        assert_eq!(*world.step(attempt), asks(question), "{choice:?}");
        world.choose(attempt, choice).await;
        let expected = match choice {
            Choice::Decline => ((1, 1), Some((1, "rt-1".to_owned()))),
            Choice::Take => ((1, 1), Some((2, "rt-2".to_owned()))),
            Choice::Separately => ((2, 2), Some((1, "rt-1".to_owned()))),
        };
        let seen = (kept(&world), world.keychain.stored(id));
        assert_eq!(seen, expected, "{choice:?}");
        assert_eq!(world.connection(id).name.as_deref(), Some("Work"));
    }
}

#[tokio::test]
async fn the_right_account_is_signed_in_again_without_a_question() {
    let (mut world, id) = with_ada().await;
    assert_eq!(world.connect_for(Some(id)).await, id);
    assert_eq!(*world.condition(id), Condition::Active);
    assert_eq!(
        world.log.of("HINT"),
        Vec::<String>::new(),
        "the sub says it"
    );
}

#[tokio::test]
async fn security_31_a_connection_revoked_during_the_question_gets_nothing() {
    let (mut world, id) = with_ada().await;
    world.provider.sign_in_as("grace");
    let attempt = world.sign_in(Some(id), true).await;
    world.engine.revoke(id, Ending::HereOnly).await.unwrap();
    world.choose(attempt, Choice::Take).await;
    let step = world.step(attempt);
    assert!(
        matches!(step, Step::Failed(problem) if problem.code == ErrorCode::ConnectionUnknown),
        "{step:?}"
    );
    assert_eq!(kept(&world), (0, 0));
}

/// A provider that names no account, where a colleague's meetings suggest one.
async fn with_host(host: &str) -> (World, ConnectionId) {
    let mut provider = sandbox_provider();
    provider.id_token = IdTokenUse::Ignore;
    let mut world = World::with(vec![provider]).await;
    let meetings = Meetings {
        latest: vec![Meeting::default()],
        host: Some(host.to_owned()),
        ..Meetings::default()
    };
    world.context.next_summary(Ok(Content::meetings(meetings)));
    let id = world.connect().await;
    assert_eq!(
        world.log.of("HINT"),
        Vec::<String>::new(),
        "nothing to compare with"
    );
    (world, id)
}

#[tokio::test]
async fn a_guess_is_compared_only_where_nothing_better_is_known() {
    let rows = [
        ("the same", Ok(Some("Ada@Byron.example")), true, None),
        (
            "the same, as a new account",
            Ok(Some("ada@byron.example")),
            false,
            Some("already"),
        ),
        (
            "another",
            Ok(Some("grace@byron.example")),
            true,
            Some("other"),
        ),
        (
            "another, as a new account",
            Ok(Some("grace@byron.example")),
            false,
            None,
        ),
        ("no hint", Ok(None), true, None),
        ("no hint, as a new account", Ok(None), false, None),
        ("no answer", Err(fault(false)), true, None),
    ];
    for (row, hint, again, expected) in rows {
        let (mut world, id) = with_host("ada@byron.example").await;
        world.context.next_hint(hint);
        let attempt = world.sign_in(again.then_some(id), true).await;
        assert_eq!(world.log.of("HINT"), ["HINT at-2"], "{row}");
        let step = world.step(attempt);
        let seen = match step {
            Step::Asking(Question::AlreadyConnected { by, .. }) => Some(("already", *by)),
            Step::Asking(Question::OtherAccount { by, .. }) => Some(("other", *by)),
            Step::Asking(Question::IsThisYou { .. })
            | Step::Opening
            | Step::Waiting { .. }
            | Step::Confirming
            | Step::Saving
            | Step::Connected(_)
            | Step::Failed(_)
            | Step::Cancelled => None,
        };
        assert_eq!(seen, expected.map(|kind| (kind, Evidence::Guess)), "{row}");
        let connected = matches!(step, Step::Connected(_));
        assert_eq!(connected, expected.is_none(), "{row}: {step:?}");
    }
}
