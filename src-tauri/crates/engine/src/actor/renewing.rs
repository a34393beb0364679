//! Applying events to connections and carrying out their effects; renewals and the saving of
//! what the keychain did not take.

use super::command::{Completion, Reply};
use super::line::{Place, Rank};
use super::{Actor, answer};
use crate::random::draw;
use crate::renewal::{RenewalOutcome, save_again};
use keyfob_domain::connection::{Condition, Effect, Event, Wanted};
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::failure::{Class, Failure};
use keyfob_domain::id::{ConnectionId, Epoch};
use std::time::Duration;

/// A summary older than this is read again after a renewal.
const STALE: Duration = Duration::from_secs(15 * 60);

impl Actor {
    /// Applies an event of the present epoch and carries out what follows from it, in order.
    pub(super) async fn apply(&mut self, id: ConnectionId, event: Event) {
        let Some(event) = self.weigh(id, event) else {
            return;
        };
        let (now, moment) = (self.ports.clock.now(), self.ports.clock.moment());
        let Ok(entry) = self.entry(id) else { return };
        let wanted = if let Event::RenewalWanted(wanted) = event {
            wanted
        } else {
            Wanted::ByTimer
        };
        let effects = entry.connection.apply(event, now);
        if effects.contains(&Effect::Renew) && matches!(wanted, Wanted::ByRejection { .. }) {
            entry.forced_at = Some(moment);
        }
        // Whoever joins a renewal that waits may be more impatient than who wanted it first.
        self.line.prefer(id, wanted.into());
        for effect in effects {
            match effect {
                Effect::Renew => self.stand_in_line(id, wanted.into()),
                Effect::SaveSecrets => self.start_saving(id),
                Effect::LookAtKeychain => self.look_once(),
                Effect::SaveRow => self.save_row(id).await,
                Effect::Publish => self.publish_connection(id),
            }
        }
    }

    pub(super) async fn save_row(&mut self, id: ConnectionId) {
        let Ok(entry) = self.entry(id) else { return };
        // A connection whose credentials aren't in the keychain yet has no row to promise them.
        if entry.unsaved.is_some() {
            return;
        }
        let (mut connection, recorded) = (entry.connection.clone(), entry.recorded.clone());
        let under_way = entry.interrupted || connection.condition == Condition::Renewing;
        if connection.condition == Condition::Renewing {
            // A process that loads this row has to go on at once.
            connection.due_at = connection.tried_at;
        }
        let saved = self.ports.store.save(connection, recorded, under_way).await;
        if let Err(problem) = saved {
            tracing::error!(%problem, "a row could not be saved");
            self.notify(problem, None);
        }
    }

    pub(super) async fn renew_by_timer(&mut self, id: ConnectionId) {
        self.apply(id, Event::RenewalWanted(Wanted::ByTimer)).await;
        // What waits for the network stays due; the timer doesn't wake for it.
        if self.is_held_up(id) {
            return;
        }
        // An event that changes nothing must not leave a due time behind, or the timer spins.
        let now = self.ports.clock.now();
        if let Ok(entry) = self.entry(id)
            && entry.connection.due_at.is_some_and(|due_at| due_at <= now)
        {
            entry.connection.due_at = None;
        }
    }

    pub(super) async fn renew_for_user(&mut self, id: ConnectionId, reply: Reply<()>) {
        match self.entry(id) {
            Ok(entry) => entry.renewal_waiters.push(reply),
            Err(problem) => return answer(reply, Err(problem)),
        }
        let held_up = self.is_held_up(id);
        self.apply(id, Event::RenewalWanted(Wanted::ByUser)).await;
        if held_up {
            self.refuse_offline(id);
        }
        self.answer_if_nothing_runs(id);
    }

    /// Has a renewal wait for its turn, which may be this moment.
    fn stand_in_line(&mut self, id: ConnectionId, rank: Rank) {
        let Some(entry) = self.entries.iter().find(|entry| entry.connection.id == id) else {
            return;
        };
        let epoch = entry.connection.epoch;
        if self.provider(&entry.connection.provider).is_none() {
            let unknown = Problem::with_detail(
                ErrorCode::ProviderUnknown,
                entry.connection.provider.as_str(),
            );
            let outcome = RenewalOutcome::Failed(Failure::new(Class::Misconfigured, unknown));
            self.tasks
                .spawn(async move { Completion::Renewed { id, epoch, outcome } });
            return;
        }
        self.line.join(Place {
            id,
            epoch,
            endpoint: entry.recorded.token_endpoint.clone(),
            rank,
        });
    }

    pub(super) async fn renewed(
        &mut self,
        id: ConnectionId,
        epoch: Epoch,
        outcome: RenewalOutcome,
    ) {
        self.line.done(id, epoch);
        if !self.is_present(id, epoch) {
            tracing::info!(connection = %id, "a late renewal was dropped");
            self.hear_refusal(id).await;
            return;
        }
        let drawn = draw(self.ports.random.as_ref());
        // What became of an interrupted renewal is known once somebody has given a last word.
        let last_word = match &outcome {
            RenewalOutcome::Renewed(..) | RenewalOutcome::Adopted(..) => true,
            RenewalOutcome::Failed(failure) => failure.class == Class::Reauthorize,
            RenewalOutcome::AnswerLost(_) => false,
            RenewalOutcome::Unreadable(problem) => problem.code == ErrorCode::SecretMissing,
        };
        if last_word && let Ok(entry) = self.entry(id) {
            entry.interrupted = false;
        }
        // A process that ends without a word may have lost the answer as well, so both are the same:
        // if the provider takes the old token no more, that is why.
        if matches!(outcome, RenewalOutcome::AnswerLost(_))
            && let Ok(entry) = self.entry(id)
        {
            entry.interrupted = true;
        }
        let mut failed = None;
        let event = match outcome {
            RenewalOutcome::Renewed(obtained, item) | RenewalOutcome::Adopted(obtained, item) => {
                if let Ok(entry) = self.entry(id) {
                    entry.hold(&item);
                    entry.unsaved = obtained.saved.is_err().then_some(item);
                }
                match &obtained.saved {
                    Ok(()) => self.keychain_works(),
                    Err(problem) => self.note_keychain(problem),
                }
                Event::Renewed(obtained, drawn)
            }
            RenewalOutcome::Failed(failure) | RenewalOutcome::AnswerLost(failure) => {
                tracing::warn!(connection = %id, problem = %failure.problem.code, "a renewal failed");
                failed = Some(failure.problem.clone());
                Event::RenewalFailed(failure, drawn)
            }
            RenewalOutcome::Unreadable(problem) => {
                self.note_keychain(&problem);
                failed = Some(problem.clone());
                Event::SecretsUnreadable(problem, drawn)
            }
        };
        self.apply(id, event).await;
        // Whoever asked for a renewal hears of its failure, even where the present token still
        // works and nobody else needs to.
        if let Some(problem) = failed
            && let Ok(entry) = self.entry(id)
        {
            for waiter in entry.renewal_waiters.drain(..) {
                answer(waiter, Err(problem.clone().of(id)));
            }
        }
        self.answer_if_nothing_runs(id);
        self.reload_stale_summary(id);
    }

    /// Calls nothing well whose token was refused: a renewal of an earlier life that waited for its turn
    /// until a sign-in was in the keychain has sent that one's token (SECURITY 61).
    pub(super) async fn hear_refusal(&mut self, id: ConnectionId) {
        let entry = self.entries.iter().find(|entry| entry.connection.id == id);
        let refusal = entry
            .filter(|entry| entry.connection.condition == Condition::Active)
            .and_then(|entry| entry.turn.refusal_of(entry.connection.life.generation));
        if let Some(failure) = refusal {
            let drawn = draw(self.ports.random.as_ref());
            self.apply(id, Event::RenewalFailed(failure, drawn)).await;
        }
    }

    pub(super) fn start_saving(&mut self, id: ConnectionId) {
        let Some(entry) = self.entries.iter().find(|entry| entry.connection.id == id) else {
            return;
        };
        let (Some(item), epoch) = (entry.unsaved.clone(), entry.connection.epoch) else {
            return;
        };
        let (ports, turn) = (self.ports.clone(), entry.turn.clone());
        self.tasks.spawn(async move {
            let _turn = turn.take().await;
            Completion::SavedAgain {
                id,
                epoch,
                generation: item.generation,
                outcome: save_again(&ports, id, &item).await,
            }
        });
    }

    /// Several saves may be under way, one for each who asked: what is said of an item that is saved
    /// by now, or has been followed by a newer one, says nothing of the connection.
    pub(super) async fn saved_again(
        &mut self,
        id: ConnectionId,
        epoch: Epoch,
        generation: u64,
        outcome: Result<(), Problem>,
    ) {
        let unsaved = self.entry(id).ok().and_then(|entry| entry.unsaved.clone());
        let is_meant = unsaved.is_some_and(|item| item.generation == generation);
        if !is_meant || !self.is_present(id, epoch) {
            return;
        }
        let event = match outcome {
            Ok(()) => {
                if let Ok(entry) = self.entry(id) {
                    entry.unsaved = None;
                }
                self.keychain_works();
                Event::SecretsSaved
            }
            Err(problem) => {
                self.note_keychain(&problem);
                Event::SecretsStillUnsaved(problem, draw(self.ports.random.as_ref()))
            }
        };
        self.apply(id, event).await;
        self.answer_if_nothing_runs(id);
    }

    /// Whether an answer belongs to the connection's present life. Late ones end here.
    pub(super) fn is_present(&self, id: ConnectionId, epoch: Epoch) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.connection.id == id && entry.connection.epoch == epoch)
    }

    /// Answers those who wait for a renewal or a token, unless one is under way.
    pub(super) fn answer_if_nothing_runs(&mut self, id: ConnectionId) {
        let now = self.ports.clock.now();
        let Ok(entry) = self.entry(id) else { return };
        let problem = match &entry.connection.condition {
            Condition::Renewing => return,
            Condition::Active => None,
            Condition::Waiting { problem, .. }
            | Condition::NeedsSignIn { problem }
            | Condition::Keychain { problem, .. } => Some(problem.clone().of(id)),
            Condition::Revoking => Some(Problem::new(ErrorCode::ConnectionUnknown).of(id)),
        };
        for waiter in entry.renewal_waiters.drain(..) {
            answer(waiter, problem.clone().map_or(Ok(()), Err));
        }
        if entry.reading {
            return;
        }
        let held = entry.held.clone().filter(|held| {
            held.generation == entry.connection.life.generation
                && entry.connection.has_usable_token(now)
        });
        let refused = problem.unwrap_or(Problem::new(ErrorCode::ProviderUnreachable).of(id));
        for waiter in entry.token_waiters.drain(..) {
            answer(waiter, held.clone().ok_or_else(|| refused.clone()));
        }
    }

    fn reload_stale_summary(&mut self, id: ConnectionId) {
        let now = self.ports.clock.now();
        let Ok(entry) = self.entry(id) else { return };
        let stale = entry
            .summary
            .last
            .as_ref()
            .is_none_or(|last| now.since(last.as_of) > STALE);
        if stale && entry.connection.condition == Condition::Active && !entry.summary.loading {
            // The connection was found a line above.
            let _ = self.reload_summary(id);
        }
    }

    pub(super) async fn rename(
        &mut self,
        id: ConnectionId,
        name: Option<String>,
    ) -> Result<(), Problem> {
        self.entry(id)?;
        let name = name
            .map(|name| keyfob_domain::text::plain(name.trim(), 64, false))
            .filter(|name| !name.is_empty());
        self.apply(id, Event::Renamed(name)).await;
        Ok(())
    }
}
