//! Slack: `user_scope`, tokens one level down, refusals with status 200.

use keyfob_sandbox::Dialect;
use serde_json::json;

use super::super::{Oauth, with};
use super::{members, sent};
use crate::world::{callback, text};

#[tokio::test]
async fn a_public_client_gets_the_tokens_of_a_user_and_renews_them_at_the_top() {
    let oauth = Oauth::speaking(Dialect::Slack).await;
    let request = oauth.asking(&[
        ("user_scope", "users.profile:read,search:read"),
        ("scope", ""),
    ]);
    let code = oauth.code_for(&request).await;
    let form = with(&oauth.exchange(&code), "client_secret", "");

    let (status, answer) = sent(oauth.to_token().form(&form)).await;

    assert_eq!((status, &answer["ok"]), (200, &json!(true)), "{answer}");
    let frame = [
        "app_id",
        "authed_user",
        "enterprise",
        "is_enterprise_install",
        "ok",
        "team",
    ];
    assert_eq!(members(&answer), frame);
    let user = &answer["authed_user"];
    let expected = [
        "access_token",
        "expires_in",
        "id",
        "refresh_token",
        "scope",
        "token_type",
    ];
    assert_eq!(members(user), expected);
    assert_eq!(user["scope"], "users.profile:read,search:read");
    assert_eq!(
        (&user["token_type"], &user["id"]),
        (&json!("user"), &json!("ada"))
    );
    assert_eq!(user["expires_in"], 12 * 60 * 60);
    let person = oauth.person(text(user, "access_token")).await;
    assert_eq!(person["profile"]["real_name"], "Ada Byron");

    let form = with(
        &oauth.refresh_form(text(user, "refresh_token")),
        "client_secret",
        "",
    );
    let (status, renewed) = sent(oauth.to_token().form(&form)).await;

    assert_eq!((status, &renewed["ok"]), (200, &json!(true)), "{renewed}");
    assert!(renewed.get("authed_user").is_none(), "{renewed}");
    assert_ne!(renewed["refresh_token"], user["refresh_token"]);
    assert_eq!(renewed["token_type"], "user");
    let person = oauth.person(text(&renewed, "access_token")).await;
    assert_eq!(person["ok"], true);

    oauth.sandbox.expire_access_tokens();
    let answer = oauth.get(text(&renewed, "access_token"), "/userinfo").await;
    assert_eq!(answer.status(), 200, "Slack has no other status");
    let refused: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(refused, json!({ "ok": false, "error": "invalid_auth" }));
    oauth.end().await;
}

#[tokio::test]
async fn a_refusal_comes_with_status_200_and_not_ok() {
    let oauth = Oauth::speaking(Dialect::Slack).await;
    let request = oauth.asking(&[("user_scope", "search:read")]);
    let good = oauth.exchange(&oauth.code_for(&request).await);
    let rows = [
        (with(&good, "code", "x"), "invalid_code"),
        (with(&good, "client_secret", "x"), "bad_client_secret"),
        (
            with(&good, "redirect_uri", "a.example:/"),
            "bad_redirect_uri",
        ),
        (with(&good, "grant_type", "password"), "invalid_grant_type"),
        (with(&good, "redirect_uri", ""), "invalid_arguments"),
        (oauth.refresh_form("x"), "invalid_refresh_token"),
        (good.clone(), ""),
        (good.clone(), "code_already_used"),
    ];
    for (form, expected) in rows {
        let (status, answer) = sent(oauth.to_token().form(&form)).await;
        if expected.is_empty() {
            assert_eq!((status, &answer["ok"]), (200, &json!(true)));
        } else {
            assert_eq!(status, 200, "{expected}");
            assert_eq!(answer, json!({ "ok": false, "error": expected }));
        }
    }
    let unasked = oauth
        .authorize(&oauth.asking(&[("scope", "search:read")]))
        .await;
    assert_eq!(callback(&unasked)["error"], "invalid_scope");
    oauth.end().await;
}
