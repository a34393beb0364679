//! The id token (OpenID Connect Core §2): what it says, and how it is sealed.

mod draft;
mod fault;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

pub(super) use draft::Draft;
pub(super) use fault::other_subject;

use super::{TENANT, claims};
use crate::error::SandboxError;
use crate::grants::Issued;
use crate::manners::{IdTokenFault, IssuerShape};
use crate::signing::{SigningKey, SigningKeys};

/// What an id token is made from.
pub(super) struct Occasion<'a> {
    pub(super) issuer: &'a str,
    pub(super) shape: IssuerShape,
    pub(super) client_id: &'a str,
    pub(super) issued: &'a Issued,
    /// Whether it goes with a refresh, where there is no nonce (§12.2).
    pub(super) refresh: bool,
    /// In milliseconds since the Unix epoch.
    pub(super) now: i64,
    pub(super) lifetime: Duration,
}

/// Makes the id token; `None` where there is to be none.
pub(super) async fn made(
    occasion: &Occasion<'_>,
    fault: Option<IdTokenFault>,
    keys: &SigningKeys,
) -> Result<Option<String>, SandboxError> {
    let key = keys.newest().ok_or(SandboxError::SigningKey)?;
    let mut draft = Draft::new(key, true_claims(occasion));
    match fault {
        None => {}
        Some(IdTokenFault::Absent) => return Ok(None),
        Some(IdTokenFault::NotAJwt) => return Ok(Some("not-a-jwt".to_owned())),
        Some(IdTokenFault::ForeignKey | IdTokenFault::KeyInHeader) => {
            let in_header = fault == Some(IdTokenFault::KeyInHeader);
            draft.sign_with(foreign_key().await?, in_header);
        }
        Some(fault) => fault::spoil(&mut draft, fault, occasion)?,
    }
    draft.sealed().map(Some)
}

fn true_claims(occasion: &Occasion<'_>) -> Map<String, Value> {
    let issued = occasion.issued;
    let seconds = occasion.now.div_euclid(1000);
    let lifetime = i64::try_from(occasion.lifetime.as_secs()).unwrap_or(i64::MAX);
    let mut claims = claims::of(&issued.user, &issued.scope);
    let mut say = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    say("iss", json!(occasion.issuer));
    say("aud", json!(occasion.client_id));
    say("iat", json!(seconds));
    say("exp", json!(seconds.saturating_add(lifetime)));
    say("auth_time", json!(issued.granted_at.div_euclid(1000)));
    say("at_hash", json!(half_hash(issued.access_token.expose())));
    if let Some(nonce) = issued.nonce.as_deref().filter(|_| !occasion.refresh) {
        say("nonce", json!(nonce));
    }
    match occasion.shape {
        IssuerShape::Own => None,
        IssuerShape::OfTenant | IssuerShape::OfMicrosoft => say("tid", json!(TENANT)),
    };
    claims
}

/// The left half of a SHA-256 digest (§3.1.3.6).
fn half_hash(token: &str) -> String {
    let digest = Sha256::digest(token.as_bytes());
    URL_SAFE_NO_PAD.encode(&digest[..digest.len() / 2])
}

/// A key that is published nowhere.
async fn foreign_key() -> Result<SigningKey, SandboxError> {
    tokio::task::spawn_blocking(SigningKey::generate)
        .await
        .map_err(|_| SandboxError::SigningKey)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_an_access_token_is_that_of_the_specification() {
        // The example of OpenID Connect Core, appendix A.3.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(half_hash(token), "77QmUPtjPfzWtF2AnpK9RQ");
    }
}
