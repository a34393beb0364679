//! From the exchange's answer to the account it is for, and the user's word where it is needed
//! before anything is saved.
//!
//! Hazard: until the user has answered, the tokens are in memory only. Whatever ends the wait,
//! other than a yes, leaves nothing of them.

use super::command::{Completion, Reply};
use super::entry::Found;
use super::{Actor, answer};
use crate::renewal::item_of;
use crate::revocation::give_back;
use crate::whose::{SignIn, Whose, whose};
use keyfob_domain::authorization::{Choice, Identity, LONGEST_ATTEMPT, Question, Step, question};
use keyfob_domain::connection::Condition;
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::failure::Failure;
use keyfob_domain::id::{AttemptId, ConnectionId};
use keyfob_domain::time::Timestamp;
use keyfob_domain::token::TokenAnswer;

impl Actor {
    pub(super) fn exchanged(
        &mut self,
        id: AttemptId,
        requested_at: Timestamp,
        outcome: Result<TokenAnswer, Failure>,
    ) {
        let Some(open) = self.attempts.iter_mut().find(|open| open.attempt.id == id) else {
            return;
        };
        let answer = match outcome {
            Ok(answer) => answer,
            Err(failure) => return self.set_step(id, Step::Failed(failure.problem)),
        };
        let provider = open.attempt.provider.clone();
        let sign_in = SignIn {
            client_id: open.attempt.client_id.clone(),
            nonce: open.attempt.take_nonce(),
            comparable: self
                .entries
                .iter()
                .any(|entry| entry.connection.provider == provider.slug),
            provider,
        };
        let mut found = Box::new(Found {
            asked_at: self.ports.clock.moment(),
            answer,
            requested_at,
            whose: Whose::default(),
        });
        let ports = self.ports.clone();
        self.tasks.spawn(async move {
            let refused = match whose(&ports, &sign_in, &found.answer).await {
                Ok(whose) => {
                    found.whose = whose;
                    None
                }
                Err(failure) => Some(failure),
            };
            Completion::Identified {
                attempt: id,
                found,
                refused,
            }
        });
    }

    /// Keeps the credentials, or asks first (SECURITY 20, 33). What came with an id token that was
    /// `refused` is given back (SECURITY 53).
    pub(super) fn identified(
        &mut self,
        id: AttemptId,
        mut found: Box<Found>,
        refused: Option<Failure>,
    ) {
        if let Some(failure) = refused {
            self.discard(id, *found);
            return self.set_step(id, Step::Failed(failure.problem));
        }
        let Some(open) = self.attempts.iter().find(|open| open.attempt.id == id) else {
            return;
        };
        let (proven, again) = (open.proven, open.attempt.connection);
        let slug = open.attempt.provider.slug.clone();
        let known: Vec<(ConnectionId, Identity)> = self
            .entries
            .iter()
            .filter(|entry| {
                entry.connection.provider == slug
                    && entry.connection.condition != Condition::Revoking
            })
            .map(|entry| (entry.connection.id, entry.identity()))
            .collect();
        let former = again.and_then(|again| {
            let mut same = known.iter().filter(|(id, _)| *id == again);
            same.next().map(|(_, identity)| identity)
        });
        let Some(question) = question(&found.whose.identity, proven, former, &known) else {
            return self.keep(id, again, false, *found);
        };
        tracing::info!("the user is asked whose account this is");
        found.asked_at = self.ports.clock.moment();
        let ends_at = self.ports.clock.now().after(LONGEST_ATTEMPT);
        if let Some(open) = self.attempts.iter_mut().find(|open| open.attempt.id == id) {
            open.found = Some(found);
            open.ends_at = ends_at;
        }
        self.set_step(id, Step::Asking(question));
    }

    pub(super) fn answer_question(&mut self, id: AttemptId, choice: Choice, reply: Reply<()>) {
        let open = self.attempts.iter_mut().find(|open| open.attempt.id == id);
        let asked = open.and_then(|open| match &open.attempt.step {
            Step::Asking(question) => Some((question.clone(), open.found.take()?)),
            Step::Opening
            | Step::Waiting { .. }
            | Step::Confirming
            | Step::Saving
            | Step::Connected(_)
            | Step::Failed(_)
            | Step::Cancelled => None,
        });
        let Some((question, found)) = asked else {
            return answer(reply, Err(ErrorCode::AttemptUnknown.into()));
        };
        let again = self
            .attempts
            .iter()
            .find(|open| open.attempt.id == id)
            .and_then(|open| open.attempt.connection);
        match (choice, question) {
            (Choice::Decline, _) => {
                self.discard(id, *found);
                self.set_step(id, Step::Cancelled);
            }
            (Choice::Separately, _) => self.keep(id, None, false, *found),
            (Choice::Take, Question::AlreadyConnected { connection, .. }) => {
                self.keep(id, Some(connection), false, *found);
            }
            (Choice::Take, Question::OtherAccount { .. }) => self.keep(id, again, true, *found),
            (Choice::Take, Question::IsThisYou { .. }) => self.keep(id, again, false, *found),
        }
        answer(reply, Ok(()));
    }

    /// Ends a question that nobody will answer any more; nothing is kept.
    pub(super) fn end_question(&mut self, id: AttemptId, step: Step) {
        let open = self.attempts.iter_mut().find(|open| open.attempt.id == id);
        if let Some(found) = open.and_then(|open| open.found.take()) {
            self.discard(id, *found);
            self.set_step(id, step);
        }
    }

    /// Forgets the tokens, and ends them at the provider where it has an endpoint for that.
    fn discard(&mut self, id: AttemptId, found: Found) {
        let Some(open) = self.attempts.iter().find(|open| open.attempt.id == id) else {
            return;
        };
        let (provider, client_id) = (
            open.attempt.provider.clone(),
            open.attempt.client_id.clone(),
        );
        let ports = self.ports.clone();
        let item = item_of(found.answer, None, &provider, 1, found.requested_at);
        self.tasks.spawn(async move {
            let outcome: Result<(), Problem> = give_back(&ports, &provider, client_id, &item).await;
            if let Err(problem) = outcome {
                tracing::warn!(%problem, "declined credentials could not be ended at their provider");
            }
            Completion::Nothing
        });
    }
}
