//! The signature algorithms that an id token may have.
//!
//! Hazard: `none` proves nothing, and an HMAC is made with a secret that anybody could hold who is
//! able to check it, or with the public key itself where a library mixes them up. Neither can be
//! said here (SECURITY 52, RFC 8725).

use serde::Deserialize;
use sha2::{Digest, Sha256, Sha384, Sha512};
use std::fmt;

/// An algorithm of RFC 7518 §3.1 with a public key of RSA or of an elliptic curve. It is a matter of
/// the provider's definition; what a token says of itself decides nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum SigningAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256: OpenID Connect's own default.
    #[default]
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// ECDSA with P-384 and SHA-384.
    Es384,
}

impl SigningAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 8] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
    ];

    /// Gives the name of RFC 7518 §3.1.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
        }
    }

    /// Reads [`SigningAlgorithm::as_str`] back; everything else is none that Keyfob trusts.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }

    /// Gives the left half of a text's hash, as `at_hash` has it (OpenID Connect Core 3.1.3.6).
    pub(super) fn half_hash(self, text: &str) -> Vec<u8> {
        let mut hash = match self {
            Self::Rs256 | Self::Ps256 | Self::Es256 => Sha256::digest(text).to_vec(),
            Self::Rs384 | Self::Ps384 | Self::Es384 => Sha384::digest(text).to_vec(),
            Self::Rs512 | Self::Ps512 => Sha512::digest(text).to_vec(),
        };
        hash.truncate(hash.len() / 2);
        hash
    }
}

impl fmt::Display for SigningAlgorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_52_what_proves_nothing_cannot_be_said() {
        for algorithm in SigningAlgorithm::ALL {
            let name = algorithm.as_str();
            assert_eq!(SigningAlgorithm::parse(name), Some(algorithm));
            let in_a_file = serde_json::from_str(&format!("\"{name}\""));
            assert_eq!(in_a_file.ok(), Some(algorithm));
        }
        for no in [
            "none", "None", "", "HS256", "HS384", "HS512", "rs256", "ES512", "EdDSA", "RSA1_5",
        ] {
            assert_eq!(SigningAlgorithm::parse(no), None, "{no}");
        }
        assert_eq!(SigningAlgorithm::default(), SigningAlgorithm::Rs256);
    }
}
