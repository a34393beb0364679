//! Pushed authorization requests (RFC 9126).

use std::collections::BTreeMap;
use std::time::Duration;

use keyfob_sandbox::OidcManners;
use reqwest::StatusCode;
use serde_json::json;

use super::{Form, Oidc, with};
use crate::world::{callback, text};

/// The request as a form of a public client.
fn form(oidc: &Oidc) -> Form {
    oidc.request().into_iter().collect()
}

/// What the browser brings: the client and the address that was given out.
async fn in_the_browser(oidc: &Oidc) -> BTreeMap<&'static str, String> {
    let (status, answer) = oidc.post("/oidc/par", &form(oidc)).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    assert_eq!(answer["expires_in"], 60);
    let request_uri = text(&answer, "request_uri");
    assert!(request_uri.starts_with("urn:ietf:params:oauth:request_uri:"));
    BTreeMap::from([
        ("client_id", oidc.app.client_id.clone()),
        ("request_uri", request_uri.to_owned()),
    ])
}

#[tokio::test]
async fn security_9_a_pushed_request_ends_in_tokens_and_is_good_once() {
    let oidc = Oidc::with(OidcManners {
        require_pushed_authorization_requests: true,
        ..OidcManners::default()
    })
    .await;
    let mut browser = in_the_browser(&oidc).await;
    // What else stands in the address counts for nothing.
    browser.insert("state", "another".to_owned());
    browser.insert("scope", "moon".to_owned());

    let parameters = callback(&oidc.decide(&browser, "allow").await);

    assert_eq!(parameters["state"], "s t&a");
    assert_eq!(parameters["iss"], oidc.issuer());
    let form = oidc.exchange_form(&parameters["code"]);
    let (status, tokens) = oidc.token(&form).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    assert_eq!(oidc.judged(&tokens, &oidc.expected(&tokens)).await, "fine");
    let again = oidc.authorize(&browser).await;
    assert_eq!(again.status(), StatusCode::BAD_REQUEST, "once");
    oidc.end().await;
}

#[tokio::test]
async fn security_9_where_it_is_demanded_a_plain_request_is_refused() {
    let oidc = Oidc::with(OidcManners {
        require_pushed_authorization_requests: true,
        ..OidcManners::default()
    })
    .await;

    let parameters = callback(&oidc.authorize(&oidc.request()).await);

    assert_eq!(parameters["error"], "invalid_request");
    assert_eq!(parameters["state"], "s t&a");
    oidc.end().await;
}

#[tokio::test]
async fn an_address_that_is_not_good_ends_in_the_browser() {
    let oidc = Oidc::start().await;
    let other = oidc.sandbox.issue_client(super::registration()).unwrap();
    let late = in_the_browser(&oidc).await;
    oidc.clock.advance(Duration::from_secs(60));
    let mut foreign = in_the_browser(&oidc).await;
    foreign.insert("client_id", other.client_id);
    let mut unnamed = in_the_browser(&oidc).await;
    unnamed.remove("client_id");
    let mut unknown = in_the_browser(&oidc).await;
    unknown.insert(
        "request_uri",
        "urn:ietf:params:oauth:request_uri:x".to_owned(),
    );
    for (label, browser) in [
        ("late", late),
        ("another client", foreign),
        ("no client", unnamed),
        ("unknown", unknown),
    ] {
        let answer = oidc.authorize(&browser).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{label}");
        let page = answer.text().await.unwrap();
        assert!(page.contains("no longer valid"), "{label}: {page}");
    }
    oidc.end().await;
}

#[tokio::test]
async fn what_the_authorization_endpoint_would_refuse_is_refused_when_it_is_pushed() {
    let oidc = Oidc::start().await;
    let rows = [
        (
            "redirect_uri",
            "https://attacker.example/",
            "invalid_request",
        ),
        ("scope", "moon", "invalid_scope"),
        ("response_type", "token", "unsupported_response_type"),
        ("code_challenge", "", "invalid_request"),
        ("request_uri", "urn:x", "invalid_request"),
        ("client_id", "oidc_client_x", "invalid_client"),
    ];
    for (name, value, expected) in rows {
        let (status, answer) = oidc
            .post("/oidc/par", &with(&form(&oidc), name, value))
            .await;

        let code = if expected == "invalid_client" {
            401
        } else {
            400
        };
        assert_eq!(status.as_u16(), code, "{name}={value}");
        assert_eq!(answer["error"], json!(expected), "{name}={value}");
    }
    oidc.end().await;
}
