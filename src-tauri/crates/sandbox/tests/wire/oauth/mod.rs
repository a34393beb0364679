//! The plain OAuth face, and a client that speaks to it by the letter of the RFCs.

mod authorize;
mod client_authentication;
mod dialects;
mod lifetimes;
mod resource;
mod restart;
mod revocation;
mod rotation;
mod token_endpoint;

use std::collections::BTreeMap;
use std::ops::Deref;

use keyfob_sandbox::{ClientRegistration, Config, Face, IssuedClient, OauthManners};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::world::{QueryPairs as _, World, callback, text, ticket};

pub(crate) const REDIRECT: &str = "dev.keyfob.desktop:/callback/oauth-sandbox";
pub(crate) const LOOPBACK: &str = "http://127.0.0.1/callback/oauth-sandbox";
pub(crate) const SCOPE: &str = "profile email files:read offline_access";

/// The fields of a form, in order.
pub(crate) type Form = Vec<(&'static str, String)>;

/// A [`World`] with a client of the plain face.
pub(crate) struct Oauth {
    pub(crate) world: World,
    pub(crate) app: IssuedClient,
}

impl Deref for Oauth {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl Oauth {
    pub(crate) async fn start() -> Self {
        Self::with(OauthManners::default()).await
    }

    pub(crate) async fn with(oauth: OauthManners) -> Self {
        Self::configured(Config {
            oauth,
            ..Config::default()
        })
        .await
    }

    pub(crate) async fn configured(config: Config) -> Self {
        Self::beside(World::configured(config).await)
    }

    /// Registers a client of the plain face in a world that is there.
    pub(crate) fn beside(world: World) -> Self {
        let app = world.sandbox.issue_client(registration()).unwrap();
        Self { world, app }
    }

    pub(crate) async fn end(self) {
        self.world.end().await;
    }

    /// An authorization request for everything but writing.
    pub(crate) fn request(&self) -> BTreeMap<&'static str, String> {
        BTreeMap::from([
            ("response_type", "code".to_owned()),
            ("client_id", self.app.client_id.clone()),
            ("redirect_uri", REDIRECT.to_owned()),
            ("scope", SCOPE.to_owned()),
            ("state", "s t&a".to_owned()),
        ])
    }

    /// `GET /oauth/authorize` with these parameters.
    pub(crate) async fn authorize(&self, parameters: &BTreeMap<&str, String>) -> Response {
        let pairs: Vec<(&str, &str)> = parameters
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let request = self.http.get(self.url("/oauth/authorize"));
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
        let request = self.http.post(self.url("/oauth/consent"));
        request.form(&form).send().await.unwrap()
    }

    /// A code for these parameters, allowed by Ada.
    pub(crate) async fn code_for(&self, parameters: &BTreeMap<&str, String>) -> String {
        callback(&self.decide(parameters, "allow").await)["code"].clone()
    }

    pub(crate) async fn code(&self) -> String {
        self.code_for(&self.request()).await
    }

    pub(crate) fn exchange_form(&self, code: &str) -> Form {
        vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("client_id", self.app.client_id.clone()),
            ("client_secret", self.app.client_secret.clone()),
            ("redirect_uri", REDIRECT.to_owned()),
        ]
    }

    pub(crate) fn refresh_form(&self, refresh_token: &str) -> Form {
        vec![
            ("grant_type", "refresh_token".to_owned()),
            ("refresh_token", refresh_token.to_owned()),
            ("client_id", self.app.client_id.clone()),
            ("client_secret", self.app.client_secret.clone()),
        ]
    }

    /// `POST` to the token endpoint: status and JSON.
    pub(crate) async fn token(&self, form: &Form) -> (StatusCode, Value) {
        let request = self.http.post(self.url("/oauth/token")).form(form);
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
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

    pub(crate) async fn refresh(&self, tokens: &Value) -> (StatusCode, Value) {
        self.token(&self.refresh_form(refresh_token(tokens))).await
    }

    /// Renews, which must succeed; the answer.
    pub(crate) async fn renewed(&self, tokens: &Value) -> Value {
        let (status, answer) = self.refresh(tokens).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    /// Renews, which must be refused for good.
    pub(crate) async fn assert_ended(&self, tokens: &Value, label: &str) {
        let (status, answer) = self.refresh(tokens).await;
        let seen = (status.as_u16(), &answer["error"]);
        assert_eq!(seen, (400, &json!("invalid_grant")), "{label}: {answer}");
    }

    pub(crate) fn revoke_form(&self, token: &str) -> Form {
        vec![
            ("token", token.to_owned()),
            ("client_id", self.app.client_id.clone()),
            ("client_secret", self.app.client_secret.clone()),
        ]
    }

    /// `POST` to the revocation endpoint.
    pub(crate) async fn revoke(&self, form: &Form) -> Response {
        let request = self.http.post(self.url("/oauth/revoke")).form(form);
        request.send().await.unwrap()
    }

    /// Revokes a token, which must succeed.
    pub(crate) async fn revoked(&self, token: &str) {
        let answer = self.revoke(&self.revoke_form(token)).await;
        assert_eq!(answer.status(), StatusCode::OK);
    }

    /// `GET` from the plain face with an access token.
    pub(crate) async fn get(&self, access_token: &str, path: &str) -> Response {
        let request = self.http.get(self.url(&format!("/oauth{path}")));
        request.bearer_auth(access_token).send().await.unwrap()
    }

    /// Whether a call with the access token of an answer goes through.
    pub(crate) async fn pings(&self, tokens: &Value) -> bool {
        let answer = self.get(text(tokens, "access_token"), "/api/ping").await;
        match answer.status() {
            StatusCode::OK => true,
            StatusCode::UNAUTHORIZED => false,
            other => panic!("{other}"),
        }
    }
}

pub(crate) fn registration() -> ClientRegistration {
    ClientRegistration {
        face: Face::Oauth,
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

/// The refresh token of an answer.
pub(crate) fn refresh_token(tokens: &Value) -> &str {
    text(tokens, "refresh_token")
}
