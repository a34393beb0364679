//! Linux: the Secret Service over D-Bus.

mod bus;
mod items;

pub use items::SecretServiceItems;

use super::{Limits, Split};
use crate::ports::{KeychainStatus, SecretName, SecretStore};
use crate::worker::{Unanswered, Worker};
use async_trait::async_trait;
use bus::{Look, PromptProxy, ServiceProxy, usable};
use futures_util::future::{Either, select};
use futures_util::stream::{BoxStream, StreamExt};
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::secret::ItemText;
use std::pin::pin;
use std::sync::Arc;
use zbus::connection;

/// The Secret Service.
pub struct SecretServiceKeychain {
    worker: Worker<Split<SecretServiceItems>>,
    limits: Limits,
}

impl SecretServiceKeychain {
    /// Makes the adapter. The service itself is looked for when it is first needed.
    ///
    /// # Errors
    /// `keychain_failed` when the system gives no thread.
    pub fn new() -> Result<Self, Problem> {
        Self::with(Limits::default())
    }

    /// As [`SecretServiceKeychain::new`], with other limits.
    ///
    /// # Errors
    /// `keychain_failed` when the system gives no thread.
    pub fn with(limits: Limits) -> Result<Self, Problem> {
        let items = Split::new(SecretServiceItems::new(limits), limits.item);
        let worker = Worker::start("keyfob-keychain", items)
            .map_err(|_| failed("the system gives no thread"))?;
        Ok(Self { worker, limits })
    }

    /// Makes one call on the keychain's thread, after everything that was begun before.
    async fn call<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Split<SecretServiceItems>) -> Result<R, Problem> + Send + 'static,
    ) -> Result<R, Problem> {
        match self.worker.call_within(self.limits.call, job).await {
            Ok(outcome) => outcome,
            Err(Unanswered::NotBegun | Unanswered::Begun) => Err(timed_out()),
            Err(Unanswered::Gone) => Err(failed("the keychain thread is gone")),
        }
    }

    /// Gets the prompt on the screen and waits for the user, or for the service to go away.
    async fn prompt(&self) -> zbus::Result<Answer> {
        let bus = connection::Builder::session()?.method_timeout(self.limits.call);
        let bus = bus.build().await?;
        let service = ServiceProxy::new(&bus).await?;
        let collection = service.read_alias("default").await?;
        let (_, prompt) = service.unlock(&[&collection.as_ref()]).await?;
        if prompt.as_str() == "/" {
            return Ok(Answer::Unlocked);
        }
        let mut owners = service.inner().receive_owner_changed().await?;
        let prompt = PromptProxy::builder(&bus).path(prompt)?.build().await?;
        let mut completed = prompt.receive_completed().await?;
        prompt.prompt("").await?;
        // The user may take as long as they like.
        let gone = pin!(owners.next());
        match select(completed.next(), gone).await {
            Either::Left((Some(signal), _)) if !signal.args()?.dismissed => Ok(Answer::Unlocked),
            Either::Left(_) => Ok(Answer::Dismissed),
            Either::Right(_) => Ok(Answer::Gone),
        }
    }
}

/// What came of a prompt.
enum Answer {
    Unlocked,
    Dismissed,
    /// The service that showed it is gone.
    Gone,
}

fn failed(why: &str) -> Problem {
    Problem::with_detail(ErrorCode::KeychainFailed, why)
}

fn timed_out() -> Problem {
    ErrorCode::KeychainTimedOut.into()
}

#[async_trait]
impl SecretStore for SecretServiceKeychain {
    async fn status(&self) -> KeychainStatus {
        // Not on the keychain's thread: that one may be held up, and then this is why.
        let limit = self.limits.call;
        let look = tokio::task::spawn_blocking(move || Look::new(limit / 2).status());
        match tokio::time::timeout(limit, look).await {
            Ok(Ok(status)) => status,
            Ok(Err(_)) | Err(_) => KeychainStatus::Silent,
        }
    }

    async fn unlock(&self) -> Result<(), Problem> {
        match self.status().await {
            KeychainStatus::Available => return Ok(()),
            KeychainStatus::Locked => {}
            other @ (KeychainStatus::Missing(_) | KeychainStatus::Silent) => return usable(other),
        }
        let answer = self.prompt().await;
        let problem = match answer {
            Ok(Answer::Unlocked) => return Ok(()),
            Ok(Answer::Dismissed) => ErrorCode::KeychainDismissed.into(),
            Ok(Answer::Gone) => failed("the keychain went away while it asked"),
            Err(error) => failed(&error.to_string()),
        };
        // Somebody else may have unlocked it meanwhile.
        match self.status().await {
            KeychainStatus::Available => Ok(()),
            KeychainStatus::Locked | KeychainStatus::Missing(_) | KeychainStatus::Silent => {
                Err(problem)
            }
        }
    }

    fn changes(&self) -> BoxStream<'static, ()> {
        bus::changes()
    }

    async fn read(&self, name: &SecretName) -> Result<Option<ItemText>, Problem> {
        let account = name.as_str().to_owned();
        self.call(move |items| items.read(&account)).await
    }

    async fn write(&self, name: &SecretName, text: Arc<ItemText>) -> Result<(), Problem> {
        let account = name.as_str().to_owned();
        self.call(move |items| items.write(&account, &text)).await
    }

    async fn delete(&self, name: &SecretName) -> Result<(), Problem> {
        let account = name.as_str().to_owned();
        self.call(move |items| items.delete(&account)).await
    }
}
