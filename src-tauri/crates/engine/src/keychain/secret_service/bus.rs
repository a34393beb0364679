//! What the Secret Service tells over D-Bus without being asked for an item: whether it is there,
//! whether it is locked, and when that changes.

use crate::ports::KeychainStatus;
use futures_util::stream::{self, BoxStream, StreamExt};
use keyfob_domain::error::{ErrorCode, Problem};
use std::collections::HashMap;
use std::io::ErrorKind;
use std::time::Duration;
use zbus::blocking::{Connection as BlockingConnection, connection};
use zbus::message::Type;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, MatchRule, Message, MessageStream, fdo};

const SERVICE: &str = "org.freedesktop.secrets";
const COLLECTION: &str = "org.freedesktop.Secret.Collection";
/// A service may be there before the keychain it is for.
const COME_AND_GO: [&str; 2] = ["CollectionCreated", "CollectionDeleted"];
/// What the bus says when a service went away, or doesn't come up, while it was asked.
const NO_ANSWER: [&str; 3] = [
    "org.freedesktop.DBus.Error.NoReply",
    "org.freedesktop.DBus.Error.TimedOut",
    "org.freedesktop.DBus.Error.Timeout",
];

#[zbus::proxy(
    interface = "org.freedesktop.Secret.Service",
    default_service = "org.freedesktop.secrets",
    default_path = "/org/freedesktop/secrets"
)]
pub(super) trait Service {
    fn read_alias(&self, name: &str) -> zbus::Result<OwnedObjectPath>;
    fn unlock(
        &self,
        objects: &[&ObjectPath<'_>],
    ) -> zbus::Result<(Vec<OwnedObjectPath>, OwnedObjectPath)>;
}

#[zbus::proxy(
    interface = "org.freedesktop.Secret.Collection",
    default_service = "org.freedesktop.secrets",
    gen_async = false
)]
trait Collection {
    #[zbus(property(emits_changed_signal = "false"))]
    fn locked(&self) -> zbus::Result<bool>;
}

#[zbus::proxy(
    interface = "org.freedesktop.Secret.Prompt",
    default_service = "org.freedesktop.secrets",
    gen_blocking = false
)]
pub(super) trait Prompt {
    fn prompt(&self, window_id: &str) -> zbus::Result<()>;
    #[zbus(signal)]
    fn completed(&self, dismissed: bool, result: OwnedValue) -> zbus::Result<()>;
}

/// A connection for short questions, kept for the next one as long as it works.
pub(super) struct Look {
    bus: Option<BlockingConnection>,
    limit: Duration,
}

impl Look {
    /// Each question to the service is given up after `limit`.
    pub(super) fn new(limit: Duration) -> Self {
        Self { bus: None, limit }
    }

    /// Asks what the keychain is. Blocks for twice the limit at most.
    pub(super) fn status(&mut self) -> KeychainStatus {
        let seen = self.ask();
        if seen.is_err() {
            self.bus = None;
        }
        seen.unwrap_or_else(|error| {
            if gave_no_answer(&error) {
                KeychainStatus::Silent
            } else {
                KeychainStatus::Missing(error.to_string())
            }
        })
    }

    fn ask(&mut self) -> zbus::Result<KeychainStatus> {
        let bus = match &self.bus {
            Some(bus) => bus,
            None => {
                let builder = connection::Builder::session()?.method_timeout(self.limit);
                self.bus.insert(builder.build()?)
            }
        };
        let collection = ServiceProxyBlocking::new(bus)?.read_alias("default")?;
        if collection.as_str() == "/" {
            let why = "the service has no default keychain".to_owned();
            return Ok(KeychainStatus::Missing(why));
        }
        let collection = CollectionProxy::builder(bus).path(collection)?.build()?;
        Ok(if collection.locked()? {
            KeychainStatus::Locked
        } else {
            KeychainStatus::Available
        })
    }
}

fn gave_no_answer(error: &zbus::Error) -> bool {
    let by_bus = matches!(
        error,
        zbus::Error::MethodError(name, ..) if NO_ANSWER.contains(&name.as_str())
    );
    let by_limit = matches!(
        error,
        zbus::Error::InputOutput(error) if error.kind() == ErrorKind::TimedOut
    );
    // Properties are read through the bus's own error type.
    let inside = matches!(
        error,
        zbus::Error::FDO(error) if matches!(
            &**error,
            fdo::Error::NoReply(_) | fdo::Error::TimedOut(_) | fdo::Error::Timeout(_)
        ) || matches!(&**error, fdo::Error::ZBus(inner) if gave_no_answer(inner))
    );
    by_bus || by_limit || inside
}

/// The problem of a keychain that can't be used now.
pub(super) fn usable(status: KeychainStatus) -> Result<(), Problem> {
    match status {
        KeychainStatus::Available => Ok(()),
        KeychainStatus::Locked => Err(ErrorCode::KeychainLocked.into()),
        KeychainStatus::Missing(detail) => {
            Err(Problem::with_detail(ErrorCode::KeychainMissing, &detail))
        }
        KeychainStatus::Silent => Err(ErrorCode::KeychainTimedOut.into()),
    }
}

/// Gives one item per lock, unlock, departure and arrival of service or keychain, and one when it begins
/// to listen, soon after the first poll; without a session bus nothing ever comes.
pub(super) fn changes() -> BoxStream<'static, ()> {
    let signals = async {
        match listen().await {
            Ok(signals) => signals,
            Err(error) => {
                tracing::warn!(%error, "changes of the keychain can't be noticed");
                stream::pending().boxed()
            }
        }
    };
    stream::once(signals).flatten().boxed()
}

async fn listen() -> zbus::Result<BoxStream<'static, ()>> {
    let bus = Connection::session().await?;
    let owner = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender("org.freedesktop.DBus")?
        .interface("org.freedesktop.DBus")?
        .member("NameOwnerChanged")?
        .arg(0, SERVICE)?
        .build();
    let locked = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender(SERVICE)?
        .interface("org.freedesktop.DBus.Properties")?
        .member("PropertiesChanged")?
        .arg(0, COLLECTION)?
        .build();
    let collections = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender(SERVICE)?
        .interface("org.freedesktop.Secret.Service")?
        .build();
    let owner = MessageStream::for_match_rule(owner, &bus, None).await?;
    let collections = MessageStream::for_match_rule(collections, &bus, None).await?;
    // `CollectionChanged` comes with every change of `Locked`, too.
    let collections = collections.filter(|signal| {
        let member = signal.as_ref().ok().map(|signal| signal.header());
        let member = member.and_then(|header| header.member().map(|name| name.to_string()));
        let is_it = member.is_some_and(|name| COME_AND_GO.contains(&name.as_str()));
        async move { is_it }
    });
    let locked = MessageStream::for_match_rule(locked, &bus, None).await?;
    let locked = locked.filter(|signal| {
        let is_it = signal.as_ref().is_ok_and(is_about_lock);
        async move { is_it }
    });
    let signals = stream::select(owner, stream::select(collections, locked)).map(drop);
    Ok(stream::once(async {}).chain(signals).boxed())
}

fn is_about_lock(signal: &Message) -> bool {
    let body = signal.body();
    let fields = body.deserialize::<(&str, HashMap<&str, Value<'_>>, Vec<&str>)>();
    fields.is_ok_and(|(_, changed, outdated)| {
        changed.contains_key("Locked") || outdated.contains(&"Locked")
    })
}
