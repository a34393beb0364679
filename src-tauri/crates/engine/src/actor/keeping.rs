//! Credentials of a sign-in on their way into the keychain, then the row, then the news.

use super::Actor;
use super::command::Completion;
use super::entry::{Entry, Found, Kept};
use crate::ports::{Recorded, SecretName};
use crate::random::draw;
use crate::renewal::{facts, item_of};
use crate::turn::Turn;
use crate::update::SummaryState;
use keyfob_domain::authorization::Step;
use keyfob_domain::connection::{Condition, Connection, Event, Obtained};
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::{AttemptId, ConnectionId};
use keyfob_domain::secret::ItemText;
use keyfob_domain::summary::{Content, ContextSummary};
use keyfob_domain::token::AccountHint;
use std::sync::Arc;

impl Actor {
    /// Writes the credentials into the keychain item of this connection, or of a new one.
    /// `replaces` says that the account is another one than before.
    pub(super) fn keep(
        &mut self,
        attempt: AttemptId,
        existing: Option<ConnectionId>,
        replaces: bool,
        found: Found,
    ) {
        let open = self.attempts.iter().find(|open| open.attempt.id == attempt);
        let Some(provider) = open.map(|open| open.attempt.provider.clone()) else {
            return;
        };
        let (connection, generation, turn) = match existing.map(|id| (id, self.living_entry(id))) {
            Some((id, Ok(entry))) => {
                // A renewal under way takes the next generation for itself.
                let renewing = u64::from(entry.connection.condition == Condition::Renewing);
                let generation = entry.connection.life.generation + 1 + renewing;
                (id, generation, entry.turn.clone())
            }
            // SECURITY 31: the connection was deleted while its user signed in again.
            Some((_, Err(problem))) => return self.set_step(attempt, Step::Failed(problem)),
            None => {
                let id = ConnectionId::new(self.ports.clock.now(), self.random());
                (id, 1, Turn::new())
            }
        };
        let granted = found.answer.scopes.clone();
        let requested_at = found.requested_at;
        let item = item_of(found.answer, None, &provider, generation, requested_at);
        let kept = Box::new(Kept {
            connection,
            again: existing.is_some(),
            replaces,
            item: Arc::new(item),
            granted,
            account: found.whose.identity.account,
            sign_in: found.whose.sign_in,
        });
        self.set_step(attempt, Step::Saving);
        let ports = self.ports.clone();
        self.tasks.spawn(async move {
            let _turn = turn.take().await;
            let text: Arc<ItemText> = Arc::new(kept.item.encode());
            let name = SecretName::of_connection(kept.connection);
            let outcome = ports.secrets.write(&name, text).await;
            Completion::Stored {
                attempt,
                kept,
                outcome,
            }
        });
    }

    pub(super) async fn stored(
        &mut self,
        attempt: AttemptId,
        kept: Kept,
        outcome: Result<(), Problem>,
    ) {
        let id = kept.connection;
        if kept.again
            && let Err(problem) = self.living_entry(id)
        {
            self.discard_item(id);
            return self.set_step(attempt, Step::Failed(problem));
        }
        let Some(open) = self
            .attempts
            .iter_mut()
            .find(|open| open.attempt.id == attempt)
        else {
            return;
        };
        open.attempt.connection = Some(id);
        let provider = open.attempt.provider.clone();
        let asked = open.attempt.scopes().clone();
        let recorded = Recorded {
            token_endpoint: provider.token_endpoint.clone(),
            client_id: open.attempt.client_id.clone(),
            sign_in: kept.sign_in,
        };
        let saved = outcome.clone();
        let obtained = Obtained {
            granted: kept.granted,
            ..facts(&kept.item, outcome)
        };
        let drawn = draw(self.ports.random.as_ref());
        if !kept.again {
            let same = self
                .entries
                .iter()
                .filter(|entry| entry.connection.provider == provider.slug);
            let ordinal = same
                .map(|entry| entry.connection.ordinal)
                .max()
                .unwrap_or(0)
                + 1;
            let made = Connection::connected(
                id,
                provider.slug.clone(),
                kept.account,
                ordinal,
                asked.clone(),
                &obtained,
                drawn,
            );
            self.entries.push(Entry::new(made, recorded));
        } else if let Ok(entry) = self.entry(id) {
            entry.recorded = recorded;
            if kept.replaces || kept.account != AccountHint::default() {
                entry.connection.account = kept.account;
            }
        }
        if let Ok(entry) = self.entry(id) {
            entry.hold(&kept.item);
            entry.unsaved = saved.is_err().then(|| kept.item.clone());
            entry.interrupted = false;
        }
        if kept.replaces {
            self.forget_summary(id).await;
        }
        self.apply(id, Event::SignedInAgain(obtained, asked, drawn))
            .await;
        self.hear_refusal(id).await;
        if let Err(problem) = &saved {
            self.note_keychain(problem);
        }
        self.set_step(attempt, Step::Connected(id));
        // Whoever loads a summary is told by an update; a new connection has no older flight.
        let _ = self.reload_summary(id);
    }

    /// Gives a connection unless it is gone or being ended.
    pub(super) fn living_entry(&mut self, id: ConnectionId) -> Result<&mut Entry, Problem> {
        let entry = self.entry(id)?;
        if entry.connection.condition == Condition::Revoking {
            return Err(Problem::new(ErrorCode::ConnectionUnknown).of(id));
        }
        Ok(entry)
    }

    /// What was read of another account is none of the present one's (SECURITY 117).
    pub(super) async fn forget_summary(&mut self, id: ConnectionId) {
        let nothing = ContextSummary::new(Content::Nothing, self.ports.clock.now());
        if let Ok(entry) = self.entry(id) {
            entry.summary = SummaryState::default();
            entry.summary_flight += 1;
        }
        if let Err(problem) = self.ports.store.save_summary(id, nothing).await {
            tracing::error!(%problem, "a summary could not be deleted");
        }
    }

    /// Deletes an item that was written for a connection that ended meanwhile (SECURITY 72).
    fn discard_item(&mut self, id: ConnectionId) {
        let secrets = self.ports.secrets.clone();
        self.tasks.spawn(async move {
            if let Err(problem) = secrets.delete(&SecretName::of_connection(id)).await {
                tracing::error!(%problem, "an item of an ended connection is left in the keychain");
            }
            Completion::Nothing
        });
    }
}
