//! Requests to the token and revocation endpoints, and their answers, as values.

mod answer;
mod id_token;
mod request;
mod words;

pub use answer::{
    HttpAnswer, LONGEST_BODY, TokenAnswer, find_refusal, read_refusal, read_token_answer,
};
pub use id_token::{
    AccountHint, Claims, Compact, Curve, Expected, IdTokenFault, Jwks, Key, LONGEST_JWKS,
    MOST_KEYS, Material, NonceDigest, Occasion, Renewed, SignInClaims, SigningAlgorithm,
    VerifiedIdToken, account_hint, check_claims, judge_renewed,
};
pub use request::{
    EncodedRequest, Revocable, TokenGrant, TokenRequest, names_the_verifier, revocation_request,
};
