//! The manners of the plain OAuth face: what the RFCs leave to the server, and what servers are known
//! to do against them.

mod dialect;

use std::time::Duration;

pub use dialect::Dialect;

use crate::authorization::AuthorizationRules;
use crate::grants::Terms;

/// What becomes of a refresh token that was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// Each refresh answers with a new one; using an old one again revokes the grant
    /// (RFC 9700 §4.14.2).
    Strict,
    /// As strict, but for this long an old one still yields a new one.
    Grace(Duration),
    /// The answer carries no refresh token and the old one stays good.
    None,
}

impl Rotation {
    pub(crate) fn rotates(self) -> bool {
        self != Self::None
    }

    pub(crate) fn grace(self) -> Option<Duration> {
        match self {
            Self::Grace(grace) => Some(grace),
            Self::Strict | Self::None => None,
        }
    }
}

/// What stands in a token answer as `expires_in`. How long the token really lives is not touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpiresIn {
    /// The whole seconds, a number (RFC 6749 §5.1).
    Seconds,
    /// Nothing; the member is left out, as the RFC allows.
    Absent,
    /// The whole seconds as a JSON string.
    Text,
    /// This text in the place of the value, be it JSON (`-1`, `null`, `1e999`) or not (`NaN`).
    Raw(String),
}

/// What the redirect says as `iss` (RFC 9207).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IssuerParameter {
    /// Nothing; the parameter is left out.
    Absent,
    /// The issuer: the address of the face, e.g. `http://127.0.0.1:4321/oauth`.
    Own,
    /// This, as a server that was mixed up with another would.
    Other(String),
}

impl IssuerParameter {
    /// What to send, where the face is `own`.
    pub(crate) fn value(&self, own: String) -> Option<String> {
        match self {
            Self::Absent => None,
            Self::Own => Some(own),
            Self::Other(other) => Some(other.clone()),
        }
    }
}

/// How the plain OAuth face behaves. The default is a server that rotates strictly, says how long an
/// access token lives, knows confidential clients only and revokes whole grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OauthManners {
    /// Whose words it uses. Those of the RFCs by default.
    pub dialect: Dialect,
    /// Life of an access token, of a second or more. 1 hour by default.
    pub access_token_lifetime: Duration,
    /// What a token answer says of that life.
    pub expires_in: ExpiresIn,
    /// Life of an authorization code. 60 seconds by default.
    pub code_lifetime: Duration,
    /// Life of a refresh token that is not used; `None` (the default) is without end.
    pub refresh_token_lifetime: Option<Duration>,
    /// Life of all refresh tokens of a grant, counted from the user's consent; `None` (the default) is
    /// without end.
    pub refresh_token_absolute_lifetime: Option<Duration>,
    /// Whether a token answer tells the earlier of these two ends, in whole seconds, as
    /// `refresh_expires_in`. On by default; without an end there is nothing to tell.
    pub tell_refresh_token_lifetime: bool,
    /// What becomes of a refresh token that was used.
    pub rotation: Rotation,
    /// Whether a client may leave its secret out (RFC 6749 §2.1, a public client). It must then use
    /// PKCE (RFC 9700 §2.1.1). A secret that is shown has to be right all the same.
    pub public_clients: bool,
    /// Whether revoking a refresh token ends the access tokens of its grant as well, which RFC 7009
    /// §2.1 asks for and doesn't demand. If not, they stay good to their own end.
    pub revocation_cascades: bool,
    /// Whether the redirect carries the `state` parameter of the authorization request.
    pub echo_state: bool,
    /// Whether the redirect carries another `state` than the one sent. Wins over `echo_state`.
    pub wrong_state: bool,
    /// What the redirect says as `iss`. Nothing by default.
    pub issuer: IssuerParameter,
    /// Whether a code challenge is remembered and the code verifier compared with it (RFC 7636).
    pub check_pkce: bool,
    /// Whether a registered `http://127.0.0.1…` or `http://[::1]…` URI matches with any port
    /// (RFC 8252 §7.3). On by default.
    pub any_loopback_port: bool,
}

impl Default for OauthManners {
    fn default() -> Self {
        Self {
            dialect: Dialect::Rfc,
            access_token_lifetime: Duration::from_secs(60 * 60),
            expires_in: ExpiresIn::Seconds,
            code_lifetime: Duration::from_secs(60),
            refresh_token_lifetime: None,
            refresh_token_absolute_lifetime: None,
            tell_refresh_token_lifetime: true,
            rotation: Rotation::Strict,
            public_clients: false,
            revocation_cascades: true,
            echo_state: true,
            wrong_state: false,
            issuer: IssuerParameter::Absent,
            check_pkce: true,
            any_loopback_port: true,
        }
    }
}

impl OauthManners {
    /// The least helpful server the RFCs allow: it says of no token how long it lives, knows no PKCE, and
    /// lets access tokens outlive a revocation.
    #[must_use]
    pub fn pessimist() -> Self {
        Self {
            expires_in: ExpiresIn::Absent,
            tell_refresh_token_lifetime: false,
            revocation_cascades: false,
            check_pkce: false,
            ..Self::default()
        }
    }

    /// What the authorization endpoint goes by; `issuer` is the address of the face.
    pub(crate) fn authorization_rules(&self, issuer: String) -> AuthorizationRules {
        AuthorizationRules {
            echo_state: self.echo_state,
            wrong_state: self.wrong_state,
            check_pkce: self.check_pkce,
            any_loopback_port: self.any_loopback_port,
            code_lifetime: self.code_lifetime,
            issuer: self.issuer.value(issuer),
            scopes: self.dialect.scopes(),
            ..AuthorizationRules::default()
        }
    }

    /// What the token endpoint goes by.
    pub(crate) fn terms(&self) -> Terms {
        Terms {
            access_token_lifetime: self.access_token_lifetime,
            refresh_token_lifetime: self.refresh_token_lifetime,
            refresh_token_absolute_lifetime: self.refresh_token_absolute_lifetime,
            refresh_token_scope: self.dialect.refresh_token_scope(),
            rotate: self.rotation.rotates(),
            rotation_grace: self.rotation.grace(),
            check_pkce: self.check_pkce,
        }
    }
}
