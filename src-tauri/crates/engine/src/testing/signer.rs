//! A provider that signs id tokens: keys made anew in each run, and the set it publishes.
//!
//! Hazard: keys of RSA take a while to make, so each is made once and shared.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
    RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keyfob_domain::secret::IdToken;
use keyfob_domain::token::SigningAlgorithm;
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};

static RSA_KEYS: LazyLock<[Arc<RsaKeyPair>; 2]> =
    LazyLock::new(|| [(); 2].map(|()| Arc::new(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())));

/// One key.
#[derive(Clone)]
pub(crate) enum Signer {
    Rsa(Arc<RsaKeyPair>),
    Ec(Arc<EcdsaKeyPair>, &'static str),
}

impl Signer {
    /// One of two keys of RSA.
    pub(crate) fn rsa(number: usize) -> Self {
        Self::Rsa(RSA_KEYS[number].clone())
    }

    /// A new key on P-256.
    pub(crate) fn p256() -> Self {
        Self::ec(&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256")
    }

    fn ec(curve: &'static EcdsaSigningAlgorithm, name: &'static str) -> Self {
        Self::Ec(Arc::new(EcdsaKeyPair::generate(curve).unwrap()), name)
    }

    /// A key that can sign with this algorithm.
    pub(crate) fn of(algorithm: SigningAlgorithm) -> Self {
        match algorithm {
            SigningAlgorithm::Es256 => Self::p256(),
            SigningAlgorithm::Es384 => Self::ec(&ECDSA_P384_SHA384_FIXED_SIGNING, "P-384"),
            SigningAlgorithm::Rs256
            | SigningAlgorithm::Rs384
            | SigningAlgorithm::Rs512
            | SigningAlgorithm::Ps256
            | SigningAlgorithm::Ps384
            | SigningAlgorithm::Ps512 => Self::rsa(0),
        }
    }

    /// The public half, as a provider publishes it.
    pub(crate) fn jwk(&self, kid: Option<&str>) -> Value {
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Rsa(pair) => {
                let public = pair.public_key();
                let (n, e) = (public.modulus(), public.exponent());
                let [n, e] = [n, e].map(|number| part(number.big_endian_without_leading_zero()));
                json!({"kty": "RSA", "use": "sig", "kid": kid, "n": n, "e": e})
            }
            Self::Ec(pair, curve) => {
                let point = &pair.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                json!({"kty": "EC", "kid": kid, "crv": curve, "x": part(x), "y": part(y)})
            }
        }
    }

    /// The whole public key in the form that libraries take for a file.
    pub(crate) fn public_bytes(&self) -> Vec<u8> {
        match self {
            Self::Rsa(pair) => pair.public_key().as_ref().to_vec(),
            Self::Ec(pair, _) => pair.public_key().as_ref().to_vec(),
        }
    }

    /// A token with this header and these claims.
    pub(crate) fn sign(
        &self,
        algorithm: SigningAlgorithm,
        header: &Value,
        claims: &Value,
    ) -> IdToken {
        let signed = signed_part(header, claims);
        let random = SystemRandom::new();
        let signature = match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let encoding = rsa_encoding(algorithm).unwrap();
                pair.sign(encoding, &random, signed.as_bytes(), &mut signature)
                    .unwrap();
                signature
            }
            Self::Ec(pair, _) => {
                let signature = pair.sign(&random, signed.as_bytes()).unwrap();
                signature.as_ref().to_vec()
            }
        };
        with_signature(&signed, &signature)
    }
}

/// The part of a token that is signed.
pub(crate) fn signed_part(header: &Value, claims: &Value) -> String {
    let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    format!("{header}.{claims}")
}

/// A token of that part and any signature.
pub(crate) fn with_signature(signed: &str, signature: &[u8]) -> IdToken {
    IdToken::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

fn rsa_encoding(algorithm: SigningAlgorithm) -> Option<&'static dyn RsaEncoding> {
    Some(match algorithm {
        SigningAlgorithm::Rs256 => &RSA_PKCS1_SHA256,
        SigningAlgorithm::Rs384 => &RSA_PKCS1_SHA384,
        SigningAlgorithm::Rs512 => &RSA_PKCS1_SHA512,
        SigningAlgorithm::Ps256 => &RSA_PSS_SHA256,
        SigningAlgorithm::Ps384 => &RSA_PSS_SHA384,
        SigningAlgorithm::Ps512 => &RSA_PSS_SHA512,
        SigningAlgorithm::Es256 | SigningAlgorithm::Es384 => return None,
    })
}
