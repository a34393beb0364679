//! What the claims of an id token have to say (OpenID Connect Core 3.1.3.7, 12.2; SECURITY 53, 54).
//!
//! Hazard: this is where a token of another client, another account or another day would be taken
//! for the right one.

mod read;
mod renewed;
mod rules;

pub use read::Claims;
pub use renewed::{Renewed, judge_renewed};
pub use rules::check_claims;

use super::{AccountHint, SigningAlgorithm};
use crate::secret::{AccessToken, Nonce};
use crate::time::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::time::Duration;
use subtle::ConstantTimeEq;

/// How far a provider's clock may be from this one.
const LARGEST_SKEW: Duration = Duration::from_secs(60);
/// How old an id token may be that a sign-in has just brought.
const OLDEST_AT_SIGN_IN: Duration = Duration::from_secs(10 * 60);
/// OpenID Connect Core 2.
const LONGEST_SUBJECT: usize = 255;

/// What an id token has to fit.
pub struct Expected<'a> {
    /// The issuer of the provider's description, with Microsoft's gap where it has it.
    pub issuer: &'a str,
    /// The client that asked.
    pub client_id: &'a str,
    /// Others that the token may be for as well; usually none.
    pub trusted_audiences: &'a [&'a str],
    /// The algorithm that the provider's definition names, never the token's own.
    pub algorithm: SigningAlgorithm,
    /// What brought it.
    pub occasion: Occasion<'a>,
    /// The access token of the same answer, for `at_hash`.
    pub access_token: Option<&'a AccessToken>,
    /// The time by this computer's clock.
    pub now: Timestamp,
}

/// What brought an id token.
#[derive(Clone, Copy)]
pub enum Occasion<'a> {
    /// The exchange of a code, with the nonce of its authorization request.
    SignIn(&'a Nonce),
    /// A renewal, with what the sign-in's id token said.
    Refresh(&'a SignInClaims),
}

/// What has to be remembered of the id token of a sign-in, to compare those of the renewals with it.
/// None of it is secret, but the subject is personal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInClaims {
    /// `iss`, with the gap filled.
    pub issuer: String,
    /// `sub`: the account, at this issuer.
    pub subject: String,
    /// `auth_time` in seconds since 1970, where there was one.
    pub auth_time: Option<i64>,
    /// The nonce, where it is still known.
    pub nonce: Option<NonceDigest>,
}

/// A nonce as it may be kept: its SHA-256, which shows whether another one is the same and nothing
/// else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NonceDigest(String);

impl NonceDigest {
    /// Takes the digest of a nonce.
    #[must_use]
    pub fn of(nonce: &str) -> Self {
        Self(URL_SAFE_NO_PAD.encode(Sha256::digest(nonce)))
    }

    /// Gives the text to keep: 43 characters, base64url.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads [`NonceDigest::as_str`] back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == 32).then(|| Self(text.to_owned()))
    }

    fn is_of(&self, nonce: &str) -> bool {
        is_same(&self.0, &Self::of(nonce).0)
    }
}

/// An id token that fits: who signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedIdToken {
    /// What has to be remembered; at a renewal the same as before, and `auth_time` where it was
    /// not known yet.
    pub sign_in: SignInClaims,
    /// The e-mail address, else the name: plain and short. It is what the provider says, and several
    /// accounts may have the same.
    pub label: Option<String>,
}

impl VerifiedIdToken {
    /// Gives the account as the rest of Keyfob knows it.
    #[must_use]
    pub fn account(&self) -> AccountHint {
        AccountHint {
            subject: Some(self.sign_in.subject.clone()),
            label: self.label.clone(),
        }
    }
}

/// Compares without telling by the time it takes how much is the same.
fn is_same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

#[cfg(test)]
mod tests;
