//! The plain face's revocation endpoint: what ends, what doesn't, who may ask, and its bad days.

use std::time::Duration;

use keyfob_sandbox::{Endpoint, OauthManners, Rotation, Scripted};
use reqwest::StatusCode;
use serde_json::Value;

use super::{Oauth, refresh_token, registration, with};
use crate::world::text;

fn access_token(tokens: &Value) -> &str {
    text(tokens, "access_token")
}

#[tokio::test]
async fn a_connection_can_make_a_call_until_its_refresh_token_is_revoked() {
    let oauth = Oauth::start().await;
    let bystander = oauth.tokens().await;
    let first = oauth.tokens().await;
    let second = oauth.renewed(&first).await;
    assert!(oauth.pings(&first).await && oauth.pings(&second).await);

    let answer = oauth
        .revoke(&oauth.revoke_form(refresh_token(&second)))
        .await;

    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.bytes().await.unwrap().len(), 0);
    for tokens in [&first, &second] {
        assert!(
            !oauth.pings(tokens).await,
            "every access token of the grant"
        );
    }
    let userinfo = oauth.get(access_token(&second), "/userinfo").await;
    assert_eq!(userinfo.status(), StatusCode::UNAUTHORIZED);
    oauth.assert_ended(&second, "the refresh token").await;
    assert!(oauth.pings(&bystander).await, "another grant lives");
    oauth.renewed(&bystander).await;
    let live: Vec<bool> = oauth.sandbox.grants().iter().map(|g| g.live).collect();
    assert_eq!(live, [true, false]);
    oauth.end().await;
}

#[tokio::test]
async fn without_the_cascade_access_tokens_live_to_their_own_end_or_revocation() {
    let oauth = Oauth::with(OauthManners {
        revocation_cascades: false,
        ..OauthManners::default()
    })
    .await;
    let first = oauth.tokens().await;
    let second = oauth.renewed(&first).await;

    oauth.revoked(refresh_token(&second)).await;

    oauth.assert_ended(&second, "the refresh token").await;
    oauth.assert_ended(&first, "the one before it").await;
    for tokens in [&first, &second] {
        assert!(
            oauth.pings(tokens).await,
            "asking to renew ends nothing either"
        );
    }
    assert!(
        oauth.sandbox.grants()[0].live,
        "some of its tokens are good"
    );

    oauth.revoked(access_token(&first)).await;
    assert!(!oauth.pings(&first).await);
    assert!(oauth.pings(&second).await);
    oauth.clock.advance(Duration::from_millis(3_599_999));
    assert!(oauth.pings(&second).await);
    oauth.revoked(access_token(&second)).await;
    assert!(!oauth.pings(&second).await);
    assert!(!oauth.sandbox.grants()[0].live, "nothing is left of it");
    oauth.end().await;
}

#[tokio::test]
async fn an_access_token_is_revoked_alone_and_the_grant_can_be_renewed() {
    let oauth = Oauth::start().await;
    let first = oauth.tokens().await;
    let second = oauth.renewed(&first).await;

    oauth.revoked(access_token(&first)).await;

    assert!(!oauth.pings(&first).await);
    assert!(oauth.pings(&second).await, "its sister");
    let third = oauth.renewed(&second).await;
    assert!(oauth.pings(&third).await);

    let brief = oauth.tokens_for("email").await;
    oauth.revoked(access_token(&brief)).await;
    let live: Vec<bool> = oauth.sandbox.grants().iter().map(|g| g.live).collect();
    assert_eq!(
        live,
        [true, false],
        "without a refresh token it was all there was"
    );
    oauth.end().await;
}

#[tokio::test]
async fn any_refresh_token_of_a_grant_stands_for_all_of_them() {
    for rotation in [Rotation::Strict, Rotation::Grace(Duration::from_secs(60))] {
        let oauth = Oauth::with(OauthManners {
            rotation,
            ..OauthManners::default()
        })
        .await;
        let first = oauth.tokens().await;
        let second = oauth.renewed(&first).await;

        oauth.revoked(refresh_token(&first)).await;

        assert!(!oauth.pings(&second).await, "{rotation:?}");
        oauth.assert_ended(&second, "the newest").await;
        oauth
            .assert_ended(&first, "no grace after a revocation")
            .await;
        oauth.end().await;
    }
}

#[tokio::test]
async fn a_token_nobody_knows_is_a_success_that_ends_nothing() {
    let oauth = Oauth::start().await;
    let tokens = oauth.tokens().await;
    let gone = oauth.tokens().await;
    oauth.revoked(refresh_token(&gone)).await;
    let mios = oauth.world.tokens().await;
    for (label, token) in [
        ("unknown", "oauth_rt_x"),
        ("of no kind", "%00 \u{fffd}"),
        ("revoked before", refresh_token(&gone)),
        (
            "an access token that ended with its grant",
            access_token(&gone),
        ),
        ("a refresh token of Mio", refresh_token(&mios)),
        ("an access token of Mio", access_token(&mios)),
    ] {
        let answer = oauth.revoke(&oauth.revoke_form(token)).await;
        assert_eq!(answer.status(), StatusCode::OK, "{label}");
    }
    assert!(oauth.pings(&tokens).await);
    oauth.renewed(&tokens).await;
    let at_mio = oauth.summary(access_token(&mios)).await;
    assert_eq!(at_mio.status(), StatusCode::OK);
    let (status, _) = oauth.world.refresh(refresh_token(&mios)).await;
    assert_eq!(status, StatusCode::OK);
    oauth.end().await;
}

#[tokio::test]
async fn an_expired_token_is_a_success_too() {
    let oauth = Oauth::with(OauthManners {
        refresh_token_lifetime: Some(Duration::from_secs(60)),
        ..OauthManners::default()
    })
    .await;
    let tokens = oauth.tokens().await;
    oauth.clock.advance(Duration::from_secs(7200));

    oauth.revoked(access_token(&tokens)).await;
    oauth.revoked(refresh_token(&tokens)).await;

    assert!(!oauth.sandbox.grants()[0].live);
    oauth.end().await;
}

#[tokio::test]
async fn a_hint_may_be_wrong_and_changes_nothing() {
    let oauth = Oauth::start().await;
    for hint in ["refresh_token", "access_token", "pat", "\u{e4}"] {
        let tokens = oauth.tokens().await;
        let form = oauth.revoke_form(access_token(&tokens));
        let answer = oauth.revoke(&with(&form, "token_type_hint", hint)).await;
        assert_eq!(answer.status(), StatusCode::OK, "{hint}");
        assert!(!oauth.pings(&tokens).await, "{hint}");

        let tokens = oauth.renewed(&tokens).await;
        let form = oauth.revoke_form(refresh_token(&tokens));
        let answer = oauth.revoke(&with(&form, "token_type_hint", hint)).await;
        assert_eq!(answer.status(), StatusCode::OK, "{hint}");
        oauth.assert_ended(&tokens, hint).await;
    }
    oauth.end().await;
}

#[tokio::test]
async fn a_wrong_request_is_refused_and_ends_nothing() {
    let oauth = Oauth::start().await;
    let tokens = oauth.tokens().await;
    let other = oauth.sandbox.issue_client(registration()).unwrap();
    let right = oauth.revoke_form(refresh_token(&tokens));
    let stolen = with(&right, "client_id", &other.client_id);
    let stolen = with(&stolen, "client_secret", &other.client_secret);
    let of_mio = with(&right, "client_id", &oauth.client.client_id);
    let of_mio = with(&of_mio, "client_secret", &oauth.client.client_secret);
    let mut twice = right.clone();
    twice.push(("token", "another".to_owned()));
    let mut hints = with(&right, "token_type_hint", "access_token");
    hints.push(("token_type_hint", "refresh_token".to_owned()));
    let stolen_access = with(&stolen, "token", access_token(&tokens));
    let rows = [
        ("another client", stolen, 400, "invalid_grant"),
        (
            "another client, access token",
            stolen_access,
            400,
            "invalid_grant",
        ),
        ("a client of Mio", of_mio, 401, "invalid_client"),
        (
            "wrong secret",
            with(&right, "client_secret", "x"),
            401,
            "invalid_client",
        ),
        (
            "no secret",
            with(&right, "client_secret", ""),
            401,
            "invalid_client",
        ),
        (
            "no client",
            with(&right, "client_id", ""),
            401,
            "invalid_client",
        ),
        (
            "no token",
            with(&right, "token", ""),
            400,
            "invalid_request",
        ),
        ("a token twice", twice, 400, "invalid_request"),
        ("a hint twice", hints, 400, "invalid_request"),
    ];
    for (label, form, status, error) in rows {
        let answer = oauth.revoke(&form).await;

        assert_eq!(answer.status().as_u16(), status, "{label}");
        let challenged = answer.headers().contains_key("www-authenticate");
        assert_eq!(challenged, status == 401, "{label}");
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["error"], error, "{label}: {answer}");
    }
    let json = oauth.http.post(oauth.url("/oauth/revoke"));
    let json = json
        .json(&serde_json::json!({ "token": "x" }))
        .send()
        .await
        .unwrap();
    assert_eq!(json.status(), StatusCode::BAD_REQUEST, "JSON");
    assert!(oauth.pings(&tokens).await);
    oauth.renewed(&tokens).await;
    oauth.end().await;
}

#[tokio::test]
async fn a_client_may_authenticate_by_basic_or_be_public_here_too() {
    let oauth = Oauth::start().await;
    let first = oauth.tokens().await;
    let form = [("token", refresh_token(&first))];
    let request = oauth.http.post(oauth.url("/oauth/revoke")).form(&form);
    let (id, secret) = (&oauth.app.client_id, &oauth.app.client_secret);
    let answer = request.basic_auth(id, Some(secret)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(!oauth.pings(&first).await);

    let second = oauth.tokens().await;
    oauth
        .sandbox
        .oauth_manners(|manners| manners.public_clients = true);
    let form = with(
        &oauth.revoke_form(refresh_token(&second)),
        "client_secret",
        "",
    );
    assert_eq!(oauth.revoke(&form).await.status(), StatusCode::OK);
    assert!(!oauth.pings(&second).await);
    oauth.end().await;
}

#[tokio::test]
async fn on_a_scripted_bad_day_the_token_still_exists_and_can_be_revoked_later() {
    let oauth = Oauth::start().await;
    let tokens = oauth.tokens().await;
    let form = oauth.revoke_form(refresh_token(&tokens));
    let unavailable = Scripted::Answer {
        status: 503,
        content_type: None,
        headers: vec![("retry-after".to_owned(), "120".to_owned())],
        body: Vec::new(),
    };
    let unsupported = Scripted::json(400, "{\"error\":\"unsupported_token_type\"}");
    oauth.sandbox.script(Endpoint::OauthRevoke, unavailable);
    oauth.sandbox.script(Endpoint::OauthRevoke, unsupported);

    let answer = oauth.revoke(&form).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers()["retry-after"], "120");
    let answer = oauth.revoke(&form).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["error"], "unsupported_token_type");

    assert!(oauth.pings(&tokens).await, "it still exists");
    assert_eq!(oauth.revoke(&form).await.status(), StatusCode::OK);
    assert!(!oauth.pings(&tokens).await);
    assert_eq!(oauth.sandbox.request_count(Endpoint::OauthRevoke), 3);
    let seen = oauth.sandbox.requests();
    let revocations: Vec<_> = seen
        .iter()
        .filter(|request| request.endpoint == Endpoint::OauthRevoke)
        .collect();
    assert_eq!(revocations.len(), 3, "{seen:?}");
    for request in revocations {
        assert_eq!(
            (request.method.as_str(), request.path.as_str()),
            ("POST", "/oauth/revoke")
        );
        assert!(request.body.contains(refresh_token(&tokens)));
    }
    oauth.end().await;
}
