//! Why an id token proves nothing, each in a sentence.

use super::SigningAlgorithm;

/// Why an id token is refused. None of the sentences repeats a claim but the issuer, which is no
/// secret, short and plain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenFault {
    /// It isn't a signed token with claims.
    #[error("The id token can't be read: {why}.")]
    Malformed {
        /// Why; never a part of it.
        why: &'static str,
    },
    /// SECURITY 52.
    #[error("The id token is signed with {named}, and {expected} was agreed on.")]
    AlgorithmDiffers {
        /// What the provider's definition says.
        expected: SigningAlgorithm,
        /// What the token says.
        named: String,
    },
    /// SECURITY 38.
    #[error("The id token is signed with a key that the provider doesn't publish.")]
    KeyUnknown,
    /// None of the keys that may be meant has made the signature.
    #[error("The id token's signature is wrong.")]
    SignatureWrong,
    /// Whose it is.
    #[error("The id token is from {named}, not from {expected}.")]
    IssuerDiffers {
        /// Whom it should be from.
        expected: String,
        /// Whom it says to be from.
        named: String,
    },
    /// It was made for another client.
    #[error("The id token is for another client.")]
    AudienceWrong,
    /// It was made for others as well, whom nobody trusts with it.
    #[error("The id token is for other clients as well.")]
    AudienceUntrusted,
    /// `azp` is another client, or missing where there are several audiences.
    #[error("The id token was given to another client.")]
    AuthorizedPartyWrong,
    /// `exp` is past.
    #[error("The id token is out of date. Is this computer's clock right?")]
    Expired,
    /// `iat` or `nbf` is to come.
    #[error("The id token is from the future. Is this computer's clock right?")]
    FromTheFuture,
    /// `iat` is too long ago for a sign-in that has just happened.
    #[error("The id token is too old for this sign-in. Is this computer's clock right?")]
    TooOld,
    /// There is no `nonce`.
    #[error("The id token doesn't say which sign-in it belongs to.")]
    NonceMissing,
    /// It belongs to another sign-in.
    #[error("The id token belongs to another sign-in.")]
    NonceWrong,
    /// `sub` is missing, too long, or no plain ASCII.
    #[error("The id token doesn't say whose account it is.")]
    SubjectUnusable,
    /// The renewal brought a token of another account.
    #[error("The id token is of another account than the one that signed in.")]
    SubjectChanged,
    /// The renewal brought a token of another issuer.
    #[error("The id token is of another issuer than the one at sign-in.")]
    IssuerChanged,
    /// The renewal brought a token of another sign-in.
    #[error("The id token is of another sign-in than the one that is renewed.")]
    AuthTimeChanged,
    /// `at_hash` doesn't fit.
    #[error("The id token doesn't belong to the access token beside it.")]
    AccessTokenDiffers,
}
