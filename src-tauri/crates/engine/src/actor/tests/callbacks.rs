//! Callbacks that nobody asked for, that come twice, or that belong to somebody else
//! (SECURITY 19–21, 27, 31, 32).

use super::MIO;
use crate::testing::{World, sandbox_provider, slug, strict_provider};
use crate::{Ending, Origin};
use keyfob_domain::authorization::Step;
use keyfob_domain::error::ErrorCode;
use keyfob_domain::provider::Provider;

const OTHER: &str = "acme-sandbox";

fn other_provider() -> Provider {
    let mut provider = sandbox_provider();
    provider.slug = slug(OTHER);
    provider.token_endpoint = url::Url::parse("http://127.0.0.1:9/acme/token").unwrap();
    provider
}

fn doubt(code: ErrorCode) -> Step {
    Step::Waiting {
        doubt: Some(code.into()),
    }
}

#[tokio::test]
async fn security_20_a_wrong_or_missing_state_is_doubted_and_the_attempt_goes_on() {
    for (row, query, code) in [
        ("wrong", "code=evil&state=wrong", ErrorCode::StateMismatch),
        ("missing", "code=evil", ErrorCode::StateMissing),
        (
            "error, wrong",
            "error=access_denied&state=wrong",
            ErrorCode::StateMismatch,
        ),
        (
            "error, missing",
            "error=access_denied",
            ErrorCode::StateMissing,
        ),
    ] {
        let mut world = World::with(vec![strict_provider()]).await;
        let (attempt, state) = world.begin(MIO).await;
        world.settle().await;
        assert!(!world.deliver(MIO, query).await, "{row}: it is no answer");
        world.settle().await;
        assert_eq!(*world.step(attempt), doubt(code), "{row}");
        assert_eq!(world.posts(), Vec::<String>::new(), "{row}");

        assert!(
            world
                .deliver(MIO, &format!("code=good&state={state}"))
                .await
        );
        world.settle().await;
        assert!(matches!(world.step(attempt), Step::Connected(_)), "{row}");
    }
}

#[tokio::test]
async fn security_21_a_callback_that_comes_again_asks_for_nothing() {
    let mut world = World::start().await;
    let (attempt, state) = world.begin(MIO).await;
    let query = format!("code=c&state={state}");
    assert!(world.deliver(MIO, &query).await);
    world.settle().await;
    for _ in 0..3 {
        assert!(!world.deliver(MIO, &query).await, "it was used up");
    }
    world.settle().await;
    assert_eq!(world.posts().len(), 1);
    assert!(matches!(world.step(attempt), Step::Connected(_)));
    assert_eq!(world.notices(), []);
}

#[tokio::test]
async fn security_21_a_hundred_callbacks_at_once_make_exactly_one_exchange() {
    let mut world = World::start().await;
    let (_, state) = world.begin(MIO).await;
    let raw = format!("dev.keyfob.desktop:/callback/{MIO}?code=c&state={state}");
    let deliveries = (0..100).map(|_| {
        let (engine, raw) = (world.engine.clone(), raw.clone().into_bytes());
        tokio::spawn(async move { engine.handle_redirect(raw, Origin::Running).await })
    });
    let deliveries: Vec<_> = deliveries.collect();
    let mut taken = 0;
    for delivery in deliveries {
        taken += u32::from(delivery.await.unwrap());
    }
    world.settle().await;
    assert_eq!((taken, world.posts().len()), (1, 1));
}

#[tokio::test]
async fn security_31_two_sign_ins_answered_in_reverse_land_where_they_belong() {
    let mut world = World::with(vec![sandbox_provider(), other_provider()]).await;
    let (first, first_state) = world.begin(MIO).await;
    let (second, second_state) = world.begin(OTHER).await;
    assert!(
        world
            .deliver(OTHER, &format!("code=b&state={second_state}"))
            .await
    );
    world.settle().await;
    assert!(
        world
            .deliver(MIO, &format!("code=a&state={first_state}"))
            .await
    );
    world.settle().await;
    assert_eq!(
        world.posts(),
        ["POST /acme/token b", "POST /mio/v1/auth/oauth2/token a"]
    );
    for (attempt, provider) in [(first, MIO), (second, OTHER)] {
        let Step::Connected(id) = *world.step(attempt) else {
            panic!("{:?}", world.step(attempt));
        };
        assert_eq!(world.connection(id).provider, slug(provider));
    }
}

#[tokio::test]
async fn security_27_crossed_callbacks_of_two_providers_reach_neither_token_endpoint() {
    let mut world = World::with(vec![sandbox_provider(), other_provider()]).await;
    let (first, first_state) = world.begin(MIO).await;
    let (second, second_state) = world.begin(OTHER).await;
    world.settle().await;
    assert!(
        !world
            .deliver(OTHER, &format!("code=a&state={first_state}"))
            .await
    );
    assert!(
        !world
            .deliver(MIO, &format!("code=b&state={second_state}"))
            .await
    );
    world.settle().await;
    assert_eq!(world.posts(), Vec::<String>::new());
    for attempt in [first, second] {
        let Step::Failed(problem) = world.step(attempt) else {
            panic!("{:?}", world.step(attempt));
        };
        assert_eq!(problem.code, ErrorCode::StateMismatch);
    }
}

#[tokio::test]
async fn security_31_deleting_a_connection_makes_its_callback_void() {
    let mut world = World::start().await;
    let id = world.connect().await;
    let (attempt, state) = world.begin_for(MIO, Some(id)).await;
    world.engine.revoke(id, Ending::HereOnly).await.unwrap();
    world.log.clear();
    world
        .deliver(MIO, &format!("code=late&state={state}"))
        .await;
    world.settle().await;
    let Step::Failed(problem) = world.step(attempt) else {
        panic!("{:?}", world.step(attempt));
    };
    assert_eq!(problem.code, ErrorCode::ConnectionUnknown);
    assert_eq!(world.posts(), Vec::<String>::new());
    assert_eq!(world.keychain.stored(id), None);
}

#[tokio::test]
async fn security_32_a_callback_that_starts_keyfob_names_the_provider_to_start_again() {
    let mut world = World::start().await;
    let raw = b"dev.keyfob.desktop:/callback/mio-sandbox?code=old&state=old".to_vec();
    assert!(!world.engine.handle_redirect(raw, Origin::ColdStart).await);
    world.settle().await;
    let notices = world.notices();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert_eq!(notices[0].problem.code, ErrorCode::SignInInterrupted);
    assert_eq!(notices[0].provider, Some(slug(MIO)));
    assert_eq!(world.posts(), Vec::<String>::new());
}

#[tokio::test]
async fn security_19_a_callback_nobody_asked_for_is_a_notice_and_nothing_else() {
    let mut world = World::start().await;
    let cases = [
        (
            "a known provider",
            "dev.keyfob.desktop:/callback/mio-sandbox",
            Some(slug(MIO)),
        ),
        (
            "an unknown one",
            "dev.keyfob.desktop:/callback/nobody",
            None,
        ),
        ("another path", "dev.keyfob.desktop:/elsewhere", None),
        (
            "two slashes",
            "dev.keyfob.desktop://callback/mio-sandbox",
            None,
        ),
        ("loopback", "http://127.0.0.1:1/callback/mio-sandbox", None),
    ];
    for (row, base, provider) in cases {
        let raw = format!("{base}?code=c&state=s").into_bytes();
        assert!(
            !world.engine.handle_redirect(raw, Origin::Running).await,
            "{row}"
        );
        world.settle().await;
        let newest = world.notices().pop().unwrap();
        assert_eq!(newest.problem.code, ErrorCode::RedirectUnrelated, "{row}");
        assert_eq!(newest.provider, provider, "{row}");
        assert_eq!(
            newest.problem.detail, None,
            "{row}: nothing of it is repeated"
        );
    }
    assert_eq!(world.posts(), Vec::<String>::new());
}

#[tokio::test]
async fn security_19_a_flood_of_callbacks_leaves_few_notices_and_every_attempt_alone() {
    let providers: Vec<Provider> = (0..12)
        .map(|number| Provider {
            slug: slug(&format!("p{number}")),
            ..sandbox_provider()
        })
        .collect();
    let mut world = World::with(providers).await;
    let (attempt, state) = world.begin("p0").await;
    world.settle().await;
    for round in 0..60 {
        let provider = format!("p{}", 1 + round % 11);
        assert!(!world.deliver(&provider, "code=c&state=s").await);
        assert!(!world.deliver(&provider, "code=c&code=d").await);
        assert!(!world.deliver("p0", "code=%zz").await);
        world.settle().await;
        assert!(world.notices().len() <= 8, "{:?}", world.notices());
    }
    assert!(world.notices().len() > 1, "they are kept apart by cause");
    assert_eq!(*world.step(attempt), Step::Waiting { doubt: None });
    assert_eq!(world.posts(), Vec::<String>::new());
    assert!(world.deliver("p0", &format!("code=c&state={state}")).await);
}
