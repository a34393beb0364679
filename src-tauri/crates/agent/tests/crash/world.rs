//! A desktop with a keychain, the sandbox's plain OAuth server, and a user who allows everything.

use crate::child::{ORDERS, Orders, WORD};
use crate::faulty::Kind;
use crate::parent::{LIMIT, Parent};
use keyfob_sandbox::{
    ClientRegistration, Config, Face, IssuedClient, OauthManners, Rotation, Sandbox,
};
use keyfob_test_support::{Desktop, until};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const SLUG: &str = "plain";

pub(crate) struct World {
    desktop: Desktop,
    sandbox: Sandbox,
    origin: String,
    client: IssuedClient,
    http: reqwest::Client,
    server: JoinHandle<()>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// What became of the child.
#[derive(Debug, Default)]
pub(crate) struct Course {
    /// The steps it took, with their numbers, `5 before keychain write tokens`; the phase of each.
    pub(crate) steps: Vec<(String, String)>,
    /// The operation that failed and its error code, if one did.
    pub(crate) stopped: Option<String>,
    /// Whether everything succeeded.
    pub(crate) survived: bool,
    /// Whether the process came to its own end.
    pub(crate) ended: bool,
}

/// What another process makes of what was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing is listed.
    Nothing,
    /// A call to the API succeeds, and so does a renewal and another call.
    Working,
    /// It is listed, and no call succeeds, for this reason.
    Refused(String),
}

impl World {
    pub(crate) async fn new(rotation: Rotation) -> Self {
        let desktop = Desktop::start().unwrap();
        let oauth = OauthManners {
            rotation,
            ..OauthManners::default()
        };
        let config = Config {
            oauth,
            ..Config::default()
        };
        let sandbox = Sandbox::new(config).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let client = sandbox
            .issue_client(ClientRegistration {
                face: Face::Oauth,
                name: "Keyfob".to_owned(),
                redirect_uris: vec![format!("http://127.0.0.1/callback/{SLUG}")],
            })
            .unwrap();
        let served = sandbox.clone();
        let server = tokio::spawn(async move {
            let ended = keyfob_sandbox::run(listener, served, std::future::pending()).await;
            ended.expect("the sandbox serves");
        });
        write_provider(&desktop.config_dir().join("keyfob"), &origin);
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

    fn config_dir(&self) -> PathBuf {
        self.desktop.config_dir().join("keyfob")
    }

    /// Runs a child over a new data directory; it dies or fails at this step, or at none for 0.
    pub(crate) async fn run(
        &self,
        data_dir: &Path,
        later: bool,
        step: usize,
        kind: Kind,
    ) -> Course {
        let orders = Orders {
            data_dir: data_dir.to_owned(),
            config_dir: self.config_dir(),
            provider: SLUG.to_owned(),
            client_id: self.client.client_id.clone(),
            client_secret: self.client.client_secret.clone(),
            later,
            step,
            abort: kind == Kind::Abort,
        };
        let mut command = self.desktop.command(std::env::current_exe().unwrap());
        command
            .args(["--exact", "obeys_its_parent", "--nocapture"])
            .env(ORDERS, serde_json::to_string(&orders).unwrap())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = tokio::process::Command::from(command)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut course = Course::default();
        let mut phase = String::new();
        let told = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                let Some((_, line)) = line.split_once(WORD) else {
                    continue;
                };
                let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
                match word {
                    "open" => self.consent(rest).await,
                    "phase" => rest.clone_into(&mut phase),
                    "step" => course.steps.push((phase.clone(), rest.to_owned())),
                    "stopped" => course.stopped = Some(rest.to_owned()),
                    "survived" => course.survived = true,
                    "ended" => course.ended = true,
                    other => panic!("the child says {other}"),
                }
            }
            child.wait().await.unwrap()
        };
        tokio::time::timeout(LIMIT, told)
            .await
            .expect("the child ends in time");
        course
    }

    /// How many grants the provider knows that are good.
    pub(crate) fn live_grants(&self) -> usize {
        live(&self.sandbox)
    }

    /// Looks at what is left with the agent, as a new process. Where nothing is, the provider has to know
    /// of no more than so many grants, or to be told soon.
    pub(crate) async fn reopen(&self, data_dir: &Path, grants: usize) -> Found {
        let mut command = self.desktop.command(env!("CARGO_BIN_EXE_keyfob-agent"));
        command.args(["--control", "stdio", "--data-dir"]);
        command.arg(data_dir);
        let mut agent = Parent::of(command);
        let listed = agent.ask("list", json!({})).await.unwrap();
        let found = match listed["connections"].as_array().unwrap().as_slice() {
            [] => Found::Nothing,
            [one] => self.try_out(&mut agent, &one["id"]).await,
            more => panic!("{more:?}"),
        };
        if found == Found::Nothing {
            let sandbox = self.sandbox.clone();
            let told = move || live(&sandbox) <= grants;
            let wait = move || until(LIMIT, "the provider to be told", told);
            tokio::task::spawn_blocking(wait).await.unwrap().unwrap();
        }
        agent.quit().await;
        found
    }

    async fn try_out(&self, agent: &mut Parent, id: &Value) -> Found {
        let call = json!({ "connection": id, "url": format!("{}/oauth/api/ping", self.origin) });
        let refused = |error: Value| Found::Refused(error["code"].as_str().unwrap().to_owned());
        match agent.ask("call-api", call.clone()).await {
            Ok(answer) => assert_eq!(answer["status"], json!(200), "{answer}"),
            // It is being ended, and has been meanwhile.
            Err(error) if error["code"] == json!("connection_unknown") => return Found::Nothing,
            Err(error) => return refused(error),
        }
        // What is left has to be good for the time after this token, too.
        if let Err(error) = agent.ask("renew", json!({ "connection": id })).await {
            return refused(error);
        }
        let answer = agent.ask("call-api", call).await.unwrap();
        assert_eq!(answer["status"], json!(200), "{answer}");
        Found::Working
    }

    /// How many items the keychain holds of connections.
    pub(crate) async fn items(&self) -> usize {
        let desktop = self.desktop.clone();
        let items = tokio::task::spawn_blocking(move || desktop.keychain_items());
        let items = items.await.unwrap().unwrap();
        let of_connection = |name: &String| name.ends_with("/tokens");
        items
            .iter()
            .filter(|item| item.attributes.get("username").is_some_and(of_connection))
            .count()
    }

    /// Allows on the consent page, and follows the answer to loopback; the child may be dead by then.
    async fn consent(&self, url: &str) {
        let page = self.http.get(url).send().await.unwrap();
        let page = page.text().await.unwrap();
        let (_, rest) = page
            .split_once("name=\"ticket\" value=\"")
            .expect("a ticket on the page");
        let (ticket, _) = rest.split_once('"').unwrap();
        let form = [("ticket", ticket), ("user", "ada"), ("decision", "allow")];
        let consent = format!("{}/oauth/consent", self.origin);
        let answer = self.http.post(consent).form(&form).send().await.unwrap();
        let callback = answer.headers()["location"].to_str().unwrap().to_owned();
        // A browser shows an error page if nobody listens any more.
        let _ = self.http.get(callback).send().await;
    }
}

fn live(sandbox: &Sandbox) -> usize {
    sandbox.grants().iter().filter(|grant| grant.live).count()
}

fn write_provider(config_dir: &Path, origin: &str) {
    let text = format!(
        "slug = \"{SLUG}\"\nname = \"Plain\"\n\
         authorization_endpoint = \"{origin}/oauth/authorize\"\n\
         token_endpoint = \"{origin}/oauth/token\"\n\
         revocation_endpoint = \"{origin}/oauth/revoke\"\n\
         client_authentication = \"basic\"\nscopes = [\"profile\", \"offline_access\"]\n\
         api_hosts = [\"127.0.0.1\"]\nredirect_kinds = [\"loopback\"]\npkce = \"required\"\n"
    );
    let dir = config_dir.join("providers");
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("plain.toml"), text).unwrap();
}
