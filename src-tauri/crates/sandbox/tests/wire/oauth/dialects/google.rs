//! Google: scopes that the user leaves out, and a refresh token only for who asks in the right words.

use std::collections::BTreeMap;

use keyfob_sandbox::Dialect;
use reqwest::StatusCode;
use serde_json::Value;

use super::super::Oauth;
use super::sent;
use crate::world::{callback, text, ticket};

const CALENDAR: &str = "https://www.googleapis.example/auth/calendar.readonly";
const SCOPES: &str = "openid https://www.googleapis.example/auth/calendar.readonly";

impl Oauth {
    /// The token answer where the user leaves only these scopes checked.
    async fn granted(&self, request: &BTreeMap<&str, String>, scopes: &[&str]) -> Value {
        let page = self.authorize(request).await;
        assert_eq!(page.status(), StatusCode::OK);
        let page = page.text().await.unwrap();
        assert_eq!(page.matches("name=\"scope\"").count(), 2, "{page}");
        let ticket = ticket(&page);
        let mut form = vec![("ticket", ticket.as_str()), ("user", "ada")];
        form.push(("decision", "allow"));
        form.extend(scopes.iter().map(|scope| ("scope", *scope)));
        let consent = self.http.post(self.url("/oauth/consent")).form(&form);
        let code = callback(&consent.send().await.unwrap())["code"].clone();
        let (status, answer) = sent(self.to_token().form(&self.exchange(&code))).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }
}

#[tokio::test]
async fn a_refresh_token_comes_once_and_again_only_with_a_new_consent() {
    let oauth = Oauth::speaking(Dialect::Google).await;
    let offline = ("access_type", "offline");
    let consent = ("prompt", "consent");
    // In this order: what is asked beside the scopes, and whether a refresh token comes.
    let rows: [(&[(&'static str, &str)], bool); 6] = [
        (&[], false),
        (&[consent], false),
        (&[offline], true),
        (&[offline], false),
        (&[offline, ("prompt", "select_account")], false),
        (&[offline, ("prompt", "select_account consent")], true),
    ];
    let mut first = None;
    for (parameters, expected) in rows {
        let mut request = oauth.asking(parameters);
        request.insert("scope", SCOPES.to_owned());
        let answer = oauth.granted(&request, &["openid", CALENDAR]).await;
        let seen = answer.get("refresh_token").is_some();
        assert_eq!(seen, expected, "{parameters:?}: {answer}");
        first = first.or(answer.get("refresh_token").cloned());
    }
    let first = first.unwrap();
    let renewed = oauth.refresh_form(first.as_str().unwrap());
    let (status, answer) = oauth.token(&renewed).await;
    assert_eq!(status, StatusCode::OK, "the first one stays good");
    assert!(answer.get("refresh_token").is_none(), "{answer}");

    oauth.sandbox.revoke_all();
    let mut request = oauth.asking(&[offline]);
    request.insert("scope", SCOPES.to_owned());
    let answer = oauth.granted(&request, &["openid"]).await;
    assert!(
        answer.get("refresh_token").is_some(),
        "as at the first time"
    );
    oauth.end().await;
}

#[tokio::test]
async fn the_answer_tells_which_scopes_were_left() {
    let oauth = Oauth::speaking(Dialect::Google).await;
    let mut request = oauth.asking(&[("access_type", "offline")]);
    request.insert("scope", SCOPES.to_owned());

    let answer = oauth.granted(&request, &[CALENDAR]).await;

    assert_eq!(answer["scope"], CALENDAR);
    let (_, renewed) = oauth
        .token(&oauth.refresh_form(text(&answer, "refresh_token")))
        .await;
    assert_eq!(renewed["scope"], CALENDAR);
    let person = oauth.person(text(&renewed, "access_token")).await;
    assert_eq!(person["email"], "ada@byron.example");
    oauth.end().await;
}
