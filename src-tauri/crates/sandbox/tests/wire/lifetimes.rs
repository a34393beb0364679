//! How long tokens are good: lifetimes by the injected clock, rotation, reuse, revocation.

use std::time::Duration;

use keyfob_sandbox::MioManners;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::{World, callback, text};

async fn is_honoured(world: &World, tokens: &Value) -> bool {
    let response = world.summary(text(tokens, "access_token")).await;
    response.status() == StatusCode::OK
}

async fn assert_invalid_grant(world: &World, tokens: &Value, label: &str) {
    let (status, answer) = world.refresh(text(tokens, "refresh_token")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{label}");
    assert_eq!(answer["error"], "invalid_grant", "{label}: {answer}");
}

async fn renewed(world: &World, tokens: &Value) -> Value {
    let (status, answer) = world.refresh(text(tokens, "refresh_token")).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

#[tokio::test]
async fn an_access_token_lives_as_long_as_its_answer_said() {
    for seconds in [2_u64, 3600, 86_400] {
        let world = World::start().await;
        world
            .sandbox
            .set_access_token_lifetime(Duration::from_secs(seconds));
        let tokens = world.tokens().await;
        assert_eq!(tokens["expires_in"], seconds);

        world
            .clock
            .advance(Duration::from_millis(seconds * 1000 - 1));
        assert!(
            is_honoured(&world, &tokens).await,
            "{seconds} s, a millisecond before its end"
        );
        world.clock.advance(Duration::from_millis(1));
        assert!(
            !is_honoured(&world, &tokens).await,
            "{seconds} s, at its end"
        );

        let tokens = renewed(&world, &tokens).await;
        assert!(is_honoured(&world, &tokens).await, "{seconds} s, renewed");
        world.end().await;
    }
}

#[tokio::test]
async fn only_a_good_bearer_token_is_honoured() {
    let world = World::start().await;
    let tokens = world.tokens().await;
    let (access, refresh) = (
        text(&tokens, "access_token"),
        text(&tokens, "refresh_token"),
    );
    let rows: &[(&str, Vec<String>, bool)] = &[
        ("good", vec![format!("Bearer {access}")], true),
        (
            "scheme in small letters",
            vec![format!("bearer {access}")],
            true,
        ),
        ("none", vec![], false),
        ("empty", vec![String::new()], false),
        ("scheme only", vec!["Bearer".to_owned()], false),
        ("no token", vec!["Bearer ".to_owned()], false),
        ("another scheme", vec![format!("Basic {access}")], false),
        ("unknown", vec!["Bearer atk_unknown".to_owned()], false),
        (
            "cut short",
            vec![format!("Bearer {}", &access[..access.len() - 1])],
            false,
        ),
        ("padded", vec![format!("Bearer  {access}")], false),
        ("a refresh token", vec![format!("Bearer {refresh}")], false),
        (
            "twice",
            vec![format!("Bearer {access}"), format!("Bearer {access}")],
            false,
        ),
    ];
    for (label, values, good) in rows {
        for (method, path) in [
            ("GET", "/mio/v1/context/summary"),
            ("POST", "/mio/v1/context"),
        ] {
            let method = method.parse().unwrap();
            let mut request = world.http.request(method, world.url(path));
            for value in values {
                request = request.header("authorization", value);
            }
            let response = request
                .json(&json!({ "query": "team" }))
                .send()
                .await
                .unwrap();

            assert_eq!(response.status() == StatusCode::OK, *good, "{label} {path}");
            if !good {
                assert_eq!(
                    response.status(),
                    StatusCode::UNAUTHORIZED,
                    "{label} {path}"
                );
                let challenge = &response.headers()["www-authenticate"];
                assert_eq!(
                    challenge, "Bearer error=\"invalid_token\"",
                    "{label} {path}"
                );
                let answer: Value = response.json().await.unwrap();
                assert_eq!(answer["error"], "unauthorized", "{label} {path}");
            }
        }
    }
    world.end().await;
}

#[tokio::test]
async fn the_reuse_of_a_rotated_refresh_token_ends_the_whole_family() {
    let world = World::start().await;
    let bystander = world.tokens().await;
    let first = world.tokens().await;
    let second = renewed(&world, &first).await;
    let third = renewed(&world, &second).await;

    assert_invalid_grant(&world, &first, "the reused one").await;

    assert_invalid_grant(&world, &third, "the newest one").await;
    for tokens in [&first, &second, &third] {
        assert!(
            !is_honoured(&world, tokens).await,
            "access tokens die with the family"
        );
    }
    assert!(
        is_honoured(&world, &bystander).await,
        "another family lives"
    );
    renewed(&world, &bystander).await;
    world.end().await;
}

#[tokio::test]
async fn within_the_grace_a_rotated_refresh_token_yields_another() {
    let grace = Some(Duration::from_secs(60));
    let world = World::with(MioManners {
        rotation_grace: grace,
        ..MioManners::default()
    })
    .await;
    let first = world.tokens().await;
    let second = renewed(&world, &first).await;

    world.clock.advance(Duration::from_millis(59_999));
    let again = renewed(&world, &first).await;
    assert_ne!(second["refresh_token"], again["refresh_token"]);
    assert!(is_honoured(&world, &again).await);

    world.clock.advance(Duration::from_millis(1));
    assert_invalid_grant(&world, &first, "after the grace").await;
    assert_invalid_grant(&world, &again, "the family").await;
    world.end().await;
}

#[tokio::test]
async fn without_rotation_the_answer_has_no_refresh_token_and_the_old_one_stays() {
    let world = World::with(MioManners {
        rotate: false,
        ..MioManners::default()
    })
    .await;
    let first = world.tokens().await;
    for _ in 0..3 {
        let answer = renewed(&world, &first).await;
        assert!(answer.get("refresh_token").is_none(), "{answer}");
        assert!(is_honoured(&world, &answer).await);
    }
    assert_eq!(world.sandbox.grants()[0].refreshes, 3);
    world.end().await;
}

#[tokio::test]
async fn a_refresh_token_lives_from_its_last_use() {
    let life = Some(Duration::from_secs(1000));
    for rotate in [true, false] {
        let manners = MioManners {
            refresh_token_lifetime: life,
            rotate,
            ..MioManners::default()
        };
        let world = World::with(manners).await;
        let mut tokens = world.tokens().await;
        for _ in 0..2 {
            world.clock.advance(Duration::from_millis(999_999));
            let answer = renewed(&world, &tokens).await;
            if rotate {
                tokens = answer;
            }
        }
        world.clock.advance(Duration::from_secs(1000));
        assert_invalid_grant(&world, &tokens, "expired").await;
        assert!(world.sandbox.grants()[0].live, "an expiry is no misuse");
        world.end().await;
    }
}

#[tokio::test]
async fn the_owner_can_expire_access_tokens_and_revoke_everything() {
    let world = World::start().await;
    let tokens = world.tokens().await;

    world.sandbox.expire_access_tokens();
    assert!(!is_honoured(&world, &tokens).await);
    let tokens = renewed(&world, &tokens).await;
    assert!(is_honoured(&world, &tokens).await);

    world.sandbox.revoke_all();
    assert!(!is_honoured(&world, &tokens).await);
    assert_invalid_grant(&world, &tokens, "revoked").await;
    world.end().await;
}

#[tokio::test]
async fn grants_are_listed_with_their_user_and_state() {
    let world = World::start().await;
    world.tokens().await;
    world.clock.advance(Duration::from_secs(5));
    let parameters = callback(&world.decide(&world.sdk_request(), "grace", "allow").await);
    let (_, tokens) = world.token(&world.exchange_body(&parameters["code"])).await;
    let old = tokens.clone();
    renewed(&world, &tokens).await;
    assert_invalid_grant(&world, &old, "reuse").await;

    let seen = world.sandbox.grants();

    let facts: Vec<_> = seen
        .iter()
        .map(|g| (g.user.as_str(), g.live, g.refreshes))
        .collect();
    assert_eq!(
        facts,
        [
            ("ada@byron.example", true, 0),
            ("grace@novak.example", false, 1)
        ]
    );
    assert_eq!(seen[1].granted_at - seen[0].granted_at, 5000);
    assert_eq!(seen[0].client_id, world.client.client_id);
    world.end().await;
}

#[tokio::test]
async fn questions_are_checked_before_they_are_answered() {
    let world = World::start().await;
    let tokens = world.tokens().await;
    let access_token = text(&tokens, "access_token");
    let rows = [
        ("empty", json!({ "query": "" }), 400),
        ("blank", json!({ "query": " \t\n" }), 400),
        ("missing", json!({ "k": 3 }), 400),
        ("a number", json!({ "query": 7 }), 400),
        ("k too small", json!({ "query": "team", "k": 0 }), 400),
        ("k too large", json!({ "query": "team", "k": 21 }), 400),
        ("k negative", json!({ "query": "team", "k": -1 }), 400),
        ("k a fraction", json!({ "query": "team", "k": 1.5 }), 400),
        ("k a text", json!({ "query": "team", "k": "3" }), 400),
        ("a list", json!(["team"]), 400),
        ("k smallest", json!({ "query": "team", "k": 1 }), 200),
        ("k largest", json!({ "query": "team", "k": 20 }), 200),
        ("k null", json!({ "query": "team", "k": null }), 200),
    ];
    for (label, body, expected) in rows {
        let (status, answer) = world.question(access_token, &body).await;
        assert_eq!(status.as_u16(), expected, "{label}: {answer}");
        let field = if expected == 200 { "content" } else { "error" };
        assert!(!text(&answer, field).is_empty(), "{label}: {answer}");
    }
    let (_, answer) = world
        .question(access_token, &json!({ "query": "Project Difference" }))
        .await;
    assert_eq!(
        text(&answer, "content").lines().count(),
        3,
        "k is 3 unless said: {answer}"
    );
    world.end().await;
}
