//! Connect: prepare, open the browser, judge what comes back, exchange, store.

use super::command::{Completion, Reply};
use super::entry::{Entry, OpenAttempt, Prepared, Turn};
use super::exchange::{ExchangeJob, exchange_code, gather};
use super::{Actor, answer};
use crate::handle::Origin;
use crate::loopback;
use crate::ports::{Recorded, SecretName};
use crate::random::{attempt_draws, draw};
use crate::renewal::{facts, item_of};
use crate::update::Update;
use keyfob_domain::authorization::{
    Answer, AuthorizationAttempt, LONGEST_ATTEMPT, Step, Verdict, judge, parse,
    scheme_redirect_uri, slug_of,
};
use keyfob_domain::connection::{Condition, Connection, Event, Obtained};
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::failure::Failure;
use keyfob_domain::grant::Scopes;
use keyfob_domain::id::{AttemptId, ConnectionId, ProviderSlug};
use keyfob_domain::item::ConnectionItem;
use keyfob_domain::provider::IdTokenUse;
use keyfob_domain::secret::{AuthorizationCode, ItemText};
use keyfob_domain::time::Timestamp;
use keyfob_domain::token::{AccountHint, TokenAnswer, account_hint};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use url::Url;

/// So many attempts are remembered, ended ones included.
const MOST_ATTEMPTS: usize = 32;

impl Actor {
    /// Gathers what a sign-in needs, so that nobody consents in vain: the client secret is there
    /// and readable, the loopback port is bound.
    pub(super) fn prepare_sign_in(
        &mut self,
        slug: &ProviderSlug,
        connection: Option<ConnectionId>,
        reply: Reply<AttemptId>,
    ) {
        let known = match connection {
            Some(id) => self.entry(id).map(|_| ()),
            None => Ok(()),
        };
        let provider = self.provider(slug).ok_or(Problem::with_detail(
            ErrorCode::ProviderUnknown,
            slug.as_str(),
        ));
        let client_id = self
            .clients
            .get(slug)
            .cloned()
            .ok_or(Problem::new(ErrorCode::ClientNotSetUp));
        let (provider, client_id) = match known
            .and(provider)
            .and_then(|provider| Ok((provider, client_id?)))
        {
            Ok(both) => both,
            Err(problem) => return answer(reply, Err(problem)),
        };
        let ports = self.ports.clone();
        self.tasks.spawn(async move {
            let outcome = gather(&ports, &provider).await;
            Completion::Prepared(Box::new(Prepared {
                provider,
                client_id,
                connection,
                outcome,
                reply,
            }))
        });
    }

    pub(super) fn begin_attempt(&mut self, prepared: Prepared) {
        let Prepared {
            provider,
            client_id,
            connection,
            outcome,
            reply,
        } = prepared;
        let (client_secret, bound) = match outcome {
            Ok(both) => both,
            Err(problem) => {
                self.note_keychain(&problem);
                return answer(reply, Err(problem));
            }
        };
        let now = self.ports.clock.now();
        let id = AttemptId::new(now, self.random());
        let redirect_uri = bound.as_ref().map_or_else(
            || scheme_redirect_uri(&provider.slug),
            loopback::Bound::redirect_uri,
        );
        let attempt = AuthorizationAttempt::begin(
            id,
            provider,
            client_id,
            redirect_uri,
            connection,
            self.ports.clock.moment(),
            &attempt_draws(self.ports.random.as_ref()),
        );
        let stop = CancellationToken::new();
        if let Some(bound) = bound {
            let (engine, stop) = (self.handle.clone(), stop.clone());
            tokio::spawn(bound.serve(engine, stop));
        }
        let url = attempt.authorization_request();
        let ends_at = now.after(LONGEST_ATTEMPT);
        self.forget_oldest_attempt();
        self.attempts.push(OpenAttempt {
            attempt,
            client_secret,
            started_at: now,
            ends_at,
            dismissed: false,
            stop,
        });
        self.publish_attempt(id);
        answer(reply, Ok(id));
        let browser = self.ports.browser.clone();
        self.tasks.spawn(async move {
            Completion::BrowserOpened {
                attempt: id,
                outcome: browser.open(&url).await,
            }
        });
    }

    pub(super) fn browser_opened(&mut self, id: AttemptId, outcome: Result<(), Problem>) {
        let opening = self
            .attempts
            .iter()
            .any(|open| open.attempt.id == id && open.attempt.step == Step::Opening);
        if opening {
            let step = outcome.map_or_else(Step::Failed, |()| Step::Waiting { doubt: None });
            self.set_step(id, step);
        }
    }

    /// Judges a callback and starts what follows from it. Gives whether it was an answer that
    /// somebody waited for.
    pub(super) fn handle_redirect(&mut self, raw: &[u8], origin: Origin) -> bool {
        let redirect = match parse(raw) {
            Ok(redirect) => redirect,
            Err(malformed) => {
                tracing::warn!(why = malformed.0, "a callback was refused");
                self.notify(
                    Problem::with_detail(ErrorCode::RedirectMalformed, malformed.0),
                    None,
                );
                return false;
            }
        };
        let base = redirect.base.clone();
        let attempts: Vec<_> = self.attempts.iter().map(|open| &open.attempt).collect();
        match judge(redirect, &attempts, self.ports.clock.moment()) {
            Verdict::Answered(id, Answer::Code(code)) => {
                self.exchange(id, code);
                true
            }
            Verdict::Answered(id, Answer::Refused(problem)) => {
                self.set_step(id, Step::Failed(problem));
                true
            }
            Verdict::Ends(id, problem) => {
                tracing::warn!(code = %problem.code, "a callback ended its attempt");
                self.set_step(id, Step::Failed(problem));
                false
            }
            Verdict::Doubted(id, problem) => {
                tracing::warn!(code = %problem.code, "a callback was refused");
                self.set_step(
                    id,
                    Step::Waiting {
                        doubt: Some(problem),
                    },
                );
                false
            }
            Verdict::Unrelated(slug) => {
                self.unrelated(
                    slug.filter(|slug| self.provider(slug).is_some()),
                    &base,
                    origin,
                );
                false
            }
            Verdict::Repeated(_) => {
                tracing::info!("a callback came a second time and was dropped");
                false
            }
        }
    }

    /// SECURITY 19 and 32: nothing happens but a notice, from which the user can start again.
    fn unrelated(&mut self, slug: Option<ProviderSlug>, base: &str, origin: Origin) {
        let code = match (origin, &slug) {
            (Origin::ColdStart, Some(_)) => ErrorCode::SignInInterrupted,
            _ => ErrorCode::RedirectUnrelated,
        };
        tracing::warn!(code = %code, named = slug_of(base).is_some(), "nobody waits for this callback");
        self.notify(code.into(), slug);
    }

    fn exchange(&mut self, id: AttemptId, code: AuthorizationCode) {
        let Some(open) = self.attempts.iter_mut().find(|open| open.attempt.id == id) else {
            return;
        };
        // SECURITY 31: a connection that was deleted meanwhile makes its callback void.
        if let Some(connection) = open.attempt.connection
            && let Err(problem) = self.living_entry(connection)
        {
            return self.set_step(id, Step::Failed(problem));
        }
        let Some(open) = self.attempts.iter_mut().find(|open| open.attempt.id == id) else {
            return;
        };
        let job = ExchangeJob {
            provider: open.attempt.provider.clone(),
            client_id: open.attempt.client_id.clone(),
            client_secret: open.client_secret.take(),
            code: Arc::new(code),
            redirect_uri: open.attempt.redirect_uri.clone(),
            verifier: open.attempt.take_verifier(),
        };
        // The attempt is used up before the first byte leaves (SECURITY 21).
        self.set_step(id, Step::Confirming);
        let ports = self.ports.clone();
        self.tasks.spawn(async move {
            let requested_at = ports.clock.now();
            let outcome = exchange_code(&ports, job).await;
            Completion::Exchanged {
                attempt: id,
                requested_at,
                outcome,
            }
        });
    }

    pub(super) fn exchanged(
        &mut self,
        id: AttemptId,
        requested_at: Timestamp,
        outcome: Result<TokenAnswer, Failure>,
    ) {
        let Some(open) = self.attempts.iter().find(|open| open.attempt.id == id) else {
            return;
        };
        let answer = match outcome {
            Ok(answer) => answer,
            Err(failure) => return self.set_step(id, Step::Failed(failure.problem)),
        };
        let granted = answer.scopes.clone();
        let account = match (open.attempt.provider.id_token, &answer.id_token) {
            (IdTokenUse::Display, Some(id_token)) => account_hint(id_token),
            (IdTokenUse::Display, None) | (IdTokenUse::Ignore, _) => AccountHint::default(),
        };
        let existing = open.attempt.connection;
        let (connection, generation, turn) = match existing.map(|id| (id, self.living_entry(id))) {
            Some((id, Ok(entry))) => {
                // A renewal under way takes the next generation for itself.
                let renewing = u64::from(entry.connection.condition == Condition::Renewing);
                let generation = entry.connection.life.generation + 1 + renewing;
                (id, generation, entry.turn.clone())
            }
            // SECURITY 31: the connection was deleted while its user signed in again.
            Some((_, Err(problem))) => return self.set_step(id, Step::Failed(problem)),
            None => {
                let id = ConnectionId::new(self.ports.clock.now(), self.random());
                (id, 1, Turn::new())
            }
        };
        let item = Arc::new(item_of(answer, None, generation, requested_at));
        if let Some(open) = self.attempts.iter_mut().find(|open| open.attempt.id == id) {
            open.attempt.connection = Some(connection);
        }
        self.set_step(id, Step::Saving);
        let ports = self.ports.clone();
        self.tasks.spawn(async move {
            let _turn = turn.take().await;
            let text: Arc<ItemText> = Arc::new(item.encode());
            let outcome = ports
                .secrets
                .write(&SecretName::of_connection(connection), text)
                .await;
            Completion::Stored {
                attempt: id,
                again: existing.is_some(),
                item,
                granted,
                account,
                outcome,
            }
        });
    }

    pub(super) async fn stored(
        &mut self,
        attempt: AttemptId,
        again: bool,
        item: Arc<ConnectionItem>,
        granted: Option<Scopes>,
        account: AccountHint,
        outcome: Result<(), Problem>,
    ) {
        let Some(open) = self.attempts.iter().find(|open| open.attempt.id == attempt) else {
            return;
        };
        let Some(id) = open.attempt.connection else {
            return;
        };
        if again && let Err(problem) = self.living_entry(id) {
            self.discard_item(id);
            return self.set_step(attempt, Step::Failed(problem));
        }
        let Some(open) = self.attempts.iter().find(|open| open.attempt.id == attempt) else {
            return;
        };
        let provider = open.attempt.provider.clone();
        let asked = open.attempt.scopes().clone();
        let recorded = Recorded {
            token_endpoint: provider.token_endpoint.clone(),
            client_id: open.attempt.client_id.clone(),
        };
        let saved = outcome.clone();
        let obtained = Obtained {
            granted,
            ..facts(&item, outcome)
        };
        let drawn = draw(self.ports.random.as_ref());
        if self.entry(id).is_err() {
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
                account,
                ordinal,
                asked.clone(),
                &obtained,
                drawn,
            );
            self.entries.push(Entry::new(made, recorded));
        } else if let Ok(entry) = self.entry(id) {
            entry.recorded = recorded;
            if account != AccountHint::default() {
                entry.connection.account = account;
            }
        }
        if let Ok(entry) = self.entry(id) {
            entry.hold(&item);
            entry.unsaved = saved.is_err().then(|| item.clone());
            entry.interrupted = false;
        }
        self.apply(id, Event::SignedInAgain(obtained, asked, drawn))
            .await;
        if let Err(problem) = &saved {
            self.note_keychain(problem);
        }
        self.set_step(attempt, Step::Connected(id));
        // Whoever loads a summary is told by an update; a new connection has no older flight.
        let _ = self.reload_summary(id);
    }

    /// Gives a connection unless it is gone or being ended.
    fn living_entry(&mut self, id: ConnectionId) -> Result<&mut Entry, Problem> {
        let entry = self.entry(id)?;
        if entry.connection.condition == Condition::Revoking {
            return Err(Problem::new(ErrorCode::ConnectionUnknown).of(id));
        }
        Ok(entry)
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

    pub(super) fn cancel_attempt(&mut self, id: AttemptId) -> Result<(), Problem> {
        let open = self.attempts.iter().find(|open| open.attempt.id == id);
        match open {
            Some(open) if open.attempt.is_pending() => self.set_step(id, Step::Cancelled),
            // It has just been answered: the answer counts.
            Some(_) => {}
            None => return Err(ErrorCode::AttemptUnknown.into()),
        }
        Ok(())
    }

    pub(super) fn dismiss_attempt(&mut self, id: AttemptId) -> Result<(), Problem> {
        let open = self.attempts.iter_mut().find(|open| open.attempt.id == id);
        let open = open.ok_or(Problem::new(ErrorCode::AttemptUnknown))?;
        if open.attempt.is_pending() {
            open.attempt.step = Step::Cancelled;
            open.stop.cancel();
        }
        // The attempt itself is remembered a while, so that its callback is recognised (SECURITY 21).
        open.dismissed = true;
        self.publish(&Update::AttemptRemoved(id));
        Ok(())
    }

    pub(super) fn authorization_request(&mut self, id: AttemptId) -> Result<Url, Problem> {
        let open = self
            .attempts
            .iter()
            .find(|open| open.attempt.id == id && open.attempt.is_pending());
        open.map(|open| open.attempt.authorization_request())
            .ok_or(ErrorCode::AttemptUnknown.into())
    }

    pub(super) fn expire_attempts(&mut self) {
        let now = self.ports.clock.moment();
        let wall = self.ports.clock.now();
        let mut over = Vec::new();
        for open in &mut self.attempts {
            if !open.attempt.is_pending() {
                continue;
            }
            if open.attempt.has_expired(now) {
                over.push(open.attempt.id);
            } else if open.ends_at <= wall {
                // The wall clock was set; the ten minutes are counted on the other one.
                open.ends_at = wall.after(open.attempt.remaining(now));
            }
        }
        for id in over {
            self.set_step(id, Step::Failed(ErrorCode::AttemptExpired.into()));
        }
    }

    fn set_step(&mut self, id: AttemptId, step: Step) {
        let Some(open) = self.attempts.iter_mut().find(|open| open.attempt.id == id) else {
            return;
        };
        open.attempt.step = step;
        if !open.attempt.is_pending() {
            open.stop.cancel();
        }
        self.publish_attempt(id);
    }

    fn forget_oldest_attempt(&mut self) {
        if self.attempts.len() >= MOST_ATTEMPTS
            && let Some(ended) = self
                .attempts
                .iter()
                .position(|open| !open.attempt.is_pending())
        {
            self.attempts.remove(ended);
        }
    }
}
