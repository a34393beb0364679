//! What is asked with a token: questions, and what a 401 leads to (SECURITY 63).

use super::{HOUR, MINUTE};
use crate::testing::{Wire, World, refused};
use keyfob_domain::connection::Condition;
use keyfob_domain::error::ErrorCode;
use keyfob_domain::failure::Fault;
use std::time::Duration;

#[tokio::test]
async fn a_question_is_answered_with_the_present_token() {
    let mut world = World::start().await;
    let id = world.connect().await;
    let answer = world
        .engine
        .ask(id, "  Who am I?\u{202e} ".to_owned())
        .await;
    assert_eq!(answer.unwrap(), "You asked: Who am I?");
    assert_eq!(world.log.of("ASK"), ["ASK at-1"]);
    for bad in [String::new(), "  \n ".to_owned(), "x".repeat(2_001)] {
        let refused = world.engine.ask(id, bad).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::InputInvalid);
    }
    world.engine.ask(id, "x".repeat(2_000)).await.unwrap();
}

#[tokio::test]
async fn security_63_a_401_leads_to_one_renewal_and_one_more_try() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.log.clear();
    world.context.next(refused(401, ""));
    let answer = world.engine.ask(id, "Who?".to_owned()).await;
    assert_eq!(answer.unwrap(), "You asked: Who?");
    assert_eq!(world.log.of("ASK"), ["ASK at-1", "ASK at-2"]);
    assert_eq!(world.posts(), ["POST rt-1"]);
}

#[tokio::test]
async fn security_63_a_second_401_is_given_up() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.log.clear();
    world.context.next(refused(401, ""));
    world.context.next(refused(401, "invalid_token"));
    let problem = world.engine.ask(id, "Who?".to_owned()).await.unwrap_err();
    assert_eq!(problem.code, ErrorCode::TokenRejected);
    assert_eq!(problem.connection, Some(id));
    assert_eq!((world.log.of("ASK").len(), world.posts().len()), (2, 1));
    world.settle().await;
    assert_eq!(
        *world.condition(id),
        Condition::Active,
        "the grant is as it was"
    );
}

#[tokio::test]
async fn security_63_ten_401s_at_once_make_one_renewal() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.log.clear();
    for _ in 0..10 {
        world.context.next(refused(401, ""));
    }
    world.provider.gate.shut();
    let asked: Vec<_> = (0..10)
        .map(|_| {
            let engine = world.engine.clone();
            tokio::spawn(async move { engine.ask(id, "Who?".to_owned()).await })
        })
        .collect();
    world.provider.gate.reached_by(1).await;
    world.settle().await;
    world.provider.gate.let_through();
    for asked in asked {
        asked.await.unwrap().unwrap();
    }
    assert_eq!(world.posts(), ["POST rt-1"]);
    assert_eq!(world.log.of("ASK").len(), 20);
}

#[tokio::test]
async fn other_refusals_of_the_api_touch_no_token() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.log.clear();
    for (status, code) in [
        (400, ErrorCode::QuestionRejected),
        (403, ErrorCode::ScopeMissing),
        (429, ErrorCode::ProviderOverloaded),
        (500, ErrorCode::ProviderError),
    ] {
        world.context.next(refused(status, ""));
        let problem = world.engine.ask(id, "Who?".to_owned()).await.unwrap_err();
        assert_eq!(problem.code, code, "{status}");
    }
    assert_eq!(world.posts(), Vec::<String>::new());
}

#[tokio::test]
async fn a_refused_token_that_is_no_longer_the_present_one_is_simply_replaced() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.engine.renew(id).await.unwrap();
    world.log.clear();
    let held = world.engine.access_token(id, Some(1)).await.unwrap();
    assert_eq!(held.token.expose(), "at-2");
    assert_eq!(world.posts(), Vec::<String>::new());
    // The present one becomes too old as well, while the provider wants no visit of the timer.
    world.provider.next(Wire::Fault(Fault::Refused {
        status: 429,
        error: None,
        detail: None,
        retry_after: Some(2 * HOUR),
    }));
    world.pass(55 * MINUTE).await;
    world.pass(4 * MINUTE + Duration::from_secs(40)).await;
    assert_eq!(world.posts(), ["POST rt-2"]);
    let held = world.engine.access_token(id, Some(1)).await.unwrap();
    assert_eq!(held.token.expose(), "at-3", "it is renewed, not refused");
}

#[tokio::test]
async fn a_summary_is_read_again_after_a_renewal_when_it_is_old() {
    let mut world = World::start().await;
    let id = world.connect().await;
    world.engine.renew(id).await.unwrap();
    world.settle().await;
    assert_eq!(
        world.log.of("SUMMARY"),
        ["SUMMARY at-1"],
        "it is a moment old"
    );
    world.clock.advance(16 * MINUTE);
    world.engine.renew(id).await.unwrap();
    world.settle().await;
    assert_eq!(world.log.of("SUMMARY"), ["SUMMARY at-1", "SUMMARY at-3"]);
}
