//! The servers: what Keyfob has to know of each, and which program it is.
//!
//! Hazard: a server that isn't installed must not make a test pass, so it is said how to install it.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use super::Seen;
use crate::Desktop;

const PEERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../peers");
/// How long a rotated refresh token stays good at the server with grace.
pub const GRACE: u64 = 60;

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// npm's oidc-provider: certified, strict, with `iss` in its answers.
    Oidc,
    /// PyPI's django-oauth-toolkit with reuse protection and without grace.
    DjangoStrict,
    /// The same with a grace window of [`GRACE`] seconds.
    DjangoGrace,
    /// npm's oauth2-mock-server, which takes every token and gives what a test orders.
    Mock,
}

impl Kind {
    /// Those that keep account of their tokens.
    pub const ALL: [Self; 3] = [Self::Oidc, Self::DjangoStrict, Self::DjangoGrace];

    /// The slug of the provider that Keyfob knows it as.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Oidc => "oidc",
            Self::DjangoStrict => "django",
            Self::DjangoGrace => "django-grace",
            Self::Mock => "mock",
        }
    }

    /// How Keyfob proves itself there; django-oauth-toolkit takes both ways.
    fn client_authentication(self) -> &'static str {
        match self {
            Self::Oidc | Self::DjangoStrict | Self::Mock => "basic",
            Self::DjangoGrace => "post",
        }
    }

    /// A request to the token endpoint that is well made and well received.
    #[must_use]
    pub fn granted(self, grant_type: &str) -> Seen {
        let authentication = match self.client_authentication() {
            "basic" => "Basic",
            _ => "",
        };
        Seen {
            authentication: authentication.to_owned(),
            grant_type: Some(grant_type.to_owned()),
            verifier: grant_type == "authorization_code",
            status: 200,
            error: None,
            description: None,
        }
    }

    /// Where its endpoints are.
    pub(super) fn paths(self) -> Paths {
        match self {
            Self::Oidc => Paths {
                authorization: "/auth",
                token: "/token",
                revocation: "/token/revocation",
                introspection: "/token/introspection",
                issuer: "",
                api: "/me",
            },
            Self::DjangoStrict | Self::DjangoGrace => Paths {
                authorization: "/o/authorize/",
                token: "/o/token/",
                revocation: "/o/revoke_token/",
                introspection: "/o/introspect/",
                issuer: "/o",
                api: "/api/account",
            },
            Self::Mock => Paths {
                authorization: "/authorize",
                token: "/token",
                revocation: "/revoke",
                introspection: "/introspect",
                issuer: "",
                api: "/userinfo",
            },
        }
    }

    /// What Keyfob has to know of it, at this origin. oidc-provider gives no refresh token without `prompt=consent`.
    pub(super) fn provider_file(self, origin: &str) -> String {
        let (slug, proof, paths) = (self.slug(), self.client_authentication(), self.paths());
        let Paths {
            authorization,
            token,
            revocation,
            issuer,
            ..
        } = paths;
        let own = match self {
            Self::Oidc => {
                "scopes = [\"openid\", \"email\", \"offline_access\"]\nid_token = \"display\"\n\
                 extra_parameters = { prompt = \"consent\" }\n"
                    .to_owned()
            }
            Self::DjangoStrict | Self::DjangoGrace => "scopes = [\"read\"]\n".to_owned(),
            // Its refresh tokens aren't asked for by a scope: what is granted is what the answer says.
            Self::Mock => format!(
                "scopes = [\"openid\", \"email\"]\nid_token = \"verify\"\n\
                 jwks_uri = \"{origin}/jwks\"\n"
            ),
        };
        format!(
            "slug = \"{slug}\"\nname = \"{slug}\"\n\
             authorization_endpoint = \"{origin}{authorization}\"\n\
             token_endpoint = \"{origin}{token}\"\nrevocation_endpoint = \"{origin}{revocation}\"\n\
             issuer = \"{origin}{issuer}\"\n{own}client_authentication = \"{proof}\"\n\
             api_hosts = [\"127.0.0.1\"]\nredirect_kinds = [\"loopback\"]\npkce = \"required\"\n"
        )
    }

    /// The server's program.
    pub(super) fn program(self, desktop: &Desktop) -> Result<Command> {
        let dir = Path::new(PEERS);
        let (program, arguments, installed) = match self {
            Self::Oidc => (
                on_path("node")?,
                vec![dir.join("oidc/server.mjs")],
                dir.join("oidc/node_modules/.package-lock.json"),
            ),
            Self::DjangoStrict | Self::DjangoGrace => (
                dir.join("django/venv/bin/python"),
                // Without -B it would write compiled files beside the sources.
                vec!["-B".into(), dir.join("django/server.py")],
                dir.join("django/venv/bin/django-admin"),
            ),
            Self::Mock => (
                on_path("node")?,
                vec![dir.join("mock/server.mjs")],
                dir.join("mock/node_modules/.package-lock.json"),
            ),
        };
        ensure!(
            installed.exists(),
            "{} isn't there: the server isn't installed. `cargo xtask test --only peers` installs it.",
            installed.display()
        );
        let mut command = desktop.command(program);
        command.args(arguments);
        Ok(command)
    }
}

/// Paths at a server's origin.
pub(super) struct Paths {
    authorization: &'static str,
    pub(super) token: &'static str,
    revocation: &'static str,
    pub(super) introspection: &'static str,
    pub(super) issuer: &'static str,
    pub(super) api: &'static str,
}

/// Finds a program in the test's own search path, which may be longer than the desktop's.
fn on_path(name: &str) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places = std::env::split_paths(&path).map(|dir| dir.join(name));
    places
        .find(|place| place.is_file())
        .with_context(|| format!("{name} isn't in the search path"))
}
