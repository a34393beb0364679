//! Scripted answers and faults: each is shown to happen on the wire, and to have the effect on the
//! sandbox that it promises.

use std::time::Duration;

use keyfob_sandbox::{Endpoint, Gate, Scripted};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::world::{World, text};

/// Sends a JSON request on a connection of its own and returns every byte that came back.
async fn raw_exchange(world: &World, path: &str, body: &Value) -> Vec<u8> {
    let host = world.base.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).await.unwrap();
    let body = body.to_string();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A reset is an end like any other here; what counts is what came before it.
    let _ = stream.read_to_end(&mut answer).await;
    answer
}

const TOKEN: &str = "/mio/v1/auth/oauth2/token";

/// A refresh in a task of its own.
fn refreshing(world: &World, refresh_token: &str) -> JoinHandle<StatusCode> {
    let request = world
        .http
        .post(world.token_url())
        .json(&world.refresh_body(refresh_token));
    tokio::spawn(async move { request.send().await.unwrap().status() })
}

#[tokio::test]
async fn a_scripted_answer_is_given_byte_by_byte_and_has_no_effect() {
    let world = World::start().await;
    let tokens = world.tokens().await;
    let script = Scripted::Answer {
        status: 429,
        content_type: Some("text/html".to_owned()),
        headers: vec![
            ("retry-after".to_owned(), "7".to_owned()),
            ("x-a".to_owned(), "b".to_owned()),
        ],
        body: b"\xff\x00<html>".to_vec(),
    };
    world.sandbox.script(Endpoint::Token, script);

    let body = world.refresh_body(text(&tokens, "refresh_token"));
    let response = world
        .http
        .post(world.token_url())
        .json(&body)
        .send()
        .await
        .unwrap();

    assert_eq!(response.status().as_u16(), 429);
    assert_eq!(response.headers()["content-type"], "text/html");
    assert_eq!(response.headers()["retry-after"], "7");
    assert_eq!(response.headers()["x-a"], "b");
    assert_eq!(response.bytes().await.unwrap().as_ref(), b"\xff\x00<html>");
    assert_eq!(world.sandbox.grants()[0].refreshes, 0);
    let (status, _) = world.token(&body).await;
    assert_eq!(status, StatusCode::OK, "the script was used up");
    world.end().await;
}

#[tokio::test]
async fn scripts_queue_up_and_a_lasting_one_stays_until_it_is_cleared() {
    let world = World::start().await;
    let tokens = world.tokens().await;
    let access_token = text(&tokens, "access_token");
    world
        .sandbox
        .script(Endpoint::Summary, Scripted::json(500, "{}"));
    world
        .sandbox
        .script(Endpoint::Summary, Scripted::json(501, "{}"));
    world
        .sandbox
        .script_forever(Endpoint::Summary, Scripted::json(503, "{}"));
    for expected in [500, 501, 503, 503] {
        assert_eq!(
            world.summary(access_token).await.status().as_u16(),
            expected
        );
    }
    let (status, _) = world
        .question(access_token, &json!({ "query": "team" }))
        .await;
    assert_eq!(status, StatusCode::OK, "another endpoint is not scripted");

    world.sandbox.clear_script(Endpoint::Summary);

    assert_eq!(world.summary(access_token).await.status(), StatusCode::OK);
    world.end().await;
}

#[tokio::test]
async fn every_endpoint_can_be_scripted() {
    let world = World::start().await;
    for (endpoint, method, path) in [
        (Endpoint::Connect, "GET", "/mio/connect"),
        (Endpoint::Consent, "POST", "/mio/consent"),
        (Endpoint::Token, "POST", TOKEN),
        (Endpoint::Summary, "GET", "/mio/v1/context/summary"),
        (Endpoint::Question, "POST", "/mio/v1/context"),
        (Endpoint::MavioAuthorize, "GET", "/mavio/oauth/authorize"),
        (Endpoint::MavioConsent, "POST", "/mavio/oauth/consent"),
        (Endpoint::MavioToken, "POST", "/mavio/oauth/token"),
        (Endpoint::MavioMeetings, "GET", "/mavio/v1/meetings"),
        (Endpoint::MavioSummaries, "GET", "/mavio/v1/summaries/sum_x"),
        (Endpoint::MavioActionItems, "GET", "/mavio/v1/action-items"),
        (Endpoint::OauthAuthorize, "GET", "/oauth/authorize"),
        (Endpoint::OauthConsent, "POST", "/oauth/consent"),
        (Endpoint::OauthToken, "POST", "/oauth/token"),
        (Endpoint::OauthRevoke, "POST", "/oauth/revoke"),
        (Endpoint::OauthUserinfo, "GET", "/oauth/userinfo"),
        (Endpoint::OauthPing, "GET", "/oauth/api/ping"),
        (
            Endpoint::OidcDiscovery,
            "GET",
            "/oidc/.well-known/openid-configuration",
        ),
        (
            Endpoint::OidcInsertedDiscovery,
            "GET",
            "/.well-known/openid-configuration/oidc",
        ),
        (
            Endpoint::OidcServerMetadata,
            "GET",
            "/.well-known/oauth-authorization-server/oidc",
        ),
        (Endpoint::OidcJwks, "GET", "/oidc/jwks"),
        (Endpoint::OidcPushed, "POST", "/oidc/par"),
        (Endpoint::OidcAuthorize, "GET", "/oidc/authorize"),
        (Endpoint::OidcConsent, "POST", "/oidc/consent"),
        (Endpoint::OidcToken, "POST", "/oidc/token"),
        (Endpoint::OidcRevoke, "POST", "/oidc/revoke"),
        (Endpoint::OidcUserinfo, "GET", "/oidc/userinfo"),
        (
            Endpoint::OidcDeviceAuthorization,
            "POST",
            "/oidc/device_authorization",
        ),
        (Endpoint::OidcDevicePage, "GET", "/oidc/device"),
        (Endpoint::OidcDeviceCode, "POST", "/oidc/device/code"),
        (
            Endpoint::OidcDeviceDecision,
            "POST",
            "/oidc/device/decision",
        ),
    ] {
        world.sandbox.script(endpoint, Scripted::json(418, "{}"));
        let request = world.http.request(method.parse().unwrap(), world.url(path));
        assert_eq!(
            request.send().await.unwrap().status().as_u16(),
            418,
            "{endpoint:?}"
        );
        assert_eq!(world.sandbox.request_count(endpoint), 1, "{endpoint:?}");
    }
    world.end().await;
}

#[tokio::test]
async fn an_impossible_answer_is_a_plain_500() {
    let world = World::start().await;
    let impossible = |status, name: &str, value: &str| Scripted::Answer {
        status,
        content_type: None,
        headers: vec![(name.to_owned(), value.to_owned())],
        body: Vec::new(),
    };
    for script in [
        impossible(7, "a", "b"),
        impossible(200, "a b", "c"),
        impossible(200, "a", "\r\n"),
    ] {
        world.sandbox.script(Endpoint::Token, script);
        let (status, answer) = world.token(&json!({})).await;
        assert_eq!(
            (status.as_u16(), &answer["error"]),
            (500, &json!("server_error"))
        );
    }
    world.end().await;
}

#[tokio::test]
async fn a_connection_closed_before_the_headers_carries_no_byte_and_has_no_effect() {
    let world = World::start().await;
    let tokens = world.tokens().await;
    let body = world.refresh_body(text(&tokens, "refresh_token"));
    world
        .sandbox
        .script(Endpoint::Token, Scripted::CloseBeforeHeaders);

    let answer = raw_exchange(&world, TOKEN, &body).await;

    assert_eq!(answer, b"");
    assert_eq!(world.sandbox.grants()[0].refreshes, 0);
    let (status, _) = world.token(&body).await;
    assert_eq!(status, StatusCode::OK, "the refresh token was not used up");
    world.end().await;
}

#[tokio::test]
async fn a_lost_answer_carries_no_byte_and_has_its_effect() {
    let world = World::start().await;
    let tokens = world.tokens().await;
    let body = world.refresh_body(text(&tokens, "refresh_token"));
    world.sandbox.script(Endpoint::Token, Scripted::LoseAnswer);

    let answer = raw_exchange(&world, TOKEN, &body).await;

    assert_eq!(answer, b"");
    assert_eq!(world.sandbox.grants()[0].refreshes, 1);
    let (_, refused) = world.token(&body).await;
    assert_eq!(
        refused["error"], "invalid_grant",
        "the refresh token was rotated away"
    );
    world.end().await;
}

#[tokio::test]
async fn a_connection_closed_mid_body_carries_half_of_what_was_announced() {
    let world = World::start().await;
    let tokens = world.tokens().await;
    let body = world.refresh_body(text(&tokens, "refresh_token"));
    world
        .sandbox
        .script(Endpoint::Token, Scripted::CloseMidBody);

    let answer = String::from_utf8(raw_exchange(&world, TOKEN, &body).await).unwrap();

    let (head, half) = answer.split_once("\r\n\r\n").expect("whole headers");
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    let announced = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map(|length| length.parse::<usize>().unwrap());
    assert_eq!(
        Some(half.len()),
        announced.map(|length| length / 2),
        "{head}"
    );
    assert!(serde_json::from_str::<Value>(half).is_err());
    assert_eq!(
        world.sandbox.grants()[0].refreshes,
        1,
        "the answer had its effect"
    );
    world.end().await;
}

#[tokio::test]
async fn a_client_library_sees_both_cuts_as_errors() {
    let world = World::start().await;
    let tokens = world.tokens().await;
    let access_token = text(&tokens, "access_token");
    let summary = || {
        world
            .http
            .get(world.url("/mio/v1/context/summary"))
            .bearer_auth(access_token)
    };

    world
        .sandbox
        .script(Endpoint::Summary, Scripted::CloseBeforeHeaders);
    assert!(summary().send().await.is_err());

    world
        .sandbox
        .script(Endpoint::Summary, Scripted::CloseMidBody);
    let response = summary().send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.bytes().await.is_err());
    world.end().await;
}

#[tokio::test]
async fn a_gate_holds_requests_until_it_is_opened() {
    let world = World::start().await;
    let tokens = world.tokens().await;
    let gate = Gate::closed();
    world
        .sandbox
        .script_forever(Endpoint::Token, Scripted::Gate(gate.clone()));

    let held = refreshing(&world, text(&tokens, "refresh_token"));
    gate.reached_by(1).await;
    assert!(!held.is_finished());
    assert_eq!(world.sandbox.grants()[0].refreshes, 0);
    let also_held = refreshing(&world, "rtk_unknown");
    gate.reached_by(2).await;

    gate.open();

    assert_eq!(held.await.unwrap(), StatusCode::OK);
    assert_eq!(also_held.await.unwrap(), StatusCode::BAD_REQUEST);
    assert_eq!(
        refreshing(&world, "rtk_unknown").await.unwrap(),
        StatusCode::BAD_REQUEST
    );
    world.end().await;
}

#[tokio::test]
async fn a_delayed_answer_comes_after_its_delay() {
    let world = World::start().await;
    let tokens = world.tokens().await;
    let delay = Duration::from_millis(150);
    world
        .sandbox
        .script(Endpoint::Token, Scripted::Delay(delay));
    let mut slow = refreshing(&world, text(&tokens, "refresh_token"));

    let early = tokio::time::timeout(delay / 2, &mut slow).await;

    assert!(early.is_err(), "answered too early");
    assert_eq!(slow.await.unwrap(), StatusCode::OK);
    world.end().await;
}

#[tokio::test]
async fn a_hanging_answer_never_comes_and_does_not_keep_the_server_from_ending() {
    let world = World::start().await;
    world.sandbox.script(Endpoint::Summary, Scripted::Hang);
    let request = world.http.get(world.url("/mio/v1/context/summary"));
    let mut hanging =
        tokio::spawn(async move { request.send().await.map(|answer| answer.status()) });
    world.sandbox.wait_for_requests(Endpoint::Summary, 1).await;

    let answer = tokio::time::timeout(Duration::from_millis(100), &mut hanging).await;
    assert!(answer.is_err(), "{answer:?}");

    world.end().await;
    let cut = hanging.await.unwrap();
    assert!(cut.is_err(), "{cut:?}");
}

#[tokio::test]
async fn whoever_waits_for_requests_is_woken_by_the_last_of_them() {
    let world = World::start().await;
    let sandbox = world.sandbox.clone();
    let waiting = tokio::spawn(async move {
        sandbox.wait_for_requests(Endpoint::Summary, 3).await;
        sandbox.requests().len()
    });
    for _ in 0..2 {
        world.summary("x").await;
    }
    assert!(!waiting.is_finished());
    world.summary("x").await;

    assert_eq!(waiting.await.unwrap(), 3);
    world.end().await;
}
