//! Revoking: hand-outs stop at once, then the provider, the keychain, the row (SECURITY 68, 72).

use super::command::{Completion, Reply};
use super::{Actor, answer};
use crate::revocation::{EndJob, Ending, end};
use crate::update::Update;
use keyfob_domain::connection::{Condition, Event};
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::ConnectionId;
use keyfob_domain::revocation::PendingRevocation;

impl Actor {
    pub(super) async fn revoke(&mut self, id: ConnectionId, ending: Ending, reply: Reply<()>) {
        self.begin_ending(id, ending, None, reply).await;
    }

    /// Begins it, or goes on with what an earlier process noted.
    pub(super) async fn begin_ending(
        &mut self,
        id: ConnectionId,
        ending: Ending,
        noted: Option<PendingRevocation>,
        reply: Reply<()>,
    ) {
        match self.entry(id) {
            Ok(entry) if entry.connection.condition == Condition::Revoking => {
                return answer(
                    reply,
                    Err(Problem::new(ErrorCode::ConnectionUnknown).of(id)),
                );
            }
            Ok(_) => {}
            Err(problem) => return answer(reply, Err(problem)),
        }
        self.apply(id, Event::RevokeRequested).await;
        self.answer_if_nothing_runs(id);
        let Ok(entry) = self.entry(id) else { return };
        entry.held = None;
        let slug = entry.connection.provider.clone();
        let mut job = EndJob {
            id,
            provider: None,
            recorded: entry.recorded.clone(),
            unsaved: entry.unsaved.clone(),
            ending,
            noted,
        };
        let turn = entry.turn.clone();
        job.provider = self.provider(&slug);
        let ports = self.ports.clone();
        self.tasks.spawn(async move {
            // A renewal under way would write its answer after the item was deleted.
            let _turn = turn.take().await;
            let outcome = end(&ports, job).await;
            Completion::Ended { id, outcome, reply }
        });
    }

    pub(super) async fn ended(
        &mut self,
        id: ConnectionId,
        outcome: Result<Option<PendingRevocation>, Problem>,
        reply: Reply<()>,
    ) {
        match &outcome {
            Ok(pending) => {
                if let Ok(entry) = self.entry(id) {
                    entry.reading = false;
                }
                self.answer_if_nothing_runs(id);
                self.entries.retain(|entry| entry.connection.id != id);
                self.publish(&Update::ConnectionRemoved(id));
                if let Some(pending) = pending {
                    self.wait_to_revoke(pending.clone());
                }
            }
            Err(problem) => {
                self.note_keychain(problem);
                self.apply(id, Event::RevocationFailed).await;
            }
        }
        answer(reply, outcome.map(|_| ()).map_err(|problem| problem.of(id)));
    }
}
