//! One account of a row: an engine over a database of its own, and the hands of its user.

use crate::clock::ClockAhead;
use crate::keychain::Keychain;
use crate::sandbox::Served;
use async_trait::async_trait;
use keyfob_domain::authorization::{Choice, Step};
use keyfob_domain::connection::Condition;
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::{AttemptId, ConnectionId, ProviderSlug};
use keyfob_domain::provider::{Provider, RedirectKind, parse};
use keyfob_domain::secret::ClientSecret;
use keyfob_engine::context::HttpContext;
use keyfob_engine::id_token::IdTokens;
use keyfob_engine::keychain::{self, SystemKeychain};
use keyfob_engine::network::{Limits, Network};
use keyfob_engine::network_watch::SystemNetworkWatch;
use keyfob_engine::ports::{Browser, Clock, NetworkWatch, Ports, SecretName, SecretStore};
use keyfob_engine::providers::ProviderFiles;
use keyfob_engine::random::SystemRandom;
use keyfob_engine::store::SqliteStore;
use keyfob_engine::token_endpoint::HttpTokenEndpoint;
use keyfob_engine::{Ending, Engine, EngineHandle, Origin, Overview, Update};
use keyfob_sandbox::{Face, IssuedClient};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use url::Url;

/// How long anything may take; generous, because tests share few cores.
pub(crate) const LIMIT: Duration = Duration::from_secs(120);

/// All accounts stand in line before one thread, as a user's do, and tests share few cores.
const KEYCHAIN: keychain::Limits = keychain::Limits {
    call: LIMIT,
    item: None,
};
const HURRY: Limits = Limits {
    connect: Duration::from_secs(3),
    total: Duration::from_secs(3),
};

/// What the rows share.
pub(crate) struct Machine {
    secrets: Arc<dyn SecretStore>,
    network_watch: Arc<dyn NetworkWatch>,
    pub(crate) keychain: Keychain,
    /// With the limits that users have.
    pub(crate) network: Network,
    /// For faults that nothing but a limit ends: seconds, in the place of half a minute.
    pub(crate) hurried_network: Network,
    http: reqwest::Client,
}

impl Machine {
    pub(crate) async fn new() -> Self {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy();
        Self {
            secrets: Arc::new(SystemKeychain::with(KEYCHAIN).unwrap()),
            network_watch: Arc::new(SystemNetworkWatch::start().await),
            keychain: Keychain::open().await,
            network: Network::new().unwrap(),
            hurried_network: Network::with_limits(HURRY).unwrap(),
            http: http.build().unwrap(),
        }
    }
}

/// The user opens the address by hand.
struct NoBrowser;

#[async_trait]
impl Browser for NoBrowser {
    async fn open(&self, _: &Url) -> Result<(), Problem> {
        Ok(())
    }
}

pub(crate) struct Account {
    pub(crate) engine: EngineHandle,
    pub(crate) clock: Arc<ClockAhead>,
    machine: Arc<Machine>,
    pub(crate) provider: Provider,
    /// What the sandbox knows Keyfob by.
    pub(crate) client: IssuedClient,
    /// Where the sandbox's own pages are.
    pages: String,
    face: Face,
    _data: TempDir,
}

/// How a sign-in ended.
pub(crate) struct SignIn {
    pub(crate) attempt: AttemptId,
    pub(crate) step: Step,
    /// Whether the user was asked whose account it is.
    pub(crate) asked: bool,
}

impl SignIn {
    pub(crate) fn connection(&self) -> Option<ConnectionId> {
        if let Step::Connected(id) = self.step {
            Some(id)
        } else {
            None
        }
    }
}

impl Account {
    /// Sets everything up for an account at a face of the sandbox, whose provider's addresses begin
    /// with `base`: the sandbox's own, or that of a proxy before it. The browser goes to the sandbox.
    pub(crate) async fn new(
        machine: &Arc<Machine>,
        served: &Served,
        base: &str,
        face: Face,
        number: usize,
        network: Network,
    ) -> Self {
        let slug = format!("{}-{number}", face.slug());
        let mut provider = provider(base, face, &slug);
        let direct = provider.authorization_endpoint.as_str();
        provider.authorization_endpoint = direct.replacen(base, &served.base, 1).parse().unwrap();
        Self::at(machine, served, provider, face, network).await
    }

    /// The same at a provider that is known already.
    pub(crate) async fn at(
        machine: &Arc<Machine>,
        served: &Served,
        provider: Provider,
        face: Face,
        network: Network,
    ) -> Self {
        let data = tempfile::tempdir().unwrap();
        let clock = Arc::new(ClockAhead::new());
        let (dir, now) = (data.path().to_owned(), clock.now());
        let opened = tokio::task::spawn_blocking(move || SqliteStore::open(&dir, now).unwrap());
        let ports = Ports {
            token_endpoint: Arc::new(HttpTokenEndpoint::new(network.clone(), clock.clone())),
            secrets: machine.secrets.clone(),
            store: Arc::new(opened.await.unwrap().store),
            providers: Arc::new(ProviderFiles::new("nowhere".into())),
            browser: Arc::new(NoBrowser),
            clock: clock.clone(),
            network_watch: machine.network_watch.clone(),
            random: Arc::new(SystemRandom),
            context: Arc::new(HttpContext::new(network.clone(), clock.clone())),
            id_tokens: Arc::new(IdTokens::over_http(network, clock.clone())),
        };
        let engine = Engine::start(ports, vec![provider.clone()], Vec::new())
            .await
            .unwrap();
        let client = served.client(face, provider.slug.as_str());
        let account = Self {
            engine,
            clock,
            machine: machine.clone(),
            provider,
            client,
            pages: served.base.clone(),
            face,
            _data: data,
        };
        account.set_up(&account.client.client_secret).await;
        account
    }

    /// Enters what was registered, with this secret where the provider wants one.
    pub(crate) async fn set_up(&self, secret: &str) {
        let needed = self.provider.needs_client_secret();
        let secret = needed.then(|| ClientSecret::new(secret.to_owned()));
        let (slug, client_id) = (self.provider.slug.clone(), self.client.client_id.clone());
        let set_up = self.engine.set_up_client(slug, client_id, secret);
        set_up.await.unwrap();
    }

    /// Signs in as Ada, once more where there is a connection, and says yes to what is asked. An
    /// answer that is refused leaves the attempt waiting.
    pub(crate) async fn sign_in(&self, again: Option<ConnectionId>) -> SignIn {
        let all: Vec<&str> = self.provider.scopes.iter().collect();
        self.sign_in_allowing(again, &all).await
    }

    /// The same with these scopes left, where the page lets some be taken away.
    pub(crate) async fn sign_in_allowing(
        &self,
        again: Option<ConnectionId>,
        scopes: &[&str],
    ) -> SignIn {
        let mut updates = self.engine.subscribe().await.unwrap();
        let slug = self.provider.slug.clone();
        let attempt = self.engine.connect(slug, again).await.unwrap();
        let url = self.engine.authorization_request(attempt).await.unwrap();
        let taken = self.consent(url, scopes).await;
        let mut asked = false;
        let step = loop {
            let step = step_of(updates.recv().await.expect("the engine runs"), attempt);
            match step {
                Some(Step::Waiting { .. }) if taken => {}
                Some(Step::Asking(_)) => {
                    asked = true;
                    let answer = self.engine.answer_question(attempt, Choice::Take);
                    answer.await.unwrap();
                }
                Some(step @ (Step::Waiting { .. } | Step::Connected(_) | Step::Failed(_))) => {
                    // One that waits may still be told why it does.
                    let waits = matches!(step, Step::Waiting { .. });
                    break if waits {
                        self.step(attempt).await
                    } else {
                        step
                    };
                }
                _ => {}
            }
        };
        let signed_in = SignIn {
            attempt,
            step,
            asked,
        };
        if let Some(id) = signed_in.connection() {
            self.first_reading(id).await;
        }
        signed_in
    }

    /// Keyfob reads once by itself; what a row does must not meet that.
    async fn first_reading(&self, id: ConnectionId) {
        if self.provider.context.is_some() {
            self.overview_when(id, |overview| {
                let summary = &overview.summary;
                !summary.loading && (summary.last.is_some() || summary.problem.is_some())
            })
            .await;
        }
    }

    /// Allows on the consent page, and follows the answer as a browser would: to loopback, or to the
    /// program that has the scheme. Gives whether Keyfob took it.
    async fn consent(&self, url: Url, scopes: &[&str]) -> bool {
        let http = &self.machine.http;
        let page = http.get(url).send().await.unwrap().text().await.unwrap();
        let (_, rest) = page
            .split_once("name=\"ticket\" value=\"")
            .unwrap_or_else(|| panic!("no ticket: {page}"));
        let (ticket, _) = rest.split_once('"').unwrap();
        let mut form = vec![("ticket", ticket), ("user", "ada"), ("decision", "allow")];
        form.extend(scopes.iter().map(|scope| ("scope", *scope)));
        let path = match self.face {
            Face::Mio => "/mio/consent",
            Face::Mavio => "/mavio/oauth/consent",
            Face::Oauth => "/oauth/consent",
            Face::Oidc => "/oidc/consent",
        };
        let answer = http.post(format!("{}{path}", self.pages)).form(&form);
        let answer = answer.send().await.unwrap();
        let callback = answer.headers()["location"].to_str().unwrap().to_owned();
        if !callback.starts_with("http://127.0.0.1:") {
            let raw = callback.into_bytes();
            return self.engine.handle_redirect(raw, Origin::Running).await;
        }
        http.get(callback)
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    }

    async fn step(&self, attempt: AttemptId) -> Step {
        let mut updates = self.engine.subscribe().await.unwrap();
        let snapshot = updates.recv().await.expect("the engine runs");
        step_of(snapshot, attempt).expect("the attempt is there")
    }

    /// Gives the code of the newest notice.
    pub(crate) async fn last_notice(&self) -> Option<Problem> {
        let mut updates = self.engine.subscribe().await.unwrap();
        match updates.recv().await {
            Some(Update::Snapshot { notices, .. }) => {
                notices.last().map(|notice| notice.problem.clone())
            }
            other => panic!("no snapshot: {other:?}"),
        }
    }

    /// Gives the connection as it is shown, as soon as it is as it should be.
    pub(crate) async fn overview_when(
        &self,
        id: ConnectionId,
        is_so: impl Fn(&Overview) -> bool,
    ) -> Arc<Overview> {
        let mut updates = self.engine.subscribe().await.unwrap();
        let wait = async {
            loop {
                let update = updates.recv().await.expect("the engine runs");
                let found = if let Update::Snapshot { connections, .. } = update {
                    connections
                } else if let Update::Connection(overview) = update {
                    vec![overview]
                } else {
                    Vec::new()
                };
                let mut found = found.into_iter();
                if let Some(overview) = found.find(|one| one.connection.id == id && is_so(one)) {
                    return overview;
                }
            }
        };
        let found = tokio::time::timeout(LIMIT, wait).await;
        found.expect("it comes to that")
    }

    pub(crate) async fn overview(&self, id: ConnectionId) -> Arc<Overview> {
        self.overview_when(id, |_| true).await
    }

    /// Gives what the keychain holds of a connection.
    pub(crate) async fn tokens(&self, id: ConnectionId) -> Option<Value> {
        self.machine.keychain.tokens(id).await
    }

    /// Reads the summary, and gives what was the matter.
    pub(crate) async fn read(&self, id: ConnectionId) -> Result<(), Problem> {
        self.engine.reload_summary(id).await.unwrap();
        let overview = self
            .overview_when(id, |overview| !overview.summary.loading)
            .await;
        overview.summary.problem.clone().map_or(Ok(()), Err)
    }

    /// Forgets everything, so that the keychain stays as small as a user's.
    pub(crate) async fn clear_away(self, id: Option<ConnectionId>) {
        if let Some(id) = id {
            // It may be revoked already.
            let _ = self.engine.revoke(id, Ending::HereOnly).await;
        }
        let client = SecretName::of_client(&self.provider.slug);
        self.machine.secrets.delete(&client).await.unwrap();
        self.engine.shut_down().await;
    }
}

fn step_of(update: Update, attempt: AttemptId) -> Option<Step> {
    let attempts = if let Update::Attempt(one) = update {
        vec![one]
    } else if let Update::Snapshot { attempts, .. } = update {
        attempts
    } else {
        Vec::new()
    };
    let mut found = attempts.into_iter().filter(|one| one.id == attempt);
    found.next().map(|one| one.step.clone())
}

/// A condition in one word.
pub(crate) fn word(condition: &Condition) -> &'static str {
    match condition {
        Condition::Active => "active",
        Condition::Renewing => "renewing",
        Condition::Waiting { .. } => "waiting",
        Condition::NeedsSignIn { .. } => "needs sign-in",
        Condition::Keychain { .. } => "keychain",
        Condition::Revoking => "revoking",
    }
}

/// A code, or a dash.
pub(crate) fn code(problem: Option<&Problem>) -> &'static str {
    problem.map_or("-", |problem| ErrorCode::as_str(problem.code))
}

fn provider(base: &str, face: Face, slug: &str) -> Provider {
    let mut presets = keyfob_engine::providers::sandbox_presets(base).unwrap();
    let mut provider = match face {
        Face::Mio => presets.remove(0),
        Face::Mavio => presets.remove(1),
        Face::Oauth => parse(&acme(base)).unwrap(),
        Face::Oidc => parse(&orbit(base)).unwrap(),
    };
    provider.slug = ProviderSlug::parse(slug).unwrap();
    provider.redirect_kinds = vec![RedirectKind::Loopback];
    provider
}

fn acme(base: &str) -> String {
    let scopes = r#"["profile", "files:read", "offline_access"]"#;
    file("acme", "Acme", &format!("{base}/oauth"), scopes)
}

fn orbit(base: &str) -> String {
    let scopes = r#"["openid", "profile", "offline_access"]"#;
    file("orbit", "Orbit", &format!("{base}/oidc"), scopes)
}

/// A file as a user writes it.
fn file(slug: &str, name: &str, issuer: &str, scopes: &str) -> String {
    format!(
        "slug = \"{slug}\"\nname = \"{name}\"\nsandbox = true\n\
         authorization_endpoint = \"{issuer}/authorize\"\n\
         token_endpoint = \"{issuer}/token\"\n\
         revocation_endpoint = \"{issuer}/revoke\"\nissuer = \"{issuer}\"\n\
         client_authentication = \"basic\"\nredirect_kinds = [\"loopback\"]\n\
         scopes = {scopes}\n\
         echoes_state = \"yes\"\npkce = \"required\"\n"
    )
}
