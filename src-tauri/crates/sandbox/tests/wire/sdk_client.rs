//! The client that really exists: Mio's SDK, replayed whole. It sends JSON, and neither
//! `response_type` nor `state` nor PKCE.

use crate::world::{CHALLENGE, REDIRECT, SCOPE, START, VERIFIER, World, callback, location, text};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use keyfob_sandbox::{Endpoint, MioManners};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::Sha256;

/// Whether a JSON object keeps the order of its members depends on who else uses the library.
fn sorted_keys(object: &Value) -> Vec<String> {
    let mut keys: Vec<String> = object.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    keys
}

#[tokio::test]
async fn a_client_like_mios_sdk_connects_reads_renews_and_is_caught_reusing() {
    let world = World::start().await;

    let answer = world.decide(&world.sdk_request(), "ada", "allow").await;
    assert!(location(&answer).starts_with(&format!("{REDIRECT}?code=")));
    let parameters = callback(&answer);
    assert_eq!(
        parameters.keys().collect::<Vec<_>>(),
        ["code"],
        "no state was sent"
    );

    let (status, first) = world.token(&world.exchange_body(&parameters["code"])).await;
    assert_eq!(status, StatusCode::OK, "{first}");
    assert_eq!(
        sorted_keys(&first),
        [
            "access_token",
            "expires_in",
            "id_token",
            "refresh_token",
            "scope",
            "token_type"
        ]
    );
    assert_eq!(first["expires_in"], 86_400);
    assert_eq!(first["token_type"], "Bearer");
    assert_eq!(first["scope"], SCOPE);

    let summary = world.summary(text(&first, "access_token")).await;
    assert_eq!(summary.status(), StatusCode::OK);
    let summary: Value = summary.json().await.unwrap();
    let paragraphs = text(&summary, "summary").split("\n\n").count();
    assert!((2..=4).contains(&paragraphs), "{summary}");

    let question = json!({ "query": "Who is my manager?", "k": 3 });
    let (status, answer) = world
        .question(text(&first, "access_token"), &question)
        .await;
    assert_eq!(status, StatusCode::OK);
    assert!(text(&answer, "content").contains("Priya Raman"), "{answer}");

    let (status, second) = world.refresh(text(&first, "refresh_token")).await;
    assert_eq!(status, StatusCode::OK, "{second}");
    assert_ne!(first["access_token"], second["access_token"]);
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_eq!(second["scope"], SCOPE);
    let summary = world.summary(text(&second, "access_token")).await;
    assert_eq!(summary.status(), StatusCode::OK);

    let (status, refused) = world.refresh(text(&first, "refresh_token")).await;
    assert_eq!(
        (status, &refused["error"]),
        (StatusCode::BAD_REQUEST, &json!("invalid_grant"))
    );
    world.end().await;
}

#[tokio::test]
async fn a_client_like_keyfob_gets_its_state_and_nonce_back() {
    let world = World::start().await;
    let mut request = world.sdk_request();
    request.extend([
        ("response_type", "code"),
        ("state", "a state/with+signs&more=1"),
        ("nonce", "n-0S6_WzA2Mj"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("prompt", "consent"),
    ]);

    let parameters = callback(&world.decide(&request, "grace", "allow").await);
    assert_eq!(parameters["state"], "a state/with+signs&more=1");

    let mut body = world.exchange_body(&parameters["code"]);
    body["code_verifier"] = json!(VERIFIER);
    let (status, tokens) = world.token(&body).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    assert_eq!(claims(&world, &tokens)["nonce"], "n-0S6_WzA2Mj");
    world.end().await;
}

#[tokio::test]
async fn an_id_token_is_signed_with_the_client_secret_and_says_who_it_is() {
    let world = World::start().await;

    let tokens = world.tokens().await;

    let expected = json!({
        "iss": world.url("/mio"),
        "aud": world.client.client_id,
        "sub": "ada",
        "email": "ada@byron.example",
        "email_verified": true,
        "name": "Ada Byron",
        "iat": START / 1000,
        "exp": START / 1000 + 86_400,
    });
    assert_eq!(claims(&world, &tokens), expected);
    world.end().await;
}

#[tokio::test]
async fn what_is_answered_follows_the_scope() {
    let rows: &[(&str, bool, &[&str])] = &[
        ("openid", false, &["aud", "exp", "iat", "iss", "sub"]),
        (
            "openid profile",
            false,
            &["aud", "exp", "iat", "iss", "name", "sub"],
        ),
        (
            "email openid offline_access",
            true,
            &["aud", "email", "email_verified", "exp", "iat", "iss", "sub"],
        ),
        ("offline_access", true, &[]),
    ];
    let world = World::start().await;
    for (scope, has_refresh_token, claim_names) in rows {
        let request = [
            ("client_id", world.client.client_id.as_str()),
            ("redirect_uri", REDIRECT),
            ("scope", scope),
        ];
        let parameters = callback(&world.decide(&request, "ada", "allow").await);
        let (_, tokens) = world.token(&world.exchange_body(&parameters["code"])).await;

        assert_eq!(tokens["scope"], *scope);
        assert_eq!(
            tokens.get("refresh_token").is_some(),
            *has_refresh_token,
            "{scope}"
        );
        let names = tokens
            .get("id_token")
            .map_or_else(Vec::new, |_| sorted_keys(&claims(&world, &tokens)));
        assert_eq!(names, *claim_names, "{scope}");
    }
    world.end().await;
}

#[tokio::test]
async fn the_pessimist_echoes_nothing_and_names_the_field_it_does_not_know() {
    let world = World::with(MioManners::pessimist()).await;
    let mut request = world.sdk_request();
    request.extend([
        ("state", "sent"),
        ("nonce", "sent"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);

    let parameters = callback(&world.decide(&request, "ada", "allow").await);
    assert_eq!(parameters.keys().collect::<Vec<_>>(), ["code"]);

    let mut body = world.exchange_body(&parameters["code"]);
    body["code_verifier"] = json!(VERIFIER);
    let (status, refused) = world.token(&body).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let expected = json!({
        "error": "invalid_request",
        "error_description": "unknown field code_verifier",
    });
    assert_eq!(refused, expected);

    let (status, tokens) = world.token(&world.exchange_body(&parameters["code"])).await;
    assert_eq!(
        status,
        StatusCode::OK,
        "the retry without the field: {tokens}"
    );
    assert!(claims(&world, &tokens).get("nonce").is_none());
    world.end().await;
}

#[tokio::test]
async fn another_state_than_the_one_sent_comes_back_where_that_is_played() {
    let world = World::start().await;
    world.sandbox.manners(|manners| manners.wrong_state = true);
    let mut request = world.sdk_request();
    request.push(("state", "sent"));

    for decision in ["allow", "deny"] {
        let parameters = callback(&world.decide(&request, "ada", decision).await);
        assert_ne!(parameters["state"], "sent", "{decision}");
    }
    let parameters = callback(&world.decide(&world.sdk_request(), "ada", "allow").await);
    assert!(!parameters.contains_key("state"), "none was sent");
    world.end().await;
}

#[tokio::test]
async fn a_user_without_a_summary_has_null_and_no_facts() {
    let world = World::start().await;
    let parameters = callback(&world.decide(&world.sdk_request(), "noor", "allow").await);
    let (_, tokens) = world.token(&world.exchange_body(&parameters["code"])).await;
    let access_token = text(&tokens, "access_token");

    let summary: Value = world.summary(access_token).await.json().await.unwrap();
    assert_eq!(summary, json!({ "summary": null }));
    let (status, answer) = world
        .question(access_token, &json!({ "query": "projects" }))
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        text(&answer, "content"),
        "Mio has found nothing about that for Noor yet."
    );
    world.end().await;
}

#[tokio::test]
async fn requests_are_recorded_as_they_arrived() {
    let world = World::start().await;
    let tokens = world.tokens().await;
    world.summary(text(&tokens, "access_token")).await;
    world.sandbox.wait_for_requests(Endpoint::Summary, 1).await;

    let seen = world.sandbox.requests();

    let endpoints: Vec<Endpoint> = seen.iter().map(|request| request.endpoint).collect();
    assert_eq!(
        endpoints,
        [
            Endpoint::Connect,
            Endpoint::Consent,
            Endpoint::Token,
            Endpoint::Summary
        ]
    );
    let [connect, _, token, summary] = &seen[..] else {
        panic!("{seen:?}");
    };
    assert_eq!(
        (connect.method.as_str(), connect.path.as_str()),
        ("GET", "/mio/connect")
    );
    assert_eq!(connect.query_value("redirect_uri"), Some(REDIRECT));
    assert_eq!(token.header("content-type"), Some("application/json"));
    let body: Value = serde_json::from_str(&token.body).unwrap();
    assert_eq!(body["grant_type"], "authorization_code");
    assert_eq!(token.at, START);
    let bearer = format!("Bearer {}", text(&tokens, "access_token"));
    assert_eq!(summary.header("authorization"), Some(bearer.as_str()));
    world.end().await;
}

/// The claims of the answer's id token, its signature checked.
fn claims(world: &World, tokens: &Value) -> Value {
    let id_token = text(tokens, "id_token");
    let (signed, signature) = id_token.rsplit_once('.').unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(world.client.client_secret.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    mac.verify_slice(&URL_SAFE_NO_PAD.decode(signature).unwrap())
        .expect("a good signature");
    let (header, payload) = signed.split_once('.').unwrap();
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    assert_eq!(header, json!({ "alg": "HS256", "typ": "JWT" }));
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
