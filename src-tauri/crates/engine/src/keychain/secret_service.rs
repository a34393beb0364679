//! Linux: the Secret Service over D-Bus.

use crate::ports::{KeychainStatus, SecretName, SecretStore};
use crate::worker::Worker;
use async_trait::async_trait;
use futures_util::StreamExt;
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::secret::ItemText;
use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use zbus::Connection;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue};
use zbus_secret_service_keyring_store::Store;

/// SECURITY 102: the service of every item; the account is `<connection or provider>/<kind>`.
const SERVICE: &str = keyfob_domain::authorization::SCHEME;
const LABEL: &str = "Keyfob";
/// A call that takes longer is given up; whether a write happened is unknown then.
const LIMIT: Duration = Duration::from_secs(10);

/// The Secret Service.
pub struct SecretServiceKeychain {
    worker: Worker<Option<Arc<Store>>>,
}

#[zbus::proxy(
    interface = "org.freedesktop.Secret.Service",
    default_service = "org.freedesktop.secrets",
    default_path = "/org/freedesktop/secrets",
    gen_blocking = false
)]
trait Service {
    fn read_alias(&self, name: &str) -> zbus::Result<OwnedObjectPath>;
    fn unlock(
        &self,
        objects: &[&ObjectPath<'_>],
    ) -> zbus::Result<(Vec<OwnedObjectPath>, OwnedObjectPath)>;
}

#[zbus::proxy(
    interface = "org.freedesktop.Secret.Collection",
    default_service = "org.freedesktop.secrets",
    gen_blocking = false
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
trait Prompt {
    fn prompt(&self, window_id: &str) -> zbus::Result<()>;
    #[zbus(signal)]
    fn completed(&self, dismissed: bool, result: OwnedValue) -> zbus::Result<()>;
}

impl SecretServiceKeychain {
    /// Makes the adapter. The service itself is looked for when it is first needed.
    ///
    /// # Errors
    /// `keychain_failed` when the system gives no thread.
    pub fn new() -> Result<Self, Problem> {
        let worker = Worker::start("keyfob-keychain", None).map_err(|_| {
            Problem::with_detail(ErrorCode::KeychainFailed, "the system gives no thread")
        })?;
        Ok(Self { worker })
    }

    /// Checks that the keychain answers and is unlocked, then makes one call on its thread.
    async fn call<R: Send + 'static>(
        &self,
        name: &SecretName,
        job: impl Fn(&Entry) -> Result<R, Error> + Send + 'static,
    ) -> Result<R, Problem> {
        match self.status().await {
            KeychainStatus::Available => {}
            KeychainStatus::Locked => return Err(ErrorCode::KeychainLocked.into()),
            KeychainStatus::Missing(detail) => {
                return Err(Problem::with_detail(ErrorCode::KeychainMissing, &detail));
            }
        }
        let account = name.as_str().to_owned();
        let call = self.worker.call(move |store| {
            let was_open = store.is_some();
            let outcome = entry(store, &account).and_then(|entry| job(&entry));
            if !is_stale(&outcome) {
                return outcome;
            }
            *store = None;
            if !was_open {
                return outcome;
            }
            // The session ended with a daemon that was restarted, say. Every job may be done twice.
            entry(store, &account).and_then(|entry| job(&entry))
        });
        match tokio::time::timeout(LIMIT, call).await {
            Ok(Ok(outcome)) => outcome.map_err(|error| failed(&error)),
            Ok(Err(_)) => Err(Problem::with_detail(
                ErrorCode::KeychainFailed,
                "the keychain thread is gone",
            )),
            Err(_) => Err(ErrorCode::KeychainTimedOut.into()),
        }
    }
}

/// Whether a new session may help.
fn is_stale<R>(outcome: &Result<R, Error>) -> bool {
    matches!(
        outcome,
        Err(Error::PlatformFailure(_) | Error::NoStorageAccess(_))
    )
}

fn entry(store: &mut Option<Arc<Store>>, account: &str) -> Result<Entry, Error> {
    let opened = match store {
        Some(opened) => opened.clone(),
        None => store.insert(Store::new()?).clone(),
    };
    opened.build(SERVICE, account, Some(&HashMap::from([("label", LABEL)])))
}

/// The library's errors name the item and D-Bus, never its text.
fn failed(error: &Error) -> Problem {
    Problem::with_detail(ErrorCode::KeychainFailed, &error.to_string())
}

#[async_trait]
impl SecretStore for SecretServiceKeychain {
    async fn status(&self) -> KeychainStatus {
        let look = async {
            let bus = Connection::session().await?;
            let service = ServiceProxy::new(&bus).await?;
            let collection = service.read_alias("default").await?;
            if collection.as_str() == "/" {
                return Ok(KeychainStatus::Missing(
                    "the service has no default keychain".to_owned(),
                ));
            }
            let locked = CollectionProxy::builder(&bus)
                .path(collection)?
                .build()
                .await?
                .locked()
                .await?;
            Ok(if locked {
                KeychainStatus::Locked
            } else {
                KeychainStatus::Available
            })
        };
        match tokio::time::timeout(LIMIT, look).await {
            Ok(Ok(status)) => status,
            Ok(Err(error)) => {
                let error: zbus::Error = error;
                KeychainStatus::Missing(error.to_string())
            }
            Err(_) => KeychainStatus::Missing("the service doesn't answer".to_owned()),
        }
    }

    async fn unlock(&self) -> Result<(), Problem> {
        let failed = |error: zbus::Error| {
            Problem::with_detail(ErrorCode::KeychainFailed, &error.to_string())
        };
        match self.status().await {
            KeychainStatus::Available => return Ok(()),
            KeychainStatus::Locked => {}
            KeychainStatus::Missing(detail) => {
                return Err(Problem::with_detail(ErrorCode::KeychainMissing, &detail));
            }
        }
        let bus = Connection::session().await.map_err(failed)?;
        let service = ServiceProxy::new(&bus).await.map_err(failed)?;
        let collection = service.read_alias("default").await.map_err(failed)?;
        let (_, prompt) = service
            .unlock(&[&collection.as_ref()])
            .await
            .map_err(failed)?;
        if prompt.as_str() == "/" {
            return Ok(());
        }
        let prompt = PromptProxy::builder(&bus)
            .path(prompt)
            .map_err(failed)?
            .build()
            .await
            .map_err(failed)?;
        let mut completed = prompt.receive_completed().await.map_err(failed)?;
        prompt.prompt("").await.map_err(failed)?;
        // The user may take as long as they like.
        let dismissed = match completed.next().await {
            Some(signal) => signal.args().map_err(failed)?.dismissed,
            None => true,
        };
        if dismissed {
            Err(ErrorCode::KeychainDismissed.into())
        } else {
            Ok(())
        }
    }

    async fn read(&self, name: &SecretName) -> Result<Option<ItemText>, Problem> {
        self.call(name, |entry| match entry.get_password() {
            Ok(text) => Ok(Some(ItemText::new(text))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })
        .await
    }

    async fn write(&self, name: &SecretName, text: Arc<ItemText>) -> Result<(), Problem> {
        let same = self
            .call(name, move |entry| {
                entry.set_password(text.expose())?;
                let read = ItemText::new(entry.get_password()?);
                Ok(read.expose() == text.expose())
            })
            .await?;
        if same {
            Ok(())
        } else {
            Err(Problem::with_detail(
                ErrorCode::KeychainFailed,
                "the keychain gave back something else than was written",
            ))
        }
    }

    async fn delete(&self, name: &SecretName) -> Result<(), Problem> {
        self.call(name, |entry| match entry.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(error),
        })
        .await
    }
}
