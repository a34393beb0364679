//! Id tokens of all providers: each provider's keys are kept once, for whoever checks tokens of it.

use super::{VerificationFault, verify};
use crate::jwks::{HttpJwks, JwksSource, ProviderKeys};
use crate::network::Network;
use crate::ports::Clock;
use keyfob_domain::failure::Fault;
use keyfob_domain::provider::Provider;
use keyfob_domain::secret::{IdToken, Nonce};
use keyfob_domain::time::Timestamp;
use keyfob_domain::token::{Expected, IdTokenFault, Occasion, TokenAnswer, VerifiedIdToken};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use url::Url;

/// Says where the keys of a provider come from.
pub trait JwksSources: Send + Sync {
    /// Gives the source of the keys at this address, which belongs to this provider.
    fn at(&self, uri: &Url, provider: &Provider) -> Arc<dyn JwksSource>;
}

/// Keys over HTTP.
struct HttpJwksSources {
    network: Network,
    clock: Arc<dyn Clock>,
}

impl JwksSources for HttpJwksSources {
    fn at(&self, uri: &Url, provider: &Provider) -> Arc<dyn JwksSource> {
        Arc::new(HttpJwks::new(
            self.network.clone(),
            self.clock.clone(),
            uri.clone(),
            provider.extra_ca.clone(),
        ))
    }
}

/// Checks id tokens, and keeps the keys that they are checked with.
pub struct IdTokens {
    sources: Arc<dyn JwksSources>,
    clock: Arc<dyn Clock>,
    keys: Mutex<HashMap<Place, Arc<ProviderKeys>>>,
}

/// Where keys are read, and whom that is trusted to be.
#[derive(PartialEq, Eq, Hash)]
struct Place {
    uri: Url,
    extra_ca: Option<String>,
}

impl IdTokens {
    /// Makes it; no key is read yet.
    #[must_use]
    pub fn new(sources: Arc<dyn JwksSources>, clock: Arc<dyn Clock>) -> Self {
        Self {
            sources,
            clock,
            keys: Mutex::default(),
        }
    }

    /// Makes it for keys that are read over HTTP.
    #[must_use]
    pub fn over_http(network: Network, clock: Arc<dyn Clock>) -> Self {
        let sources = HttpJwksSources {
            network,
            clock: clock.clone(),
        };
        Self::new(Arc::new(sources), clock)
    }

    /// Checks the id token of an exchange against the sign-in that it belongs to: who has signed in?
    /// `now` is the time by this computer's clock.
    ///
    /// # Errors
    /// [`VerificationFault`]; also when the provider's definition doesn't say whose token it has to be.
    pub async fn at_sign_in(
        &self,
        provider: &Provider,
        client_id: &str,
        nonce: &Nonce,
        id_token: &IdToken,
        answer: &TokenAnswer,
        now: Timestamp,
    ) -> Result<VerifiedIdToken, VerificationFault> {
        let (Some(issuer), Some(uri)) = (&provider.issuer, &provider.jwks_uri) else {
            let why = "nobody knows whose it has to be";
            return Err(IdTokenFault::Malformed { why }.into());
        };
        let expected = Expected {
            issuer,
            client_id,
            trusted_audiences: &[],
            algorithm: provider.id_token_algorithm,
            occasion: Occasion::SignIn(nonce),
            access_token: Some(&answer.access_token),
            now,
        };
        let keys = self.keys_at(uri, provider);
        match verify(id_token, &expected, &keys).await {
            // The request for the keys did not reach the provider; nothing stands against another.
            Err(VerificationFault::Keys(Fault::NoAnswer { unsent: true, .. })) => {
                verify(id_token, &expected, &keys).await
            }
            outcome => outcome,
        }
    }

    fn keys_at(&self, uri: &Url, provider: &Provider) -> Arc<ProviderKeys> {
        let place = Place {
            uri: uri.clone(),
            extra_ca: provider.extra_ca.clone(),
        };
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = keys.entry(place).or_insert_with(|| {
            let source = self.sources.at(uri, provider);
            Arc::new(ProviderKeys::new(source, self.clock.clone()))
        });
        kept.clone()
    }
}
