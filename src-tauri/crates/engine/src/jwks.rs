//! A provider's keys: read when they are first needed, kept, and read once more when a token is
//! signed with one that isn't among them (SECURITY 38).
//!
//! Hazard: whoever can hand Keyfob a token can make up a key's name. So an unknown one leads to a
//! second look at most every 30 s, whoever asks and how many do.

use crate::network::Network;
use crate::ports::Clock;
use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use keyfob_domain::failure::Fault;
use keyfob_domain::provider::AnswerShape;
use keyfob_domain::time::Moment;
use keyfob_domain::token::{Jwks, LONGEST_JWKS, read_refusal};
use reqwest::header::{ACCEPT, HeaderValue};
use reqwest::{Method, Request};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use url::Url;

/// The least time between two looks for a key that isn't there.
pub const LEAST_REST: Duration = Duration::from_secs(30);
/// Keys that are older are read again: a provider may have withdrawn one.
pub const LONGEST_KEPT: Duration = Duration::from_secs(24 * 3600);

/// Where a provider's keys come from.
#[async_trait]
pub trait JwksSource: Send + Sync {
    /// Reads the keys. Never follows a redirect, never retries.
    async fn fetch(&self) -> Result<Jwks, Fault>;
}

/// The keys at the address that the provider's description names.
pub struct HttpJwks {
    network: Network,
    clock: Arc<dyn Clock>,
    uri: Url,
    extra_ca: Option<String>,
}

impl HttpJwks {
    /// Makes it from the shared clients. `extra_ca` is trusted besides the system's own.
    #[must_use]
    pub fn new(
        network: Network,
        clock: Arc<dyn Clock>,
        uri: Url,
        extra_ca: Option<String>,
    ) -> Self {
        Self {
            network,
            clock,
            uri,
            extra_ca,
        }
    }
}

#[async_trait]
impl JwksSource for HttpJwks {
    async fn fetch(&self) -> Result<Jwks, Fault> {
        let mut request = Request::new(Method::GET, self.uri.clone());
        let accept = HeaderValue::from_static("application/jwk-set+json, application/json");
        request.headers_mut().insert(ACCEPT, accept);
        let now = self.clock.now();
        let network = self.network.trusting(self.extra_ca.as_deref())?;
        let answer = network.send(request, now, LONGEST_JWKS).await?;
        match answer.status() {
            200 => Jwks::read(answer.body()),
            300..400 => Err(Fault::Redirected),
            _ => Err(read_refusal(&answer.as_http(), AnswerShape::Standard)),
        }
    }
}

type Outcome = Result<Arc<Jwks>, Fault>;
type Flight = Shared<BoxFuture<'static, Outcome>>;

/// The keys of one provider, for all who check tokens of it.
pub struct ProviderKeys {
    source: Arc<dyn JwksSource>,
    clock: Arc<dyn Clock>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    kept: Option<Kept>,
    /// When somebody last began to read, and how that ended if it ended badly.
    began: Option<Moment>,
    failed: Option<Fault>,
    /// A reading that is under way; whoever needs the keys meanwhile joins it.
    flight: Option<Flight>,
}

#[derive(Clone)]
struct Kept {
    keys: Arc<Jwks>,
    since: Moment,
}

impl ProviderKeys {
    /// Makes it; nothing is read yet.
    #[must_use]
    pub fn new(source: Arc<dyn JwksSource>, clock: Arc<dyn Clock>) -> Self {
        Self {
            source,
            clock,
            state: Arc::default(),
        }
    }

    /// Gives the keys, and whether they were read just now.
    ///
    /// # Errors
    /// What reading them came to.
    pub(crate) async fn current(&self) -> Result<(Arc<Jwks>, bool), Fault> {
        let flight = {
            let mut state = self.state();
            let now = self.clock.moment();
            match &state.kept {
                Some(kept) if now.since(kept.since) < LONGEST_KEPT => {
                    return Ok((kept.keys.clone(), false));
                }
                Some(_) | None => self.join(&mut state),
            }
        };
        flight.await.map(|keys| (keys, true))
    }

    /// Gives keys that are newer than those that were `seen`; `None` when it is too early to ask for
    /// any.
    ///
    /// # Errors
    /// What reading them came to, also if that was a moment ago.
    pub(crate) async fn newer_than(&self, seen: &Arc<Jwks>) -> Result<Option<Arc<Jwks>>, Fault> {
        let flight = {
            let mut state = self.state();
            let others = state.kept.as_ref().map(|kept| &kept.keys);
            if let Some(keys) = others.filter(|keys| !Arc::ptr_eq(keys, seen)) {
                return Ok(Some(keys.clone()));
            }
            let now = self.clock.moment();
            let early = state
                .began
                .is_some_and(|began| now.since(began) < LEAST_REST);
            if early && state.flight.is_none() {
                return state.failed.clone().map_or(Ok(None), Err);
            }
            self.join(&mut state)
        };
        flight.await.map(Some)
    }

    /// Joins the reading that is under way, or begins one.
    fn join(&self, state: &mut State) -> Flight {
        if let Some(flight) = &state.flight {
            return flight.clone();
        }
        let since = self.clock.moment();
        let source = self.source.clone();
        // Weak: the state holds the flight, and must not be held by it.
        let weak = Arc::downgrade(&self.state);
        let flight = async move {
            let outcome = source.fetch().await.map(Arc::new);
            if let Some(state) = weak.upgrade() {
                let mut state = lock(&state);
                state.flight = None;
                state.failed = outcome.as_ref().err().cloned();
                if let Ok(keys) = &outcome {
                    let keys = keys.clone();
                    state.kept = Some(Kept { keys, since });
                }
            }
            outcome
        }
        .boxed()
        .shared();
        state.began = Some(since);
        state.flight = Some(flight.clone());
        flight
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
