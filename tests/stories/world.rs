//! One desktop, one sandbox, one window: what a story happens in.

use anyhow::{Context, Result};
use keyfob_sandbox::{ClientRegistration, Config, Endpoint, Face, Sandbox};
use keyfob_test_support::{Browser, Desktop, KeyfobWindow};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// How long the app may take to open the browser.
const OPENING: Duration = Duration::from_secs(20);

pub(crate) const MIO: &str = "mio-sandbox";

/// The app under test, built by the same `cargo test`.
pub(crate) fn app() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_keyfob-desktop"))
}

pub(crate) struct World {
    pub(crate) desktop: Desktop,
    pub(crate) sandbox: Sandbox,
    pub(crate) origin: String,
    announcement: PathBuf,
    outside: tempfile::TempDir,
    server: JoinHandle<()>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl World {
    /// A desktop with everything a usual one has, and a sandbox that keeps a record.
    pub(crate) async fn new() -> Result<Self> {
        Self::on(Desktop::start()?).await
    }

    pub(crate) async fn on(desktop: Desktop) -> Result<Self> {
        let sandbox = Sandbox::new(Config {
            record: true,
            ..Config::default()
        })?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let client = sandbox.issue_client(ClientRegistration {
            face: Face::Mio,
            name: "Keyfob".to_owned(),
            redirect_uris: vec![
                format!("dev.keyfob.desktop:/callback/{MIO}"),
                format!("http://127.0.0.1/callback/{MIO}"),
                "http://127.0.0.1/callback/mio-loopback".to_owned(),
            ],
        })?;
        // Outside of everything the app may write: the leak scan must not find it here.
        let outside = tempfile::tempdir()?;
        let announcement = outside.path().join("sandbox.json");
        let line = serde_json::json!({
            "base": origin,
            "mio": { "base": format!("{origin}/mio"), "client_id": client.client_id, "client_secret": client.client_secret },
        });
        std::fs::write(&announcement, line.to_string())?;
        let served = sandbox.clone();
        let server = tokio::spawn(async move {
            if let Err(error) = keyfob_sandbox::run(listener, served, std::future::pending()).await
            {
                eprintln!("the sandbox has stopped: {error}");
            }
        });
        Ok(Self {
            desktop,
            sandbox,
            origin,
            announcement,
            outside,
            server,
        })
    }

    /// Opens the app's window.
    pub(crate) async fn window(&self) -> Result<KeyfobWindow> {
        self.window_with(&[]).await
    }

    /// Opens the app's window with more variables.
    pub(crate) async fn window_with(&self, more: &[(&str, &OsStr)]) -> Result<KeyfobWindow> {
        let mut env = self.env();
        env.extend_from_slice(more);
        KeyfobWindow::open(&self.desktop, app(), &env).await
    }

    /// A browser that may open the app's scheme from the sandbox's pages.
    pub(crate) async fn browser(&self) -> Result<Browser> {
        Browser::start(&self.desktop, &[&self.origin]).await
    }

    /// Waits for the address the app asked the desktop to open.
    pub(crate) async fn opened_url(&self) -> Result<String> {
        let desktop = self.desktop.clone();
        tokio::task::spawn_blocking(move || desktop.next_opened_url(OPENING))
            .await
            .context("the wait died")?
    }

    /// Connects the sandbox's Mio from the first-run screen or the list, as this pretend user.
    pub(crate) async fn connect(&self, window: &KeyfobWindow, user: &str) -> Result<()> {
        let rows = "document.querySelectorAll('[data-testid^=row-]').length";
        let before = window.execute(&format!("return {rows}")).await?;
        self.begin(window).await?;
        let url = self.opened_url().await?;
        let browser = self.browser().await?;
        browser.visit(&url).await?;
        browser.click_id(&format!("user-{user}")).await?;
        browser.click_id("allow").await?;
        window
            .wait_until("one more row", &format!("{rows} > {before} && {CONNECTED}"))
            .await?;
        window.wait_until("the sheet to go", NO_SHEET).await?;
        browser.close().await
    }

    /// Opens the address the app asked for in a new browser, and decides on the consent page.
    pub(crate) async fn decide(&self, decision: &str) -> Result<Browser> {
        let url = self.opened_url().await?;
        let browser = self.browser().await?;
        browser.visit(&url).await?;
        browser.click_id(decision).await?;
        Ok(browser)
    }

    /// Clicks *Connect* at the sandbox's Mio.
    pub(crate) async fn begin(&self, window: &KeyfobWindow) -> Result<()> {
        window.wait_until("the first screen", "!!document.querySelector('[data-testid=try-sandbox], [data-testid=connect-button]')").await?;
        if window.has("try-sandbox").await? {
            window.click("try-sandbox").await
        } else {
            window.click("connect-button").await?;
            window.click(&format!("provider-{MIO}")).await
        }
    }
}

impl World {
    /// Opens the app's window as a callback does when Keyfob isn't running.
    pub(crate) async fn window_started_by(&self, raw: &str) -> Result<KeyfobWindow> {
        // WebDriver adds an argument of its own, so a small program starts the app without it.
        let starter = self.outside.path().join("start-with-callback");
        std::fs::write(
            &starter,
            format!("#!/bin/sh\nexec '{}' '{raw}'\n", app().display()),
        )?;
        std::fs::set_permissions(
            &starter,
            std::os::unix::fs::PermissionsExt::from_mode(0o755),
        )?;
        KeyfobWindow::open(&self.desktop, &starter, &self.env()).await
    }

    /// The client id and secret that the app has at the sandbox.
    pub(crate) fn client(&self) -> Result<(String, String)> {
        let line: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(&self.announcement)?)?;
        let text = |name: &str| {
            line["mio"][name]
                .as_str()
                .map(str::to_owned)
                .context("no such field")
        };
        Ok((text("client_id")?, text("client_secret")?))
    }

    fn env(&self) -> Vec<(&str, &OsStr)> {
        vec![
            ("KEYFOB_SANDBOX_FILE", self.announcement.as_os_str()),
            ("KEYFOB_IPC_TRANSCRIPT", OsStr::new("1")),
        ]
    }

    /// Starts the app with a callback as its argument, as the desktop does for its scheme.
    pub(crate) async fn deliver(&self, raw: &str) -> Result<()> {
        let mut second = self.desktop.command(app());
        second
            .arg(raw)
            .env("KEYFOB_SANDBOX_FILE", &self.announcement);
        let desktop = self.desktop.clone();
        tokio::task::spawn_blocking(move || desktop.run(second, OPENING))
            .await
            .context("the wait died")??;
        Ok(())
    }

    /// Reads a field of the JSON body of the last token request.
    pub(crate) fn sent_to_token_endpoint(&self, field: &str) -> Result<String> {
        let requests = self.sandbox.requests();
        let last = requests
            .iter()
            .rev()
            .find(|request| request.endpoint == Endpoint::Token)
            .context("no token request")?;
        let body: serde_json::Value = serde_json::from_str(&last.body)?;
        Ok(body[field].as_str().context("no such field")?.to_owned())
    }

    /// Reads what the keychain holds for the app: (account, text).
    pub(crate) fn keychain(&self) -> Result<Vec<(String, String)>> {
        let items = self.desktop.keychain_items()?;
        items
            .into_iter()
            .filter(|item| {
                item.attributes
                    .get("service")
                    .is_some_and(|service| service == "dev.keyfob.desktop")
            })
            .map(|item| {
                Ok((
                    item.attributes["username"].clone(),
                    String::from_utf8(item.secret)?,
                ))
            })
            .collect()
    }

    /// The items of connections only.
    pub(crate) fn connection_items(&self) -> Result<Vec<serde_json::Value>> {
        let items = self.keychain()?;
        let of_connections = items
            .iter()
            .filter(|(account, _)| account.ends_with("/tokens"));
        of_connections
            .map(|(_, text)| Ok(serde_json::from_str(text)?))
            .collect()
    }
}

/// Takes a parameter out of an address.
pub(crate) fn parameter(url: &str, name: &str) -> Result<String> {
    let url = url::Url::parse(url)?;
    let found = url.query_pairs().find(|(key, _)| key == name);
    Ok(found
        .with_context(|| format!("no parameter {name}"))?
        .1
        .into_owned())
}

/// A condition for the page: the element with this test id exists.
pub(crate) fn shown(id: &str) -> String {
    format!("!!document.querySelector('[data-testid={id}]')")
}

/// A condition for the page: the element with this test id is about this error code.
pub(crate) fn shown_code(id: &str, code: &str) -> String {
    format!("document.querySelector('[data-testid={id}]')?.dataset.code === '{code}'")
}

/// A condition for the page: the element with this test id has this text in it.
pub(crate) fn says(id: &str, text: &str) -> String {
    format!(
        "(document.querySelector('[data-testid={id}]')?.innerText ?? '').includes({})",
        serde_json::json!(text)
    )
}

/// No sheet covers the window.
pub(crate) const NO_SHEET: &str = "!document.querySelector('[data-testid=sheet]')";

/// The detail of an active connection is shown and no sheet is left.
pub(crate) const CONNECTED: &str = "!!document.querySelector('[data-testid=detail]') && !!document.querySelector('[data-condition=active]')";
