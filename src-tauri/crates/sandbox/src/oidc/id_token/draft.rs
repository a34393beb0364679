//! A JWT that is still open: header, claims, and what stands in the place of the signature
//! (RFC 7515 §3.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use crate::error::SandboxError;
use crate::signing::SigningKey;

/// What stands in the place of the signature.
pub(super) enum Proof {
    /// The signature.
    True,
    /// Nothing.
    Empty,
    /// An HMAC with this key.
    Hmac(Vec<u8>),
    /// The signature with a bit changed.
    Broken,
    /// The signature over the claims as they are, and then other claims.
    OverOthers(Map<String, Value>),
}

/// A JWT that can be spoiled before it is sealed.
pub(in crate::oidc) struct Draft {
    pub(super) header: Map<String, Value>,
    pub(super) claims: Map<String, Value>,
    pub(super) proof: Proof,
    key: SigningKey,
}

impl Draft {
    /// Begins one that this key will sign.
    pub(in crate::oidc) fn new(key: &SigningKey, claims: Map<String, Value>) -> Self {
        let mut header = Map::new();
        header.insert("alg".to_owned(), json!("RS256"));
        header.insert("typ".to_owned(), json!("JWT"));
        header.insert("kid".to_owned(), json!(key.id()));
        Self {
            header,
            claims,
            proof: Proof::True,
            key: key.clone(),
        }
    }

    /// Lets another key sign. The header goes on naming the first one, or holds this one itself.
    pub(super) fn sign_with(&mut self, key: SigningKey, in_header: bool) {
        if in_header {
            self.header.insert("kid".to_owned(), json!(key.id()));
            self.header.insert("jwk".to_owned(), key.jwk());
            let address = json!("https://attacker.example/jwks");
            self.header.insert("jku".to_owned(), address);
        }
        self.key = key;
    }

    /// The key that signs.
    pub(super) fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Writes a claim.
    pub(super) fn say(&mut self, name: &str, value: Value) {
        self.claims.insert(name.to_owned(), value);
    }

    /// Leaves a claim out.
    pub(super) fn leave_out(&mut self, name: &str) {
        self.claims.remove(name);
    }

    /// Gives the compact form (RFC 7515 §7.1).
    pub(in crate::oidc) fn sealed(self) -> Result<String, SandboxError> {
        let signed = part(&self.header, &self.claims);
        let signature = match &self.proof {
            Proof::Empty => Vec::new(),
            Proof::Hmac(secret) => hmac(secret, signed.as_bytes())?,
            Proof::True | Proof::OverOthers(_) => self.key.sign(signed.as_bytes())?,
            Proof::Broken => {
                let mut signature = self.key.sign(signed.as_bytes())?;
                if let Some(byte) = signature.last_mut() {
                    *byte ^= 1;
                }
                signature
            }
        };
        let shown = match &self.proof {
            Proof::OverOthers(claims) => part(&self.header, claims),
            Proof::True | Proof::Empty | Proof::Hmac(_) | Proof::Broken => signed,
        };
        Ok(format!("{shown}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

fn part(header: &Map<String, Value>, claims: &Map<String, Value>) -> String {
    let encoded = |object: &Map<String, Value>| {
        let text = Value::Object(object.clone()).to_string();
        URL_SAFE_NO_PAD.encode(text)
    };
    format!("{}.{}", encoded(header), encoded(claims))
}

fn hmac(secret: &[u8], message: &[u8]) -> Result<Vec<u8>, SandboxError> {
    let mac = Hmac::<Sha256>::new_from_slice(secret);
    let mut mac = mac.map_err(|_| SandboxError::SigningKey)?;
    mac.update(message);
    Ok(mac.finalize().into_bytes().to_vec())
}
