//! Whose turn it is to use and to write a connection's credentials, and what must not be used again.
//!
//! It lives as long as the connection does in this process, whatever sign-ins and renewals follow
//! each other. Hazard: what is noted here is forgotten with the process; the row remembers the rest.

use keyfob_domain::failure::Failure;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// One after the other: whatever writes a connection's keychain item waits for what began to
/// before it, so that no older grant lands on a newer one, and nothing on a revoked one.
#[derive(Clone)]
pub(crate) struct Turn {
    one: Arc<Semaphore>,
    /// The last generation whose refresh token its provider has refused for good, and how.
    refused: Arc<Mutex<Option<(u64, Failure)>>>,
}

impl Turn {
    pub(crate) fn new() -> Self {
        Self {
            one: Arc::new(Semaphore::new(1)),
            refused: Arc::default(),
        }
    }

    /// Waits for the turn; it ends when the permit is dropped.
    pub(crate) async fn take(self) -> Option<OwnedSemaphorePermit> {
        // Nobody closes it, so there is always a permit in the end.
        self.one.acquire_owned().await.ok()
    }

    /// Notes a refusal, so that this token isn't sent again, whoever comes next and whatever is heard
    /// of this one (SECURITY 61).
    pub(crate) fn note_refusal(&self, generation: u64, failure: &Failure) {
        *self.refusals() = Some((generation, failure.clone()));
    }

    /// Gives the refusal of a generation, if there was one.
    pub(crate) fn refusal_of(&self, generation: u64) -> Option<Failure> {
        let refused = self.refusals();
        let (_, failure) = refused.as_ref().filter(|(last, _)| *last == generation)?;
        Some(failure.clone())
    }

    fn refusals(&self) -> MutexGuard<'_, Option<(u64, Failure)>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
