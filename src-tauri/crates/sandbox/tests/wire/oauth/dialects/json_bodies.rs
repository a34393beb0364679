//! Notion and Atlassian, who want JSON where the RFC has a form.

use std::collections::BTreeMap;

use keyfob_sandbox::Dialect;
use serde_json::{Value, json};

use super::super::{Form, Oauth, with};
use super::{members, sent};
use crate::world::text;

fn object(form: &Form) -> Value {
    let members: BTreeMap<&str, &String> =
        form.iter().map(|(name, value)| (*name, value)).collect();
    json!(members)
}

#[tokio::test]
async fn notion_takes_basic_and_json_and_names_the_workspace() {
    let oauth = Oauth::speaking(Dialect::Notion).await;
    let (id, secret) = (&oauth.app.client_id, &oauth.app.client_secret);
    let code = oauth.code_for(&oauth.asking(&[("owner", "user")])).await;
    let in_the_body = oauth.exchange(&code);
    let bare = with(&with(&in_the_body, "client_secret", ""), "client_id", "");
    let refused = [
        (
            "a form",
            oauth.to_token().basic_auth(id, Some(secret)).form(&bare),
            400,
        ),
        (
            "in the body",
            oauth.to_token().json(&object(&in_the_body)),
            401,
        ),
        ("nobody", oauth.to_token().json(&object(&bare)), 401),
    ];
    for (label, request, expected) in refused {
        let (status, answer) = sent(request).await;
        assert_eq!(status, expected, "{label}");
        assert_eq!(
            members(&answer),
            ["error", "error_description", "request_id"]
        );
    }

    let request = oauth.to_token().basic_auth(id, Some(secret));
    let (status, answer) = sent(request.json(&object(&bare))).await;

    assert_eq!(status, 200, "{answer}");
    let expected = [
        "access_token",
        "bot_id",
        "duplicated_template_id",
        "owner",
        "refresh_token",
        "request_id",
        "token_type",
        "workspace_icon",
        "workspace_id",
        "workspace_name",
    ];
    assert_eq!(members(&answer), expected);
    let owner = &answer["owner"]["user"];
    assert_eq!(owner["person"]["email"], "ada@byron.example");
    assert_eq!(answer["workspace_name"], "The workspace of Ada Byron");
    let person = oauth.person(text(&answer, "access_token")).await;
    assert_eq!(person["bot"]["owner"]["user"], *owner);

    let refresh = json!({
        "grant_type": "refresh_token",
        "refresh_token": answer["refresh_token"],
    });
    let request = oauth.to_token().basic_auth(id, Some(secret));
    let (status, renewed) = sent(request.json(&refresh)).await;
    assert_eq!(status, 200, "{renewed}");
    assert_ne!(renewed["refresh_token"], answer["refresh_token"]);
    oauth.end().await;
}

#[tokio::test]
async fn atlassian_takes_json_rotates_and_forbids_a_used_refresh_token() {
    let oauth = Oauth::speaking(Dialect::Atlassian).await;
    let request = oauth.asking(&[
        ("audience", "api.atlassian.example"),
        ("prompt", "consent"),
        ("scope", "read:me offline_access"),
    ]);
    let code = oauth.code_for(&request).await;
    let form = oauth.exchange(&code);
    let (status, answer) = sent(oauth.to_token().form(&form)).await;
    let seen = (status, &answer["error"]);
    assert_eq!(seen, (400, &json!("invalid_request")), "a form");

    let (status, first) = sent(oauth.to_token().json(&object(&form))).await;

    assert_eq!(status, 200, "{first}");
    let expected = [
        "access_token",
        "expires_in",
        "refresh_token",
        "scope",
        "token_type",
    ];
    assert_eq!(members(&first), expected);
    assert_eq!(first["scope"], "read:me offline_access");
    let person = oauth.person(text(&first, "access_token")).await;
    assert_eq!(person["email"], "ada@byron.example");
    let refresh = object(&oauth.refresh_form(text(&first, "refresh_token")));
    let (status, second) = sent(oauth.to_token().json(&refresh)).await;
    assert_eq!(status, 200, "{second}");
    assert_ne!(first["refresh_token"], second["refresh_token"]);

    let (status, again) = sent(oauth.to_token().json(&refresh)).await;

    assert_eq!((status, &again["error"]), (403, &json!("invalid_grant")));
    let (status, code_again) = sent(oauth.to_token().json(&object(&form))).await;
    assert_eq!(
        (status, &code_again["error"]),
        (400, &json!("invalid_grant"))
    );
    oauth.end().await;
}
