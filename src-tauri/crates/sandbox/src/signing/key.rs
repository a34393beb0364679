//! One RSA key: made, kept, published, used.

use std::fmt;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::error::SandboxError;

/// A private key for RS256 with what is published of it. Clones share the key.
#[derive(Clone)]
pub(crate) struct SigningKey {
    pair: KeyPair,
    id: String,
    /// base64url, as in a JWK.
    modulus: String,
    exponent: String,
}

impl SigningKey {
    /// Makes one of 2048 bits; takes a good part of a second.
    pub(crate) fn generate() -> Result<Self, SandboxError> {
        let pair = KeyPair::generate(KeySize::Rsa2048);
        pair.map(Self::of).map_err(|_| SandboxError::SigningKey)
    }

    fn of(pair: KeyPair) -> Self {
        let public = pair.public_key();
        let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let modulus = encoded(public.modulus().big_endian_without_leading_zero());
        let exponent = encoded(public.exponent().big_endian_without_leading_zero());
        // The thumbprint of RFC 7638: members in the order of their names, no blanks.
        let members = format!(r#"{{"e":"{exponent}","kty":"RSA","n":"{modulus}"}}"#);
        Self {
            pair,
            id: encoded(&Sha256::digest(members.as_bytes())),
            modulus,
            exponent,
        }
    }

    /// Its `kid`, which is its thumbprint.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The JWK that is published (RFC 7517 §4).
    pub(crate) fn jwk(&self) -> Value {
        json!({
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.id,
            "n": self.modulus,
            "e": self.exponent,
        })
    }

    /// Signs with RSASSA-PKCS1-v1_5 and SHA-256.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SandboxError> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let random = SystemRandom::new();
        let signed = self
            .pair
            .sign(&RSA_PKCS1_SHA256, &random, message, &mut signature);
        signed.map_err(|_| SandboxError::SigningKey)?;
        Ok(signature)
    }

    /// The public key in the form in which people paste it: the bytes that a client takes for an HMAC
    /// secret if it believes the header of a forged token (RFC 8725 §2.1).
    pub(crate) fn public_pem(&self) -> Result<String, SandboxError> {
        let der: Result<PublicKeyX509Der<'_>, _> = self.pair.public_key().as_der();
        let der = der.map_err(|_| SandboxError::SigningKey)?;
        let text = STANDARD.encode(der.as_ref());
        let mut pem = "-----BEGIN PUBLIC KEY-----\n".to_owned();
        for (index, letter) in text.chars().enumerate() {
            if index > 0 && index % 64 == 0 {
                pem.push('\n');
            }
            pem.push(letter);
        }
        pem.push_str("\n-----END PUBLIC KEY-----\n");
        Ok(pem)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SigningKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Serialize for SigningKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let der: Result<Pkcs8V1Der<'_>, _> = self.pair.as_der();
        let der = der.map_err(|_| serde::ser::Error::custom("the key can't be written"))?;
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(der.as_ref()))
    }
}

impl<'de> Deserialize<'de> for SigningKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let der = URL_SAFE_NO_PAD.decode(text).ok();
        let pair = der.and_then(|der| KeyPair::from_pkcs8(&der).ok());
        pair.map(Self::of)
            .ok_or_else(|| serde::de::Error::custom("not a private RSA key"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_json_and_says_nothing_when_printed() {
        let key = SigningKey::generate().unwrap();

        let json = serde_json::to_string(&key).unwrap();
        let read: SigningKey = serde_json::from_str(&json).unwrap();

        assert_eq!(read.jwk(), key.jwk());
        assert_eq!(read.sign(b"m").unwrap(), key.sign(b"m").unwrap());
        let printed = format!("{key:?}");
        assert!(printed.contains(key.id()), "{printed}");
        assert!(printed.len() < 100, "{printed}");
    }

    #[test]
    fn what_is_no_private_key_is_refused() {
        for text in ["\"\"", "\"AAAA\"", "\"not base64!\"", "7"] {
            assert!(serde_json::from_str::<SigningKey>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_public_key_is_written_as_pem() {
        let pem = SigningKey::generate().unwrap().public_pem().unwrap();

        let lines: Vec<&str> = pem.lines().collect();
        assert_eq!(lines[0], "-----BEGIN PUBLIC KEY-----");
        assert!(
            lines[1..lines.len() - 2]
                .iter()
                .all(|line| line.len() == 64)
        );
        assert_eq!(lines[lines.len() - 1], "-----END PUBLIC KEY-----");
    }
}
