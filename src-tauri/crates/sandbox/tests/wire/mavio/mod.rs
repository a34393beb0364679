//! The Mavio face, and a client that speaks to it as Mavio's guide to OAuth apps shows.

mod api;
mod consent;
mod lifetimes;
mod restart;
mod token_endpoint;

use std::collections::BTreeMap;
use std::ops::Deref;

use keyfob_sandbox::{ClientRegistration, Config, Face, IssuedClient, MavioManners};
use reqwest::{Response, StatusCode};
use serde_json::Value;

use crate::world::{QueryPairs as _, World, callback, text, ticket};

pub(crate) const REDIRECT: &str = "dev.keyfob.desktop:/callback/mavio-sandbox";
pub(crate) const LOOPBACK: &str = "http://127.0.0.1:49152/callback/mavio-sandbox";

/// What Keyfob asks for, in its order.
pub(crate) const SCOPES: [&str; 4] = [
    "meetings:read",
    "transcripts:read",
    "summaries:read",
    "action-items:read",
];

/// The fields of a form, in order.
pub(crate) type Form = Vec<(&'static str, String)>;

/// A [`World`] with a client of the Mavio face.
pub(crate) struct Mavio {
    pub(crate) world: World,
    pub(crate) app: IssuedClient,
}

impl Deref for Mavio {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl Mavio {
    pub(crate) async fn start() -> Self {
        Self::with(MavioManners::default()).await
    }

    pub(crate) async fn with(mavio: MavioManners) -> Self {
        Self::configured(Config {
            mavio,
            ..Config::default()
        })
        .await
    }

    pub(crate) async fn configured(config: Config) -> Self {
        Self::beside(World::configured(config).await)
    }

    /// Registers a client of the Mavio face in a world that is there.
    pub(crate) fn beside(world: World) -> Self {
        let app = world.sandbox.issue_client(registration()).unwrap();
        Self { world, app }
    }

    pub(crate) async fn end(self) {
        self.world.end().await;
    }

    /// The parameters of the guide, with the scopes Keyfob asks for.
    pub(crate) fn request(&self) -> BTreeMap<&'static str, String> {
        BTreeMap::from([
            ("response_type", "code".to_owned()),
            ("client_id", self.app.client_id.clone()),
            ("redirect_uri", REDIRECT.to_owned()),
            ("scope", SCOPES.join(" ")),
            ("state", "s t&a".to_owned()),
        ])
    }

    /// `GET /mavio/oauth/authorize` with these parameters.
    pub(crate) async fn authorize(&self, parameters: &BTreeMap<&str, String>) -> Response {
        let pairs: Vec<(&str, &str)> = parameters
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let request = self.http.get(self.url("/mavio/oauth/authorize"));
        request.query_pairs(&pairs).send().await.unwrap()
    }

    /// The ticket of a consent page opened with these parameters.
    pub(crate) async fn open(&self, parameters: &BTreeMap<&str, String>) -> String {
        let page = self.authorize(parameters).await;
        assert_eq!(page.status(), StatusCode::OK, "the consent page");
        ticket(&page.text().await.unwrap())
    }

    /// `POST /mavio/oauth/consent`: this user's decision, with these scopes checked.
    pub(crate) async fn answer(
        &self,
        ticket: &str,
        user: &str,
        decision: &str,
        scopes: &[&str],
    ) -> Response {
        let mut form = vec![("ticket", ticket), ("user", user), ("decision", decision)];
        form.extend(scopes.iter().map(|scope| ("scope", *scope)));
        let request = self.http.post(self.url("/mavio/oauth/consent"));
        request.form(&form).send().await.unwrap()
    }

    /// A code for these scopes of the usual request, allowed by this user.
    pub(crate) async fn code_for(&self, user: &str, scopes: &[&str]) -> String {
        let ticket = self.open(&self.request()).await;
        let answer = self.answer(&ticket, user, "allow", scopes).await;
        callback(&answer)["code"].clone()
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
        let request = self.http.post(self.url("/mavio/oauth/token")).form(form);
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    /// A whole connection: the token answer.
    pub(crate) async fn tokens_for(&self, user: &str, scopes: &[&str]) -> Value {
        let code = self.code_for(user, scopes).await;
        let (status, tokens) = self.token(&self.exchange_form(&code)).await;
        assert_eq!(status, StatusCode::OK, "{tokens}");
        tokens
    }

    pub(crate) async fn tokens(&self) -> Value {
        self.tokens_for("ada", &SCOPES).await
    }

    pub(crate) async fn refresh(&self, refresh_token: &str) -> (StatusCode, Value) {
        self.token(&self.refresh_form(refresh_token)).await
    }

    /// Renews, which must succeed; the answer.
    pub(crate) async fn renewed(&self, refresh_token: &str) -> Value {
        let (status, answer) = self.refresh(refresh_token).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    /// `GET` from the API.
    pub(crate) async fn get(&self, access_token: &str, path: &str) -> Response {
        let request = self.http.get(self.url(&format!("/mavio/v1{path}")));
        request.bearer_auth(access_token).send().await.unwrap()
    }
}

pub(crate) fn registration() -> ClientRegistration {
    ClientRegistration {
        face: Face::Mavio,
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
