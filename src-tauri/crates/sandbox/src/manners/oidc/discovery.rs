//! What can be wrong with the metadata (OpenID Connect Discovery 1.0 §4, RFC 8414 §3) and with the
//! published keys (RFC 7517 §5).

use std::time::Duration;

/// What is wrong with the metadata, or unusual about them. Without a fault they stand, with the same
/// members, at all three addresses: `{issuer}/.well-known/openid-configuration` (appended) and, with
/// the path of the issuer behind it, `/.well-known/openid-configuration` and
/// `/.well-known/oauth-authorization-server` (inserted).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiscoveryFault {
    /// The appended address redirects to the inserted one, on the same origin.
    RedirectsWithin,
    /// Each address redirects to itself under the name `localhost`, which is another origin and gives
    /// the true document.
    RedirectsAcross,
    /// The true answer comes after this time.
    Slow(Duration),
    /// The true members, and one with a mebibyte of blanks.
    Huge,
    /// A page for people, with 200.
    Page,
    /// The document inside an array.
    Array,
    /// A true document that says that it is plain text.
    PlainText,
    /// The document stands at the appended address alone.
    AppendedOnly,
    /// The document stands at `/.well-known/oauth-authorization-server/oidc` alone.
    AuthorizationServerOnly,
    /// `/.well-known/oauth-authorization-server/oidc` names another issuer than the other two.
    IssuersDiffer,
    /// The revocation endpoint stands in `/.well-known/oauth-authorization-server/oidc` alone.
    RevocationInOneForm,
    /// The issuer is somebody else, `https://attacker.example`.
    ForeignIssuer,
    /// The issuer is written with a slash at its end.
    IssuerWithSlash,
    /// There is no issuer.
    IssuerMissing,
    /// There is no authorization endpoint.
    AuthorizationEndpointMissing,
    /// There is no token endpoint.
    TokenEndpointMissing,
    /// There is no `jwks_uri`.
    JwksUriMissing,
    /// The token endpoint is `http://orbit.example/token`: not encrypted, not on this computer.
    HttpTokenEndpoint,
    /// The token and the revocation endpoint are at `https://attacker.example`.
    ForeignTokenEndpoint,
    /// The keys are at `https://attacker.example`.
    ForeignJwksUri,
    /// The authorization endpoint has a fragment.
    FragmentInEndpoint,
    /// The token endpoint is a path without a host.
    RelativeEndpoint,
    /// `code_challenge_methods_supported` says `plain` alone.
    PlainPkceOnly,
    /// `code_challenge_methods_supported` is left out.
    PkceUnsaid,
    /// The id tokens are said to be signed with HS256 or not at all.
    NoRsaSignatures,
    /// Only what OpenID Connect Discovery §3 demands, at the appended address alone.
    Terse,
}

/// What is wrong with the published keys, or unusual about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JwksFault {
    /// No key has a `kid`.
    NamelessKeys,
    /// The key that signs is not among them, as where a cache serves an old document.
    NewestMissing,
    /// There is no key at all.
    Empty,
    /// There are keys beside them that cannot have signed: for encryption, of other kinds, and one with
    /// the `kid` of the key that signs.
    OtherKindsToo,
    /// The private part of a key is published with it. The numbers are none of the key's own.
    PrivateMember,
}
