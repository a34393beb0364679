//! Access tokens for those who ask, and what is read with them: summaries and answers.

use super::command::{Completion, Reply};
use super::entry::IssuedToken;
use super::{Actor, answer};
use crate::handle::EngineHandle;
use keyfob_domain::connection::{Condition, Event, Wanted};
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::failure::{Class, Exchange, Fault, classify};
use keyfob_domain::id::{ConnectionId, Epoch};
use keyfob_domain::item::ConnectionItem;
use keyfob_domain::provider::Provider;
use keyfob_domain::refresh::backoff;
use keyfob_domain::summary::{ContextSummary, LONGEST_QUESTION};
use std::sync::Arc;
use std::time::Duration;

/// How long a provider is left alone that says "too many requests" and not for how long.
const REST: Duration = Duration::from_secs(60);

impl Actor {
    /// Gives a usable access token: from memory, from the keychain, or from a renewal that all
    /// who ask meanwhile join (SECURITY 57, 58).
    pub(super) async fn access_token(
        &mut self,
        id: ConnectionId,
        rejected: Option<u64>,
        reply: Reply<IssuedToken>,
    ) {
        let now = self.ports.clock.now();
        let entry = match self.entry(id) {
            Ok(entry) => entry,
            Err(problem) => return answer(reply, Err(problem)),
        };
        let generation = entry.connection.life.generation;
        let usable = entry.connection.has_usable_token(now) && rejected != Some(generation);
        match &entry.held {
            Some(held) if usable && held.generation == generation => {
                let held = held.clone();
                return answer(reply, Ok(held));
            }
            _ => entry.token_waiters.push(reply),
        }
        if usable {
            return self.read_item(id);
        }
        let wanted = match rejected {
            Some(rejected) if rejected == generation => Wanted::ByRejection { generation },
            // Another token was refused than the present one, which is merely too old.
            Some(_) | None => Wanted::ByTool,
        };
        self.apply(id, Event::RenewalWanted(wanted)).await;
        self.answer_refused_waiters(id);
    }

    /// A token that was refused and can't be renewed now is not handed out again.
    fn answer_refused_waiters(&mut self, id: ConnectionId) {
        if let Ok(entry) = self.entry(id)
            && entry.connection.condition == Condition::Active
            && !entry.reading
        {
            for waiter in entry.token_waiters.drain(..) {
                answer(waiter, Err(Problem::new(ErrorCode::TokenRejected).of(id)));
            }
        }
        self.answer_if_nothing_runs(id);
    }

    fn read_item(&mut self, id: ConnectionId) {
        let ports = self.ports.clone();
        let Ok(entry) = self.entry(id) else { return };
        if std::mem::replace(&mut entry.reading, true) {
            return;
        }
        let epoch = entry.connection.epoch;
        self.tasks.spawn(async move {
            Completion::ItemRead {
                id,
                epoch,
                outcome: crate::renewal::read_item(&ports, id).await,
            }
        });
    }

    pub(super) async fn item_read(
        &mut self,
        id: ConnectionId,
        epoch: Epoch,
        outcome: Result<ConnectionItem, Problem>,
    ) {
        let now = self.ports.clock.now();
        let Ok(entry) = self.entry(id) else { return };
        entry.reading = false;
        if entry.connection.epoch != epoch {
            return self.answer_if_nothing_runs(id);
        }
        match outcome {
            Ok(item) => {
                let present = item.generation == entry.connection.life.generation;
                let over = !entry.connection.has_usable_token(now);
                let awaited = !entry.token_waiters.is_empty();
                entry.hold(&item);
                self.keychain_works();
                if !present {
                    // Row and keychain differ: the renewal finds out which is right (SECURITY 118).
                    self.apply(id, Event::RenewalWanted(Wanted::ByChange)).await;
                } else if over && awaited {
                    // It was good when it was asked for (SECURITY 58).
                    self.apply(id, Event::RenewalWanted(Wanted::ByTool)).await;
                }
            }
            Err(problem) => {
                self.note_keychain(&problem);
                let drawn = crate::random::draw(self.ports.random.as_ref());
                self.apply(id, Event::SecretsUnreadable(problem, drawn))
                    .await;
            }
        }
        self.answer_if_nothing_runs(id);
    }

    /// Reads the summary again, unless that is under way or its provider wants to be left alone.
    pub(super) fn reload_summary(&mut self, id: ConnectionId) -> Result<(), Problem> {
        let now = self.ports.clock.now();
        let entry = self.entry(id)?;
        if entry.summary.rests(now) {
            return Ok(());
        }
        // Taken away whatever follows, or the timer would wake for it at once, again and again.
        entry.summary.next_try_at = None;
        let slug = entry.connection.provider.clone();
        let Some(provider) = self
            .provider(&slug)
            .filter(|provider| provider.context.is_some())
        else {
            return Ok(());
        };
        let entry = self.entry(id)?;
        if std::mem::replace(&mut entry.summary.loading, true) {
            return Ok(());
        }
        entry.summary_flight += 1;
        let flight = entry.summary_flight;
        let subject = entry.connection.account.subject.clone();
        self.publish_connection(id);
        let (handle, ports) = (self.handle.clone(), self.ports.clone());
        self.tasks.spawn(async move {
            let read = with_token(&handle, id, |held| {
                let (context, provider) = (ports.context.clone(), provider.clone());
                let subject = subject.clone();
                async move {
                    let subject = subject.as_deref();
                    context.summary(&provider, &held.token, subject).await
                }
            });
            let outcome = read
                .await
                .map(|content| ContextSummary::new(content, ports.clock.now()));
            Completion::SummaryRead {
                id,
                flight,
                outcome,
            }
        });
        Ok(())
    }

    pub(super) async fn summary_read(
        &mut self,
        id: ConnectionId,
        flight: u64,
        outcome: Result<ContextSummary, Unread>,
    ) {
        let (now, drawn) = (
            self.ports.clock.now(),
            crate::random::draw(self.ports.random.as_ref()),
        );
        let Ok(entry) = self.entry(id) else { return };
        if entry.summary_flight != flight {
            // It was begun for the account that this connection had before.
            return;
        }
        entry.summary.loading = false;
        match outcome {
            Ok(summary) => {
                entry.summary.problem = None;
                entry.summary_refusals = 0;
                entry.summary.last = Some(summary.clone());
                if let Err(problem) = self.ports.store.save_summary(id, summary).await {
                    tracing::error!(%problem, "a summary could not be kept");
                }
            }
            Err(unread) => {
                entry.summary.problem = Some(unread.problem);
                if let Some(rest) = unread.rest {
                    entry.summary_refusals = entry.summary_refusals.saturating_add(1);
                    // A provider that asks for no time at all is not asked in a circle.
                    let wait = backoff(entry.summary_refusals, Some(rest), drawn);
                    entry.summary.next_try_at = Some(now.after(wait));
                }
            }
        }
        self.publish_connection(id);
    }

    /// Reads the summaries again whose providers have been left alone for long enough.
    pub(super) fn reload_rested_summaries(&mut self) {
        let now = self.ports.clock.now();
        let rested: Vec<ConnectionId> = self
            .entries
            .iter()
            .filter(|entry| entry.summary.next_try_at.is_some() && !entry.summary.rests(now))
            .map(|entry| entry.connection.id)
            .collect();
        for id in rested {
            // The connection was found a moment ago.
            let _ = self.reload_summary(id);
        }
    }

    pub(super) fn ask(&mut self, id: ConnectionId, question: String, reply: Reply<String>) {
        let question = keyfob_domain::text::plain(question.trim(), LONGEST_QUESTION + 1, true);
        let provider: Result<Arc<Provider>, Problem> = match self
            .entry(id)
            .map(|entry| entry.connection.provider.clone())
        {
            _ if question.is_empty() || question.chars().count() > LONGEST_QUESTION => {
                Err(Problem::with_detail(
                    ErrorCode::InputInvalid,
                    "a question is 1 to 2,000 characters",
                ))
            }
            Ok(slug) => self.provider(&slug).ok_or(Problem::with_detail(
                ErrorCode::ProviderUnknown,
                slug.as_str(),
            )),
            Err(problem) => Err(problem),
        };
        let provider = match provider {
            Ok(provider) => provider,
            Err(problem) => return answer(reply, Err(problem)),
        };
        let (handle, context) = (self.handle.clone(), self.ports.context.clone());
        self.tasks.spawn(async move {
            let asked = with_token(&handle, id, |held| {
                let (context, provider, question) =
                    (context.clone(), provider.clone(), question.clone());
                async move { context.ask(&provider, &held.token, &question).await }
            });
            answer(reply, asked.await.map_err(|unread| unread.problem));
            Completion::Nothing
        });
    }
}

/// Why nothing could be read.
pub(crate) struct Unread {
    problem: Problem,
    /// How long the provider wants to be left alone, at least.
    rest: Option<Duration>,
}

impl Unread {
    fn new(fault: &Fault, id: ConnectionId) -> Self {
        let failure = classify(Exchange::Api, fault);
        let rest = match fault {
            Fault::Refused { status: 429, .. } => Some(failure.retry_after.unwrap_or(REST)),
            Fault::Refused { .. } if failure.class == Class::Transient => failure.retry_after,
            Fault::Refused { .. }
            | Fault::NoAnswer { .. }
            | Fault::Redirected
            | Fault::Malformed { .. }
            | Fault::TooLarge => None,
        };
        Self {
            problem: failure.problem.of(id),
            rest,
        }
    }
}

impl From<Problem> for Unread {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            rest: None,
        }
    }
}

/// Makes an API call with a usable token. A 401 leads to exactly one renewal and one more call
/// (SECURITY 63).
async fn with_token<T, F: Future<Output = Result<T, Fault>>>(
    handle: &EngineHandle,
    id: ConnectionId,
    call: impl Fn(IssuedToken) -> F,
) -> Result<T, Unread> {
    let first = handle.access_token(id, None).await?;
    let generation = first.generation;
    let fault = match call(first).await {
        Ok(read) => return Ok(read),
        Err(fault) => fault,
    };
    if classify(Exchange::Api, &fault).class != Class::Unauthorized {
        return Err(Unread::new(&fault, id));
    }
    let second = handle.access_token(id, Some(generation)).await?;
    call(second).await.map_err(|fault| Unread::new(&fault, id))
}
