//! The sandbox speaks Mio; so must what is sent to it.

use super::{context, provider, token_endpoint, word};
use keyfob_domain::authorization::challenge;
use keyfob_domain::secret::{
    AccessToken, AuthorizationCode, ClientSecret, CodeVerifier, RefreshToken,
};
use keyfob_domain::summary::Content;
use keyfob_domain::token::{TokenAnswer, TokenGrant, TokenRequest};
use keyfob_engine::ports::{ContextSource, TokenEndpoint};
use keyfob_sandbox::{
    ClientRegistration, Config, Endpoint, Face, IssuedClient, MioManners, Sandbox, Scripted, run,
};
use reqwest::{Client, redirect};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use url::Url;

const REDIRECT: &str = "dev.keyfob.desktop:/callback/mio-sandbox";
/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// The sandbox with one client, and the hands of a user in a browser.
pub(crate) struct Mio {
    pub(crate) sandbox: Sandbox,
    pub(crate) base: String,
    pub(crate) client: IssuedClient,
    /// The server stops when it is dropped.
    _stop: oneshot::Sender<()>,
}

impl Mio {
    pub(crate) async fn start(manners: MioManners) -> Self {
        let config = Config {
            mio: manners,
            record: true,
            ..Config::default()
        };
        let sandbox = Sandbox::new(config).unwrap();
        let registration = ClientRegistration {
            face: Face::Mio,
            name: "Keyfob".to_owned(),
            redirect_uris: vec![REDIRECT.to_owned()],
        };
        let client = sandbox.issue_client(registration).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(run(listener, sandbox.clone(), async {
            // A dropped sender stops the server as well.
            let _ = stopped.await;
        }));
        Self {
            sandbox,
            base,
            client,
            _stop: stop,
        }
    }

    fn request(&self, grant: TokenGrant) -> TokenRequest {
        let secret = Arc::new(ClientSecret::new(self.client.client_secret.clone()));
        let client_id = self.client.client_id.clone();
        TokenRequest::new(&provider(&self.base), client_id, Some(secret), grant)
    }

    fn exchange(&self, code: String, verifier: Option<&str>) -> TokenRequest {
        self.request(TokenGrant::Code {
            code: Arc::new(AuthorizationCode::new(code)),
            redirect_uri: REDIRECT.to_owned(),
            verifier: verifier.map(|text| Arc::new(CodeVerifier::new(text.to_owned()))),
        })
    }

    fn refresh(&self, token: &str) -> TokenRequest {
        self.request(TokenGrant::Refresh {
            refresh_token: Arc::new(RefreshToken::new(token.to_owned())),
        })
    }

    /// Gives a code that Ada consented to.
    async fn code(&self) -> String {
        let mut url = Url::parse(&format!("{}/mio/connect", self.base)).unwrap();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client.client_id)
            .append_pair("redirect_uri", REDIRECT)
            .append_pair("scope", "openid profile email offline_access")
            .append_pair("state", "s")
            .append_pair(
                "code_challenge",
                &challenge(&CodeVerifier::new(VERIFIER.to_owned())),
            )
            .append_pair("code_challenge_method", "S256");
        let callback = self.consent(url).await;
        let (_, query) = callback.split_once('?').unwrap();
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs
            .find(|(name, _)| name == "code")
            .expect("a code")
            .1
            .into_owned()
    }

    /// Consents as Ada would in her browser, and gives the callback it leads to.
    pub(crate) async fn consent(&self, authorization_request: Url) -> String {
        let http = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy();
        let http = http.build().unwrap();
        let page = http.get(authorization_request).send().await.unwrap();
        let page = page.text().await.unwrap();
        let (_, rest) = page
            .split_once("name=\"ticket\" value=\"")
            .expect("a ticket");
        let (ticket, _) = rest.split_once('"').unwrap();
        let form = [("ticket", ticket), ("user", "ada"), ("decision", "allow")];
        let answer = http
            .post(format!("{}/mio/consent", self.base))
            .form(&form)
            .send()
            .await;
        answer.unwrap().headers()["location"]
            .to_str()
            .unwrap()
            .to_owned()
    }

    async fn tokens(&self) -> TokenAnswer {
        let request = self.exchange(self.code().await, Some(VERIFIER));
        token_endpoint().exchange(&request).await.unwrap()
    }
}

#[tokio::test]
async fn security_39_a_code_becomes_tokens_by_a_json_post() {
    let mio = Mio::start(MioManners::default()).await;
    let tokens = mio.tokens().await;
    assert!(tokens.refresh_token.is_some() && tokens.id_token.is_some());
    assert_eq!(tokens.lifetime.unwrap().as_secs(), 24 * 3600);
    assert!(tokens.scopes.unwrap().contains("offline_access"));
    let requests = mio.sandbox.requests();
    let sent = requests
        .iter()
        .find(|request| request.endpoint == Endpoint::Token)
        .unwrap();
    assert_eq!((sent.method.as_str(), sent.query.len()), ("POST", 0));
    assert_eq!(sent.header("content-type"), Some("application/json"));
    assert_eq!(sent.header("authorization"), None);
    let body: serde_json::Value = serde_json::from_str(&sent.body).unwrap();
    assert_eq!(body["code_verifier"], VERIFIER);
    assert_eq!(body["redirect_uri"], REDIRECT);
}

#[tokio::test]
async fn a_refresh_token_is_rotated_and_its_predecessor_ends_the_grant() {
    let mio = Mio::start(MioManners::default()).await;
    let first = mio.tokens().await.refresh_token.unwrap();
    let second = token_endpoint()
        .exchange(&mio.refresh(first.expose()))
        .await
        .unwrap();
    let second = second.refresh_token.unwrap();
    assert_ne!(first.expose(), second.expose());
    for (row, token) in [("spent", &first), ("of an ended grant", &second)] {
        let fault = token_endpoint()
            .exchange(&mio.refresh(token.expose()))
            .await
            .unwrap_err();
        assert_eq!(word(&fault), "refused 400 Some(InvalidGrant)", "{row}");
    }
}

#[tokio::test]
async fn security_10_a_server_that_does_not_know_the_verifier_names_it_and_takes_the_code_without()
{
    let mio = Mio::start(MioManners::pessimist()).await;
    let code = mio.code().await;
    let fault = token_endpoint()
        .exchange(&mio.exchange(code.clone(), Some(VERIFIER)))
        .await;
    let fault = fault.unwrap_err();
    assert!(
        keyfob_domain::token::names_the_verifier(&fault),
        "{fault:?}"
    );
    let tokens = token_endpoint()
        .exchange(&mio.exchange(code, None))
        .await
        .unwrap();
    assert!(tokens.refresh_token.is_some());
}

#[tokio::test]
async fn summary_and_answers_are_read_until_the_token_is_over() {
    let mio = Mio::start(MioManners::default()).await;
    let (provider, token) = (provider(&mio.base), mio.tokens().await.access_token);
    let summary = context().summary(&provider, &token, None).await.unwrap();
    assert!(matches!(summary, Content::Text(_)), "{summary:?}");
    let answer = context()
        .ask(&provider, &token, "What am I working on?")
        .await
        .unwrap();
    assert!(!answer.is_empty());

    mio.sandbox.script(
        Endpoint::Summary,
        Scripted::json(200, r#"{"summary":null}"#),
    );
    assert_eq!(
        context().summary(&provider, &token, None).await.unwrap(),
        Content::Nothing
    );
    mio.sandbox.expire_access_tokens();
    let fault = context()
        .summary(&provider, &token, None)
        .await
        .unwrap_err();
    assert!(word(&fault).starts_with("refused 401"), "{fault:?}");
    let wrong = AccessToken::new("mio_at_nobody".to_owned());
    let fault = context().ask(&provider, &wrong, "Who?").await.unwrap_err();
    assert!(word(&fault).starts_with("refused 401"), "{fault:?}");
}

#[tokio::test]
async fn an_answer_lost_on_the_way_is_not_asked_for_again() {
    let mio = Mio::start(MioManners::default()).await;
    let token = mio.tokens().await.refresh_token.unwrap();
    for scripted in [
        Scripted::CloseBeforeHeaders,
        Scripted::LoseAnswer,
        Scripted::CloseMidBody,
    ] {
        let before = mio.sandbox.request_count(Endpoint::Token);
        let row = format!("{scripted:?}");
        mio.sandbox.script(Endpoint::Token, scripted);
        let fault = token_endpoint()
            .exchange(&mio.refresh(token.expose()))
            .await
            .unwrap_err();
        assert!(
            !matches!(
                fault,
                keyfob_domain::failure::Fault::NoAnswer { unsent: true, .. }
            ),
            "{row}: {fault:?}"
        );
        assert_eq!(
            mio.sandbox.request_count(Endpoint::Token),
            before + 1,
            "{row}"
        );
    }
}
