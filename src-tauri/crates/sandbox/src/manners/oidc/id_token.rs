//! What can be wrong with an id token (OpenID Connect Core §3.1.3.7, §12.2; RFC 8725) and with the
//! answer of the userinfo endpoint (§5.3.2).

/// What is wrong with an id token, or unusual about it: not all of them are faults, and some are at a
/// refresh only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdTokenFault {
    /// There is none, as the specification allows at a refresh.
    Absent,
    /// It is a word that is no JWT.
    NotAJwt,
    /// `alg` is `none` and the signature empty.
    AlgNone,
    /// `alg` is `HS256`, and the key of the HMAC is the public key as PEM (RFC 8725 §2.1).
    HmacWithPublicKey,
    /// `alg` is `HS256`, and the key of the HMAC is the modulus as it stands in the JWK.
    HmacWithModulus,
    /// A bit of the signature is wrong.
    BrokenSignature,
    /// The claims were changed after signing.
    ClaimsSwapped,
    /// The key that signed is published nowhere; `kid` says another one, which is.
    ForeignKey,
    /// The key that signed is published nowhere; `jwk` in the header holds it and `jku` names an address
    /// of an attacker.
    KeyInHeader,
    /// `kid` is that of no published key. The signature is that of the newest key.
    KeyIdUnknown,
    /// There is no `kid`. Whether that is enough depends on how many keys are published.
    KeyIdMissing,
    /// `crit` in the header demands an extension that nobody knows (RFC 7515 §4.1.11).
    UnknownCritical,
    /// `iss` is `https://attacker.example`.
    ForeignIssuer,
    /// `iss` is left out.
    IssuerMissing,
    /// `aud` is another client.
    ForeignAudience,
    /// `aud` is left out.
    AudienceMissing,
    /// `aud` is an array with this client alone, which is as good as the text.
    AudienceArray,
    /// `aud` names this client and another one, and `azp` this one.
    AudiencesWithParty,
    /// `aud` names this client and another one, and there is no `azp`.
    AudiencesWithoutParty,
    /// `aud` is this client alone, and `azp` another one.
    ForeignParty,
    /// `exp` is five minutes ago, beyond any skew.
    Expired,
    /// `exp` is left out.
    ExpiryMissing,
    /// `iat` is an hour ago; `exp` is not reached.
    IssuedLongAgo,
    /// `iat` is an hour ahead.
    IssuedAhead,
    /// `iat` is left out.
    IssueTimeMissing,
    /// `nonce` is another one than was sent.
    WrongNonce,
    /// `nonce` is left out at a login.
    NonceMissing,
    /// `nonce` stands in the id token of a refresh too, equal to the first one.
    NonceKept,
    /// `at_hash` belongs to another access token.
    WrongAccessTokenHash,
    /// `at_hash` is left out, as the code flow allows.
    AccessTokenHashMissing,
    /// `sub` is left out.
    SubjectMissing,
    /// `sub` is empty.
    SubjectEmpty,
    /// `sub` has 256 characters.
    SubjectTooLong,
    /// `sub` is not ASCII.
    SubjectNotAscii,
    /// `sub` is a number.
    SubjectNumber,
    /// `sub` is somebody else.
    OtherSubject,
    /// `auth_time` is later than at the login.
    OtherAuthTime,
    /// `email` and `name` hold markup and characters that turn the direction of writing.
    HostileProfile,
}

/// What is wrong with the answer of the userinfo endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserinfoFault {
    /// `sub` is somebody else.
    OtherSubject,
    /// `sub` is left out.
    SubjectMissing,
    /// The claims come as a JWT (`application/jwt`), which no client here has asked for.
    Signed,
}
