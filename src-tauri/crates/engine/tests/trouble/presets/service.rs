//! How the sandbox plays each service, and what a connection has to look like then.
//!
//! The lives and scopes are what the service's own documents show; the sandbox answers with them and
//! knows nothing of the preset.

use keyfob_domain::provider::{Context, Provider};
use keyfob_sandbox::{Dialect, Endpoint, Face, OauthManners, OidcDialect, OidcManners, Sandbox};
use url::Url;

const DAY: u64 = 24 * 3600;
const ADDRESS: &str = "ada@byron.example";
/// Microsoft's gap is known of nobody else (SECURITY 53), so its name stays where hosts are replaced.
const WITH_A_GAP: &str = "{tenantid}";

/// A service and what comes of a sign-in there.
pub(super) struct Service {
    pub(super) slug: &'static str,
    pub(super) played_by: PlayedBy,
    /// How long an access token lives, in seconds.
    pub(super) lives: u64,
    /// The scopes of the connection.
    pub(super) granted: &'static str,
    /// What names the account.
    pub(super) label: Option<&'static str>,
}

/// A face of the sandbox, and in whose words it speaks.
#[derive(Clone, Copy)]
pub(super) enum PlayedBy {
    Mio,
    Mavio,
    Oauth(Dialect),
    Oidc(OidcDialect),
}

use PlayedBy::{Mavio, Mio, Oauth, Oidc};

#[rustfmt::skip]
pub(super) const SERVICES: [Service; 14] = [
    service("atlassian", Oauth(Dialect::Atlassian), 3600, "read:me offline_access", Some(ADDRESS)),
    service("discord", Oauth(Dialect::Discord), 7 * DAY, "identify", Some("ada")),
    service("dropbox", Oidc(OidcDialect::Dropbox), 4 * 3600, "openid email", Some(ADDRESS)),
    service("github", Oauth(Dialect::Github), 8 * 3600, "offline_access", Some("ada")),
    service("gitlab", Oidc(OidcDialect::Gitlab), 2 * 3600, "openid email", Some(ADDRESS)),
    service("google", Oidc(OidcDialect::Google), 3600, GOOGLE, Some(ADDRESS)),
    service("linear", Oauth(Dialect::Linear), DAY, "read", None),
    service("mavio", Mavio, 3600, MAVIO, None),
    service("microsoft", Oidc(OidcDialect::Microsoft), 3600, MICROSOFT, Some(ADDRESS)),
    service("mio", Mio, DAY, MICROSOFT, Some(ADDRESS)),
    // It doesn't say how long, and an hour is assumed (SECURITY 43).
    service("notion", Oauth(Dialect::Notion), 3600, "", None),
    service("slack", Oauth(Dialect::Slack), 12 * 3600, "users.profile:read", Some("Ada Byron")),
    service("spotify", Oauth(Dialect::Spotify), 3600, "", Some("Ada Byron")),
    service("zoom", Oauth(Dialect::Zoom), 3600, "user:read:user", Some(ADDRESS)),
];

const GOOGLE: &str = "openid https://www.googleapis.com/auth/userinfo.email";
const MAVIO: &str = "meetings:read transcripts:read summaries:read action-items:read";
const MICROSOFT: &str = "openid profile email offline_access";

const fn service(
    slug: &'static str,
    played_by: PlayedBy,
    lives: u64,
    granted: &'static str,
    label: Option<&'static str>,
) -> Service {
    Service {
        slug,
        played_by,
        lives,
        granted,
        label,
    }
}

/// Gives the service of this name.
pub(super) fn of(slug: &str) -> &'static Service {
    let mut services = SERVICES.iter();
    services.find(|service| service.slug == slug).unwrap()
}

impl PlayedBy {
    pub(super) fn face(self) -> Face {
        match self {
            Mio => Face::Mio,
            Mavio => Face::Mavio,
            Oauth(_) => Face::Oauth,
            Oidc(_) => Face::Oidc,
        }
    }

    /// Has the sandbox speak as the service does.
    pub(super) fn begin(self, sandbox: &Sandbox) {
        match self {
            Mio | Mavio => {}
            Oauth(dialect) => {
                sandbox.oauth_manners(|manners| *manners = OauthManners::speaking(dialect));
            }
            Oidc(dialect) => {
                sandbox.oidc_manners(|manners| *manners = OidcManners::speaking(dialect));
            }
        }
    }

    /// Has codes live so long.
    pub(super) fn codes_live(self, sandbox: &Sandbox, life: std::time::Duration) {
        match self {
            Mio => sandbox.manners(|manners| manners.code_lifetime = life),
            Mavio => sandbox.mavio_manners(|manners| manners.code_lifetime = life),
            Oauth(_) => sandbox.oauth_manners(|manners| manners.code_lifetime = life),
            Oidc(_) => sandbox.oidc_manners(|manners| manners.code_lifetime = life),
        }
    }

    pub(super) fn authorization(self) -> Endpoint {
        match self {
            Mio => Endpoint::Connect,
            Mavio => Endpoint::MavioAuthorize,
            Oauth(_) => Endpoint::OauthAuthorize,
            Oidc(_) => Endpoint::OidcAuthorize,
        }
    }

    pub(super) fn token(self) -> Endpoint {
        match self {
            Mio => Endpoint::Token,
            Mavio => Endpoint::MavioToken,
            Oauth(_) => Endpoint::OauthToken,
            Oidc(_) => Endpoint::OidcToken,
        }
    }

    /// Where access tokens are ended; `None` where the face has no such endpoint.
    pub(super) fn revocation(self) -> Option<Endpoint> {
        match self {
            Mio | Mavio => None,
            Oauth(_) => Some(Endpoint::OauthRevoke),
            Oidc(_) => Some(Endpoint::OidcRevoke),
        }
    }

    /// Puts the sandbox in the place of the service: every address leads to it. Nothing else of the
    /// provider changes.
    pub(super) fn moved(self, mut provider: Provider, base: &str) -> Provider {
        let root = format!("{base}/{}", self.face().slug());
        let at = |url: &Url, path: &str| -> Url {
            // Mio and Mavio have their own paths in the sandbox, the others those of their face.
            let path = match self {
                Mio | Mavio => url.path(),
                Oauth(_) | Oidc(_) => path,
            };
            let mut moved = Url::parse(&format!("{root}{path}")).unwrap();
            moved.set_query(url.query());
            moved
        };
        let there = |url: &mut Option<Url>, path: &str| {
            if let Some(url) = url {
                *url = at(url, path);
            }
        };
        provider.authorization_endpoint = at(&provider.authorization_endpoint, "/authorize");
        provider.token_endpoint = at(&provider.token_endpoint, "/token");
        there(&mut provider.revocation_endpoint, "/revoke");
        there(&mut provider.userinfo_endpoint, "/userinfo");
        there(&mut provider.jwks_uri, "/jwks");
        if let Some(Context { base, .. }) = &mut provider.context {
            *base = at(base, "/userinfo");
        }
        let named = |issuer: &String| !issuer.contains(WITH_A_GAP);
        if provider.issuer.as_ref().is_some_and(named) {
            provider.issuer = Some(root);
        }
        provider.api_hosts = vec!["127.0.0.1".to_owned()];
        provider
    }
}
