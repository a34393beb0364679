//! Id tokens (OpenID Connect Core 2): a label read out of one that nobody verified, and the rules
//! for one that has to prove something (SECURITY 52–55).
//!
//! Everything here is pure. Whether a signature fits a key is computed elsewhere; which key may be
//! tried with which algorithm is decided here, and never by the token.

mod algorithm;
mod claims;
mod compact;
mod fault;
mod hint;
mod jwks;

pub use algorithm::SigningAlgorithm;
pub use claims::{
    Claims, Expected, NonceDigest, Occasion, Renewed, SignInClaims, VerifiedIdToken, check_claims,
    judge_renewed,
};
pub use compact::Compact;
pub use fault::IdTokenFault;
pub use hint::{AccountHint, account_hint};
pub use jwks::{Curve, Jwks, Key, LONGEST_JWKS, MOST_KEYS, Material};
