//! One desktop, one sandbox, one window: what a story happens in.

use crate::leak_scan;
use anyhow::{Context, Result, bail};
use keyfob_sandbox::{ClientRegistration, Config, Endpoint, Face, IssuedClient, Sandbox};
use keyfob_test_support::{Browser, Desktop, KeyfobWindow};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How long the app may take to open the browser.
const OPENING: Duration = Duration::from_secs(20);
/// How long the app may take to send what is due.
const SENDING: Duration = Duration::from_secs(20);

pub(crate) const MIO: &str = "mio-sandbox";
pub(crate) const MAVIO: &str = "mavio-sandbox";

/// The app and the keychain's daemon as the kernel calls them.
pub(crate) const APP: &str = "keyfob-desktop";
pub(crate) const KEYCHAIN: &str = "gnome-keyring-d";

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
    address: SocketAddr,
    server: Server,
}

/// The sandbox's listening side.
struct Server {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.task.abort();
        // A story that has failed says why; a panic here would hide it.
        if !std::thread::panicking() {
            let leaks = leak_scan::after_story(&self.desktop, &leak_scan::secrets_of(self));
            assert!(leaks.is_ok(), "{leaks:?}");
        }
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
            extra_members: leak_scan::planted(),
            ..Config::default()
        })?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let origin = format!("http://{address}");
        // Outside of everything the app may write: the leak scan must not find it here.
        let outside = tempfile::tempdir()?;
        let announcement = outside.path().join("sandbox.json");
        let mut line = serde_json::json!({ "base": origin });
        for (face, slug) in [(Face::Mio, MIO), (Face::Mavio, MAVIO)] {
            let client = sandbox.issue_client(registration(face, slug))?;
            line[face.slug()] = announced(&client);
        }
        std::fs::write(&announcement, line.to_string())?;
        let server = serve(listener, sandbox.clone());
        Ok(Self {
            desktop,
            sandbox,
            origin,
            announcement,
            outside,
            address,
            server,
        })
    }

    /// Switches the sandbox off: what it is answering is answered, its connections are closed, and
    /// new ones are refused. What is given back holds its port, so that nobody else takes it.
    pub(crate) async fn stop_sandbox(&mut self) -> Result<TcpSocket> {
        let stop = self.server.stop.take().context("it is off already")?;
        // Nobody hears it where the sandbox has stopped by itself.
        let _ = stop.send(());
        (&mut self.server.task).await.context("the sandbox died")?;
        let port = TcpSocket::new_v4()?;
        port.set_reuseaddr(true)?;
        port.bind(self.address)?;
        Ok(port)
    }

    /// Switches the sandbox on again, with everything it knew.
    pub(crate) fn start_sandbox(&mut self, port: TcpSocket) -> Result<()> {
        self.server = serve(port.listen(1024)?, self.sandbox.clone());
        Ok(())
    }

    /// Has the sandbox announce this client instead of the one the app is registered as: what a user gets
    /// who copied the wrong thing.
    pub(crate) fn announce(&self, face: Face, change: impl FnOnce(&mut Value)) -> Result<()> {
        let mut line: Value = serde_json::from_str(&std::fs::read_to_string(&self.announcement)?)?;
        change(&mut line[face.slug()]);
        std::fs::write(&self.announcement, line.to_string())?;
        Ok(())
    }

    /// Writes a provider file of the user's own: Acme, which speaks as Mavio does, asked for these scopes.
    /// Gives the client id and secret that Acme's developer page would show.
    pub(crate) fn add_acme(&self, scopes: &[&str]) -> Result<IssuedClient> {
        let origin = &self.origin;
        let text = format!(
            "slug = \"acme\"\nname = \"Acme\"\n\
             authorization_endpoint = \"{origin}/mavio/oauth/authorize\"\n\
             token_endpoint = \"{origin}/mavio/oauth/token\"\n\
             client_authentication = \"post\"\nscopes = {scopes:?}\napi_hosts = [\"127.0.0.1\"]\n\
             reads = [\"mavio_meetings\"]\nredirect_kinds = [\"scheme\"]\npkce = \"accepted\"\n\
             [context]\nkind = \"mavio\"\nbase = \"{origin}/mavio/\"\n"
        );
        self.add_provider("acme", &text)?;
        self.registered(Face::Mavio, "acme")
    }

    /// Writes a provider file of the user's own for the sandbox's plain OAuth server, which can be told
    /// to end an access.
    pub(crate) fn add_plain(&self) -> Result<IssuedClient> {
        self.add_plain_with(&self.origin, &["profile", "offline_access"])
    }

    /// As [`World::add_plain`], asked for these scopes, with its token endpoint at another origin.
    pub(crate) fn add_plain_with(&self, tokens: &str, scopes: &[&str]) -> Result<IssuedClient> {
        let origin = &self.origin;
        let text = format!(
            "slug = \"plain\"\nname = \"Plain\"\n\
             authorization_endpoint = \"{origin}/oauth/authorize\"\n\
             token_endpoint = \"{tokens}/oauth/token\"\n\
             revocation_endpoint = \"{origin}/oauth/revoke\"\n\
             client_authentication = \"basic\"\nscopes = {scopes:?}\n\
             redirect_kinds = [\"scheme\"]\npkce = \"required\"\n"
        );
        self.add_provider("plain", &text)?;
        self.registered(Face::Oauth, "plain")
    }

    /// Writes a provider file of the user's own.
    pub(crate) fn add_provider(&self, slug: &str, text: &str) -> Result<()> {
        let folder = self.desktop.config_dir().join("keyfob/providers");
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(format!("{slug}.toml")), text)?;
        Ok(())
    }

    /// Registers Keyfob at a face of the sandbox, as the provider with this slug.
    pub(crate) fn registered(&self, face: Face, slug: &str) -> Result<IssuedClient> {
        Ok(self.sandbox.issue_client(registration(face, slug))?)
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
        self.connect_at(MIO, window, user, &[]).await
    }

    /// Connects one of the sandbox's providers as this pretend user, who clicks these ids of the consent
    /// page before allowing: permissions that are not given, say.
    pub(crate) async fn connect_at(
        &self,
        provider: &str,
        window: &KeyfobWindow,
        user: &str,
        clicks: &[&str],
    ) -> Result<()> {
        let rows = "document.querySelectorAll('[data-testid^=row-]').length";
        let before = window.execute(&format!("return {rows}")).await?;
        self.begin_at(provider, window).await?;
        let browser = self.allow_as(user, clicks).await?;
        window
            .wait_until("one more row", &format!("{rows} > {before} && {CONNECTED}"))
            .await?;
        window.wait_until("the sheet to go", NO_SHEET).await?;
        browser.close().await
    }

    /// Sets the plain OAuth server up with its client id and secret, and connects an account there.
    pub(crate) async fn connect_plain(
        &self,
        window: &KeyfobWindow,
        client: &IssuedClient,
    ) -> Result<()> {
        window.click("connect-button").await?;
        window.click("provider-plain").await?;
        fill_in(window, &client.client_id, &client.client_secret).await?;
        let browser = self.allow_as("ada", &[]).await?;
        window.wait_until("the connection", CONNECTED).await?;
        window.wait_until("the sheet to go", NO_SHEET).await?;
        browser.close().await
    }

    /// Opens the address the app asked for in a new browser, and allows as this pretend user after
    /// these clicks.
    pub(crate) async fn allow_as(&self, user: &str, clicks: &[&str]) -> Result<Browser> {
        let url = self.opened_url().await?;
        let browser = self.browser().await?;
        browser.visit(&url).await?;
        browser.click_id(&format!("user-{user}")).await?;
        for id in clicks {
            browser.click_id(id).await?;
        }
        browser.click_id("allow").await?;
        Ok(browser)
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
        self.begin_at(MIO, window).await
    }

    /// Clicks *Connect* at one of the sandbox's providers.
    pub(crate) async fn begin_at(&self, provider: &str, window: &KeyfobWindow) -> Result<()> {
        window.wait_until("the first screen", "!!document.querySelector('[data-testid=try-sandbox], [data-testid=connect-button]')").await?;
        if provider == MIO && window.has("try-sandbox").await? {
            window.click("try-sandbox").await?;
            // It comes after the first paint, and the sign-in may be over before.
            window.wait_until("the sheet", &shown("sheet")).await
        } else {
            window.click("connect-button").await?;
            window.click(&format!("provider-{provider}")).await
        }
    }
}

impl World {
    /// Opens the app's window as a callback does when Keyfob isn't running.
    pub(crate) async fn window_started_by(&self, raw: &str) -> Result<KeyfobWindow> {
        self.window_through(&format!("exec '{}' '{raw}'", app().display()), &[])
            .await
    }

    /// Opens the app's window through a shell script that starts it, with more variables.
    pub(crate) async fn window_through(
        &self,
        script: &str,
        more: &[(&str, &OsStr)],
    ) -> Result<KeyfobWindow> {
        // WebDriver adds an argument of its own, so a small program starts the app without it.
        let starter = self.outside.path().join("start");
        std::fs::write(&starter, format!("#!/bin/sh\n{script}\n"))?;
        std::fs::set_permissions(
            &starter,
            std::os::unix::fs::PermissionsExt::from_mode(0o755),
        )?;
        let mut env = self.env();
        env.extend_from_slice(more);
        KeyfobWindow::open(&self.desktop, &starter, &env).await
    }

    /// Sends a signal to the one program of this name, as the kernel keeps it.
    pub(crate) fn signal(&self, name: &str, signal: Signal) -> Result<()> {
        let mut found = self.desktop.processes();
        found.retain(|process| process.name == name);
        let [program] = found.as_slice() else {
            bail!("one {name} should run: {found:?}");
        };
        let pid = Pid::from_raw(program.pid.cast_signed()).context("no process id")?;
        Ok(kill_process(pid, signal)?)
    }

    /// Waits until so many requests have arrived at an endpoint since the beginning.
    pub(crate) async fn asked(&self, endpoint: Endpoint, count: usize) -> Result<()> {
        let arrived = self.sandbox.wait_for_requests(endpoint, count);
        tokio::time::timeout(SENDING, arrived)
            .await
            .with_context(|| {
                let seen = self.sandbox.request_count(endpoint);
                format!("{seen} requests instead of {count} at {endpoint:?}")
            })
    }

    /// The client id and secret that the app has at the sandbox.
    pub(crate) fn client(&self) -> Result<(String, String)> {
        let line: Value = serde_json::from_str(&std::fs::read_to_string(&self.announcement)?)?;
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
        let body: Value = serde_json::from_str(&last.body)?;
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
    pub(crate) fn connection_items(&self) -> Result<Vec<Value>> {
        let items = self.keychain()?;
        let of_connections = items
            .iter()
            .filter(|(account, _)| account.ends_with("/tokens"));
        of_connections
            .map(|(_, text)| Ok(serde_json::from_str(text)?))
            .collect()
    }
}

fn serve(listener: TcpListener, sandbox: Sandbox) -> Server {
    let (stop, stopped) = oneshot::channel();
    let stopped = async {
        // The sender goes with the world, which is a stop as well.
        let _ = stopped.await;
    };
    let task = tokio::spawn(async move {
        if let Err(error) = keyfob_sandbox::run(listener, sandbox, stopped).await {
            eprintln!("the sandbox has stopped: {error}");
        }
    });
    Server {
        stop: Some(stop),
        task,
    }
}

/// Fills in the set-up form, and saves it.
pub(crate) async fn fill_in(
    window: &KeyfobWindow,
    client_id: &str,
    client_secret: &str,
) -> Result<()> {
    window
        .wait_until("the form", &shown("setup-client-id"))
        .await?;
    window.type_into("setup-client-id", client_id).await?;
    window
        .type_into("setup-client-secret", client_secret)
        .await?;
    window.click("setup-save").await
}

/// Keyfob as it registers at the sandbox.
fn registration(face: Face, slug: &str) -> ClientRegistration {
    ClientRegistration {
        face,
        name: "Keyfob".to_owned(),
        redirect_uris: vec![
            format!("dev.keyfob.desktop:/callback/{slug}"),
            format!("http://127.0.0.1/callback/{slug}"),
            format!("http://127.0.0.1/callback/{}-loopback", face.slug()),
        ],
    }
}

/// A client as the sandbox announces it.
fn announced(client: &IssuedClient) -> Value {
    serde_json::json!({ "client_id": client.client_id, "client_secret": client.client_secret })
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

/// A condition for the page: the connection in the detail is in this condition.
pub(crate) fn condition(kind: &str) -> String {
    format!("!!document.querySelector('[data-testid=status][data-condition={kind}]')")
}

/// No sheet covers the window.
pub(crate) const NO_SHEET: &str = "!document.querySelector('[data-testid=sheet]')";

/// The detail of an active connection is shown and no sheet is left.
pub(crate) const CONNECTED: &str = "!!document.querySelector('[data-testid=detail]') && !!document.querySelector('[data-condition=active]')";
