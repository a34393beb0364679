//! The OpenID Connect face, and a client that speaks to it by the letter of the specifications.

mod authorize;
mod client_authentication;
mod device;
mod dialects;
mod discovery;
mod id_token;
mod judge;
mod keys;
mod pushed;
mod restart;
mod revocation;
mod rotation;
mod spoiled;
mod userinfo;

use std::collections::BTreeMap;
use std::ops::Deref;

use jsonwebtoken::jwk::JwkSet;
use keyfob_sandbox::{ClientRegistration, Config, Face, IssuedClient, OidcManners};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::world::{CHALLENGE, QueryPairs as _, START, VERIFIER, World, callback, text, ticket};

pub(crate) const REDIRECT: &str = "dev.keyfob.desktop:/callback/oidc-sandbox";
pub(crate) const LOOPBACK: &str = "http://127.0.0.1/callback/oidc-sandbox";
pub(crate) const SCOPE: &str = "openid profile email offline_access";
pub(crate) const NONCE: &str = "n-0S6_WzA2Mj";

/// The fields of a form, in order.
pub(crate) type Form = Vec<(&'static str, String)>;

/// A [`World`] with a client of the OpenID Connect face.
pub(crate) struct Oidc {
    pub(crate) world: World,
    pub(crate) app: IssuedClient,
}

impl Deref for Oidc {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl Oidc {
    pub(crate) async fn start() -> Self {
        Self::with(OidcManners::default()).await
    }

    pub(crate) async fn with(oidc: OidcManners) -> Self {
        Self::configured(Config {
            oidc,
            ..Config::default()
        })
        .await
    }

    pub(crate) async fn configured(config: Config) -> Self {
        let world = World::configured(config).await;
        let app = world.sandbox.issue_client(registration()).unwrap();
        Self { world, app }
    }

    pub(crate) async fn end(self) {
        self.world.end().await;
    }

    pub(crate) fn issuer(&self) -> String {
        self.url("/oidc")
    }

    /// `GET` of a path: status and body.
    pub(crate) async fn fetched(&self, path: &str) -> (StatusCode, String) {
        let answer = self.http.get(self.url(path)).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// `GET` of a path that must answer with JSON.
    pub(crate) async fn json(&self, path: &str) -> Value {
        let (status, body) = self.fetched(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// The published keys.
    pub(crate) async fn jwks(&self) -> JwkSet {
        serde_json::from_value(self.json("/oidc/jwks").await).unwrap()
    }

    /// An authorization request for everything.
    pub(crate) fn request(&self) -> BTreeMap<&'static str, String> {
        BTreeMap::from([
            ("response_type", "code".to_owned()),
            ("client_id", self.app.client_id.clone()),
            ("redirect_uri", REDIRECT.to_owned()),
            ("scope", SCOPE.to_owned()),
            ("state", "s t&a".to_owned()),
            ("nonce", NONCE.to_owned()),
            ("code_challenge", CHALLENGE.to_owned()),
            ("code_challenge_method", "S256".to_owned()),
        ])
    }

    /// `GET /oidc/authorize` with these parameters.
    pub(crate) async fn authorize(&self, parameters: &BTreeMap<&str, String>) -> Response {
        let pairs: Vec<(&str, &str)> = parameters
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let request = self.http.get(self.url("/oidc/authorize"));
        request.query_pairs(&pairs).send().await.unwrap()
    }

    /// Opens the consent page with these parameters and answers it as Ada.
    pub(crate) async fn decide(
        &self,
        parameters: &BTreeMap<&str, String>,
        decision: &str,
    ) -> Response {
        let page = self.authorize(parameters).await;
        assert_eq!(page.status(), StatusCode::OK, "the consent page");
        let ticket = ticket(&page.text().await.unwrap());
        let form = [
            ("ticket", ticket.as_str()),
            ("user", "ada"),
            ("decision", decision),
        ];
        let request = self.http.post(self.url("/oidc/consent"));
        request.form(&form).send().await.unwrap()
    }

    /// A code for these parameters, allowed by Ada.
    pub(crate) async fn code_for(&self, parameters: &BTreeMap<&str, String>) -> String {
        callback(&self.decide(parameters, "allow").await)["code"].clone()
    }

    /// An exchange of a public client.
    pub(crate) fn exchange_form(&self, code: &str) -> Form {
        vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("client_id", self.app.client_id.clone()),
            ("redirect_uri", REDIRECT.to_owned()),
            ("code_verifier", VERIFIER.to_owned()),
        ]
    }

    pub(crate) fn refresh_form(&self, tokens: &Value) -> Form {
        vec![
            ("grant_type", "refresh_token".to_owned()),
            ("refresh_token", text(tokens, "refresh_token").to_owned()),
            ("client_id", self.app.client_id.clone()),
        ]
    }

    /// `POST` of a form: status and JSON.
    pub(crate) async fn post(&self, path: &str, form: &Form) -> (StatusCode, Value) {
        let request = self.http.post(self.url(path)).form(form);
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    /// `POST` to the token endpoint: status and JSON.
    pub(crate) async fn token(&self, form: &Form) -> (StatusCode, Value) {
        self.post("/oidc/token", form).await
    }

    /// A whole connection with this scope: the token answer.
    pub(crate) async fn tokens_for(&self, scope: &str) -> Value {
        let mut request = self.request();
        request.insert("scope", scope.to_owned());
        let code = self.code_for(&request).await;
        let (status, tokens) = self.token(&self.exchange_form(&code)).await;
        assert_eq!(status, StatusCode::OK, "{tokens}");
        tokens
    }

    pub(crate) async fn tokens(&self) -> Value {
        self.tokens_for(SCOPE).await
    }

    /// Renews, which must succeed; the answer.
    pub(crate) async fn renewed(&self, tokens: &Value) -> Value {
        let (status, answer) = self.token(&self.refresh_form(tokens)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    /// Renews, which must be refused for good.
    pub(crate) async fn assert_ended(&self, tokens: &Value, label: &str) {
        let (status, answer) = self.token(&self.refresh_form(tokens)).await;
        let seen = (status.as_u16(), &answer["error"]);
        assert_eq!(seen, (400, &json!("invalid_grant")), "{label}: {answer}");
    }

    /// `GET /oidc/userinfo` with an access token.
    pub(crate) async fn userinfo(&self, access_token: &str) -> Response {
        let request = self.http.get(self.url("/oidc/userinfo"));
        request.bearer_auth(access_token).send().await.unwrap()
    }

    /// Whether the access token of an answer is honoured.
    pub(crate) async fn is_good(&self, tokens: &Value) -> bool {
        let answer = self.userinfo(text(tokens, "access_token")).await;
        match answer.status() {
            StatusCode::OK => true,
            StatusCode::UNAUTHORIZED => false,
            other => panic!("{other}"),
        }
    }

    /// What a client expects of the id token of a login at this instant.
    pub(crate) fn expected(&self, tokens: &Value) -> judge::Expected {
        judge::Expected {
            issuer: self.issuer(),
            client_id: self.app.client_id.clone(),
            nonce: Some(NONCE.to_owned()),
            access_token: text(tokens, "access_token").to_owned(),
            now: START / 1000,
        }
    }

    /// What a strict client says of the id token of an answer.
    pub(crate) async fn judged(&self, tokens: &Value, expected: &judge::Expected) -> &'static str {
        judge::verdict(text(tokens, "id_token"), &self.jwks().await, expected)
    }
}

pub(crate) fn registration() -> ClientRegistration {
    ClientRegistration {
        face: Face::Oidc,
        name: "Keyfob".to_owned(),
        redirect_uris: vec![REDIRECT.to_owned(), LOOPBACK.to_owned()],
    }
}

/// Replaces a field of a form; an empty value leaves it out.
pub(crate) fn with(form: &Form, name: &'static str, value: &str) -> Form {
    let mut form = form.clone();
    form.retain(|(key, _)| *key != name);
    if !value.is_empty() {
        form.push((name, value.to_owned()));
    }
    form
}
