//! A running server: its process, its clock, and a look into it.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context as _, Result, anyhow, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::{GRACE, Kind};
use crate::{Desktop, until, until_some};

/// How long a server may take to come up or to go; generous, because tests share few cores.
const LIMIT: Duration = Duration::from_secs(60);

/// One request to the token endpoint, as the server took it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Seen {
    /// The scheme of the `Authorization` header.
    pub authentication: String,
    /// What it asked for.
    pub grant_type: Option<String>,
    /// Whether a code verifier came with it.
    pub verifier: bool,
    /// The answer's status.
    pub status: u16,
    /// The answer's `error`.
    pub error: Option<String>,
    /// The answer's `error_description`.
    pub description: Option<String>,
}

/// What the server knows.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct View {
    /// What its token endpoint was asked since its last start.
    pub requests: Vec<Seen>,
    /// How many access tokens are good.
    pub access: usize,
    /// How many refresh tokens are good.
    pub refresh: usize,
    /// How many grants there are.
    pub grants: usize,
}

impl View {
    /// Access tokens, refresh tokens and grants that are good.
    #[must_use]
    pub fn live(&self) -> [usize; 3] {
        [self.access, self.refresh, self.grants]
    }
}

/// A server with its one client and one user.
#[derive(Debug)]
pub struct Server {
    /// Which one.
    pub kind: Kind,
    /// As it is registered there.
    pub client_id: String,
    /// As it is registered there.
    pub client_secret: String,
    /// Where it listens; empty until then.
    pub origin: String,
    desktop: Desktop,
    dir: PathBuf,
    http: reqwest::Client,
    pid: u32,
    starts: usize,
    lifetime: u64,
    ahead: u64,
}

impl Server {
    /// Starts a server that has nothing yet, with access tokens of so many seconds; ready once
    /// [`Server::is_ready`] has come to its end.
    ///
    /// # Errors
    /// It isn't installed, or can't be started.
    pub fn begin(desktop: &Desktop, kind: Kind, lifetime: u64) -> Result<Self> {
        let dir = desktop.dir().join(kind.slug());
        std::fs::create_dir_all(&dir)?;
        let http = reqwest::Client::builder().no_proxy().build()?;
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
        server.spawn(0)?;
        Ok(server)
    }

    fn spawn(&mut self, port: u16) -> Result<()> {
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
        let mut command = self.kind.program(&self.desktop)?;
        command.env("KEYFOB_TEST_PEER", orders.to_string());
        self.starts += 1;
        self.pid = self.desktop.run_in_background(&self.log(), command)?;
        Ok(())
    }

    fn log(&self) -> String {
        format!("{}-{}", self.slug(), self.starts)
    }

    /// Waits until it listens.
    ///
    /// # Errors
    /// It has ended, or doesn't listen in a minute; the error has its log.
    pub fn is_ready(&mut self) -> Result<()> {
        let name = self.log();
        let listening = until_some(LIMIT, &name, || {
            let log = self.desktop.log(&name);
            let address = log
                .lines()
                .find_map(|line| line.strip_prefix("listening on "));
            let ended = || anyhow!("{name} has ended:\n{log}");
            let gone = self.desktop.has_ended(self.pid).then(|| Err(ended()));
            address.map(|address| Ok(address.to_owned())).or(gone)
        });
        self.origin = listening??;
        Ok(())
    }

    /// Kills it as the kernel does that is out of memory.
    ///
    /// # Errors
    /// It doesn't go.
    pub fn kill(&self) -> Result<()> {
        let pid = Pid::from_raw(self.pid.cast_signed()).context("no process id")?;
        kill_process(pid, Signal::KILL)?;
        let gone = || self.desktop.has_ended(self.pid);
        until(LIMIT, "the end of the server", gone)
    }

    /// Starts it again at the same port with what it kept. What it was asked before, it has forgotten.
    ///
    /// # Errors
    /// As [`Server::begin`] and [`Server::is_ready`].
    pub fn start_again(&mut self) -> Result<()> {
        let (_, port) = self.origin.rsplit_once(':').context("it never listened")?;
        self.spawn(port.parse()?)?;
        self.is_ready()
    }

    /// The slug of the provider that Keyfob knows it as.
    #[must_use]
    pub fn slug(&self) -> &'static str {
        self.kind.slug()
    }

    /// What the test itself asks the server with.
    #[must_use]
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// An address that an access token opens.
    #[must_use]
    pub fn api(&self) -> String {
        format!("{}{}", self.origin, self.kind.paths().api)
    }

    /// The address it calls its issuer.
    #[must_use]
    pub fn issuer(&self) -> String {
        format!("{}{}", self.origin, self.kind.paths().issuer)
    }

    /// What Keyfob has to know of it.
    #[must_use]
    pub fn provider_file(&self) -> String {
        self.kind.provider_file(&self.origin)
    }

    /// Sets its clock ahead.
    ///
    /// # Errors
    /// It gives no answer.
    pub async fn pass(&mut self, seconds: u64) -> Result<()> {
        self.ahead += seconds;
        let url = format!("{}/control/pass", self.origin);
        let answer = self.http.post(url).body(seconds.to_string()).send().await;
        answer?.error_for_status()?;
        Ok(())
    }

    /// Looks into it.
    ///
    /// # Errors
    /// It gives no answer.
    pub async fn view(&self) -> Result<View> {
        let url = format!("{}/control/view", self.origin);
        let answer = self.http.get(url).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// Asks its introspection endpoint (RFC 7662) whether an access token is good.
    ///
    /// # Errors
    /// It doesn't say.
    pub async fn is_active(&self, access_token: &Value) -> Result<bool> {
        let path = self.kind.paths().introspection;
        let (status, answer) = self.post(path, &[("token", access_token)]).await?;
        ensure!(status == 200, "{answer}");
        answer["active"].as_bool().context("it doesn't say")
    }

    /// Uses a refresh token as a thief would who has the client's secret as well.
    ///
    /// # Errors
    /// It gives no answer.
    pub async fn refresh_by_hand(&self, refresh_token: &Value) -> Result<(u16, Value)> {
        let path = self.kind.paths().token;
        let kind = json!("refresh_token");
        let fields = [("grant_type", &kind), ("refresh_token", refresh_token)];
        self.post(path, &fields).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &Value)]) -> Result<(u16, Value)> {
        let encoded =
            |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str().unwrap_or_default()))
            .collect();
        let request = self
            .http
            .post(format!("{}{path}", self.origin))
            .form(&fields);
        let (id, secret) = (encoded(&self.client_id), encoded(&self.client_secret));
        let answer = request.basic_auth(id, Some(secret)).send().await?;
        let status = answer.status().as_u16();
        Ok((status, answer.json().await?))
    }
}
