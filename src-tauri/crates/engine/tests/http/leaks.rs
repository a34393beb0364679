//! SECURITY 12, 115, 116: no secret is in a log, an update or the database, whatever happened.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each look at the updates is for one kind of them"
)]

use super::sandbox::Mio;
use super::{context, network, provider, token_endpoint};
use async_trait::async_trait;
use keyfob_domain::authorization::Step;
use keyfob_domain::connection::Condition;
use keyfob_domain::error::Problem;
use keyfob_domain::id::ConnectionId;
use keyfob_domain::secret::{ClientSecret, ItemText};
use keyfob_engine::clock::SystemClock;
use keyfob_engine::id_token::IdTokens;
use keyfob_engine::network_watch::AlwaysOnline;
use keyfob_engine::owner::DataDir;
use keyfob_engine::ports::{Browser, Clock, KeychainStatus, Ports, SecretName, SecretStore};
use keyfob_engine::providers::ProviderFiles;
use keyfob_engine::random::SystemRandom;
use keyfob_engine::store::SqliteStore;
use keyfob_engine::{Engine, EngineHandle, Origin, Update};
use keyfob_sandbox::{Endpoint, MioManners, Scripted};
use keyfob_test_support::leaks::{Secret, search};
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;
use url::Url;

const LIMIT: Duration = Duration::from_secs(30);

#[derive(Default)]
struct Memory(Mutex<HashMap<String, String>>);

impl Memory {
    fn texts(&self) -> Vec<String> {
        self.0.lock().unwrap().values().cloned().collect()
    }

    /// The present refresh token of the one connection.
    fn refresh_token(&self) -> String {
        let texts = self.texts();
        let mut items = texts
            .iter()
            .filter_map(|text| serde_json::from_str(text).ok());
        let item: serde_json::Value = items.next().expect("there is an item");
        item["refresh_token"].as_str().unwrap().to_owned()
    }
}

#[async_trait]
impl SecretStore for Memory {
    async fn status(&self) -> KeychainStatus {
        KeychainStatus::Available
    }

    async fn unlock(&self) -> Result<(), Problem> {
        Ok(())
    }

    async fn read(&self, name: &SecretName) -> Result<Option<ItemText>, Problem> {
        let items = self.0.lock().unwrap();
        Ok(items.get(name.as_str()).cloned().map(ItemText::new))
    }

    async fn write(&self, name: &SecretName, text: Arc<ItemText>) -> Result<(), Problem> {
        let mut items = self.0.lock().unwrap();
        items.insert(name.as_str().to_owned(), text.expose().to_owned());
        Ok(())
    }

    async fn delete(&self, name: &SecretName) -> Result<(), Problem> {
        self.0.lock().unwrap().remove(name.as_str());
        Ok(())
    }
}

struct Opened(mpsc::UnboundedSender<Url>);

#[async_trait]
impl Browser for Opened {
    async fn open(&self, url: &Url) -> Result<(), Problem> {
        self.0.send(url.clone()).unwrap();
        Ok(())
    }
}

/// Everything that was logged by any thread.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<Vec<u8>>>);

impl io::Write for Logged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Seen {
    updates: mpsc::Receiver<Update>,
    text: String,
}

impl Seen {
    /// Reads updates until one is what is waited for.
    async fn until<T>(&mut self, is_it: impl Fn(&Update) -> Option<T>) -> T {
        loop {
            let update = tokio::time::timeout(LIMIT, self.updates.recv()).await;
            let update = update.expect("it came in time").expect("the engine runs");
            self.text.push_str(&format!("{update:?}\n"));
            if let Some(found) = is_it(&update) {
                return found;
            }
        }
    }
}

/// Takes every secret out of what the sandbox was sent.
fn secrets_of(mio: &Mio) -> Vec<Secret> {
    let mut secrets = vec![Secret::new(
        "client secret",
        mio.client.client_secret.clone(),
    )];
    for (number, request) in mio.sandbox.requests().iter().enumerate() {
        let body: HashMap<String, serde_json::Value> =
            serde_json::from_str(&request.body).unwrap_or_default();
        let fields = ["code", "code_verifier", "refresh_token"];
        for field in fields {
            if let Some(value) = body.get(field).and_then(serde_json::Value::as_str) {
                secrets.push(Secret::new(format!("{field} of request {number}"), value));
            }
        }
        for parameter in ["state", "nonce"] {
            if let Some(value) = request.query_value(parameter) {
                secrets.push(Secret::new(
                    format!("{parameter} of request {number}"),
                    value,
                ));
            }
        }
        if let Some(bearer) = request.header("authorization") {
            let token = bearer.strip_prefix("Bearer ").unwrap();
            secrets.push(Secret::new(
                format!("access token of request {number}"),
                token,
            ));
        }
    }
    secrets
}

async fn set_up(engine: &EngineHandle, mio: &Mio) {
    let slug = provider(&mio.base).slug;
    let secret = ClientSecret::new(mio.client.client_secret.clone());
    let client_id = mio.client.client_id.clone();
    engine
        .set_up_client(slug, client_id, Some(secret))
        .await
        .unwrap();
}

async fn connect(
    mio: &Mio,
    engine: &EngineHandle,
    opened: &mut mpsc::UnboundedReceiver<Url>,
    seen: &mut Seen,
) -> ConnectionId {
    let slug = provider(&mio.base).slug;
    engine.connect(slug, None).await.unwrap();
    let callback = mio.consent(opened.recv().await.unwrap()).await;
    // Forged ones first: what they carry must not be repeated either.
    let forged = callback.replace("code=", "code=x&code=");
    assert!(
        !engine
            .handle_redirect(forged.into_bytes(), Origin::Running)
            .await
    );
    let forged = callback.replace("state=", "state=wrong");
    assert!(
        !engine
            .handle_redirect(forged.into_bytes(), Origin::Running)
            .await
    );
    let elsewhere = callback.replace("/callback/", "/elsewhere/");
    let elsewhere = elsewhere.replace("state=", "state=wrong");
    engine
        .handle_redirect(elsewhere.into_bytes(), Origin::ColdStart)
        .await;
    let id = if engine
        .handle_redirect(callback.into_bytes(), Origin::Running)
        .await
    {
        seen.until(|update| match update {
            Update::Attempt(attempt) => match attempt.step {
                Step::Connected(id) => Some(id),
                _ => None,
            },
            _ => None,
        })
        .await
    } else {
        panic!("the callback was taken; seen: {}", seen.text)
    };
    seen.until(|update| match update {
        Update::Connection(overview) => overview.summary.last.as_ref().map(|_| ()),
        _ => None,
    })
    .await;
    id
}

#[tokio::test]
async fn no_secret_is_in_a_log_an_update_or_the_database() {
    let logged = Logged::default();
    let writer = logged.clone();
    let filter = "warn,keyfob_engine=trace,keyfob_domain=trace";
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    let mio = Mio::start(MioManners::default()).await;
    let dir = tempfile::tempdir().unwrap();
    let data_dir = DataDir::own(&dir.path().join("keyfob")).unwrap();
    let memory = Arc::new(Memory::default());
    let (sender, mut opened) = mpsc::unbounded_channel();
    let ports = Ports {
        token_endpoint: Arc::new(token_endpoint()),
        secrets: memory.clone(),
        store: Arc::new(
            SqliteStore::open(data_dir.path(), SystemClock.now())
                .unwrap()
                .store,
        ),
        providers: Arc::new(ProviderFiles::new(data_dir.path().join("providers"))),
        browser: Arc::new(Opened(sender)),
        clock: Arc::new(SystemClock),
        network_watch: Arc::new(AlwaysOnline),
        random: Arc::new(SystemRandom),
        context: Arc::new(context()),
        id_tokens: Arc::new(IdTokens::over_http(network(), Arc::new(SystemClock))),
    };
    let engine = Engine::start(ports, vec![provider(&mio.base)], Vec::new())
        .await
        .unwrap();
    let mut seen = Seen {
        updates: engine.subscribe().await.unwrap(),
        text: String::new(),
    };
    set_up(&engine, &mio).await;

    let id = connect(&mio, &engine, &mut opened, &mut seen).await;
    engine
        .ask(id, "What am I working on?".to_owned())
        .await
        .unwrap();
    engine.renew(id).await.unwrap();
    mio.sandbox.expire_access_tokens();
    engine.ask(id, "And now?".to_owned()).await.unwrap();
    mio.sandbox
        .script(Endpoint::Token, Scripted::CloseBeforeHeaders);
    engine.renew(id).await.unwrap_err();
    let token = memory.refresh_token();
    let echo = format!(r#"{{"error":"invalid_request","error_description":"{token} is strange"}}"#);
    mio.sandbox
        .script(Endpoint::Token, Scripted::json(400, &echo));
    let problem = engine.renew(id).await.unwrap_err();
    assert!(problem.to_string().contains("is strange"), "{problem}");
    // A corrected set-up is tried at once.
    set_up(&engine, &mio).await;
    seen.until(|update| match update {
        Update::Connection(overview) => {
            let connection = &overview.connection;
            let is_back = connection.condition == Condition::Active && connection.failures == 0;
            is_back.then_some(())
        }
        _ => None,
    })
    .await;
    // This answer isn't read either, and had its effect, which ends the grant below.
    mio.sandbox.script(Endpoint::Token, Scripted::CloseMidBody);
    engine.renew(id).await.unwrap_err();
    let ended = engine.renew(id).await.unwrap_err();
    seen.until(|update| match update {
        Update::Connection(overview) => {
            let condition = format!("{:?}", overview.connection.condition);
            condition.contains("NeedsSignIn").then_some(())
        }
        _ => None,
    })
    .await;
    engine.shut_down().await;

    let secrets = secrets_of(&mio);
    assert!(secrets.len() > 12, "{} secrets were sent", secrets.len());
    let log = logged.0.lock().unwrap().clone();
    let problems = format!("{problem:?} {ended:?}");
    let texts: [(&str, &[u8]); 3] = [
        ("the log", &log),
        ("the updates", seen.text.as_bytes()),
        ("the problems", problems.as_bytes()),
    ];
    let outcome = search(&[dir.path()], &texts, &secrets).unwrap();
    assert!(outcome.hits.is_empty(), "{:#?}", outcome.hits);

    // The search itself finds them where they may be, and there was something to search.
    let kept = memory.texts().join("\n");
    let found = search(&[], &[("the keychain", kept.as_bytes())], &secrets).unwrap();
    assert!(!found.hits.is_empty());
    let log = String::from_utf8_lossy(&log);
    assert!(log.contains("a renewal failed"), "{log}");
    assert!(
        outcome.bytes > 10_000,
        "{} bytes were searched",
        outcome.bytes
    );
}
