//! A running server: its process, its clock, and a look into it.

use crate::kind::{GRACE, Kind};
use keyfob_test_support::{Desktop, until, until_some};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

/// How long a server may take to come up or to go; generous, because tests share few cores.
const LIMIT: Duration = Duration::from_secs(60);
/// One request to the token endpoint, as the server took it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub(crate) struct Seen {
    /// The scheme of the `Authorization` header.
    pub(crate) authentication: String,
    pub(crate) grant_type: Option<String>,
    /// Whether a code verifier came with it.
    pub(crate) verifier: bool,
    pub(crate) status: u16,
    pub(crate) error: Option<String>,
    pub(crate) description: Option<String>,
}

/// What the server knows.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub(crate) struct View {
    pub(crate) requests: Vec<Seen>,
    /// How many access tokens are good, how many refresh tokens, and how many grants there are.
    pub(crate) access: usize,
    pub(crate) refresh: usize,
    pub(crate) grants: usize,
}

impl View {
    /// Access tokens, refresh tokens and grants that are good.
    pub(crate) fn live(&self) -> [usize; 3] {
        [self.access, self.refresh, self.grants]
    }
}

/// A server with its one client and one user.
pub(crate) struct Server {
    pub(crate) kind: Kind,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) origin: String,
    desktop: Desktop,
    dir: PathBuf,
    http: reqwest::Client,
    pid: u32,
    starts: usize,
    lifetime: u64,
    ahead: u64,
}

impl Server {
    /// Starts a server that has nothing yet, with access tokens of so many seconds; ready once [`Server::is_ready`] has come to its end.
    pub(crate) fn begin(desktop: &Desktop, kind: Kind, lifetime: u64) -> Self {
        let dir = desktop.dir().join(kind.slug());
        std::fs::create_dir_all(&dir).unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut server = Self {
            kind,
            client_id: format!("keyfob-at-{}", kind.slug()),
            // What has to be encoded in a header and in a form.
            client_secret: "s3cret:50%+/&=~".to_owned(),
            origin: String::new(),
            desktop: desktop.clone(),
            dir,
            http,
            pid: 0,
            starts: 0,
            lifetime,
            ahead: 0,
        };
        server.spawn(0);
        server
    }

    fn spawn(&mut self, port: u16) {
        let orders = json!({
            "dir": self.dir,
            "port": port,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "redirect_uri": format!("http://127.0.0.1/callback/{}", self.slug()),
            "ahead": self.ahead,
            "lifetime": self.lifetime,
            "grace": if self.kind == Kind::DjangoGrace { GRACE } else { 0 },
        });
        let mut command = self.kind.program(&self.desktop);
        command.env("KEYFOB_TEST_PEER", orders.to_string());
        self.starts += 1;
        self.pid = self
            .desktop
            .run_in_background(&self.log(), command)
            .unwrap();
    }

    fn log(&self) -> String {
        format!("{}-{}", self.slug(), self.starts)
    }

    /// Waits until it listens.
    pub(crate) fn is_ready(&mut self) {
        let name = self.log();
        let listening = until_some(LIMIT, &name, || {
            let log = self.desktop.log(&name);
            let address = log
                .lines()
                .find_map(|line| line.strip_prefix("listening on "));
            let ended = || format!("it ended:\n{log}");
            let gone = self.desktop.has_ended(self.pid).then(|| Err(ended()));
            address.map(|address| Ok(address.to_owned())).or(gone)
        });
        self.origin = listening.unwrap().unwrap();
    }

    /// Kills it as the kernel does that is out of memory.
    pub(crate) fn kill(&self) {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.pid).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        let gone = || self.desktop.has_ended(self.pid);
        until(LIMIT, "the end of the server", gone).unwrap();
    }

    /// Starts it again at the same port with what it kept. What it was asked before, it has forgotten.
    pub(crate) fn start_again(&mut self) {
        let (_, port) = self.origin.rsplit_once(':').unwrap();
        self.spawn(port.parse().unwrap());
        self.is_ready();
    }

    pub(crate) fn slug(&self) -> &'static str {
        self.kind.slug()
    }

    /// What the test itself asks the server with.
    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// An address that an access token opens.
    pub(crate) fn api(&self) -> String {
        format!("{}{}", self.origin, self.kind.paths().api)
    }

    /// What Keyfob has to know of it.
    pub(crate) fn provider_file(&self) -> String {
        self.kind.provider_file(&self.origin)
    }

    /// Sets its clock ahead.
    pub(crate) async fn pass(&mut self, seconds: u64) {
        self.ahead += seconds;
        let url = format!("{}/control/pass", self.origin);
        let answer = self.http.post(url).body(seconds.to_string()).send().await;
        answer.unwrap().error_for_status().unwrap();
    }

    pub(crate) async fn view(&self) -> View {
        let url = format!("{}/control/view", self.origin);
        let answer = self.http.get(url).send().await.unwrap();
        answer.error_for_status().unwrap().json().await.unwrap()
    }

    /// Asks its introspection endpoint (RFC 7662) whether an access token is good.
    pub(crate) async fn is_active(&self, access_token: &Value) -> bool {
        let path = self.kind.paths().introspection;
        let (status, answer) = self.post(path, &[("token", access_token)]).await;
        assert_eq!(status, 200, "{answer}");
        answer["active"].as_bool().unwrap()
    }

    /// Uses a refresh token as a thief would who has the client's secret as well.
    pub(crate) async fn refresh_by_hand(&self, refresh_token: &Value) -> (u16, Value) {
        let path = self.kind.paths().token;
        let kind = json!("refresh_token");
        let fields = [("grant_type", &kind), ("refresh_token", refresh_token)];
        self.post(path, &fields).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &Value)]) -> (u16, Value) {
        let encoded =
            |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str().unwrap()))
            .collect();
        let request = self
            .http
            .post(format!("{}{path}", self.origin))
            .form(&fields);
        let (id, secret) = (encoded(&self.client_id), encoded(&self.client_secret));
        let answer = request.basic_auth(id, Some(secret)).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap())
    }
}
