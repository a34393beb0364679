//! A sandbox on a real socket with a clock of its own, and a client that plays Mio's SDK.

use std::collections::BTreeMap;
use std::sync::Arc;

use keyfob_sandbox::{
    ClientRegistration, Config, Face, IssuedClient, ManualClock, MioManners, Sandbox, SandboxError,
    run,
};
use reqwest::{Client, Response, StatusCode, redirect};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// 1 November 2026, 00:00 UTC.
pub(crate) const START: i64 = 1_793_491_200_000;
pub(crate) const REDIRECT: &str = "dev.keyfob.desktop:/callback/mio-sandbox";
pub(crate) const LOOPBACK: &str = "http://127.0.0.1/callback/mio-sandbox";
pub(crate) const SCOPE: &str = "openid profile email offline_access";

/// RFC 7636 Appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) clock: ManualClock,
    pub(crate) base: String,
    pub(crate) client: IssuedClient,
    pub(crate) http: Client,
    stop: oneshot::Sender<()>,
    served: JoinHandle<Result<(), SandboxError>>,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(MioManners::default()).await
    }

    pub(crate) async fn with(mio: MioManners) -> Self {
        Self::configured(Config {
            mio,
            ..Config::default()
        })
        .await
    }

    /// The clock of the configuration is replaced by one that stands at [`START`].
    pub(crate) async fn configured(config: Config) -> Self {
        let clock = ManualClock::at(START);
        let config = Config {
            clock: Arc::new(clock.clone()),
            record: true,
            ..config
        };
        let sandbox = Sandbox::new(config).unwrap();
        let client = sandbox.issue_client(registration()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(run(listener, sandbox.clone(), async {
            let _ = stopped.await;
        }));
        Self {
            sandbox,
            clock,
            base,
            client,
            http: http(),
            stop,
            served,
        }
    }

    pub(crate) async fn end(self) {
        self.stop.send(()).unwrap();
        self.served.await.unwrap().unwrap();
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// `GET /mio/connect` with these parameters.
    pub(crate) async fn connect(&self, parameters: &[(&str, &str)]) -> Response {
        let request = self
            .http
            .get(self.url("/mio/connect"))
            .query_pairs(parameters);
        request.send().await.unwrap()
    }

    /// The parameters Mio's SDK sends.
    pub(crate) fn sdk_request(&self) -> Vec<(&str, &str)> {
        vec![
            ("client_id", self.client.client_id.as_str()),
            ("redirect_uri", REDIRECT),
            ("scope", SCOPE),
        ]
    }

    /// Opens the consent page and answers it.
    pub(crate) async fn decide(
        &self,
        parameters: &[(&str, &str)],
        user: &str,
        decision: &str,
    ) -> Response {
        let page = self.connect(parameters).await;
        assert_eq!(page.status(), StatusCode::OK, "the consent page");
        let ticket = ticket(&page.text().await.unwrap());
        self.answer(&[("ticket", &ticket), ("user", user), ("decision", decision)])
            .await
    }

    /// `POST /mio/consent` with these fields.
    pub(crate) async fn answer(&self, form: &[(&str, &str)]) -> Response {
        let request = self.http.post(self.url("/mio/consent")).form(form);
        request.send().await.unwrap()
    }

    /// A code for an authorization request as Mio's SDK makes it, allowed by Ada, with `more`.
    pub(crate) async fn code_with(&self, more: &[(&str, &str)]) -> String {
        let mut parameters = self.sdk_request();
        parameters.extend(more);
        let answer = self.decide(&parameters, "ada", "allow").await;
        callback(&answer)["code"].clone()
    }

    pub(crate) async fn code(&self) -> String {
        self.code_with(&[]).await
    }

    /// The body of an exchange as Mio's SDK sends it.
    pub(crate) fn exchange_body(&self, code: &str) -> Value {
        json!({
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
            "client_id": self.client.client_id,
            "client_secret": self.client.client_secret,
        })
    }

    pub(crate) fn refresh_body(&self, refresh_token: &str) -> Value {
        json!({
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            "client_id": self.client.client_id,
            "client_secret": self.client.client_secret,
        })
    }

    /// `POST` to the token endpoint: status and JSON.
    pub(crate) async fn token(&self, body: &Value) -> (StatusCode, Value) {
        let request = self.http.post(self.token_url()).json(body);
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    pub(crate) fn token_url(&self) -> String {
        self.url("/mio/v1/auth/oauth2/token")
    }

    /// A whole connection: the token answer.
    pub(crate) async fn tokens(&self) -> Value {
        let code = self.code().await;
        let (status, tokens) = self.token(&self.exchange_body(&code)).await;
        assert_eq!(status, StatusCode::OK, "{tokens}");
        tokens
    }

    pub(crate) async fn refresh(&self, refresh_token: &str) -> (StatusCode, Value) {
        self.token(&self.refresh_body(refresh_token)).await
    }

    pub(crate) async fn summary(&self, access_token: &str) -> Response {
        let request = self.http.get(self.url("/mio/v1/context/summary"));
        request.bearer_auth(access_token).send().await.unwrap()
    }

    pub(crate) async fn question(&self, access_token: &str, body: &Value) -> (StatusCode, Value) {
        let request = self
            .http
            .post(self.url("/mio/v1/context"))
            .bearer_auth(access_token);
        let response = request.json(body).send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }
}

pub(crate) fn registration() -> ClientRegistration {
    ClientRegistration {
        face: Face::Mio,
        name: "Keyfob".to_owned(),
        redirect_uris: vec![REDIRECT.to_owned(), LOOPBACK.to_owned()],
    }
}

/// A client that follows no redirect, keeps no connection and asks no proxy.
pub(crate) fn http() -> Client {
    Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .pool_max_idle_per_host(0)
        .build()
        .unwrap()
}

/// The ticket in a consent page.
pub(crate) fn ticket(page: &str) -> String {
    let marker = "name=\"ticket\" value=\"";
    let start = page.find(marker).expect("a ticket") + marker.len();
    page[start..].split('"').next().unwrap().to_owned()
}

/// The address of a 303.
pub(crate) fn location(response: &Response) -> String {
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    response.headers()["location"].to_str().unwrap().to_owned()
}

/// The parameters of a redirect to the client, each of which must come once.
pub(crate) fn callback(response: &Response) -> BTreeMap<String, String> {
    let location = location(response);
    let query = location.split_once('?').expect("a query").1;
    let mut parameters = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()).into_owned() {
        assert!(
            parameters.insert(name, value).is_none(),
            "twice in {location}"
        );
    }
    parameters
}

/// The text of a field, which must be there.
pub(crate) fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object[name]
        .as_str()
        .unwrap_or_else(|| panic!("no text {name} in {object}"))
}

pub(crate) trait QueryPairs {
    /// Appends pairs as they are, without reqwest's optional `query` feature.
    fn query_pairs(self, pairs: &[(&str, &str)]) -> Self;
}

impl QueryPairs for reqwest::RequestBuilder {
    fn query_pairs(self, pairs: &[(&str, &str)]) -> Self {
        let (client, request) = self.build_split();
        let mut request = request.unwrap();
        request.url_mut().query_pairs_mut().extend_pairs(pairs);
        Self::from_parts(client, request)
    }
}
