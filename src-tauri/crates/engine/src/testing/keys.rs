//! The keys of a provider in memory.

use crate::id_token::{IdTokens, JwksSources};
use crate::jwks::JwksSource;
use crate::ports::Clock;
use async_trait::async_trait;
use keyfob_domain::failure::Fault;
use keyfob_domain::provider::Provider;
use keyfob_domain::token::Jwks;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use url::Url;

/// Publishes the same keys everywhere, or none.
#[derive(Clone)]
pub(crate) struct FakeKeys(Arc<Mutex<Result<Value, Fault>>>);

impl Default for FakeKeys {
    fn default() -> Self {
        let unread = Fault::NoAnswer {
            detail: "no keys here".to_owned(),
            unsent: false,
        };
        Self(Arc::new(Mutex::new(Err(unread))))
    }
}

impl FakeKeys {
    /// Publishes these keys from now on, each as a JWK.
    pub(crate) fn publish(&self, keys: &[Value]) {
        *self.0.lock().unwrap() = Ok(json!({ "keys": keys }));
    }

    /// The checker of id tokens that reads them.
    pub(crate) fn checker(&self, clock: Arc<dyn Clock>) -> Arc<IdTokens> {
        Arc::new(IdTokens::new(Arc::new(self.clone()), clock))
    }
}

impl JwksSources for FakeKeys {
    fn at(&self, _: &Url, _: &Provider) -> Arc<dyn JwksSource> {
        Arc::new(self.clone())
    }
}

#[async_trait]
impl JwksSource for FakeKeys {
    async fn fetch(&self) -> Result<Jwks, Fault> {
        let keys = self.0.lock().unwrap().clone()?;
        Jwks::read(keys.to_string().as_bytes())
    }
}
