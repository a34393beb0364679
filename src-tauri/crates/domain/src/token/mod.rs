//! Requests to the token and revocation endpoints, and their answers, as values.

mod answer;
mod id_token;
mod request;

pub use answer::{HttpAnswer, LONGEST_BODY, TokenAnswer, read_refusal, read_token_answer};
pub use id_token::{AccountHint, account_hint};
pub use request::{
    EncodedRequest, Revocable, TokenGrant, TokenRequest, names_the_verifier, revocation_request,
};
