//! Checks id tokens: which key made the signature, then what the claims say (SECURITY 52–54).
//!
//! Hazard: the token itself says how it is signed and with what. It is believed about neither: the
//! algorithm is the one of the provider's definition, and the key is one that the provider
//! publishes at its own address.

mod tokens;
pub use tokens::{IdTokens, JwksSources};

use crate::jwks::ProviderKeys;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use keyfob_domain::failure::Fault;
use keyfob_domain::secret::IdToken;
use keyfob_domain::token::{
    Compact, Expected, IdTokenFault, Jwks, Key, Material, SigningAlgorithm, VerifiedIdToken,
    check_claims,
};

/// Why an id token could not be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerificationFault {
    /// It is wrong, and stays wrong.
    #[error(transparent)]
    Token(#[from] IdTokenFault),
    /// The provider's keys could not be read: nothing is known of the token, and another try may
    /// succeed.
    #[error("The provider's keys, which an id token is checked with, can't be read.")]
    Keys(Fault),
}

/// What became of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// One of the keys made it.
    Right,
    /// None of those that may be meant made it.
    Wrong,
    /// None of the keys may be meant.
    KeyUnknown,
}

/// Checks an id token.
///
/// # Errors
/// [`VerificationFault`].
pub async fn verify(
    id_token: &IdToken,
    expected: &Expected<'_>,
    keys: &ProviderKeys,
) -> Result<VerifiedIdToken, VerificationFault> {
    let compact = Compact::read(id_token)?;
    compact.has_algorithm(expected.algorithm)?;
    match find_signer(&compact, expected.algorithm, keys).await? {
        Signature::Right => {}
        Signature::Wrong => return Err(IdTokenFault::SignatureWrong.into()),
        Signature::KeyUnknown => return Err(IdTokenFault::KeyUnknown.into()),
    }
    Ok(check_claims(&compact.claims()?, expected)?)
}

/// Tries the keys that are kept and, where the provider may have changed them since, those that it
/// publishes now. A key that is known by its name and didn't make the signature is no reason to look
/// again; a token that names none may be signed with the next one.
async fn find_signer(
    compact: &Compact<'_>,
    algorithm: SigningAlgorithm,
    keys: &ProviderKeys,
) -> Result<Signature, VerificationFault> {
    let (kept, fresh) = keys.current().await.map_err(VerificationFault::Keys)?;
    let found = check_signature(compact, algorithm, &kept);
    let changed = match found {
        Signature::Right => false,
        Signature::Wrong => compact.key_id().is_none(),
        Signature::KeyUnknown => true,
    };
    if fresh || !changed {
        return Ok(found);
    }
    let newer = keys.newer_than(&kept).await;
    match newer.map_err(VerificationFault::Keys)? {
        Some(newer) => Ok(check_signature(compact, algorithm, &newer)),
        None => Ok(found),
    }
}

/// Checks a signature with the keys of a set that may be meant: those of its `kid`, or, where it
/// names none, all that fit the algorithm, one after the other.
#[must_use]
pub fn check_signature(
    compact: &Compact<'_>,
    algorithm: SigningAlgorithm,
    keys: &Jwks,
) -> Signature {
    let fitting = keys.fitting(compact.key_id(), algorithm);
    if fitting.is_empty() {
        return Signature::KeyUnknown;
    }
    let made_by = |key: &&Key| {
        let key = decoding_key(key);
        let (signature, signed) = (compact.signature(), compact.signed().as_bytes());
        crypto::verify(signature, signed, &key, of_library(algorithm)).unwrap_or(false)
    };
    if fitting.iter().any(made_by) {
        Signature::Right
    } else {
        Signature::Wrong
    }
}

fn decoding_key(key: &Key) -> DecodingKey {
    match key.material() {
        Material::Rsa { n, e } => DecodingKey::from_rsa_raw_components(n, e),
        // What this takes is the point as it is.
        Material::Ec { point, .. } => DecodingKey::from_ec_der(point),
    }
}

fn of_library(algorithm: SigningAlgorithm) -> Algorithm {
    match algorithm {
        SigningAlgorithm::Rs256 => Algorithm::RS256,
        SigningAlgorithm::Rs384 => Algorithm::RS384,
        SigningAlgorithm::Rs512 => Algorithm::RS512,
        SigningAlgorithm::Ps256 => Algorithm::PS256,
        SigningAlgorithm::Ps384 => Algorithm::PS384,
        SigningAlgorithm::Ps512 => Algorithm::PS512,
        SigningAlgorithm::Es256 => Algorithm::ES256,
        SigningAlgorithm::Es384 => Algorithm::ES384,
    }
}

#[cfg(test)]
mod tests;
