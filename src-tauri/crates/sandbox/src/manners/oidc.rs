//! The manners of the OpenID Connect face: what its specifications leave to the server, and what a
//! client must not fall for.

mod dialect;
mod discovery;
mod id_token;

use std::time::Duration;

pub use dialect::OidcDialect;
pub use discovery::{DiscoveryFault, JwksFault};
pub use id_token::{IdTokenFault, UserinfoFault};

use super::{IssuerParameter, Rotation};
use crate::authorization::AuthorizationRules;
use crate::grants::Terms;

/// Which issuer the face says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuerShape {
    /// The address of the face, e.g. `http://127.0.0.1:4321/oidc`, everywhere.
    Own,
    /// As Microsoft has it for several tenants: the metadata say `…/oidc/{tenantid}/v2.0`, braces
    /// included, and an id token has the id of its tenant there and in `tid`.
    OfTenant,
    /// The same under Microsoft's own name: a client that knows this shape knows it of nobody else.
    OfMicrosoft,
}

/// How the OpenID Connect face behaves. The default is a server that does all that a client can hope
/// for: it rotates strictly, names itself in each redirect and issues an id token at each refresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcManners {
    /// Whose words it uses. Those of the specifications by default.
    pub dialect: OidcDialect,
    /// Life of an access token, of a second or more. 1 hour by default.
    pub access_token_lifetime: Duration,
    /// Life of an id token. 1 hour by default.
    pub id_token_lifetime: Duration,
    /// Life of an authorization code. 60 seconds by default.
    pub code_lifetime: Duration,
    /// Life of a refresh token that is not used; `None` (the default) is without end.
    pub refresh_token_lifetime: Option<Duration>,
    /// What becomes of a refresh token that was used.
    pub rotation: Rotation,
    /// Whether a client may leave its secret out (RFC 6749 §2.1, a public client). A secret that is
    /// shown has to be right all the same. On by default: PKCE is always demanded here.
    pub public_clients: bool,
    /// Whether revoking a refresh token ends the access tokens of its grant as well (RFC 7009 §2.1).
    pub revocation_cascades: bool,
    /// Whether the redirect carries the `state` parameter of the authorization request.
    pub echo_state: bool,
    /// Whether the redirect carries another `state` than the one sent. Wins over `echo_state`.
    pub wrong_state: bool,
    /// Which issuer the face says it is.
    pub issuer: IssuerShape,
    /// What the redirect says as `iss` (RFC 9207), also one with an error. The own issuer by default.
    pub issuer_parameter: IssuerParameter,
    /// What the metadata say about that: `authorization_response_iss_parameter_supported`. `None`
    /// leaves it out; true by default.
    pub announce_issuer_parameter: Option<bool>,
    /// Whether a registered `http://127.0.0.1…` or `http://[::1]…` URI matches with any port
    /// (RFC 8252 §7.3). On by default.
    pub any_loopback_port: bool,
    /// Whether an authorization request has to be pushed first (RFC 9126 §5).
    pub require_pushed_authorization_requests: bool,
    /// Life of a pushed request; `expires_in` says it in whole seconds. 60 seconds by default.
    pub pushed_request_lifetime: Duration,
    /// Life of a device code and its user code (RFC 8628 §3.2). 10 minutes by default.
    pub device_code_lifetime: Duration,
    /// How long a device has to wait between two questions. 5 seconds by default.
    pub device_interval: Duration,
    /// Whether the answer to a device tells this interval. If not, a client has to take 5 seconds for
    /// it (RFC 8628 §3.2).
    pub tell_device_interval: bool,
    /// Whether the answer to a device has an address with the user code in it.
    pub complete_verification_uri: bool,
    /// What is wrong with the metadata.
    pub discovery: Option<DiscoveryFault>,
    /// What is wrong with the published keys.
    pub jwks: Option<JwksFault>,
    /// What is wrong with the id token of a code or of a device.
    pub id_token: Option<IdTokenFault>,
    /// What is wrong with the id token of a refresh.
    pub refreshed_id_token: Option<IdTokenFault>,
    /// What is wrong with the answer of the userinfo endpoint.
    pub userinfo: Option<UserinfoFault>,
}

impl Default for OidcManners {
    fn default() -> Self {
        Self {
            dialect: OidcDialect::Standard,
            access_token_lifetime: Duration::from_secs(60 * 60),
            id_token_lifetime: Duration::from_secs(60 * 60),
            code_lifetime: Duration::from_secs(60),
            refresh_token_lifetime: None,
            rotation: Rotation::Strict,
            public_clients: true,
            revocation_cascades: true,
            echo_state: true,
            wrong_state: false,
            issuer: IssuerShape::Own,
            issuer_parameter: IssuerParameter::Own,
            announce_issuer_parameter: Some(true),
            any_loopback_port: true,
            require_pushed_authorization_requests: false,
            pushed_request_lifetime: Duration::from_secs(60),
            device_code_lifetime: Duration::from_secs(600),
            device_interval: Duration::from_secs(5),
            tell_device_interval: true,
            complete_verification_uri: true,
            discovery: None,
            jwks: None,
            id_token: None,
            refreshed_id_token: None,
            userinfo: None,
        }
    }
}

impl OidcManners {
    /// The least helpful server the specifications allow: metadata in one place that say nothing of
    /// PKCE, no `iss` in the redirect, keys without names, no id token at a refresh, and access tokens
    /// that outlive a revocation.
    #[must_use]
    pub fn pessimist() -> Self {
        Self {
            revocation_cascades: false,
            issuer_parameter: IssuerParameter::Absent,
            announce_issuer_parameter: None,
            tell_device_interval: false,
            complete_verification_uri: false,
            discovery: Some(DiscoveryFault::Terse),
            jwks: Some(JwksFault::NamelessKeys),
            id_token: Some(IdTokenFault::KeyIdMissing),
            refreshed_id_token: Some(IdTokenFault::Absent),
            ..Self::default()
        }
    }

    /// What the authorization endpoint goes by; `issuer` is what the face says it is.
    pub(crate) fn authorization_rules(&self, issuer: String) -> AuthorizationRules {
        AuthorizationRules {
            echo_state: self.echo_state,
            wrong_state: self.wrong_state,
            check_pkce: true,
            require_pkce: true,
            pushed_only: self.require_pushed_authorization_requests,
            any_loopback_port: self.any_loopback_port,
            code_lifetime: self.code_lifetime,
            issuer: self.issuer_parameter.value(issuer),
            scopes: self.dialect.scopes(),
            partial_grants: self.dialect.partial_grants(),
            refresh: self.dialect.refresh(),
        }
    }

    /// What the token endpoint goes by.
    pub(crate) fn terms(&self) -> Terms {
        Terms {
            access_token_lifetime: self.access_token_lifetime,
            refresh_token_lifetime: self.refresh_token_lifetime,
            refresh_token_absolute_lifetime: None,
            refresh_token_scope: self.dialect.refresh_token_scope(),
            rotate: self.rotation.rotates(),
            rotation_grace: self.rotation.grace(),
            check_pkce: true,
        }
    }
}
