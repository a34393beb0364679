//! One authorization attempt, from the browser's start to the code, and the judgement of what
//! comes back. Attempts live in memory only.
//!
//! Hazard: garbage must not end an attempt, or any web page could keep a user from signing in
//! (SECURITY 20); but one true answer ends it before the first token request (SECURITY 21).

use super::identity::Question;
use super::pkce::challenge;
use super::redirect::{Carried, Redirect};
use crate::error::{ErrorCode, Problem};
use crate::failure::OauthError;
use crate::grant::Scopes;
use crate::id::{AttemptId, ConnectionId, ProviderSlug};
use crate::provider::{EchoesState, Pkce, Provider, ScopeParameter, ScopeSeparator};
use crate::secret::{AuthorizationCode, CodeVerifier, Nonce, StateParameter};
use crate::time::Moment;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::sync::Arc;
use std::time::Duration;
use subtle::ConstantTimeEq;
use url::Url;

/// How long an attempt waits for its answer (SECURITY 22).
pub const LONGEST_ATTEMPT: Duration = Duration::from_secs(10 * 60);

/// The random bytes of one attempt, drawn by the caller from the operating system.
pub struct Draws {
    /// For the `state` parameter (SECURITY 2).
    pub state: [u8; 32],
    /// For the code verifier (SECURITY 10).
    pub verifier: [u8; 32],
    /// For the nonce (SECURITY 3).
    pub nonce: [u8; 32],
}

/// How far an attempt has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The browser is being started.
    Opening,
    /// The user decides, in the browser. `doubt` tells of an answer that was refused meanwhile.
    Waiting {
        /// Why an answer that came on this attempt's redirect URI was not taken.
        doubt: Option<Problem>,
    },
    /// The code is being exchanged.
    Confirming,
    /// The credentials are there, and the user is asked whether to keep them.
    Asking(Question),
    /// The credentials are on their way into the keychain.
    Saving,
    /// It led to this connection.
    Connected(ConnectionId),
    /// It failed.
    Failed(Problem),
    /// The user ended it.
    Cancelled,
}

/// One attempt to have an account authorized: the flow record of SECURITY 1.
#[derive(Debug)]
pub struct AuthorizationAttempt {
    /// Its name.
    pub id: AttemptId,
    /// The provider as it was when the attempt began; later changes don't touch it.
    pub provider: Arc<Provider>,
    /// The client id that asks.
    pub client_id: String,
    /// Exactly what the token request has to repeat (SECURITY 18).
    pub redirect_uri: String,
    /// The connection that is signed in again, if it is one.
    pub connection: Option<ConnectionId>,
    /// When it began, on the clock that counts suspend.
    pub began: Moment,
    /// How far it has come.
    pub step: Step,
    state: StateParameter,
    nonce: Option<Nonce>,
    verifier: Option<Arc<CodeVerifier>>,
}

impl AuthorizationAttempt {
    /// Begins an attempt.
    #[must_use]
    pub fn begin(
        id: AttemptId,
        provider: Arc<Provider>,
        client_id: String,
        redirect_uri: String,
        connection: Option<ConnectionId>,
        began: Moment,
        draws: &Draws,
    ) -> Self {
        let verifier = match provider.pkce {
            Pkce::Required | Pkce::Accepted | Pkce::Unknown => Some(Arc::new(CodeVerifier::new(
                URL_SAFE_NO_PAD.encode(draws.verifier),
            ))),
            Pkce::Rejected => None,
        };
        let nonce = provider
            .scopes
            .contains("openid")
            .then(|| Nonce::new(URL_SAFE_NO_PAD.encode(draws.nonce)));
        Self {
            id,
            client_id,
            redirect_uri,
            connection,
            began,
            step: Step::Opening,
            state: StateParameter::new(URL_SAFE_NO_PAD.encode(draws.state)),
            nonce,
            verifier,
            provider,
        }
    }

    /// Gives the authorization request (RFC 6749 §4.1.1). It carries `state` and the challenge:
    /// it goes to the browser or the clipboard and nowhere else.
    #[must_use]
    pub fn authorization_request(&self) -> Url {
        let mut url = self.provider.authorization_endpoint.clone();
        {
            let mut query = url.query_pairs_mut();
            for (name, value) in &self.provider.extra_parameters {
                query.append_pair(name, value);
            }
            query
                .append_pair("response_type", "code")
                .append_pair("client_id", &self.client_id)
                .append_pair("redirect_uri", &self.redirect_uri);
            if !self.provider.scopes.is_empty() {
                let name = match self.provider.scope_parameter {
                    ScopeParameter::Scope => "scope",
                    ScopeParameter::UserScope => "user_scope",
                };
                let separator = match self.provider.scope_separator {
                    ScopeSeparator::Space => " ",
                    ScopeSeparator::Comma => ",",
                };
                query.append_pair(name, &self.provider.scopes.joined(separator));
            }
            query.append_pair("state", self.state.expose());
            if let Some(nonce) = &self.nonce {
                query.append_pair("nonce", nonce.expose());
            }
            if let Some(verifier) = &self.verifier {
                query
                    .append_pair("code_challenge", &challenge(verifier))
                    .append_pair("code_challenge_method", "S256");
            }
        }
        url
    }

    /// Gives the scopes that are asked for.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        &self.provider.scopes
    }

    /// Takes the verifier out, for the exchange; there is no second time.
    pub fn take_verifier(&mut self) -> Option<Arc<CodeVerifier>> {
        self.verifier.take()
    }

    /// Takes the nonce out, for the id token; there is no second time. `None` when none was sent.
    pub fn take_nonce(&mut self) -> Option<Nonce> {
        self.nonce.take()
    }

    /// Tells whether the attempt still waits for its answer.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        match self.step {
            Step::Opening | Step::Waiting { .. } => true,
            Step::Confirming
            | Step::Asking(_)
            | Step::Saving
            | Step::Connected(_)
            | Step::Failed(_)
            | Step::Cancelled => false,
        }
    }

    /// Tells whether nothing more will come of it.
    #[must_use]
    pub fn is_over(&self) -> bool {
        match self.step {
            Step::Connected(_) | Step::Failed(_) | Step::Cancelled => true,
            Step::Opening
            | Step::Waiting { .. }
            | Step::Confirming
            | Step::Asking(_)
            | Step::Saving => false,
        }
    }

    /// Gives what is left of its ten minutes.
    #[must_use]
    pub fn remaining(&self, now: Moment) -> Duration {
        LONGEST_ATTEMPT.saturating_sub(now.since(self.began))
    }

    /// Tells whether its ten minutes are over.
    #[must_use]
    pub fn has_expired(&self, now: Moment) -> bool {
        now.since(self.began) >= LONGEST_ATTEMPT
    }
}

/// What a callback means.
#[derive(Debug)]
pub enum Verdict {
    /// It is the answer to this attempt, which is used up by it.
    Answered {
        /// The attempt.
        attempt: AttemptId,
        /// What was answered.
        answer: Answer,
        /// Whether it carried the attempt's own `state`; else the account found has to be confirmed.
        proven: bool,
    },
    /// It ends this attempt: it has the right `state`, but something else about it is wrong.
    Ends(AttemptId, Problem),
    /// It came on this attempt's redirect URI and is refused; the attempt goes on waiting.
    Doubted(AttemptId, Problem),
    /// It belongs to nothing that waits. The provider is the one its path names.
    Unrelated(Option<ProviderSlug>),
    /// It belongs to an attempt that was answered before: a reloaded page, say.
    Repeated(AttemptId),
}

/// What the provider answered.
#[derive(Debug)]
pub enum Answer {
    /// The user allowed it.
    Code(AuthorizationCode),
    /// The user or the provider did not.
    Refused(Problem),
}

/// Judges a callback against the attempts there are, ended ones included.
#[must_use]
pub fn judge(redirect: Redirect, attempts: &[&AuthorizationAttempt], now: Moment) -> Verdict {
    let Some(state) = &redirect.state else {
        return without_state(redirect, attempts, now);
    };
    // Every attempt is compared, whatever the result of the others: the time tells nothing.
    let matching = attempts.iter().fold(None, |found, attempt| {
        let equal = bool::from(
            attempt
                .state
                .expose()
                .as_bytes()
                .ct_eq(state.expose().as_bytes()),
        );
        if equal { Some(*attempt) } else { found }
    });
    match matching {
        Some(attempt) => answered(redirect, attempt, true, now),
        None => match waiting_at(&redirect.base, attempts) {
            Some(attempt) => Verdict::Doubted(attempt.id, ErrorCode::StateMismatch.into()),
            None => Verdict::Unrelated(super::slug_of(&redirect.base)),
        },
    }
}

/// An answer without `state` is refused, and the attempt it may belong to is told; except at a
/// provider that isn't known to echo it, while exactly one attempt of that provider waits, and
/// waits at this very redirect URI (SECURITY 20).
fn without_state(redirect: Redirect, attempts: &[&AuthorizationAttempt], now: Moment) -> Verdict {
    let Some(attempt) = waiting_at(&redirect.base, attempts) else {
        return Verdict::Unrelated(super::slug_of(&redirect.base));
    };
    let of_provider = attempts
        .iter()
        .filter(|other| other.is_pending() && other.provider.slug == attempt.provider.slug);
    let acceptable = match attempt.provider.echoes_state {
        EchoesState::Unknown => of_provider.count() == 1,
        EchoesState::Yes => false,
    };
    if acceptable {
        answered(redirect, attempt, false, now)
    } else {
        Verdict::Doubted(attempt.id, ErrorCode::StateMissing.into())
    }
}

/// Judges an answer once it is known which attempt it is for.
fn answered(
    redirect: Redirect,
    attempt: &AuthorizationAttempt,
    proven: bool,
    now: Moment,
) -> Verdict {
    if !attempt.is_pending() {
        return Verdict::Repeated(attempt.id);
    }
    if attempt.has_expired(now) {
        return Verdict::Ends(attempt.id, ErrorCode::AttemptExpired.into());
    }
    let mismatch = |why| Problem::with_detail(ErrorCode::StateMismatch, why);
    if redirect.base != attempt.redirect_uri {
        let why = "the answer came to another redirect URI than the one that was sent";
        return Verdict::Ends(attempt.id, mismatch(why));
    }
    let about_issuer = match (&redirect.issuer, &attempt.provider.issuer) {
        (Some(given), Some(expected)) if given != expected => Some("another issuer answered"),
        (None, _) if attempt.provider.sends_issuer => {
            Some("the answer doesn't say whose it is, though this provider always does")
        }
        (Some(_) | None, Some(_) | None) => None,
    };
    if let Some(why) = about_issuer {
        // What nothing ties to the attempt doesn't end it either.
        return if proven {
            Verdict::Ends(attempt.id, mismatch(why))
        } else {
            Verdict::Doubted(attempt.id, mismatch(why))
        };
    }
    let answer = match redirect.carried {
        Carried::Code(code) => Answer::Code(code),
        Carried::Error { error, detail } => {
            Answer::Refused(Problem::with_detail(code_of(&error), &detail))
        }
    };
    Verdict::Answered {
        attempt: attempt.id,
        answer,
        proven,
    }
}

/// The one attempt that waits at this redirect URI; none when there are several.
fn waiting_at<'a>(
    base: &str,
    attempts: &[&'a AuthorizationAttempt],
) -> Option<&'a AuthorizationAttempt> {
    let mut waiting = attempts
        .iter()
        .filter(|attempt| attempt.is_pending() && attempt.redirect_uri == base);
    match (waiting.next(), waiting.next()) {
        (Some(attempt), None) => Some(attempt),
        _ => None,
    }
}

/// RFC 6749 §4.1.2.1, in the words of Keyfob's own list.
fn code_of(error: &OauthError) -> ErrorCode {
    match error {
        OauthError::AccessDenied => ErrorCode::AccessDenied,
        OauthError::InvalidScope | OauthError::InsufficientScope => ErrorCode::ScopeRejected,
        OauthError::InvalidClient | OauthError::UnauthorizedClient => {
            ErrorCode::ClientMisconfigured
        }
        OauthError::InvalidRequest
        | OauthError::UnsupportedResponseType
        | OauthError::UnsupportedGrantType
        | OauthError::UnsupportedTokenType => ErrorCode::RequestRejected,
        OauthError::ServerError
        | OauthError::TemporarilyUnavailable
        | OauthError::InvalidGrant
        | OauthError::InvalidToken
        | OauthError::Unregistered => ErrorCode::ProviderError,
    }
}

#[cfg(test)]
mod tests;
