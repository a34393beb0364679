//! A strict client's check of an id token (OpenID Connect Core §3.1.3.7, RFC 8725), over a library for
//! JWTs that is not the sandbox's.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{Jwk, JwkSet, KeyAlgorithm};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// What the client knows of its own.
pub(crate) struct Expected {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    /// `None` at a refresh, where there may be none.
    pub(crate) nonce: Option<String>,
    pub(crate) access_token: String,
    /// In seconds since the Unix epoch.
    pub(crate) now: i64,
}

/// The first thing that is wrong, or `fine`.
pub(crate) fn verdict(id_token: &str, keys: &JwkSet, expected: &Expected) -> &'static str {
    let checked = header(id_token)
        .and_then(|header| key(&header, keys))
        .and_then(|key| verified(id_token, key))
        .and_then(|claims| claims_fit(&claims, expected));
    match checked {
        Ok(()) => "fine",
        Err(wrong) => wrong,
    }
}

/// Header and claims without a look at the signature.
pub(crate) fn opened(id_token: &str) -> (Value, Value) {
    let mut parts = id_token.split('.').map(|part| {
        let bytes = URL_SAFE_NO_PAD.decode(part).unwrap();
        serde_json::from_slice(&bytes).unwrap_or_default()
    });
    (parts.next().unwrap(), parts.next().unwrap())
}

fn header(id_token: &str) -> Result<Value, &'static str> {
    if id_token.split('.').count() != 3 {
        return Err("not a JWT");
    }
    let (header, _) = opened(id_token);
    if header["alg"] != "RS256" {
        return Err("alg");
    }
    if !header["crit"].is_null() {
        return Err("crit");
    }
    Ok(header)
}

/// The key that `kid` names among those that can sign with RS256; without a `kid` the only one.
fn key<'a>(header: &Value, keys: &'a JwkSet) -> Result<&'a Jwk, &'static str> {
    let signs = |key: &&Jwk| {
        let common = &key.common;
        common.key_algorithm == Some(KeyAlgorithm::RS256)
    };
    let mut fitting = keys.keys.iter().filter(signs);
    match header["kid"].as_str() {
        Some(kid) => fitting
            .find(|key| key.common.key_id.as_deref() == Some(kid))
            .ok_or("kid"),
        None => match (fitting.next(), fitting.next()) {
            (Some(key), None) => Ok(key),
            _ => Err("no kid"),
        },
    }
}

fn verified(id_token: &str, key: &Jwk) -> Result<Value, &'static str> {
    // The clock of the sandbox is not that of the computer, so the times are compared below.
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let key = DecodingKey::from_jwk(key).map_err(|_| "key")?;
    match jsonwebtoken::decode::<Value>(id_token, &key, &validation) {
        Ok(token) => Ok(token.claims),
        Err(_) => Err("signature"),
    }
}

fn claims_fit(claims: &Value, expected: &Expected) -> Result<(), &'static str> {
    let so = |fits: bool, wrong: &'static str| if fits { Ok(()) } else { Err(wrong) };
    so(claims["iss"] == expected.issuer.as_str(), "iss")?;
    audience_fits(claims, &expected.client_id)?;
    let exp = claims["exp"].as_i64().ok_or("no exp")?;
    so(expected.now < exp + 60, "exp")?;
    let iat = claims["iat"].as_i64().ok_or("no iat")?;
    so(iat <= expected.now + 60, "iat ahead")?;
    so(expected.now - iat <= 600, "iat long ago")?;
    match &expected.nonce {
        Some(nonce) if claims["nonce"].is_null() => so(nonce.is_empty(), "no nonce")?,
        Some(nonce) => so(claims["nonce"] == nonce.as_str(), "nonce")?,
        None => so(claims["nonce"].is_null(), "nonce")?,
    }
    if !claims["at_hash"].is_null() {
        let digest = Sha256::digest(expected.access_token.as_bytes());
        let hash = URL_SAFE_NO_PAD.encode(&digest[..16]);
        so(claims["at_hash"] == hash.as_str(), "at_hash")?;
    }
    let subject = claims["sub"].as_str().ok_or("no sub")?;
    let length = (1..=255).contains(&subject.len());
    so(length && subject.is_ascii(), "sub")
}

fn audience_fits(claims: &Value, client_id: &str) -> Result<(), &'static str> {
    let audience = &claims["aud"];
    if audience.is_null() {
        return Err("no aud");
    }
    let several = audience.as_array().map(|several| several.iter().collect());
    let audiences: Vec<&Value> = several.unwrap_or_else(|| vec![audience]);
    if !audiences.iter().any(|audience| *audience == client_id) {
        return Err("aud");
    }
    let party = &claims["azp"];
    if audiences.len() > 1 && party.is_null() {
        return Err("no azp");
    }
    if !party.is_null() && party != client_id {
        return Err("azp");
    }
    if audiences.len() > 1 {
        return Err("other aud");
    }
    Ok(())
}
