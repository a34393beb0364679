//! The id token of the Mio face: HS256 with the client secret as the key (OpenID Connect Core §10.1),
//! because the sandbox keeps no key of its own.
//!
//! The secret is the one the client has just shown: only its digest is kept.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;

use crate::people;

/// What an id token says (OpenID Connect Core §2).
pub(crate) struct Claims<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) audience: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) scope: &'a [String],
    pub(crate) nonce: Option<&'a str>,
    /// Seconds since the Unix epoch.
    pub(crate) issued_at: i64,
    pub(crate) lifetime: Duration,
}

/// Signs the claims as a compact JWT; `None` never happens with HMAC, whose keys have any length.
pub(crate) fn signed(claims: &Claims<'_>, client_secret: &str) -> Option<String> {
    let lifetime = i64::try_from(claims.lifetime.as_secs()).unwrap_or(i64::MAX);
    let mut payload = json!({
        "iss": claims.issuer,
        "aud": claims.audience,
        "sub": claims.subject,
        "iat": claims.issued_at,
        "exp": claims.issued_at.saturating_add(lifetime),
    });
    let granted = |name: &str| claims.scope.iter().any(|scope| scope == name);
    if let Some(person) = people::find(claims.subject) {
        if granted("email") {
            payload["email"] = json!(person.email);
            payload["email_verified"] = json!(true);
        }
        if granted("profile") {
            payload["name"] = json!(person.name);
        }
    }
    if let Some(nonce) = claims.nonce {
        payload["nonce"] = json!(nonce);
    }
    let header = json!({ "alg": "HS256", "typ": "JWT" }).to_string();
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(payload.to_string())
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(client_secret.as_bytes()).ok()?;
    mac.update(signed.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    Some(format!("{signed}.{signature}"))
}
