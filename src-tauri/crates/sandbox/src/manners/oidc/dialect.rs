//! Which service's OpenID provider the face is: those that are OpenID Connect in spirit, each with
//! habits of its own that a client of many providers has to read.
//!
//! Sources: the services' own documents on their endpoints, as of November 2026.

use std::time::Duration;

use super::{IdTokenFault, IssuerShape, OidcManners};
use crate::authorization::{RefreshRule, ScopeRule};
use crate::manners::{IssuerParameter, Rotation};

/// Whose words the OpenID Connect face uses. Paths stay those of the face; only what is asked and
/// answered there changes, and any scope is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OidcDialect {
    /// Nobody's: the specifications to the letter.
    #[default]
    Standard,
    /// Google: the user may leave scopes out, and an answer has long names for `email` and `profile`.
    /// There is a refresh token with `access_type=offline` alone; where the client has one of this user
    /// already, only with `prompt=consent` too.
    Google,
    /// Microsoft, for accounts of any tenant: `offline_access` brings a refresh token and is never among
    /// the granted scopes.
    Microsoft,
    /// GitLab: a refresh token without a wish for it, and when the tokens were made in the answer.
    Gitlab,
    /// Dropbox: there is a refresh token with `token_access_type=offline`; a refresh answers with nothing
    /// but an access token and its life.
    Dropbox,
}

impl OidcDialect {
    pub(crate) fn scopes(self) -> ScopeRule {
        match self {
            Self::Standard => ScopeRule::Known,
            Self::Google | Self::Microsoft | Self::Gitlab | Self::Dropbox => ScopeRule::Any {
                parameter: "scope",
                optional: false,
            },
        }
    }

    pub(crate) fn partial_grants(self) -> bool {
        match self {
            Self::Google => true,
            Self::Standard | Self::Microsoft | Self::Gitlab | Self::Dropbox => false,
        }
    }

    pub(crate) fn refresh(self) -> RefreshRule {
        match self {
            Self::Google => RefreshRule::OfflineAccessType,
            Self::Dropbox => RefreshRule::OfflineTokenAccessType,
            Self::Standard | Self::Microsoft | Self::Gitlab => RefreshRule::Face,
        }
    }

    /// The scope without which there is no refresh token, where there is one.
    pub(crate) fn refresh_token_scope(self) -> Option<&'static str> {
        match self {
            // OpenID Connect Core §11.
            Self::Standard | Self::Microsoft => Some("offline_access"),
            Self::Google | Self::Gitlab | Self::Dropbox => None,
        }
    }
}

impl OidcManners {
    /// A provider that speaks a dialect and has the habits that go with it: lifetimes, rotation, whether
    /// it names itself in the redirect.
    #[must_use]
    pub fn speaking(dialect: OidcDialect) -> Self {
        let hours = |hours: u64| Duration::from_secs(hours * 60 * 60);
        let manners = Self {
            dialect,
            issuer_parameter: IssuerParameter::Absent,
            announce_issuer_parameter: None,
            ..Self::default()
        };
        match dialect {
            OidcDialect::Standard => Self::default(),
            OidcDialect::Google => Self {
                rotation: Rotation::None,
                public_clients: false,
                ..manners
            },
            OidcDialect::Microsoft => Self {
                issuer: IssuerShape::OfMicrosoft,
                refresh_token_lifetime: Some(hours(90 * 24)),
                ..manners
            },
            OidcDialect::Gitlab => Self {
                access_token_lifetime: hours(2),
                ..manners
            },
            OidcDialect::Dropbox => Self {
                access_token_lifetime: hours(4),
                rotation: Rotation::None,
                id_token: Some(IdTokenFault::NonceMissing),
                refreshed_id_token: Some(IdTokenFault::Absent),
                ..manners
            },
        }
    }
}
