//! A sign-in up to the browser, and how it ends without an answer.

use super::command::{Completion, Reply};
use super::entry::{OpenAttempt, Prepared};
use super::exchange::gather;
use super::{Actor, answer};
use crate::loopback;
use crate::random::attempt_draws;
use crate::update::Update;
use keyfob_domain::authorization::{
    AuthorizationAttempt, LONGEST_ATTEMPT, Step, scheme_redirect_uri,
};
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::{AttemptId, ConnectionId, ProviderSlug};
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
            proven: false,
            found: None,
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

    pub(super) fn cancel_attempt(&mut self, id: AttemptId) -> Result<(), Problem> {
        let open = self.attempts.iter().find(|open| open.attempt.id == id);
        match open {
            Some(open) if open.attempt.is_pending() => self.set_step(id, Step::Cancelled),
            Some(open) if open.found.is_some() => self.end_question(id, Step::Cancelled),
            // It has just been answered: the answer counts.
            Some(_) => {}
            None => return Err(ErrorCode::AttemptUnknown.into()),
        }
        Ok(())
    }

    pub(super) fn dismiss_attempt(&mut self, id: AttemptId) -> Result<(), Problem> {
        self.cancel_attempt(id)?;
        // The attempt itself is remembered a while, so that its callback is recognised (SECURITY 21).
        if let Some(open) = self.attempts.iter_mut().find(|open| open.attempt.id == id) {
            open.dismissed = true;
        }
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
            let Some(since) = open.waits_since() else {
                continue;
            };
            let waited = now.since(since);
            if waited >= LONGEST_ATTEMPT {
                over.push(open.attempt.id);
            } else if open.ends_at <= wall {
                // The wall clock was set; the ten minutes are counted on the other one.
                open.ends_at = wall.after(LONGEST_ATTEMPT - waited);
            }
        }
        for id in over {
            let step = Step::Failed(ErrorCode::AttemptExpired.into());
            self.end_question(id, step.clone());
            self.set_step(id, step);
        }
    }

    pub(super) fn set_step(&mut self, id: AttemptId, step: Step) {
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
                .position(|open| open.waits_since().is_none())
        {
            self.attempts.remove(ended);
        }
    }
}
