//! Random values that are given out once, and the digests that are kept of them.
//!
//! A [`Secret`] lives from being drawn to being written into one answer. Hazard: `expose` is for that
//! answer only, never for a message or a log line.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::error::SandboxError;

/// A value with 256 random bits: a token, an authorization code, a ticket or a client secret.
pub(crate) struct Secret(String);

impl Secret {
    /// Draws a new one; `prefix` says what it is to whoever finds it.
    pub(crate) fn draw(prefix: &str) -> Result<Self, SandboxError> {
        Ok(Self(format!("{prefix}{}", random_text::<32>()?)))
    }

    /// The value itself, for the one answer that gives it out.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[redacted]")
    }
}

/// Draws `N` random bytes as base64url text; for names that need not be secret.
pub(crate) fn random_text<const N: usize>() -> Result<String, SandboxError> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).map_err(SandboxError::Randomness)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The SHA-256 digest of a secret. A value with 256 random bits needs no salt and no slow hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Digest([u8; 32]);

impl Digest {
    /// Digests a value as it came over the wire.
    pub(crate) fn of(value: &str) -> Self {
        Self(Sha256::digest(value.as_bytes()).into())
    }

    /// Compares without telling by the time taken how much was equal.
    pub(crate) fn matches(&self, value: &str) -> bool {
        self.0.ct_eq(&Self::of(value).0).into()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[digest]")
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("not a SHA-256 digest"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_and_its_digest_say_nothing_when_printed() {
        let secret = Secret::draw("atk_").unwrap();

        assert_eq!(format!("{secret:?}"), "[redacted]");
        assert_eq!(format!("{:?}", secret.digest()), "[digest]");
    }

    #[test]
    fn a_digest_survives_json_and_knows_its_value() {
        let secret = Secret::draw("atk_").unwrap();

        let json = serde_json::to_string(&secret.digest()).unwrap();
        let read: Digest = serde_json::from_str(&json).unwrap();

        assert!(read.matches(secret.expose()));
        assert!(!read.matches("atk_another"));
        assert!(!json.contains(secret.expose()));
    }

    #[test]
    fn broken_digests_are_refused() {
        for text in ["\"\"", "\"AAAA\"", "\"not base64 at all!\"", "7"] {
            assert!(serde_json::from_str::<Digest>(text).is_err(), "{text}");
        }
    }
}
