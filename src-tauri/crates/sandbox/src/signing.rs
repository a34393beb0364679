//! The keys a face signs id tokens with (RFC 7517, RFC 7518 §3.3), made when they are first needed.
//!
//! The newest key signs, earlier ones stay published for a while, as they do at a provider that rotates
//! its keys. Hazard: making a key takes a good part of a second, so it happens on a thread for blocking
//! work and never under the sandbox's one lock. The private keys stand in the state file; nothing real
//! may ever trust them.

mod key;

use serde::{Deserialize, Serialize};

pub(crate) use key::SigningKey;

use crate::error::SandboxError;
use crate::sandbox::Sandbox;

/// How many keys are published at most.
const PUBLISHED: usize = 3;

/// All keys, oldest first; empty until one was needed.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct SigningKeys(Vec<SigningKey>);

impl SigningKeys {
    /// Whether no key was needed so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The published keys, oldest first.
    pub(crate) fn published(&self) -> &[SigningKey] {
        &self.0
    }

    /// The key that signs.
    pub(crate) fn newest(&self) -> Option<&SigningKey> {
        self.0.last()
    }

    fn add(&mut self, key: SigningKey) {
        let surplus = (self.0.len() + 1).saturating_sub(PUBLISHED);
        self.0.drain(..surplus);
        self.0.push(key);
    }
}

impl Sandbox {
    /// Makes a new key, with which id tokens are signed from now on, and returns its id. The two before
    /// it stay published. Blocks while the key is made and the state file written.
    ///
    /// # Errors
    /// If no key can be made. A state file that can't be written is told by [`Sandbox::notices`].
    pub fn rotate_keys(&self) -> Result<String, SandboxError> {
        let _turn = self.turn_to_make_a_key();
        self.make_a_key()
    }

    /// The keys, the first of which is made here if it is still to do.
    pub(crate) async fn signing_keys(&self) -> Result<SigningKeys, SandboxError> {
        let keys = self.state().keys.clone();
        if !keys.is_empty() {
            return Ok(keys);
        }
        let sandbox = self.clone();
        let made = tokio::task::spawn_blocking(move || sandbox.make_the_first_key());
        made.await.map_err(|_| SandboxError::SigningKey)?
    }

    fn make_the_first_key(&self) -> Result<SigningKeys, SandboxError> {
        let _turn = self.turn_to_make_a_key();
        if self.state().keys.is_empty() {
            self.make_a_key()?;
        }
        Ok(self.state().keys.clone())
    }

    fn make_a_key(&self) -> Result<String, SandboxError> {
        let key = SigningKey::generate()?;
        let id = key.id().to_owned();
        self.state().keys.add(key);
        self.save_or_notice();
        Ok(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_keys_are_published_and_the_newest_signs() {
        let mut keys = SigningKeys::default();
        assert!(keys.is_empty() && keys.newest().is_none());
        let mut ids = Vec::new();
        for _ in 0..4 {
            let key = SigningKey::generate().unwrap();
            ids.push(key.id().to_owned());
            keys.add(key);
        }

        let published: Vec<&str> = keys.published().iter().map(SigningKey::id).collect();
        assert_eq!(published, ids[1..]);
        assert_eq!(keys.newest().map(SigningKey::id), Some(ids[3].as_str()));
    }
}
