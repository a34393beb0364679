//! The rules, each a function.

use super::super::IdTokenFault;
use super::{
    Claims, Expected, LARGEST_SKEW, LONGEST_SUBJECT, NonceDigest, OLDEST_AT_SIGN_IN, Occasion,
    SignInClaims, VerifiedIdToken, is_same,
};
use crate::provider::metadata::is_issuer;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::time::Duration;

/// Checks the claims of an id token whose signature is right.
///
/// # Errors
/// [`IdTokenFault`].
pub fn check_claims(
    claims: &Claims,
    expected: &Expected<'_>,
) -> Result<VerifiedIdToken, IdTokenFault> {
    // Whose it is comes first: a renewal discards what another account got, however late it is.
    let issuer = issuer(claims, expected)?;
    audience(claims, expected)?;
    let subject = subject(claims)?;
    if let Occasion::Refresh(before) = expected.occasion {
        same_account(before, issuer, subject)?;
    }
    times(claims, expected)?;
    access_token(claims, expected)?;
    let auth_time = claims.auth_time.map(|time| time.0);
    let sign_in = match expected.occasion {
        Occasion::SignIn(nonce) => {
            let found = claims.nonce.as_deref().ok_or(IdTokenFault::NonceMissing)?;
            if !is_same(found, nonce.expose()) {
                return Err(IdTokenFault::NonceWrong);
            }
            SignInClaims {
                issuer: issuer.to_owned(),
                subject: subject.to_owned(),
                auth_time,
                nonce: Some(NonceDigest::of(found)),
            }
        }
        Occasion::Refresh(before) => {
            same_sign_in(before, claims)?;
            SignInClaims {
                auth_time: before.auth_time.or(auth_time),
                ..before.clone()
            }
        }
    };
    Ok(VerifiedIdToken {
        sign_in,
        label: claims.label(),
    })
}

fn issuer<'a>(claims: &'a Claims, expected: &Expected<'_>) -> Result<&'a str, IdTokenFault> {
    let named = claims.iss.as_deref().unwrap_or_default();
    if is_issuer(named, expected.issuer, claims.tid.as_deref()) {
        return Ok(named);
    }
    let piece = |text: &str| crate::text::plain(text, 200, false);
    Err(IdTokenFault::IssuerDiffers {
        expected: piece(expected.issuer),
        named: piece(named),
    })
}

fn audience(claims: &Claims, expected: &Expected<'_>) -> Result<(), IdTokenFault> {
    let all = claims.aud.as_ref().map_or(&[][..], |aud| aud.as_slice());
    if !all.iter().any(|one| one == expected.client_id) {
        return Err(IdTokenFault::AudienceWrong);
    }
    let trusted =
        |one: &str| one == expected.client_id || expected.trusted_audiences.contains(&one);
    if !all.iter().all(|one| trusted(one)) {
        return Err(IdTokenFault::AudienceUntrusted);
    }
    match claims.azp.as_deref() {
        Some(azp) if azp == expected.client_id => Ok(()),
        None if all.len() == 1 => Ok(()),
        Some(_) | None => Err(IdTokenFault::AuthorizedPartyWrong),
    }
}

fn times(claims: &Claims, expected: &Expected<'_>) -> Result<(), IdTokenFault> {
    let (Some(exp), Some(iat)) = (claims.exp, claims.iat) else {
        return Err(IdTokenFault::Malformed {
            why: "it has no time of issue, or no end",
        });
    };
    let now = expected.now.millis() / 1_000;
    let seconds = |length: Duration| i64::try_from(length.as_secs()).unwrap_or(i64::MAX);
    let skew = seconds(LARGEST_SKEW);
    if now - skew >= exp.0 {
        return Err(IdTokenFault::Expired);
    }
    if [Some(iat), claims.nbf]
        .into_iter()
        .flatten()
        .any(|begin| begin.0 > now + skew)
    {
        return Err(IdTokenFault::FromTheFuture);
    }
    match expected.occasion {
        Occasion::SignIn(_) if now - iat.0 > seconds(OLDEST_AT_SIGN_IN) => {
            Err(IdTokenFault::TooOld)
        }
        // Some providers repeat the token of the sign-in as long as it is good.
        Occasion::SignIn(_) | Occasion::Refresh(_) => Ok(()),
    }
}

fn subject(claims: &Claims) -> Result<&str, IdTokenFault> {
    claims
        .sub
        .as_deref()
        .filter(|sub| (1..=LONGEST_SUBJECT).contains(&sub.len()))
        .filter(|sub| sub.bytes().all(|byte| (0x20..=0x7e).contains(&byte)))
        .ok_or(IdTokenFault::SubjectUnusable)
}

/// `at_hash` is optional in the code flow; where it is there, it has to be right.
fn access_token(claims: &Claims, expected: &Expected<'_>) -> Result<(), IdTokenFault> {
    let (Some(said), Some(token)) = (&claims.at_hash, expected.access_token) else {
        return Ok(());
    };
    let hash = expected.algorithm.half_hash(token.expose());
    if is_same(said.trim_end_matches('='), &URL_SAFE_NO_PAD.encode(hash)) {
        Ok(())
    } else {
        Err(IdTokenFault::AccessTokenDiffers)
    }
}

/// SECURITY 54.
fn same_account(before: &SignInClaims, issuer: &str, subject: &str) -> Result<(), IdTokenFault> {
    if issuer != before.issuer {
        return Err(IdTokenFault::IssuerChanged);
    }
    if subject != before.subject {
        return Err(IdTokenFault::SubjectChanged);
    }
    Ok(())
}

/// SECURITY 54. A nonce that comes back can only be compared where the sign-in's is still known.
fn same_sign_in(before: &SignInClaims, claims: &Claims) -> Result<(), IdTokenFault> {
    if let (Some(then), Some(now)) = (before.auth_time, claims.auth_time)
        && then != now.0
    {
        return Err(IdTokenFault::AuthTimeChanged);
    }
    if let (Some(then), Some(now)) = (&before.nonce, &claims.nonce)
        && !then.is_of(now)
    {
        return Err(IdTokenFault::NonceWrong);
    }
    Ok(())
}
