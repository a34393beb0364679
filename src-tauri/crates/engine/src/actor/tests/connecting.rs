//! From *Connect* to the connection (SECURITY 10, 21, 22, 51).

use super::{MINUTE, MIO};
use crate::testing::{Wire, World, fault, refused, sandbox_provider, slug};
use keyfob_domain::authorization::Step;
use keyfob_domain::connection::Condition;
use keyfob_domain::error::ErrorCode;
use keyfob_domain::failure::Fault;
use keyfob_domain::provider::Pkce;
use keyfob_domain::summary::Content;
use std::sync::atomic::Ordering;
use std::time::Duration;

fn complaint(status: u16, error: Option<&str>, detail: &str) -> Fault {
    Fault::Refused {
        status,
        error: error.map(keyfob_domain::failure::OauthError::parse),
        detail: Some(detail.to_owned()),
        retry_after: None,
    }
}

#[tokio::test]
async fn an_account_is_connected_and_its_summary_read() {
    let mut world = World::start().await;
    let id = world.connect().await;

    assert_eq!(*world.condition(id), Condition::Active);
    assert_eq!(world.keychain.stored(id), Some((1, "rt-1".to_owned())));
    let row = world.rows.row(id).unwrap();
    assert_eq!(
        (row.connection.life.generation, row.interrupted),
        (1, false)
    );
    assert_eq!(row.recorded.client_id, "client-of-mio-sandbox");
    let summary = world.overview(id).summary.last.clone().unwrap();
    assert_eq!(
        summary.content,
        Content::Text("What Ada works on.".to_owned())
    );
    assert_eq!(
        world.log.lines(),
        [
            "POST /mio/v1/auth/oauth2/token code-1",
            "KEYCHAIN tokens ok",
            "ROW generation 1",
            "SUMMARY at-1",
        ],
    );
    let opened = world.browser.opened();
    assert_eq!(opened.len(), 1, "one page was opened: {opened:?}");
    assert!(opened[0].as_str().contains("code_challenge_method=S256"));
}

#[tokio::test]
async fn security_25_a_user_who_says_no_ends_the_attempt_and_nothing_is_asked_for() {
    let mut world = World::start().await;
    let (attempt, state) = world.begin(MIO).await;
    let query = format!("error=access_denied&error_description=Ada%20said%20no&state={state}");
    assert!(world.deliver(MIO, &query).await, "it is the answer");
    world.settle().await;
    let Step::Failed(problem) = world.step(attempt) else {
        panic!("{:?}", world.step(attempt));
    };
    assert_eq!(
        problem.to_string(),
        "access_denied: access_denied: Ada said no"
    );
    assert_eq!(world.posts(), Vec::<String>::new());
}

#[tokio::test]
async fn a_sign_in_that_can_t_succeed_opens_no_browser() {
    let mut world = World::start().await;
    let unknown = world
        .engine
        .connect(slug("nobody"), None)
        .await
        .unwrap_err();
    assert_eq!(unknown.code, ErrorCode::ProviderUnknown);

    world.keychain.fails_with(Some(ErrorCode::KeychainLocked));
    let locked = world.engine.connect(slug(MIO), None).await.unwrap_err();
    assert_eq!(locked.code, ErrorCode::KeychainLocked);
    world.keychain.fails_with(None);

    let name = crate::ports::SecretName::of_client(&slug(MIO));
    world.keychain.take(&name).unwrap();
    let not_set_up = world.engine.connect(slug(MIO), None).await.unwrap_err();
    assert_eq!(not_set_up.code, ErrorCode::ClientNotSetUp);
    world.settle().await;
    assert!(world.browser.opened().is_empty());
}

#[tokio::test]
async fn a_browser_that_does_not_start_fails_the_attempt() {
    let mut world = World::start().await;
    world.browser.is_missing.store(true, Ordering::Relaxed);
    let attempt = world.engine.connect(slug(MIO), None).await.unwrap();
    world.settle().await;
    assert_eq!(
        *world.step(attempt),
        Step::Failed(ErrorCode::BrowserNotOpened.into())
    );
}

#[tokio::test]
async fn security_22_an_attempt_is_answered_until_its_ten_minutes_are_over() {
    for (row, seconds, taken) in [("-1 s", 599, true), ("0", 600, false), ("+1 s", 601, false)] {
        let mut world = World::start().await;
        let (attempt, state) = world.begin(MIO).await;
        world.settle().await;
        // The timer must not have the first word: only the clock is moved.
        world.clock.advance(Duration::from_secs(seconds));
        let delivered = world.deliver(MIO, &format!("code=c&state={state}")).await;
        assert_eq!(delivered, taken, "{row}");
        world.settle().await;
        let expired = Step::Failed(ErrorCode::AttemptExpired.into());
        assert_eq!(*world.step(attempt) == expired, !taken, "{row}");
        assert_eq!(world.posts().len(), usize::from(taken), "{row}");
    }
}

#[tokio::test]
async fn security_22_the_timer_ends_an_attempt_that_nobody_answers() {
    let mut world = World::start().await;
    let (attempt, _) = world.begin(MIO).await;
    world.pass(9 * MINUTE).await;
    assert_eq!(*world.step(attempt), Step::Waiting { doubt: None });
    world.pass(MINUTE).await;
    assert_eq!(
        *world.step(attempt),
        Step::Failed(ErrorCode::AttemptExpired.into())
    );
}

#[tokio::test]
async fn security_22_a_wall_clock_that_is_set_forward_ends_no_attempt() {
    let mut world = World::start().await;
    let (attempt, state) = world.begin(MIO).await;
    world.clock.jump(60 * MINUTE);
    world.settle().await;
    assert_eq!(*world.step(attempt), Step::Waiting { doubt: None });
    assert!(world.deliver(MIO, &format!("code=c&state={state}")).await);
}

#[tokio::test]
async fn a_cancelled_attempt_takes_no_answer_and_a_dismissed_one_is_out_of_sight() {
    let mut world = World::start().await;
    let (cancelled, first) = world.begin(MIO).await;
    let (dismissed, second) = world.begin(MIO).await;
    world.engine.cancel_attempt(cancelled).await.unwrap();
    world.engine.dismiss_attempt(dismissed).await.unwrap();
    for state in [first, second] {
        assert!(!world.deliver(MIO, &format!("code=c&state={state}")).await);
    }
    world.settle().await;
    assert_eq!(*world.step(cancelled), Step::Cancelled);
    assert!(
        world
            .seen
            .iter()
            .any(|update| matches!(update, crate::Update::AttemptRemoved(id) if *id == dismissed))
    );
    assert_eq!(world.posts(), Vec::<String>::new());
    assert_eq!(world.notices(), [], "its own late callback is no news");
    let gone = world.engine.authorization_request(cancelled).await;
    assert_eq!(gone.unwrap_err().code, ErrorCode::AttemptUnknown);
}

#[tokio::test]
async fn security_10_a_provider_that_does_not_know_pkce_is_asked_once_more_without_it() {
    let mut world = World::start().await;
    let names_it = complaint(400, Some("invalid_request"), "unknown field code_verifier");
    world.provider.next(Wire::Fault(names_it));
    let id = world.connect().await;
    assert_eq!(*world.condition(id), Condition::Active);
    assert_eq!(world.provider.verifiers(), [true, false]);
}

#[tokio::test]
async fn security_10_no_other_refusal_is_answered_with_a_try_without_pkce() {
    let names_it = || complaint(400, Some("invalid_request"), "unknown field code_verifier");
    let spent = complaint(400, Some("invalid_grant"), "code_verifier does not match");
    let cases = [
        ("the code is spent", Pkce::Unknown, vec![spent], 1),
        ("PKCE is demanded", Pkce::Required, vec![names_it()], 1),
        ("PKCE is known", Pkce::Accepted, vec![names_it()], 1),
        ("twice", Pkce::Unknown, vec![names_it(), names_it()], 2),
        (
            "a 500",
            Pkce::Unknown,
            vec![complaint(500, None, "code_verifier")],
            1,
        ),
    ];
    for (row, pkce, faults, posts) in cases {
        let mut provider = sandbox_provider();
        provider.pkce = pkce;
        let mut world = World::with(vec![provider]).await;
        for fault in faults {
            world.provider.next(Wire::Fault(fault));
        }
        let (attempt, state) = world.begin(MIO).await;
        assert!(world.deliver(MIO, &format!("code=c&state={state}")).await);
        world.settle().await;
        assert!(matches!(world.step(attempt), Step::Failed(_)), "{row}");
        assert_eq!(world.posts().len(), posts, "{row}");
    }
}

#[tokio::test]
async fn security_51_an_exchange_is_tried_once_more_only_if_it_was_never_sent() {
    let cases = [
        ("never sent", vec![fault(true)], 2, true),
        (
            "never sent, twice",
            vec![fault(true), fault(true)],
            2,
            false,
        ),
        ("sent", vec![fault(false)], 1, false),
        ("answered", vec![refused(503, "")], 1, false),
    ];
    for (row, faults, posts, connected) in cases {
        let mut world = World::start().await;
        for fault in faults {
            world.provider.next(Wire::Fault(fault));
        }
        let (attempt, state) = world.begin(MIO).await;
        assert!(world.deliver(MIO, &format!("code=c&state={state}")).await);
        world.settle().await;
        assert_eq!(world.posts().len(), posts, "{row}");
        let step = world.step(attempt);
        assert_eq!(
            matches!(step, Step::Connected(_)),
            connected,
            "{row}: {step:?}"
        );
    }
}

#[tokio::test]
async fn a_client_is_set_up_in_the_keychain_and_never_comes_back_out() {
    let mut world = World::start().await;
    let secret = |text: &str| Some(keyfob_domain::secret::ClientSecret::new(text.to_owned()));
    let name = crate::ports::SecretName::of_client(&slug(MIO));
    let cases = [
        ("no id", " ", secret("s"), ErrorCode::InputInvalid),
        ("no secret", "id", None, ErrorCode::InputInvalid),
        (
            "a line break",
            "id",
            secret("a\nb"),
            ErrorCode::InputInvalid,
        ),
    ];
    for (row, client_id, client_secret, code) in cases {
        let client_id = client_id.to_owned();
        let refused = world
            .engine
            .set_up_client(slug(MIO), client_id, client_secret);
        assert_eq!(refused.await.unwrap_err().code, code, "{row}");
    }
    assert_eq!(world.keychain.text(&name).as_deref(), Some("client-secret"));
    let id = " new-id ".to_owned();
    let set_up = world
        .engine
        .set_up_client(slug(MIO), id, secret("marked-secret"));
    set_up.await.unwrap();
    world.settle().await;
    assert_eq!(world.keychain.text(&name).as_deref(), Some("marked-secret"));
    let published = format!("{:?}", world.seen);
    assert!(published.contains("new-id"), "the id is shown");
    assert!(!published.contains("marked-secret"), "the secret is not");
}
