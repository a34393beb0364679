//! A desktop with a keychain, a sandbox over HTTP, and a provider file that names it.

use crate::parent::{LIMIT, Parent};
use keyfob_sandbox::{ClientRegistration, Config, Endpoint, Face, IssuedClient, Sandbox};
use keyfob_test_support::{Desktop, Item};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub(crate) const AGENT: &str = env!("CARGO_BIN_EXE_keyfob-agent");
/// The provider that the file describes.
pub(crate) const SLUG: &str = "pretend-mio";

pub(crate) struct World {
    pub(crate) desktop: Desktop,
    pub(crate) sandbox: Sandbox,
    pub(crate) origin: String,
    pub(crate) client: IssuedClient,
    http: reqwest::Client,
    server: JoinHandle<()>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with_loopback(true).await
    }

    /// With a provider that takes loopback redirects, or only the scheme's.
    pub(crate) async fn with_loopback(loopback: bool) -> Self {
        let desktop = Desktop::start().unwrap();
        let config = Config {
            record: true,
            ..Config::default()
        };
        let sandbox = Sandbox::new(config).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let registration = ClientRegistration {
            face: Face::Mio,
            name: "Keyfob".to_owned(),
            redirect_uris: vec![format!("http://127.0.0.1/callback/{SLUG}")],
        };
        let client = sandbox.issue_client(registration).unwrap();
        let served = sandbox.clone();
        let server = tokio::spawn(async move {
            let ended = keyfob_sandbox::run(listener, served, std::future::pending()).await;
            ended.expect("the sandbox serves");
        });
        write_provider(
            &desktop,
            &origin,
            if loopback { "loopback" } else { "scheme" },
        );
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self {
            desktop,
            sandbox,
            origin,
            client,
            http,
            server,
        }
    }

    /// The program in this desktop.
    pub(crate) fn command(&self) -> Command {
        let mut command = self.desktop.command(AGENT);
        command.args(["--control", "stdio"]);
        command
    }

    pub(crate) fn agent(&self) -> Parent {
        Parent::of(self.command())
    }

    /// An agent that has the client's id and secret.
    pub(crate) async fn agent_set_up(&self) -> Parent {
        let mut agent = self.agent();
        let fields = json!({
            "provider": SLUG,
            "client_id": self.client.client_id,
            "client_secret": self.client.client_secret,
        });
        assert_eq!(agent.ask("set-up", fields).await, Ok(json!({})));
        agent
    }

    /// Signs in as Ada, and gives the connection's id and the steps of the sign-in.
    pub(crate) async fn connect(&self, agent: &mut Parent) -> (String, Vec<String>) {
        let answer = agent
            .ask("connect", json!({ "provider": SLUG }))
            .await
            .unwrap();
        let open = agent.event().await;
        assert_eq!(
            (&open["event"], &open["attempt"]),
            (&json!("open"), &answer["attempt"])
        );
        self.consent(open["url"].as_str().unwrap()).await;
        let mut steps = Vec::new();
        loop {
            let event = agent.event().await;
            assert_eq!(
                (&event["event"], &event["attempt"]),
                (&json!("attempt"), &answer["attempt"])
            );
            let step = event["step"].as_str().unwrap().to_owned();
            steps.push(step.clone());
            match step.as_str() {
                "connected" => {
                    // Keyfob reads the summary once by itself; what a test scripts isn't for that.
                    let read = self.sandbox.wait_for_requests(Endpoint::Summary, 1);
                    tokio::time::timeout(LIMIT, read).await.unwrap();
                    let id = event["connection"].as_str().unwrap().to_owned();
                    return (id, steps);
                }
                "failed" | "cancelled" | "asking" => panic!("{event}"),
                _ => {}
            }
        }
    }

    /// Allows on the consent page and follows the answer to loopback, as a browser would. Gives what
    /// the browser shows in the end.
    pub(crate) async fn consent(&self, url: &str) -> String {
        let page = self
            .http
            .get(url)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        let (_, rest) = page
            .split_once("name=\"ticket\" value=\"")
            .expect("a ticket on the page");
        let (ticket, _) = rest.split_once('"').unwrap();
        let form = [("ticket", ticket), ("user", "ada"), ("decision", "allow")];
        let answer = self
            .http
            .post(format!("{}/mio/consent", self.origin))
            .form(&form);
        let answer = answer.send().await.unwrap();
        let callback = answer.headers()["location"].to_str().unwrap().to_owned();
        assert!(callback.starts_with("http://127.0.0.1:"), "{callback}");
        self.http
            .get(callback)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    }

    /// The address of the summary.
    pub(crate) fn summary(&self) -> String {
        format!("{}/mio/v1/context/summary", self.origin)
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.desktop.data_dir().join("keyfob")
    }

    /// What the keychain holds of connections.
    pub(crate) async fn connection_items(&self) -> Vec<Value> {
        let items = self.items().await;
        let of_connections = items
            .iter()
            .filter(|item| item.attributes["username"].ends_with("/tokens"));
        of_connections
            .map(|item| serde_json::from_slice(&item.secret).unwrap())
            .collect()
    }

    /// What the keychain holds of Keyfob.
    pub(crate) async fn items(&self) -> Vec<Item> {
        let desktop = self.desktop.clone();
        let items = tokio::task::spawn_blocking(move || desktop.keychain_items());
        let items = tokio::time::timeout(LIMIT, items)
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        let ours = |item: &Item| {
            item.attributes
                .get("service")
                .is_some_and(|name| name == "dev.keyfob.desktop")
        };
        items.into_iter().filter(ours).collect()
    }
}

/// The only connection there is.
pub(crate) async fn only_connection(agent: &mut Parent) -> Value {
    let mut listed = agent.ask("list", json!({})).await.unwrap();
    let connections = listed["connections"].as_array().unwrap();
    assert_eq!(connections.len(), 1, "{listed}");
    listed["connections"][0].take()
}

fn write_provider(desktop: &Desktop, origin: &str, redirect: &str) {
    let text = format!(
        "slug = \"{SLUG}\"\nname = \"Pretend Mio\"\nsandbox = true\n\
         authorization_endpoint = \"{origin}/mio/connect\"\n\
         token_endpoint = \"{origin}/mio/v1/auth/oauth2/token\"\n\
         token_body = \"json\"\nclient_authentication = \"post\"\n\
         scopes = [\"openid\", \"profile\", \"email\", \"offline_access\"]\n\
         api_hosts = [\"127.0.0.1\"]\nreads = [\"mio_summary\"]\nredirect_kinds = [\"{redirect}\"]\n\
         echoes_state = \"unknown\"\npkce = \"unknown\"\nid_token = \"display\"\n\
         [context]\nkind = \"mio\"\nbase = \"{origin}/mio/\"\n"
    );
    let dir = desktop.config_dir().join("keyfob/providers");
    write(&dir, "pretend-mio.toml", &text);
}

pub(crate) fn write(dir: &Path, name: &str, text: &str) {
    std::fs::create_dir_all(dir).unwrap();
    std::fs::write(dir.join(name), text).unwrap();
}
