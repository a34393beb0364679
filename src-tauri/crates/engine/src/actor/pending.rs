//! Revocations that are left to do: tried with backoff until the provider has heard of them, or
//! for a week (SECURITY 71). The user sees a notice meanwhile.

use super::Actor;
use super::command::Completion;
use crate::random::draw;
use crate::revocation::{Ending, Tried, forget_pending, try_pending};
use keyfob_domain::error::ErrorCode;
use keyfob_domain::failure::{Class, Failure};
use keyfob_domain::id::{ConnectionId, ProviderSlug};
use keyfob_domain::revocation::{AfterFailure, PendingRevocation};
use keyfob_domain::time::Timestamp;
use tokio::sync::oneshot;

/// One of them.
pub(super) struct Pending {
    record: PendingRevocation,
    trying: bool,
}

impl Actor {
    /// Takes up what an earlier process left. Where the connection is still there, that process
    /// ended in the middle of what the user wanted, and it is done now.
    pub(super) async fn resume_revocations(&mut self, left: Vec<PendingRevocation>) {
        for record in left {
            let id = record.id;
            if self.entry(id).is_ok() {
                let (reply, _) = oneshot::channel();
                self.begin_ending(id, Ending::Later, Some(record), reply)
                    .await;
            } else {
                self.wait_to_revoke(record);
            }
        }
    }

    pub(super) fn wait_to_revoke(&mut self, record: PendingRevocation) {
        let provider = record.provider.clone();
        self.pending.push(Pending {
            record,
            trying: false,
        });
        self.notify(ErrorCode::RevocationPending.into(), Some(provider));
    }

    pub(super) fn next_revocation(&self) -> Option<Timestamp> {
        let waiting = self.pending.iter().filter(|pending| !pending.trying);
        waiting.map(|pending| pending.record.next_try_at).min()
    }

    pub(super) fn try_revocations(&mut self) {
        let now = self.ports.clock.now();
        let mut due = Vec::new();
        for pending in &mut self.pending {
            if !pending.trying && pending.record.next_try_at <= now {
                pending.trying = true;
                due.push(pending.record.clone());
            }
        }
        for record in due {
            let provider = self.provider(&record.provider);
            let ports = self.ports.clone();
            self.tasks.spawn(async move {
                let tried = try_pending(&ports, &record, provider.as_deref()).await;
                Completion::RevocationTried {
                    id: record.id,
                    tried,
                }
            });
        }
    }

    pub(super) async fn revocation_tried(&mut self, id: ConnectionId, tried: Tried) {
        let now = self.ports.clock.now();
        let drawn = draw(self.ports.random.as_ref());
        let Some(pending) = self
            .pending
            .iter_mut()
            .find(|pending| pending.record.id == id)
        else {
            return;
        };
        pending.trying = false;
        let failure = match tried {
            Tried::Done => {
                self.no_longer_pending(id);
                return;
            }
            Tried::Failed(failure) => failure,
            Tried::Unreadable(problem) => Failure::new(Class::Transient, problem),
        };
        tracing::warn!(connection = %id, problem = %failure.problem.code, "a revocation has to wait");
        match pending.record.failed(&failure, drawn, now) {
            AfterFailure::TryAgain => {
                let record = pending.record.clone();
                if let Err(problem) = self.ports.store.save_pending(record).await {
                    tracing::error!(%problem, "a pending revocation could not be kept");
                }
            }
            AfterFailure::GiveUp => self.give_up(id),
        }
    }

    /// Forgets a pending revocation that came to nothing, and says so.
    fn give_up(&mut self, id: ConnectionId) {
        let Some(slug) = self.no_longer_pending(id) else {
            return;
        };
        self.notify(ErrorCode::RevocationGivenUp.into(), Some(slug));
        let ports = self.ports.clone();
        self.tasks.spawn(async move {
            if let Err(problem) = forget_pending(&ports, id).await {
                // The next start finds it, and comes to the same end.
                tracing::error!(%problem, "a pending revocation could not be forgotten");
            }
            Completion::Nothing
        });
    }

    fn no_longer_pending(&mut self, id: ConnectionId) -> Option<ProviderSlug> {
        let mut records = self.pending.iter();
        let at = records.position(|pending| pending.record.id == id)?;
        let slug = self.pending.remove(at).record.provider;
        self.quiet_about_pending(&slug);
        Some(slug)
    }

    /// Takes the notice away once nothing waits for this provider any more.
    fn quiet_about_pending(&mut self, slug: &ProviderSlug) {
        if self
            .pending
            .iter()
            .any(|pending| pending.record.provider == *slug)
        {
            return;
        }
        let shown: Vec<u64> = self
            .notices
            .iter()
            .filter(|notice| {
                notice.problem.code == ErrorCode::RevocationPending
                    && notice.provider.as_ref() == Some(slug)
            })
            .map(|notice| notice.id)
            .collect();
        for id in shown {
            self.dismiss_notice(id);
        }
    }
}
