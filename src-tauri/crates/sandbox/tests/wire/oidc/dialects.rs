//! The dialects of the OpenID Connect face: whole flows with services that have habits of their own.

use std::collections::BTreeMap;

use keyfob_sandbox::{OidcDialect, OidcManners};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::judge::opened;
use super::{Form, Oidc, with};
use crate::world::{callback, text, ticket};

const CALENDAR: &str = "https://www.googleapis.com/auth/calendar.readonly";
const EMAIL: &str = "https://www.googleapis.com/auth/userinfo.email";

impl Oidc {
    async fn speaking(dialect: OidcDialect) -> Self {
        Self::with(OidcManners::speaking(dialect)).await
    }

    /// An authorization request with these parameters in the place of the usual ones.
    fn asking(&self, parameters: &[(&'static str, &str)]) -> BTreeMap<&'static str, String> {
        let mut request = self.request();
        let parameters = parameters.iter();
        request.extend(parameters.map(|(name, value)| (*name, (*value).to_owned())));
        request
    }

    /// The token answer where the user leaves only these scopes checked.
    async fn granted(&self, request: &BTreeMap<&str, String>, scopes: &[&str]) -> Value {
        let page = self.authorize(request).await.text().await.unwrap();
        let ticket = ticket(&page);
        let mut form = vec![("ticket", ticket.as_str()), ("user", "ada")];
        form.push(("decision", "allow"));
        form.extend(scopes.iter().map(|scope| ("scope", *scope)));
        let consent = self.http.post(self.url("/oidc/consent")).form(&form);
        let redirect = callback(&consent.send().await.unwrap());
        assert!(!redirect.contains_key("iss"), "{redirect:?}");
        let exchange = self.confidential(self.exchange_form(&redirect["code"]));
        let (status, answer) = self.token(&exchange).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    fn confidential(&self, form: Form) -> Form {
        with(&form, "client_secret", &self.app.client_secret)
    }

    fn claims(answer: &Value) -> Value {
        opened(text(answer, "id_token")).1
    }
}

#[tokio::test]
async fn google_gives_a_refresh_token_once_and_again_only_with_a_new_consent() {
    let oidc = Oidc::speaking(OidcDialect::Google).await;
    let offline = ("access_type", "offline");
    let consent = ("prompt", "consent");
    let scope = ("scope", "openid email");
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
        let mut request = oidc.asking(parameters);
        request.extend(oidc.asking(&[scope]).remove_entry("scope"));
        let answer = oidc.granted(&request, &["openid", "email"]).await;
        let seen = answer.get("refresh_token").is_some();
        assert_eq!(seen, expected, "{parameters:?}: {answer}");
        if seen && first.is_none() {
            first = Some(answer);
        }
    }
    let refresh = oidc.confidential(oidc.refresh_form(&first.unwrap()));
    let (status, answer) = oidc.token(&refresh).await;
    assert_eq!(status, StatusCode::OK, "the first one stays good");
    assert!(answer.get("refresh_token").is_none(), "{answer}");

    oidc.sandbox.revoke_all();
    let request = oidc.asking(&[offline, scope]);
    let answer = oidc.granted(&request, &["openid"]).await;
    let again = answer.get("refresh_token");
    assert!(again.is_some(), "as at the first time: {answer}");
    oidc.end().await;
}

#[tokio::test]
async fn google_tells_which_scopes_were_left_by_their_long_names() {
    let oidc = Oidc::speaking(OidcDialect::Google).await;
    let asked = format!("openid email {CALENDAR}");
    let request = oidc.asking(&[("access_type", "offline"), ("scope", &asked)]);

    let answer = oidc.granted(&request, &["openid", "email"]).await;

    assert_eq!(answer["scope"], format!("openid {EMAIL}"));
    assert_eq!(Oidc::claims(&answer)["email"], "ada@byron.example");
    let (_, renewed) = oidc
        .token(&oidc.confidential(oidc.refresh_form(&answer)))
        .await;
    assert_eq!(renewed["scope"], answer["scope"]);

    let asked = format!("openid {EMAIL}");
    let request = oidc.asking(&[("scope", &asked)]);
    let answer = oidc.granted(&request, &["openid", EMAIL]).await;
    assert_eq!(answer["scope"], asked, "a long name stays as it is");
    assert_eq!(Oidc::claims(&answer)["email"], "ada@byron.example");
    oidc.end().await;
}

#[tokio::test]
async fn microsoft_names_the_tenant_and_never_the_wish_for_a_refresh_token() {
    let oidc = Oidc::speaking(OidcDialect::Microsoft).await;
    for (scope, lasting) in [
        ("openid email offline_access", true),
        ("openid email", false),
    ] {
        let answer = oidc.granted(&oidc.asking(&[("scope", scope)]), &[]).await;
        assert_eq!(answer["scope"], "openid email", "{scope}");
        assert_eq!(answer["ext_expires_in"], answer["expires_in"]);
        assert_eq!(answer.get("refresh_token").is_some(), lasting, "{scope}");
        let claims = Oidc::claims(&answer);
        let issuer = format!(
            "https://login.microsoftonline.com/{}/v2.0",
            text(&claims, "tid")
        );
        assert_eq!(claims["iss"], issuer);
    }
    let metadata = oidc.json("/oidc/.well-known/openid-configuration").await;
    let announced = "https://login.microsoftonline.com/{tenantid}/v2.0";
    assert_eq!(metadata["issuer"], announced);
    oidc.end().await;
}

#[tokio::test]
async fn gitlab_gives_a_refresh_token_unasked() {
    let oidc = Oidc::speaking(OidcDialect::Gitlab).await;
    let answer = oidc
        .granted(&oidc.asking(&[("scope", "openid email")]), &[])
        .await;
    assert_eq!(answer["expires_in"], 2 * 60 * 60);
    assert!(answer["created_at"].is_i64(), "{answer}");
    let renewed = oidc.renewed(&answer).await;
    assert_ne!(renewed["refresh_token"], answer["refresh_token"]);
    oidc.end().await;
}

#[tokio::test]
async fn dropbox_gives_a_lasting_token_that_asks_for_it_and_no_more_than_needed_after() {
    let oidc = Oidc::speaking(OidcDialect::Dropbox).await;
    let scope = ("scope", "openid email");
    let answer = oidc.granted(&oidc.asking(&[scope]), &[]).await;
    assert!(answer.get("refresh_token").is_none(), "{answer}");

    let request = oidc.asking(&[scope, ("token_access_type", "offline")]);
    let answer = oidc.granted(&request, &[]).await;
    assert_eq!(Oidc::claims(&answer).get("nonce"), None);
    let renewed = oidc.renewed(&answer).await;

    let mut members: Vec<&str> = renewed
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    members.sort_unstable();
    assert_eq!(members, ["access_token", "expires_in", "token_type"]);
    assert_eq!(renewed["expires_in"], json!(4 * 60 * 60));
    assert_eq!(renewed["token_type"], "bearer");
    oidc.end().await;
}
