//! A look into the keychain that is not the adapter's: the Secret Service itself, over D-Bus.

use keyfob_domain::id::ConnectionId;
use serde_json::Value;
use std::collections::HashMap;
use zbus::Connection;
use zbus::zvariant::{self, OwnedObjectPath, OwnedValue};

const SERVICE: &str = "org.freedesktop.secrets";
const PATH: &str = "/org/freedesktop/secrets";
const INTERFACE: &str = "org.freedesktop.Secret.Service";

pub(crate) struct Keychain {
    bus: Connection,
    session: OwnedObjectPath,
}

/// session, parameters, value, content type
type Secret = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

impl Keychain {
    pub(crate) async fn open() -> Self {
        let bus = Connection::session().await.unwrap();
        let plain = ("plain", zvariant::Value::from(""));
        let opened = bus
            .call_method(Some(SERVICE), PATH, Some(INTERFACE), "OpenSession", &plain)
            .await
            .unwrap();
        let (_, session): (OwnedValue, OwnedObjectPath) = opened.body().deserialize().unwrap();
        Self { bus, session }
    }

    /// Gives what is kept of a connection; nothing when there is no item.
    pub(crate) async fn tokens(&self, id: ConnectionId) -> Option<Value> {
        let name = format!("{id}/tokens");
        let wanted = HashMap::from([
            ("service", "dev.keyfob.desktop"),
            ("username", name.as_str()),
        ]);
        let found = self
            .bus
            .call_method(
                Some(SERVICE),
                PATH,
                Some(INTERFACE),
                "SearchItems",
                &(wanted),
            )
            .await
            .unwrap();
        let (open, locked): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) =
            found.body().deserialize().unwrap();
        assert!(locked.is_empty() && open.len() <= 1, "{open:?} {locked:?}");
        let answer = self
            .bus
            .call_method(
                Some(SERVICE),
                open.first()?,
                Some("org.freedesktop.Secret.Item"),
                "GetSecret",
                &(&self.session),
            )
            .await
            .unwrap();
        let ((_, _, secret, _),): (Secret,) = answer.body().deserialize().unwrap();
        Some(serde_json::from_slice(&secret).unwrap())
    }
}
