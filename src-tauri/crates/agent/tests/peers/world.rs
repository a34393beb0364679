//! A desktop with a keychain, the servers, and a provider file for each.

use crate::parent::{LIMIT, Parent};
use crate::visitor::{Says, Visitor};
use keyfob_test_support::Desktop;
use keyfob_test_support::peers::{Kind, Server};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// In seconds.
const LONG: u64 = 3600;

pub(crate) struct World {
    pub(crate) desktop: Desktop,
}

impl World {
    /// A world with these servers, which come up side by side. Their tokens live longer than any test:
    /// nothing is renewed that a test doesn't renew.
    pub(crate) fn with(kinds: &[Kind]) -> (Self, Vec<Server>) {
        Self::with_lifetime(kinds, LONG)
    }

    /// As [`World::with`], with access tokens of so many seconds.
    pub(crate) fn with_lifetime(kinds: &[Kind], lifetime: u64) -> (Self, Vec<Server>) {
        let desktop = Desktop::start().unwrap();
        let begin = |kind: &Kind| Server::begin(&desktop, *kind, lifetime).unwrap();
        let mut servers: Vec<Server> = kinds.iter().map(begin).collect();
        let world = Self { desktop };
        std::fs::create_dir_all(world.config_dir().join("providers")).unwrap();
        for server in &mut servers {
            server.is_ready().unwrap();
            world.write_provider_file(server, "");
        }
        (world, servers)
    }

    /// Writes what Keyfob has to know of a server, and these lines after it.
    pub(crate) fn write_provider_file(&self, server: &Server, lines: &str) {
        let path = self.config_dir().join("providers").join(server.slug());
        let text = format!("{}{lines}", server.provider_file());
        std::fs::write(path.with_extension("toml"), text).unwrap();
    }

    pub(crate) fn config_dir(&self) -> PathBuf {
        self.desktop.config_dir().join("keyfob")
    }

    /// The agent over its usual data directory, knowing the client of each server.
    pub(crate) async fn agent_set_up(&self, servers: &[Server]) -> Parent {
        let mut agent = self.agent(&self.desktop.data_dir().join("keyfob"));
        for server in servers {
            set_up(&mut agent, server, &server.client_secret).await;
        }
        agent
    }

    /// The agent over a data directory as it is.
    pub(crate) fn agent(&self, data_dir: &Path) -> Parent {
        let mut command = self.desktop.command(env!("CARGO_BIN_EXE_keyfob-agent"));
        command.args(["--control", "stdio", "--data-dir"]);
        command.arg(data_dir);
        Parent::of(command)
    }

    /// What the keychain holds of a connection; null when there is nothing.
    pub(crate) async fn tokens(&self, id: &str) -> Value {
        let name = format!("{id}/tokens");
        let items = self.items_named(|username| username == name).await;
        items.first().map_or(Value::Null, |secret| {
            serde_json::from_slice(secret).unwrap()
        })
    }

    /// How many connections the keychain holds anything of.
    pub(crate) async fn token_items(&self) -> usize {
        let items = self.items_named(|username| username.ends_with("/tokens"));
        items.await.len()
    }

    async fn items_named(&self, is_meant: impl Fn(&str) -> bool) -> Vec<Vec<u8>> {
        let desktop = self.desktop.clone();
        let items = tokio::task::spawn_blocking(move || desktop.keychain_items());
        let items = tokio::time::timeout(LIMIT, items).await.unwrap();
        let items = items.unwrap().unwrap().into_iter();
        let meant = items.filter(|item| {
            item.attributes
                .get("username")
                .is_some_and(|name| is_meant(name))
        });
        meant.map(|item| item.secret).collect()
    }
}

/// Tells Keyfob the client of a server, with this secret.
pub(crate) async fn set_up(agent: &mut Parent, server: &Server, client_secret: &str) {
    let fields = json!({
        "provider": server.slug(),
        "client_id": server.client_id,
        "client_secret": client_secret,
    });
    assert_eq!(agent.ask("set-up", fields).await, Ok(json!({})));
}

/// Begins a sign-in and gives the address that is opened.
pub(crate) async fn begin(agent: &mut Parent, server: &Server) -> (Value, String) {
    let fields = json!({ "provider": server.slug() });
    let begun = agent.ask("connect", fields).await.unwrap();
    let attempt = begun["attempt"].clone();
    loop {
        let event = agent.event().await;
        if event["attempt"] == attempt && event["event"] == json!("open") {
            return (attempt, event["url"].as_str().unwrap().to_owned());
        }
    }
}

/// Waits until a sign-in is over and gives its last step.
pub(crate) async fn end_of(agent: &mut Parent, attempt: &Value) -> Value {
    loop {
        let event = agent.event().await;
        let step = event["step"].as_str().unwrap_or_default();
        if &event["attempt"] == attempt
            && ["connected", "failed", "cancelled", "asking"].contains(&step)
        {
            return event;
        }
    }
}

/// Signs in, the user allowing it, and gives the connection's id.
pub(crate) async fn connect(agent: &mut Parent, server: &Server) -> String {
    let (attempt, url) = begin(agent, server).await;
    let callback = Visitor::new().sign_in(&url, Says::Yes).await;
    Visitor::new().open(&callback).await;
    let end = end_of(agent, &attempt).await;
    assert_eq!(end["step"], json!("connected"), "{:?}: {end}", server.kind);
    end["connection"].as_str().unwrap().to_owned()
}

/// What is listed of a connection.
pub(crate) async fn listed(agent: &mut Parent, id: &str) -> Value {
    let mut listed = agent.ask("list", json!({})).await.unwrap();
    let connections = listed["connections"].as_array_mut().unwrap();
    let mut its_own = connections.iter_mut().filter(|one| one["id"] == json!(id));
    its_own.next().map_or(Value::Null, Value::take)
}

/// Calls the server's API with the connection's token, and gives the status or the error's code.
pub(crate) async fn call(agent: &mut Parent, server: &Server, id: &str) -> Value {
    let call = json!({ "connection": id, "url": server.api() });
    match agent.ask("call-api", call).await {
        Ok(answer) => answer["status"].clone(),
        Err(error) => error["code"].clone(),
    }
}

/// Renews as the user's command does, and gives null or the error's code.
pub(crate) async fn renew(agent: &mut Parent, id: &str) -> Value {
    let renewed = agent.ask("renew", json!({ "connection": id })).await;
    renewed.map_or_else(|error| error["code"].clone(), |_| Value::Null)
}
