//! GitHub: a form or JSON, refusals with status 200, commas, and an end only where it was asked for.

use std::collections::BTreeMap;

use keyfob_sandbox::Dialect;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::super::{Oauth, with};
use super::{members, sent};
use crate::world::{callback, text};

/// `POST` as a client that accepts JSON.
async fn as_json(oauth: &Oauth, form: &super::Form) -> (u16, Value) {
    let request = oauth.to_token().header("accept", "application/json");
    sent(request.form(form)).await
}

#[tokio::test]
async fn the_answer_is_a_form_unless_the_client_accepts_json() {
    let oauth = Oauth::speaking(Dialect::Github).await;
    for (accept, is_json) in [
        (None, false),
        (Some("*/*"), false),
        (Some("application/json"), true),
        (Some("text/html, application/json;q=0.9"), true),
    ] {
        let code = oauth
            .code_for(&oauth.asking(&[("scope", "repo gist,user")]))
            .await;
        let mut request = oauth.to_token().form(&oauth.exchange(&code));
        if let Some(accept) = accept {
            request = request.header("accept", accept);
        }

        let answer = request.send().await.unwrap();

        let content_type = answer.headers()[CONTENT_TYPE].to_str().unwrap();
        let expected = if is_json {
            "application/json"
        } else {
            "application/x-www-form-urlencoded"
        };
        assert!(
            content_type.starts_with(expected),
            "{accept:?}: {content_type}"
        );
        let body = answer.text().await.unwrap();
        let seen: BTreeMap<String, String> = if is_json {
            serde_json::from_str(&body).unwrap()
        } else {
            url::form_urlencoded::parse(body.as_bytes())
                .into_owned()
                .collect()
        };
        assert_eq!(seen["scope"], "repo,gist,user", "{accept:?}");
        assert_eq!(seen["token_type"], "bearer", "{accept:?}");
        assert_eq!(seen.len(), 3, "no end, no refresh token: {seen:?}");
        let person = oauth.person(&seen["access_token"]).await;
        assert_eq!(person["login"], "ada", "{person}");
    }
    oauth.end().await;
}

#[tokio::test]
async fn with_offline_access_a_token_ends_and_is_renewed() {
    let oauth = Oauth::speaking(Dialect::Github).await;
    let request = oauth.asking(&[("scope", "offline_access")]);
    let redirect = callback(&oauth.decide(&request, "allow").await);
    assert_eq!(redirect["iss"], oauth.url("/oauth"));

    let (_, first) = as_json(&oauth, &oauth.exchange(&redirect["code"])).await;

    assert_eq!(first["expires_in"], 8 * 60 * 60);
    assert_eq!(first["refresh_token_expires_in"], 184 * 24 * 60 * 60);
    let (status, second) =
        as_json(&oauth, &oauth.refresh_form(text(&first, "refresh_token"))).await;
    assert_eq!(status, 200);
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_eq!(members(&first), members(&second));
    oauth.end().await;
}

#[tokio::test]
async fn a_refusal_comes_with_status_200_in_words_of_its_own() {
    let oauth = Oauth::speaking(Dialect::Github).await;
    let code = oauth.code_for(&oauth.asking(&[])).await;
    let good = oauth.exchange(&code);
    let rows = [
        (with(&good, "code", "x"), "bad_verification_code"),
        (with(&good, "code_verifier", ""), "bad_verification_code"),
        (
            with(&good, "client_secret", "x"),
            "incorrect_client_credentials",
        ),
        (
            with(&good, "redirect_uri", "dev.keyfob.desktop:/other"),
            "redirect_uri_mismatch",
        ),
        (oauth.refresh_form("x"), "bad_refresh_token"),
        (
            with(&good, "grant_type", "password"),
            "unsupported_grant_type",
        ),
    ];
    for (form, expected) in rows {
        let (status, answer) = as_json(&oauth, &form).await;
        assert_eq!((status, &answer["error"]), (200, &json!(expected)));
        assert_eq!(
            members(&answer),
            ["error", "error_description", "error_uri"]
        );

        let answer = oauth.to_token().form(&form).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{expected}");
        let body = answer.text().await.unwrap();
        assert!(body.contains(&format!("error={expected}&")), "{body}");
    }
    let (_, answer) = as_json(&oauth, &good).await;
    assert!(answer.get("access_token").is_some(), "{answer}");
    oauth.end().await;
}
