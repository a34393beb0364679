//! What the browser brings back: judged, and turned into an exchange of the code.

use super::Actor;
use super::command::Completion;
use super::exchange::{ExchangeJob, exchange_code};
use crate::handle::Origin;
use keyfob_domain::authorization::{Answer, Step, Verdict, judge, parse, slug_of};
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::{AttemptId, ProviderSlug};
use keyfob_domain::secret::AuthorizationCode;
use std::sync::Arc;

impl Actor {
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
            Verdict::Answered {
                attempt: id,
                answer,
                proven,
            } => {
                match answer {
                    Answer::Code(code) => self.exchange(id, code, proven),
                    Answer::Refused(problem) => self.set_step(id, Step::Failed(problem)),
                }
                true
            }
            Verdict::Ends(id, problem) => {
                tracing::warn!(problem = %problem.code, "a callback ended its attempt");
                self.set_step(id, Step::Failed(problem));
                false
            }
            Verdict::Doubted(id, problem) => {
                tracing::warn!(problem = %problem.code, "a callback was refused");
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
        tracing::warn!(problem = %code, named = slug_of(base).is_some(), "nobody waits for this callback");
        self.notify(code.into(), slug);
    }

    fn exchange(&mut self, id: AttemptId, code: AuthorizationCode, proven: bool) {
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
        open.proven = proven;
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
            let (requested_at, begun) = (ports.clock.now(), ports.clock.moment());
            let outcome = exchange_code(&ports, job).await;
            // The provider's own share of the span from callback to row.
            let millis = ports.clock.moment().since(begun).as_secs_f64() * 1000.0;
            tracing::info!(millis, "the exchange was answered");
            Completion::Exchanged {
                attempt: id,
                requested_at,
                outcome,
            }
        });
    }
}
