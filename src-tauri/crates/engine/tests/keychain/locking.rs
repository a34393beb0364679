//! A keychain that is locked between the adapter's look at it and the call that follows.
//!
//! With the real service it is chance where a lock falls, so a stand-in takes its name: it says that
//! the keychain is open, and locks it when its items are searched.

use super::harness::{ID, Keyfob};
use keyfob_test_support::Desktop;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use zbus::blocking::{Connection, connection::Builder};
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};

const SERVICE: &str = "/org/freedesktop/secrets";
const COLLECTION: &str = "/org/freedesktop/secrets/collection/login";

/// What the stand-in is and has seen.
#[derive(Default)]
struct Seen {
    locked: AtomicBool,
    /// How often it was asked for what raises a prompt.
    unlocks: AtomicUsize,
}

struct Service(Arc<Seen>);

#[zbus::interface(name = "org.freedesktop.Secret.Service")]
impl Service {
    /// Agrees to anything: no secret is ever exchanged.
    #[zbus(out_args("output", "result"))]
    fn open_session(
        &self,
        _algorithm: &str,
        _input: Value<'_>,
    ) -> zbus::fdo::Result<(OwnedValue, OwnedObjectPath)> {
        let key = Value::from(vec![2_u8; 128]);
        let key = OwnedValue::try_from(key).map_err(zbus::Error::from)?;
        Ok((key, path("/org/freedesktop/secrets/session/1")))
    }

    fn read_alias(&self, _name: &str) -> OwnedObjectPath {
        path(COLLECTION)
    }

    /// The connection's item is there, and nothing else.
    #[zbus(out_args("unlocked", "locked"))]
    fn search_items(
        &self,
        attributes: HashMap<String, String>,
    ) -> (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) {
        self.0.locked.store(true, Ordering::SeqCst);
        let is_there = attributes["username"].contains(ID);
        let found = is_there.then(|| path(&format!("{COLLECTION}/1")));
        (Vec::new(), found.into_iter().collect())
    }

    #[zbus(out_args("unlocked", "prompt"))]
    fn unlock(&self, _objects: Vec<OwnedObjectPath>) -> (Vec<OwnedObjectPath>, OwnedObjectPath) {
        self.0.unlocks.fetch_add(1, Ordering::SeqCst);
        (Vec::new(), path("/org/freedesktop/secrets/prompt/1"))
    }
}

struct Collection(Arc<Seen>);

#[zbus::interface(name = "org.freedesktop.Secret.Collection")]
impl Collection {
    #[zbus(property)]
    fn locked(&self) -> bool {
        self.0.locked.load(Ordering::SeqCst)
    }

    /// As GNOME Keyring answers for a locked collection; the text is all that differs.
    #[zbus(out_args("item", "prompt"))]
    fn create_item(
        &self,
        _properties: HashMap<String, OwnedValue>,
        _secret: (OwnedObjectPath, Vec<u8>, Vec<u8>, String),
        _replace: bool,
    ) -> zbus::fdo::Result<(OwnedObjectPath, OwnedObjectPath)> {
        Err(zbus::fdo::Error::AccessDenied("it is locked".to_owned()))
    }
}

fn path(text: &str) -> OwnedObjectPath {
    ObjectPath::try_from(text).unwrap().into()
}

fn stand_in(desktop: &Desktop, seen: &Arc<Seen>) -> Connection {
    let env = desktop.env();
    let mut env = env.iter();
    let (_, address) = env
        .find(|(name, _)| name == "DBUS_SESSION_BUS_ADDRESS")
        .unwrap();
    Builder::address(address.to_str().unwrap())
        .unwrap()
        .serve_at(SERVICE, Service(Arc::clone(seen)))
        .unwrap()
        .serve_at(COLLECTION, Collection(Arc::clone(seen)))
        .unwrap()
        .name("org.freedesktop.secrets")
        .unwrap()
        .build()
        .unwrap()
}

#[test]
fn security_103_a_lock_between_the_look_and_the_call_is_said_and_nobody_is_prompted() {
    let desktop = Desktop::builder().without_secret_service().start().unwrap();
    let seen = Arc::new(Seen::default());
    let _service = stand_in(&desktop, &seen);
    let mut keyfob = Keyfob::start(&desktop, &[]);
    for line in [
        "read tokens",
        "write tokens new",
        "delete tokens",
        "write client new",
    ] {
        seen.locked.store(false, Ordering::SeqCst);
        assert_eq!(keyfob.ask("status"), "Available", "{line}");
        let answer = keyfob.ask(line);
        assert_eq!(seen.unlocks.load(Ordering::SeqCst), 0, "{line}: {answer}");
        assert_eq!(answer, "keychain_locked", "{line}");
    }
}
