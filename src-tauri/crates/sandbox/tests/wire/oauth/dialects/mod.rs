//! The dialects of the plain face: whole flows in the words of services that have habits of their own.

mod github;
mod json_bodies;
mod public;
mod slack;

use std::collections::BTreeMap;

use keyfob_sandbox::{Dialect, OauthManners};
use reqwest::RequestBuilder;
use serde_json::Value;

use super::{Form, Oauth};
use crate::world::{CHALLENGE, VERIFIER, text};

impl Oauth {
    async fn speaking(dialect: Dialect) -> Self {
        Self::with(OauthManners::speaking(dialect)).await
    }

    /// An authorization request with these parameters beside the usual ones, and PKCE.
    fn asking(&self, parameters: &[(&'static str, &str)]) -> BTreeMap<&'static str, String> {
        let mut request = self.request();
        request.remove("scope");
        request.insert("code_challenge", CHALLENGE.to_owned());
        request.insert("code_challenge_method", "S256".to_owned());
        let parameters = parameters.iter();
        request.extend(parameters.map(|(name, value)| (*name, (*value).to_owned())));
        request
    }

    /// An exchange with the secret in the body and the verifier.
    fn exchange(&self, code: &str) -> Form {
        let mut form = self.exchange_form(code);
        form.push(("code_verifier", VERIFIER.to_owned()));
        form
    }

    fn to_token(&self) -> RequestBuilder {
        self.http.post(self.url("/oauth/token"))
    }

    /// What userinfo tells to the holder of an access token.
    async fn person(&self, access_token: &str) -> Value {
        let answer = self.get(access_token, "/userinfo").await;
        answer.json().await.unwrap()
    }
}

/// Status and JSON.
async fn sent(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap())
}

/// The names of the members, in alphabetical order.
fn members(answer: &Value) -> Vec<&str> {
    let members = answer.as_object().unwrap();
    let mut names: Vec<&str> = members.keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn the_default_dialect_knows_its_own_scopes_only_and_the_others_any() {
    for (dialect, parameter, expected) in [
        (Dialect::Rfc, "scope", false),
        (Dialect::Github, "scope", true),
        (Dialect::Slack, "user_scope", true),
        (Dialect::Notion, "scope", true),
        (Dialect::Atlassian, "scope", true),
        (Dialect::Discord, "scope", true),
        (Dialect::Linear, "scope", true),
        (Dialect::Spotify, "scope", true),
    ] {
        let oauth = Oauth::speaking(dialect).await;
        for (scope, expected) in [("moon:read", expected), ("moon\u{e9}", false)] {
            let page = oauth.authorize(&oauth.asking(&[(parameter, scope)])).await;
            let seen = page.status() == 200;
            assert_eq!(seen, expected, "{dialect:?} {scope}");
        }
        oauth.end().await;
    }
}

#[tokio::test]
async fn a_dialect_can_be_changed_while_the_sandbox_runs() {
    let oauth = Oauth::start().await;
    let form = oauth.exchange("unknown");
    for (dialect, expected) in [
        (Dialect::Rfc, (400, "invalid_grant")),
        (Dialect::Slack, (200, "invalid_code")),
        (Dialect::Github, (200, "bad_verification_code")),
        (Dialect::Zoom, (400, "invalid_grant")),
    ] {
        oauth
            .sandbox
            .oauth_manners(|manners| *manners = OauthManners::speaking(dialect));
        let request = oauth.to_token().header("accept", "application/json");
        let (status, answer) = sent(request.form(&form)).await;
        assert_eq!((status, text(&answer, "error")), expected, "{dialect:?}");
    }
    assert_eq!(
        OauthManners::speaking(Dialect::Rfc),
        OauthManners::default()
    );
    oauth.end().await;
}
