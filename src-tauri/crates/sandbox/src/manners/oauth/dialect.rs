//! In whose words the plain face speaks: services that are OAuth 2.0 in spirit, each with habits of its
//! own that a client of many providers has to read.
//!
//! Sources: the services' own documents on their token endpoints, as of November 2026.

use std::time::Duration;

use super::{IssuerParameter, OauthManners};
use crate::authorization::ScopeRule;

/// Whose words the plain face uses. Paths stay those of the plain face; only what is asked and answered
/// there changes, and any scope is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// Nobody's: RFC 6749 to the letter.
    #[default]
    Rfc,
    /// GitHub: refusals with status 200 in words of its own, scopes separated by commas in the answer,
    /// a form as the answer unless the client accepts `application/json`. With the scope
    /// `offline_access` the access token ends and there is a refresh token, without it neither.
    Github,
    /// Slack's `oauth.v2.access`, for user tokens: the scopes come in `user_scope`, the tokens stand in
    /// `authed_user`, at a refresh at the top; refusals are `{"ok":false}` with status 200.
    Slack,
    /// Notion: HTTP Basic and a JSON body, no scopes, no `expires_in`, and the workspace and its owner
    /// in the answer.
    Notion,
    /// Atlassian: a JSON body with the client in it, and 403 for a refresh token that isn't good.
    Atlassian,
    /// Discord: a public client whose access lasts a week.
    Discord,
    /// Linear: scopes separated by commas.
    Linear,
    /// Spotify: no scope is needed for what everybody may see.
    Spotify,
    /// Zoom: the scopes are those of the registration, whatever is asked for, and a refusal has its
    /// sentence in `reason`.
    Zoom,
}

/// What the app at Zoom was registered for.
const CHOSEN_AT_ZOOM: &[&str] = &["user:read:user"];

impl Dialect {
    pub(crate) fn scopes(self) -> ScopeRule {
        let (parameter, optional) = match self {
            Self::Rfc => return ScopeRule::Known,
            Self::Slack => ("user_scope", false),
            Self::Zoom => return ScopeRule::Chosen(CHOSEN_AT_ZOOM),
            Self::Github | Self::Notion | Self::Spotify => ("scope", true),
            Self::Atlassian | Self::Discord | Self::Linear => ("scope", false),
        };
        ScopeRule::Any {
            parameter,
            optional,
        }
    }

    /// The scope without which there is no refresh token, where there is one.
    pub(crate) fn refresh_token_scope(self) -> Option<&'static str> {
        match self {
            Self::Rfc | Self::Github | Self::Atlassian => Some("offline_access"),
            Self::Slack
            | Self::Notion
            | Self::Discord
            | Self::Linear
            | Self::Spotify
            | Self::Zoom => None,
        }
    }
}

impl OauthManners {
    /// A server that speaks a dialect and has the habits that go with it: lifetimes, rotation, PKCE.
    #[must_use]
    pub fn speaking(dialect: Dialect) -> Self {
        let hours = |hours: u64| Duration::from_secs(hours * 60 * 60);
        let manners = Self {
            dialect,
            tell_refresh_token_lifetime: false,
            ..Self::default()
        };
        match dialect {
            Dialect::Rfc => Self::default(),
            Dialect::Github => Self {
                access_token_lifetime: hours(8),
                refresh_token_lifetime: Some(hours(184 * 24)),
                issuer: IssuerParameter::Own,
                ..manners
            },
            Dialect::Slack => Self {
                access_token_lifetime: hours(12),
                refresh_token_lifetime: Some(hours(30 * 24)),
                public_clients: true,
                ..manners
            },
            Dialect::Notion => Self {
                check_pkce: false,
                ..manners
            },
            Dialect::Atlassian => Self {
                check_pkce: false,
                refresh_token_lifetime: Some(hours(90 * 24)),
                ..manners
            },
            Dialect::Discord => Self {
                access_token_lifetime: hours(7 * 24),
                public_clients: true,
                ..manners
            },
            Dialect::Linear => Self {
                access_token_lifetime: hours(24),
                public_clients: true,
                ..manners
            },
            Dialect::Spotify => Self {
                public_clients: true,
                ..manners
            },
            Dialect::Zoom => Self {
                public_clients: true,
                refresh_token_lifetime: Some(hours(90 * 24)),
                ..manners
            },
        }
    }
}
