//! The token endpoint: every refusal, PKCE, and who may use a code.

use std::time::Duration;

use keyfob_sandbox::{MioManners, SecretMismatch};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::{CHALLENGE, REDIRECT, START, VERIFIER, World, registration, text};

/// A change to a body that was right, and the error it must lead to.
type Row = (&'static str, fn(&mut Value), u16, &'static str);

const BOTH_GRANTS: &[Row] = &[
    (
        "no grant type",
        |b| drop(b.as_object_mut().unwrap().remove("grant_type")),
        400,
        "invalid_request",
    ),
    (
        "grant type null",
        |b| b["grant_type"] = Value::Null,
        400,
        "invalid_request",
    ),
    (
        "grant type a number",
        |b| b["grant_type"] = json!(7),
        400,
        "invalid_request",
    ),
    (
        "password grant",
        |b| b["grant_type"] = json!("password"),
        400,
        "unsupported_grant_type",
    ),
    (
        "client credentials",
        |b| b["grant_type"] = json!("client_credentials"),
        400,
        "unsupported_grant_type",
    ),
    (
        "no client",
        |b| b["client_id"] = json!(""),
        400,
        "invalid_request",
    ),
    (
        "no secret",
        |b| b["client_secret"] = Value::Null,
        400,
        "invalid_request",
    ),
    (
        "secret a list",
        |b| b["client_secret"] = json!(["x"]),
        400,
        "invalid_request",
    ),
    (
        "unknown client",
        |b| b["client_id"] = json!("mio_client_x"),
        401,
        "invalid_client",
    ),
    (
        "wrong secret",
        |b| b["client_secret"] = json!("mio_secret_x"),
        401,
        "invalid_client",
    ),
];

const EXCHANGE: &[Row] = &[
    (
        "no code",
        |b| drop(b.as_object_mut().unwrap().remove("code")),
        400,
        "invalid_request",
    ),
    (
        "empty code",
        |b| b["code"] = json!(""),
        400,
        "invalid_request",
    ),
    (
        "code a number",
        |b| b["code"] = json!(1),
        400,
        "invalid_request",
    ),
    (
        "no redirect URI",
        |b| b["redirect_uri"] = Value::Null,
        400,
        "invalid_request",
    ),
    (
        "unknown code",
        |b| b["code"] = json!("mio_code_x"),
        400,
        "invalid_grant",
    ),
    (
        "another redirect URI",
        |b| b["redirect_uri"] = json!(format!("{REDIRECT}/")),
        400,
        "invalid_grant",
    ),
    (
        "verifier unasked",
        |b| b["code_verifier"] = json!(VERIFIER),
        400,
        "invalid_grant",
    ),
    (
        "verifier a number",
        |b| b["code_verifier"] = json!(1),
        400,
        "invalid_request",
    ),
];

const REFRESH: &[Row] = &[
    (
        "no token",
        |b| drop(b.as_object_mut().unwrap().remove("refresh_token")),
        400,
        "invalid_request",
    ),
    (
        "unknown token",
        |b| b["refresh_token"] = json!("rtk_x"),
        400,
        "invalid_grant",
    ),
    (
        "token an object",
        |b| b["refresh_token"] = json!({}),
        400,
        "invalid_request",
    ),
];

#[tokio::test]
async fn a_wrong_exchange_is_refused_and_leaves_the_code_good() {
    let world = World::start().await;
    let right = world.exchange_body(&world.code().await);
    for (label, change, status, error) in BOTH_GRANTS.iter().chain(EXCHANGE) {
        let mut body = right.clone();
        change(&mut body);

        let (seen, answer) = world.token(&body).await;

        assert_eq!(
            (seen.as_u16(), &answer["error"]),
            (*status, &json!(error)),
            "{label}: {answer}"
        );
        assert!(!text(&answer, "error_description").is_empty(), "{label}");
    }
    let (status, answer) = world.token(&right).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    world.end().await;
}

#[tokio::test]
async fn a_wrong_refresh_is_refused_and_leaves_the_token_good() {
    let world = World::start().await;
    let tokens = world.tokens().await;
    let right = world.refresh_body(text(&tokens, "refresh_token"));
    for (label, change, status, error) in BOTH_GRANTS.iter().chain(REFRESH) {
        let mut body = right.clone();
        change(&mut body);

        let (seen, answer) = world.token(&body).await;

        assert_eq!(
            (seen.as_u16(), &answer["error"]),
            (*status, &json!(error)),
            "{label}: {answer}"
        );
    }
    let (status, answer) = world.token(&right).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    world.end().await;
}

#[tokio::test]
async fn only_a_json_object_is_read() {
    let world = World::start().await;
    let right = world.exchange_body(&world.code().await).to_string();
    let form = "grant_type=authorization_code&code=x";
    let rows: &[(&str, &str, &str)] = &[
        ("form", "application/x-www-form-urlencoded", form),
        (
            "JSON said to be a form",
            "application/x-www-form-urlencoded",
            &right,
        ),
        ("JSON said to be text", "text/plain", &right),
        (
            "JSON of another kind",
            "application/json-patch+json",
            &right,
        ),
        ("form said to be JSON", "application/json", form),
        ("nothing", "application/json", ""),
        ("a list", "application/json", "[]"),
        ("a text", "application/json", "\"authorization_code\""),
        (
            "half an object",
            "application/json",
            &right[..right.len() / 2],
        ),
        ("two objects", "application/json", "{}{}"),
        ("not UTF-8", "application/json", "\u{fffd}{}"),
    ];
    for (label, content_type, body) in rows {
        let request = world
            .http
            .post(world.token_url())
            .header("content-type", *content_type);
        let response = request.body((*body).to_owned()).send().await.unwrap();

        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{label}");
        assert_eq!(response.headers()["cache-control"], "no-store", "{label}");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["error"], "invalid_request", "{label}: {answer}");
    }
    let request = world
        .http
        .post(world.token_url())
        .header("content-type", "application/json; charset=utf-8");
    assert_eq!(
        request.body(right).send().await.unwrap().status(),
        StatusCode::OK
    );
    world.end().await;
}

#[tokio::test]
async fn a_challenge_is_met_by_its_verifier_only() {
    let world = World::start().await;
    let challenged = [
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let mut body = world.exchange_body(&world.code_with(&challenged).await);
    for (label, verifier) in [
        ("missing", None),
        ("another", Some(format!("{}Y", &VERIFIER[..42]))),
        ("the challenge itself", Some(CHALLENGE.to_owned())),
        ("too short", Some(VERIFIER[..42].to_owned())),
        ("with a space", Some(format!("{VERIFIER} "))),
    ] {
        match verifier {
            Some(verifier) => body["code_verifier"] = json!(verifier),
            None => assert!(body.get("code_verifier").is_none()),
        }
        let (status, answer) = world.token(&body).await;
        assert_eq!(
            (status.as_u16(), &answer["error"]),
            (400, &json!("invalid_grant")),
            "{label}"
        );
    }
    body["code_verifier"] = json!(VERIFIER);
    let (status, answer) = world.token(&body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    world.end().await;
}

#[tokio::test]
async fn a_mio_that_does_not_check_pkce_takes_any_verifier() {
    let world = World::with(MioManners {
        check_pkce: false,
        ..MioManners::default()
    })
    .await;
    let plain = [("code_challenge", "x"), ("code_challenge_method", "plain")];
    let mut body = world.exchange_body(&world.code_with(&plain).await);
    body["code_verifier"] = json!("anything");

    let (status, answer) = world.token(&body).await;

    assert_eq!(status, StatusCode::OK, "{answer}");
    world.end().await;
}

#[tokio::test]
async fn codes_and_refresh_tokens_belong_to_one_client() {
    let world = World::start().await;
    let code = world.code().await;
    let refresh_token = text(&world.tokens().await, "refresh_token").to_owned();
    let other = world.sandbox.issue_client(registration()).unwrap();
    for body in [
        world.exchange_body(&code),
        world.refresh_body(&refresh_token),
    ] {
        let mut stolen = body.clone();
        stolen["client_id"] = json!(other.client_id);
        stolen["client_secret"] = json!(other.client_secret);

        let (status, answer) = world.token(&stolen).await;
        assert_eq!(
            (status.as_u16(), &answer["error"]),
            (400, &json!("invalid_grant")),
            "{answer}"
        );
        let (status, answer) = world.token(&body).await;
        assert_eq!(status, StatusCode::OK, "the rightful client: {answer}");
    }
    world.end().await;
}

#[tokio::test]
async fn a_wrong_secret_can_be_played_as_the_sdk_reference_words_it() {
    let world = World::start().await;
    world
        .sandbox
        .manners(|manners| manners.secret_mismatch = SecretMismatch::InvalidGrant);
    let mut body = world.exchange_body(&world.code().await);
    body["client_secret"] = json!("wrong");

    let (status, answer) = world.token(&body).await;

    assert_eq!(
        (status.as_u16(), &answer["error"]),
        (400, &json!("invalid_grant"))
    );
    world.end().await;
}

#[tokio::test]
async fn a_code_lives_sixty_seconds_and_not_a_millisecond_longer() {
    for (after, expected) in [
        (59_999, 200),
        (60_000, 400),
        (60_001, 400),
        (86_400_000, 400),
    ] {
        let world = World::start().await;
        let body = world.exchange_body(&world.code().await);
        world.clock.advance(Duration::from_millis(after));

        let (status, answer) = world.token(&body).await;

        assert_eq!(status.as_u16(), expected, "{after} ms: {answer}");
        if expected == 400 {
            assert_eq!(answer["error"], "invalid_grant", "{after} ms");
        }
        world.end().await;
    }
}

#[tokio::test]
async fn the_second_use_of_a_code_ends_what_the_first_began() {
    let world = World::start().await;
    let body = world.exchange_body(&world.code().await);
    let (_, tokens) = world.token(&body).await;
    let (_, renewed) = world.refresh(text(&tokens, "refresh_token")).await;

    // Also after the code's own end.
    world.clock.set(START + 61_000);
    let (status, answer) = world.token(&body).await;

    assert_eq!(
        (status.as_u16(), &answer["error"]),
        (400, &json!("invalid_grant"))
    );
    let (status, _) = world.refresh(text(&renewed, "refresh_token")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    for answer in [&tokens, &renewed] {
        let summary = world.summary(text(answer, "access_token")).await;
        assert_eq!(summary.status(), StatusCode::UNAUTHORIZED);
    }
    assert!(!world.sandbox.grants()[0].live);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_exchanges_of_one_code_at_once_yield_one_success() {
    let world = World::start().await;
    let body = world.exchange_body(&world.code().await);
    let mut exchanges = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let request = world.http.post(world.token_url()).json(&body);
        exchanges.spawn(async move { request.send().await.unwrap().status() });
    }

    let statuses = exchanges.join_all().await;

    let succeeded = statuses
        .iter()
        .filter(|status| **status == StatusCode::OK)
        .count();
    let refused = statuses
        .iter()
        .filter(|status| **status == StatusCode::BAD_REQUEST)
        .count();
    assert_eq!((succeeded, refused), (1, 49), "{statuses:?}");
    assert_eq!(world.sandbox.grants().len(), 1);
    world.end().await;
}
