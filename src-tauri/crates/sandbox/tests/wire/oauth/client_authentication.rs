//! How a client proves itself at the plain face: HTTP Basic, the body, neither and both.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keyfob_sandbox::OauthManners;
use reqwest::StatusCode;
use serde_json::Value;

use super::{Form, Oauth, refresh_token, with};
use crate::world::{CHALLENGE, VERIFIER};

/// `Basic` with id and secret as they are.
fn basic(client_id: &str, client_secret: &str) -> String {
    let pair = format!("{client_id}:{client_secret}");
    format!("Basic {}", STANDARD.encode(pair))
}

/// Every character form-encoded, as no client does but every server must understand.
fn encoded(value: &str) -> String {
    value.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// `POST` with these Authorization headers: status, challenge and JSON.
async fn posted(
    oauth: &Oauth,
    form: &Form,
    authorization: &[String],
) -> (u16, Option<String>, Value) {
    let request = oauth.http.post(oauth.url("/oauth/token")).form(form);
    let request = authorization.iter().fold(request, |request, value| {
        request.header("authorization", value)
    });
    let response = request.send().await.unwrap();
    let challenge = response.headers().get("www-authenticate");
    let challenge = challenge.map(|value| value.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    (status, challenge, response.json().await.unwrap())
}

#[tokio::test]
async fn a_client_authenticates_by_basic_or_by_the_body_and_by_one_only() {
    let oauth = Oauth::start().await;
    let (id, secret) = (oauth.app.client_id.clone(), oauth.app.client_secret.clone());
    let good = basic(&id, &secret);
    let twice_encoded = basic(&encoded(&id), &encoded(&secret));
    // Which of client_id and client_secret stand in the body, the headers, the expected error.
    let rows: &[(&str, &str, &str, &[String], &str)] = &[
        ("body", &id, &secret, &[], ""),
        ("Basic", "", "", std::slice::from_ref(&good), ""),
        ("Basic, form-encoded", "", "", &[twice_encoded], ""),
        (
            "Basic and the same client_id",
            &id,
            "",
            std::slice::from_ref(&good),
            "",
        ),
        (
            "Basic and another client_id",
            "oauth_client_x",
            "",
            std::slice::from_ref(&good),
            "invalid_request",
        ),
        (
            "Basic and body",
            &id,
            &secret,
            std::slice::from_ref(&good),
            "invalid_request",
        ),
        (
            "Basic twice",
            "",
            "",
            &[good.clone(), good.clone()],
            "invalid_request",
        ),
        ("nothing", "", "", &[], "invalid_client"),
        (
            "secret without client_id",
            "",
            &secret,
            &[],
            "invalid_client",
        ),
        ("client_id without secret", &id, "", &[], "invalid_client"),
        (
            "Basic without secret",
            "",
            "",
            &[basic(&id, "")],
            "invalid_client",
        ),
        (
            "Basic, wrong secret",
            "",
            "",
            &[basic(&id, "x")],
            "invalid_client",
        ),
        (
            "Basic, unknown client",
            "",
            "",
            &[basic("x", &secret)],
            "invalid_client",
        ),
        (
            "Basic, broken",
            "",
            "",
            &["Basic %%%".to_owned()],
            "invalid_client",
        ),
        (
            "Bearer",
            "",
            "",
            &[format!("Bearer {secret}")],
            "invalid_client",
        ),
        (
            "Bearer beside client_id",
            &id,
            "",
            &["Bearer x".to_owned()],
            "invalid_client",
        ),
    ];
    for (label, client_id, client_secret, authorization, error) in rows {
        let tokens = oauth.tokens().await;
        let form = oauth.refresh_form(refresh_token(&tokens));
        let form = with(&form, "client_id", client_id);
        let form = with(&form, "client_secret", client_secret);

        let (status, challenge, answer) = posted(&oauth, &form, authorization).await;

        let expected = match *error {
            "" => 200,
            "invalid_client" => 401,
            _ => 400,
        };
        assert_eq!(status, expected, "{label}: {answer}");
        assert_eq!(
            answer["error"].as_str().unwrap_or_default(),
            *error,
            "{label}"
        );
        // RFC 6749 §5.2: a 401 names the scheme that would do.
        let basic = (expected == 401).then_some("Basic realm=\"Acme\"");
        assert_eq!(challenge.as_deref(), basic, "{label}");
        if !error.is_empty() {
            oauth.renewed(&tokens).await;
        }
    }
    oauth.end().await;
}

#[tokio::test]
async fn a_public_client_is_let_through_where_it_may_be_one_and_uses_pkce() {
    let oauth = Oauth::start().await;
    let mut request = oauth.request();
    request.insert("code_challenge", CHALLENGE.to_owned());
    request.insert("code_challenge_method", "S256".to_owned());
    let public = |code: &str| {
        let form = with(&oauth.exchange_form(code), "client_secret", "");
        with(&form, "code_verifier", VERIFIER)
    };
    let code = oauth.code_for(&request).await;
    let (status, answer) = oauth.token(&public(&code)).await;
    assert_eq!(
        (status.as_u16(), &answer["error"]),
        (401, &"invalid_client".into())
    );

    oauth
        .sandbox
        .oauth_manners(|manners| manners.public_clients = true);

    let (status, tokens) = oauth.token(&public(&code)).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    let renewal = with(
        &oauth.refresh_form(refresh_token(&tokens)),
        "client_secret",
        "",
    );
    let (status, renewed) = oauth.token(&renewal).await;
    assert_eq!(status, StatusCode::OK, "{renewed}");
    assert!(oauth.pings(&renewed).await);

    let plain = with(&public(&oauth.code().await), "code_verifier", "");
    let rows = [
        ("without PKCE", plain, 400, "invalid_request"),
        (
            "wrong secret",
            with(
                &public(&oauth.code_for(&request).await),
                "client_secret",
                "x",
            ),
            401,
            "invalid_client",
        ),
        (
            "unknown client",
            with(&public(&oauth.code_for(&request).await), "client_id", "x"),
            401,
            "invalid_client",
        ),
        (
            "no client",
            with(&public(&oauth.code_for(&request).await), "client_id", ""),
            401,
            "invalid_client",
        ),
    ];
    for (label, form, status, error) in rows {
        let (seen, answer) = oauth.token(&form).await;
        assert_eq!(
            (seen.as_u16(), &answer["error"]),
            (status, &error.into()),
            "{label}: {answer}"
        );
    }
    oauth.end().await;
}

#[tokio::test]
async fn a_public_client_of_a_server_without_pkce_needs_none() {
    let oauth = Oauth::with(OauthManners {
        public_clients: true,
        check_pkce: false,
        ..OauthManners::default()
    })
    .await;
    let form = with(
        &oauth.exchange_form(&oauth.code().await),
        "client_secret",
        "",
    );

    let (status, answer) = oauth.token(&form).await;

    assert_eq!(status, StatusCode::OK, "{answer}");
    oauth.end().await;
}
