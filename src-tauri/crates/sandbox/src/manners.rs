//! The manners of the faces: everything a provider's documents leave open.
//!
//! They can be changed while the sandbox runs, through [`crate::Sandbox::manners`],
//! [`crate::Sandbox::mavio_manners`], [`crate::Sandbox::oauth_manners`] and
//! [`crate::Sandbox::oidc_manners`].

mod oauth;
mod oidc;

use std::time::Duration;

pub use oauth::{Dialect, ExpiresIn, IssuerParameter, OauthManners, Rotation};
pub use oidc::{
    DiscoveryFault, IdTokenFault, IssuerShape, JwksFault, OidcDialect, OidcManners, UserinfoFault,
};

use crate::authorization::AuthorizationRules;
use crate::grants::Terms;

/// What a client that shows a wrong secret (or an unknown client id) is told at the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretMismatch {
    /// 401 `invalid_client` (RFC 6749 §5.2).
    InvalidClient,
    /// 400 `invalid_grant`, as the error table of Mio's server SDK words it.
    InvalidGrant,
}

/// The Mio face's answers to what Mio's documents leave open. The default is a Mio that echoes
/// `state`, checks PKCE, returns the nonce and rotates strictly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MioManners {
    /// Life of an access token; `expires_in` says it in whole seconds. 24 hours by default.
    pub access_token_lifetime: Duration,
    /// Life of an authorization code. 60 seconds by default.
    pub code_lifetime: Duration,
    /// Life of a refresh token that is not used; `None` (the default) is without end.
    pub refresh_token_lifetime: Option<Duration>,
    /// Whether the redirect carries the `state` parameter of the authorization request.
    pub echo_state: bool,
    /// Whether the redirect carries another `state` than the one sent. Wins over `echo_state`.
    pub wrong_state: bool,
    /// Whether the id token carries the nonce of the authorization request.
    pub return_nonce: bool,
    /// Whether a code challenge is remembered and the code verifier compared with it (RFC 7636).
    pub check_pkce: bool,
    /// Whether an unknown field in the body of a token request is a 400 `invalid_request` that names
    /// the field. `code_verifier` is such a field, so PKCE is then ignored altogether.
    pub reject_unknown_fields: bool,
    /// Whether a token answer carries an id token when `openid` was granted.
    pub issue_id_token: bool,
    /// Whether a refresh answers with a new refresh token. If not, the answer carries none and the
    /// old one stays good.
    pub rotate: bool,
    /// How long a rotated refresh token still yields a new one. `None` (the default) is strict: using
    /// an old one again revokes the grant.
    pub rotation_grace: Option<Duration>,
    /// The answer to a wrong client secret.
    pub secret_mismatch: SecretMismatch,
}

impl Default for MioManners {
    fn default() -> Self {
        Self {
            access_token_lifetime: Duration::from_secs(24 * 60 * 60),
            code_lifetime: Duration::from_secs(60),
            refresh_token_lifetime: None,
            echo_state: true,
            wrong_state: false,
            return_nonce: true,
            check_pkce: true,
            reject_unknown_fields: false,
            issue_id_token: true,
            rotate: true,
            rotation_grace: None,
            secret_mismatch: SecretMismatch::InvalidClient,
        }
    }
}

impl MioManners {
    /// The least helpful Mio the documents allow: no `state` echoed, no nonce returned, an unknown
    /// field such as `code_verifier` refused with 400.
    #[must_use]
    pub fn pessimist() -> Self {
        Self {
            echo_state: false,
            return_nonce: false,
            check_pkce: false,
            reject_unknown_fields: true,
            ..Self::default()
        }
    }

    /// Whether this Mio looks at `code_challenge` and `code_verifier` at all.
    pub(crate) fn knows_pkce(&self) -> bool {
        self.check_pkce && !self.reject_unknown_fields
    }

    /// What the authorization endpoint goes by.
    pub(crate) fn authorization_rules(&self) -> AuthorizationRules {
        AuthorizationRules {
            echo_state: self.echo_state,
            wrong_state: self.wrong_state,
            check_pkce: self.knows_pkce(),
            any_loopback_port: true,
            code_lifetime: self.code_lifetime,
            ..AuthorizationRules::default()
        }
    }

    /// What the token endpoint goes by.
    pub(crate) fn terms(&self) -> Terms {
        Terms {
            access_token_lifetime: self.access_token_lifetime,
            refresh_token_lifetime: self.refresh_token_lifetime,
            refresh_token_absolute_lifetime: None,
            // OpenID Connect Core §11: without offline_access there is no refresh token.
            refresh_token_scope: Some("offline_access"),
            rotate: self.rotate,
            rotation_grace: self.rotation_grace,
            check_pkce: self.knows_pkce(),
        }
    }
}

/// In which words the Mavio face refuses a token request; Mavio's documents don't say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorDialect {
    /// `{"error":"invalid_client","error_description":…}` (RFC 6749 §5.2).
    Oauth,
    /// The shape of Mavio's API: `{"error":{"code":"unauthorized","message":…,"request_id":…,
    /// "details":[]}}`. The statuses are the same. `invalid_grant` keeps its word as the `code`,
    /// since Mavio's list has none that would tell it from a malformed request.
    Mavio,
}

/// How many API requests one access token may make; the next ones are answered 429.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests per window.
    pub requests: u32,
    /// The length of a window, which begins with its first request.
    pub window: Duration,
}

/// The Mavio face's answers to what Mavio's documents leave open. The default is a Mavio that echoes
/// `state`, checks PKCE when it is used, and keeps the refresh token at a renewal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MavioManners {
    /// Life of an access token; `expires_in` says it in whole seconds. 1 hour by default.
    pub access_token_lifetime: Duration,
    /// Life of an authorization code. 60 seconds by default.
    pub code_lifetime: Duration,
    /// Life of a refresh token that is not used; each use begins it anew. 30 days by default, `None`
    /// is without end.
    pub refresh_token_lifetime: Option<Duration>,
    /// Whether the redirect carries the `state` parameter of the authorization request.
    pub echo_state: bool,
    /// Whether the redirect carries another `state` than the one sent. Wins over `echo_state`.
    pub wrong_state: bool,
    /// Whether a code challenge is remembered and the code verifier compared with it (RFC 7636).
    pub check_pkce: bool,
    /// Whether an unknown field in the body of a token request is a 400 that names the field.
    /// `code_verifier` is such a field, so PKCE is then ignored altogether.
    pub reject_unknown_fields: bool,
    /// Whether a registered `http://127.0.0.1…` or `http://[::1]…` URI matches with any port
    /// (RFC 8252 §7.3). Off by default: Mavio says that the port must be the same.
    pub any_loopback_port: bool,
    /// Whether a refresh answers with a new refresh token. If not (the default), the answer carries
    /// none and the old one stays good.
    pub rotate: bool,
    /// How long a rotated refresh token still yields a new one. `None` (the default) is strict: using
    /// an old one again revokes the grant.
    pub rotation_grace: Option<Duration>,
    /// The words of the token endpoint's refusals.
    pub error_dialect: ErrorDialect,
    /// The limit of the API; `None` (the default) is none.
    pub rate_limit: Option<RateLimit>,
}

impl Default for MavioManners {
    fn default() -> Self {
        Self {
            access_token_lifetime: Duration::from_secs(60 * 60),
            code_lifetime: Duration::from_secs(60),
            refresh_token_lifetime: Some(Duration::from_secs(30 * 24 * 60 * 60)),
            echo_state: true,
            wrong_state: false,
            check_pkce: true,
            reject_unknown_fields: false,
            any_loopback_port: false,
            rotate: false,
            rotation_grace: None,
            error_dialect: ErrorDialect::Oauth,
            rate_limit: None,
        }
    }
}

impl MavioManners {
    /// The least helpful Mavio the documents allow: an unknown field such as `code_verifier` refused
    /// with 400, and that in Mavio's own words. `state` is echoed, since that is documented.
    #[must_use]
    pub fn pessimist() -> Self {
        Self {
            check_pkce: false,
            reject_unknown_fields: true,
            error_dialect: ErrorDialect::Mavio,
            ..Self::default()
        }
    }

    fn knows_pkce(&self) -> bool {
        self.check_pkce && !self.reject_unknown_fields
    }

    /// What the authorization endpoint goes by.
    pub(crate) fn authorization_rules(&self) -> AuthorizationRules {
        AuthorizationRules {
            echo_state: self.echo_state,
            wrong_state: self.wrong_state,
            check_pkce: self.knows_pkce(),
            partial_grants: true,
            any_loopback_port: self.any_loopback_port,
            code_lifetime: self.code_lifetime,
            ..AuthorizationRules::default()
        }
    }

    /// What the token endpoint goes by.
    pub(crate) fn terms(&self) -> Terms {
        Terms {
            access_token_lifetime: self.access_token_lifetime,
            refresh_token_lifetime: self.refresh_token_lifetime,
            refresh_token_absolute_lifetime: None,
            refresh_token_scope: None,
            rotate: self.rotate,
            rotation_grace: self.rotation_grace,
            check_pkce: self.knows_pkce(),
        }
    }
}
