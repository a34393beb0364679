//! The plain face's token endpoint: its answer, every refusal, the kind of body, PKCE, codes.

use std::time::Duration;

use keyfob_sandbox::{ExpiresIn, OauthManners};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{Form, Oauth, SCOPE, refresh_token, registration, with};
use crate::world::{CHALLENGE, VERIFIER, text};

/// A label, a field replaced in a form that was right (left out where empty), the status, the error.
type Row = (&'static str, &'static str, &'static str, u16, &'static str);

const BOTH_GRANTS: &[Row] = &[
    ("no grant type", "grant_type", "", 400, "invalid_request"),
    (
        "password grant",
        "grant_type",
        "password",
        400,
        "unsupported_grant_type",
    ),
    ("no client", "client_id", "", 401, "invalid_client"),
    ("no secret", "client_secret", "", 401, "invalid_client"),
    (
        "unknown client",
        "client_id",
        "oauth_client_x",
        401,
        "invalid_client",
    ),
    (
        "wrong secret",
        "client_secret",
        "oauth_secret_x",
        401,
        "invalid_client",
    ),
];

const EXCHANGE: &[Row] = &[
    ("no code", "code", "", 400, "invalid_request"),
    (
        "no redirect URI",
        "redirect_uri",
        "",
        400,
        "invalid_request",
    ),
    ("unknown code", "code", "oauth_code_x", 400, "invalid_grant"),
    (
        "another redirect URI",
        "redirect_uri",
        super::LOOPBACK,
        400,
        "invalid_grant",
    ),
    (
        "verifier unasked",
        "code_verifier",
        VERIFIER,
        400,
        "invalid_grant",
    ),
];

const REFRESH: &[Row] = &[
    ("no token", "refresh_token", "", 400, "invalid_request"),
    (
        "unknown token",
        "refresh_token",
        "oauth_rt_x",
        400,
        "invalid_grant",
    ),
];

/// Sends every row; the right form, with a field nobody knows, must succeed afterwards.
async fn assert_refusals(oauth: &Oauth, right: &Form, rows: &[Row]) {
    for (label, name, value, status, error) in BOTH_GRANTS.iter().chain(rows) {
        let (seen, answer) = oauth.token(&with(right, name, value)).await;

        assert_eq!(seen.as_u16(), *status, "{label}: {answer}");
        assert_eq!(answer["error"], *error, "{label}: {answer}");
        assert!(text(&answer, "error_description").len() > 5, "{label}");
        assert_eq!(answer.as_object().unwrap().len(), 2, "{label}: {answer}");
    }
    let (status, answer) = oauth.token(&with(right, "audience", "unknown")).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

#[tokio::test]
async fn a_wrong_exchange_is_refused_and_leaves_the_code_good() {
    let oauth = Oauth::start().await;
    let right = oauth.exchange_form(&oauth.code().await);
    assert_refusals(&oauth, &right, EXCHANGE).await;
    oauth.end().await;
}

#[tokio::test]
async fn a_wrong_refresh_is_refused_and_leaves_the_token_good() {
    let oauth = Oauth::start().await;
    let right = oauth.refresh_form(refresh_token(&oauth.tokens().await));
    assert_refusals(&oauth, &right, REFRESH).await;
    oauth.end().await;
}

#[tokio::test]
async fn a_token_answer_has_what_the_rfc_says_and_is_not_stored() {
    let oauth = Oauth::start().await;
    let form = oauth.exchange_form(&oauth.code().await);

    let request = oauth.http.post(oauth.url("/oauth/token")).form(&form);
    let response = request.send().await.unwrap();

    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let tokens: Value = response.json().await.unwrap();
    assert!(text(&tokens, "access_token").starts_with("oauth_at_"));
    assert!(refresh_token(&tokens).starts_with("oauth_rt_"));
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 3600);
    assert_eq!(tokens["scope"], SCOPE);
    assert_eq!(tokens.as_object().unwrap().len(), 5, "{tokens}");
    oauth.end().await;
}

#[tokio::test]
async fn a_refresh_token_comes_with_offline_access_only() {
    let oauth = Oauth::start().await;
    for (scope, expected) in [
        ("offline_access", true),
        ("files:write offline_access", true),
        ("profile email files:read files:write", false),
    ] {
        let tokens = oauth.tokens_for(scope).await;

        assert_eq!(tokens.get("refresh_token").is_some(), expected, "{scope}");
        assert_eq!(tokens["scope"], scope);
    }
    oauth.end().await;
}

#[tokio::test]
async fn only_a_form_is_read_and_no_field_twice() {
    let oauth = Oauth::start().await;
    let right = oauth.exchange_form(&oauth.code().await);
    let encoded = |form: &Form| {
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish()
    };
    let object: serde_json::Map<String, Value> = right
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    let json = Value::Object(object).to_string();
    let mut twice = right.clone();
    twice.push(("code", "another".to_owned()));
    let form = "application/x-www-form-urlencoded";
    let rows = [
        ("JSON", "application/json", json.clone()),
        ("JSON said to be a form", form, json),
        ("form said to be JSON", "application/json", encoded(&right)),
        ("a code twice", form, encoded(&twice)),
        ("nothing", form, String::new()),
    ];
    for (label, content_type, body) in rows {
        let request = oauth.http.post(oauth.url("/oauth/token"));
        let request = request.header("content-type", content_type).body(body);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{label}");
        assert_eq!(response.headers()["cache-control"], "no-store", "{label}");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["error"], "invalid_request", "{label}: {answer}");
    }
    let query = format!("/oauth/token?{}", encoded(&right));
    let request = oauth.http.post(oauth.url(&query)).form(&[("a", "b")]);
    let in_the_query = request.send().await.unwrap();
    assert_eq!(
        in_the_query.status(),
        StatusCode::BAD_REQUEST,
        "in the query"
    );
    let (status, answer) = oauth.token(&right).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    oauth.end().await;
}

#[tokio::test]
async fn a_challenge_is_met_by_its_verifier_only() {
    let oauth = Oauth::start().await;
    let mut request = oauth.request();
    request.insert("code_challenge", CHALLENGE.to_owned());
    request.insert("code_challenge_method", "S256".to_owned());
    let form = oauth.exchange_form(&oauth.code_for(&request).await);
    let wrong = format!("{}Y", &VERIFIER[..42]);
    for (label, verifier, expected) in [
        ("missing", "", 400),
        ("another", wrong.as_str(), 400),
        ("its own", VERIFIER, 200),
    ] {
        let (status, answer) = oauth.token(&with(&form, "code_verifier", verifier)).await;
        assert_eq!(status.as_u16(), expected, "{label}: {answer}");
        if expected == 400 {
            assert_eq!(answer["error"], "invalid_grant", "{label}");
        }
    }

    oauth
        .sandbox
        .oauth_manners(|manners| manners.check_pkce = false);
    let form = oauth.exchange_form(&oauth.code_for(&request).await);
    let (status, answer) = oauth.token(&with(&form, "code_verifier", &wrong)).await;
    assert_eq!(status, StatusCode::OK, "a server without PKCE: {answer}");
    oauth.end().await;
}

#[tokio::test]
async fn a_code_lives_sixty_seconds_and_its_second_use_ends_the_grant() {
    let oauth = Oauth::start().await;
    for (after, expected) in [(59_999, 200), (60_000, 400)] {
        let form = oauth.exchange_form(&oauth.code().await);
        oauth.clock.advance(Duration::from_millis(after));
        let (status, answer) = oauth.token(&form).await;
        assert_eq!(status.as_u16(), expected, "{after} ms: {answer}");
    }
    let form = oauth.exchange_form(&oauth.code().await);
    let (_, first) = oauth.token(&form).await;
    assert!(oauth.pings(&first).await);

    let (status, again) = oauth.token(&form).await;

    let seen = (status.as_u16(), &again["error"]);
    assert_eq!(seen, (400, &json!("invalid_grant")));
    assert!(!oauth.pings(&first).await, "what the first use began");
    oauth.assert_ended(&first, "and its refresh token").await;
    oauth.end().await;
}

#[tokio::test]
async fn codes_and_refresh_tokens_belong_to_one_client() {
    let oauth = Oauth::start().await;
    let other = oauth.sandbox.issue_client(registration()).unwrap();
    let code = oauth.code().await;
    let tokens = oauth.tokens().await;
    for form in [
        oauth.exchange_form(&code),
        oauth.refresh_form(refresh_token(&tokens)),
    ] {
        let stolen = with(&form, "client_id", &other.client_id);
        let stolen = with(&stolen, "client_secret", &other.client_secret);
        let (status, answer) = oauth.token(&stolen).await;
        let seen = (status.as_u16(), &answer["error"]);
        assert_eq!(seen, (400, &json!("invalid_grant")));

        let (status, answer) = oauth.token(&form).await;
        assert_eq!(status, StatusCode::OK, "the rightful client: {answer}");
    }
    oauth.end().await;
}

#[tokio::test]
async fn expires_in_is_said_in_the_form_that_is_asked_for() {
    let oauth = Oauth::start().await;
    let raw = |text: &str| ExpiresIn::Raw(text.to_owned());
    let rows = [
        (ExpiresIn::Seconds, Some("3600")),
        (ExpiresIn::Absent, None),
        (ExpiresIn::Text, Some("\"3600\"")),
        (raw("-1"), Some("-1")),
        (raw("0"), Some("0")),
        (raw("3600.5"), Some("3600.5")),
        (raw("null"), Some("null")),
        (raw("[3600]"), Some("[3600]")),
        (raw("1e999"), Some("1e999")),
        (raw("18446744073709551616"), Some("18446744073709551616")),
        (raw("NaN"), Some("NaN")),
    ];
    for (expires_in, expected) in rows {
        let label = format!("{expires_in:?}");
        oauth
            .sandbox
            .oauth_manners(|manners| manners.expires_in = ExpiresIn::Seconds);
        let tokens = oauth.tokens().await;
        oauth
            .sandbox
            .oauth_manners(|manners| manners.expires_in = expires_in);
        let form = oauth.refresh_form(refresh_token(&tokens));

        let request = oauth.http.post(oauth.url("/oauth/token")).form(&form);
        let body = request.send().await.unwrap().text().await.unwrap();

        match expected {
            Some(value) => {
                let end = format!(",\"expires_in\":{value}}}");
                assert!(body.ends_with(&end), "{label}: {body}");
            }
            None => assert!(!body.contains("expires_in"), "{label}: {body}"),
        }
        // All else is as it was, and the token lives its hour.
        let whole = match expected {
            Some(value) => body.replace(&format!(",\"expires_in\":{value}"), ""),
            None => body,
        };
        let renewed: Value = serde_json::from_str(&whole).unwrap();
        assert_eq!(renewed.as_object().unwrap().len(), 4, "{label}: {renewed}");
        oauth.clock.advance(Duration::from_millis(3_599_999));
        assert!(oauth.pings(&renewed).await, "{label}");
        oauth.clock.advance(Duration::from_millis(1));
        assert!(!oauth.pings(&renewed).await, "{label}");
    }
    oauth.end().await;
}

#[tokio::test]
async fn the_pessimist_tells_no_life_and_knows_no_pkce() {
    let oauth = Oauth::with(OauthManners {
        refresh_token_lifetime: Some(Duration::from_secs(100)),
        ..OauthManners::pessimist()
    })
    .await;
    let mut request = oauth.request();
    request.insert("code_challenge", CHALLENGE.to_owned());
    request.insert("code_challenge_method", "S256".to_owned());
    let form = oauth.exchange_form(&oauth.code_for(&request).await);

    let (status, tokens) = oauth.token(&form).await;

    assert_eq!(status, StatusCode::OK, "{tokens}");
    let mut names: Vec<&String> = tokens.as_object().unwrap().keys().collect();
    names.sort();
    let expected = ["access_token", "refresh_token", "scope", "token_type"];
    assert_eq!(names, expected);
    oauth.end().await;
}
