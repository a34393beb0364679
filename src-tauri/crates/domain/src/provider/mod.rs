//! What Keyfob knows of a provider. What isn't known is said to be unknown, and decides how
//! much is demanded of it.

mod check;
mod discovered;
mod draft;
mod file;
pub mod metadata;
mod write;
pub use check::{
    LONGEST_CERTIFICATE, LONGEST_SCOPES, MOST_SCOPES, Why, check_client_id, check_client_secret,
};
pub use draft::{ContextDraft, Draft, Field, FieldFault, Kept};
pub use file::{BrokenProviderFile, parse};
pub use write::write;

use crate::grant::Scopes;
use crate::id::ProviderSlug;
use crate::token::SigningAlgorithm;
use serde::Deserialize;
use std::time::Duration;
use url::Url;

/// One provider: its endpoints and its manners. Holds no credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its stable short name, part of its redirect URI.
    pub slug: ProviderSlug,
    /// Its name as people say it.
    pub name: String,
    /// True for the bundled sandbox: its accounts are pretend and shown as such.
    pub sandbox: bool,
    /// RFC 6749 §3.1; its own query is kept.
    pub authorization_endpoint: Url,
    /// RFC 6749 §3.2.
    pub token_endpoint: Url,
    /// RFC 7009; absent when the provider has none.
    pub revocation_endpoint: Option<Url>,
    /// OpenID Connect Core 5.3: says whose account it is.
    pub userinfo_endpoint: Option<Url>,
    /// RFC 9207: what `iss` has to be, where the provider sends one.
    pub issuer: Option<String>,
    /// Whether the provider says that it sends `iss` with every answer; then one without it is refused
    /// (RFC 9207 §2.4).
    pub sends_issuer: bool,
    /// Where the keys are that sign its id tokens (RFC 7517).
    pub jwks_uri: Option<Url>,
    /// Extra parameters of the authorization request; none of them is one of Keyfob's own.
    pub extra_parameters: Vec<(String, String)>,
    /// The scopes that are asked for.
    pub scopes: Scopes,
    /// What separates them in the authorization request.
    pub scope_separator: ScopeSeparator,
    /// The parameter they are sent in.
    pub scope_parameter: ScopeParameter,
    /// Where the context comes from, with the base of its addresses.
    pub context: Option<Context>,
    /// The hosts that may ever see the access token (SECURITY 49).
    pub api_hosts: Vec<String>,
    /// What Keyfob will read there, said before consent.
    pub reads: Vec<Reads>,
    /// How the client proves itself at the token endpoint.
    pub client_authentication: ClientAuthentication,
    /// How the token endpoint takes its parameters.
    pub token_body: TokenBody,
    /// How it answers.
    pub token_answer: AnswerShape,
    /// The ways back to Keyfob that the provider accepts, best first; never empty.
    pub redirect_kinds: Vec<RedirectKind>,
    /// Whether the provider returns `state`.
    pub echoes_state: EchoesState,
    /// What the provider does about PKCE.
    pub pkce: Pkce,
    /// What the id token is good for here.
    pub id_token: IdTokenUse,
    /// How its id tokens are signed.
    pub id_token_algorithm: SigningAlgorithm,
    /// What becomes of a refresh token that is used, where that is known.
    pub rotation: Option<Rotation>,
    /// How long a refresh token may lie unused before the provider ends the grant, where that is
    /// known; what a token answer tells comes first.
    pub refresh_token_inactivity: Option<Duration>,
    /// The page where an app is registered.
    pub registration_page: Option<Url>,
    /// The page where the user ends an access.
    pub account_page: Option<Url>,
    /// Certificates in PEM that are trusted for this provider besides the system's own.
    pub extra_ca: Option<String>,
}

/// A source of context and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Which wire format it speaks.
    pub kind: ContextKind,
    /// For Mio and Mavio the address that their paths are appended to, which ends with `/`; else the one
    /// address that is read.
    pub base: Url,
}

/// The wire formats of context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContextKind {
    /// Mio's context API.
    Mio,
    /// Mavio's API of meetings.
    Mavio,
    /// OpenID Connect's userinfo.
    Userinfo,
    /// A JSON document with the text at this pointer (RFC 6901), or all of it.
    Http {
        /// The pointer; empty for the whole document.
        pointer: String,
    },
}

/// What Keyfob reads at a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reads {
    /// Mio's context summary.
    MioSummary,
    /// Mio's answers to the user's questions.
    MioAnswers,
    /// Mavio's meetings, with those who took part.
    MavioMeetings,
    /// Mavio's summaries of meetings, with what was decided.
    MavioSummaries,
    /// Mavio's action items.
    MavioActionItems,
    /// Mavio's transcripts of meetings.
    MavioTranscripts,
    /// Name and e-mail address, to label the account.
    Profile,
    /// A text at an address that the user chose.
    HttpText,
}

/// RFC 6749 §2.3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthentication {
    /// A public client: only the client id, in the body.
    None,
    /// Client id and secret in the `Authorization` header.
    Basic,
    /// Client id and secret in the body.
    Post,
}

/// How the token endpoint takes its parameters (SECURITY 39).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenBody {
    /// `application/x-www-form-urlencoded`, as RFC 6749 says.
    #[default]
    Form,
    /// A JSON object, as Mio wants it.
    Json,
}

/// Where in an answer the tokens are, and in whose words it refuses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerShape {
    /// As RFC 6749 §5 says.
    #[default]
    Standard,
    /// As GitHub answers: it refuses in words of its own.
    Github,
    /// As Slack answers: the user's token is inside the member `authed_user`, and it refuses in words of
    /// its own, its API too.
    Slack,
}

/// What separates scopes in the authorization request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScopeSeparator {
    /// A space, as RFC 6749 §3.3 says.
    #[default]
    Space,
    /// A comma.
    Comma,
}

/// The parameter that scopes are sent in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScopeParameter {
    /// `scope`, as RFC 6749 §3.3 says.
    #[default]
    Scope,
    /// `user_scope`, by which Slack is asked for a token of the user's.
    UserScope,
}

/// What becomes of a refresh token that is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// Each renewal gives a new one (RFC 9700 §4.14.2).
    Rotating,
    /// It stays good.
    Reused,
}

/// A way for the browser to hand the answer to Keyfob.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RedirectKind {
    /// The private-use scheme (RFC 8252 §7.1).
    Scheme,
    /// A loopback address with a port chosen at random (RFC 8252 §7.3).
    Loopback,
}

/// Whether the provider returns `state`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EchoesState {
    /// It does, as RFC 6749 §4.1.2 demands.
    #[default]
    Yes,
    /// Nobody has seen it yet.
    Unknown,
}

/// What the provider does about RFC 7636.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pkce {
    /// It demands PKCE.
    Required,
    /// It checks the verifier when a challenge was sent.
    Accepted,
    /// Nobody knows; it is sent, and one refusal that names the field is forgiven (SECURITY 10).
    Unknown,
    /// It refuses requests with PKCE, so none is sent.
    Rejected,
}

/// What the id token is good for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdTokenUse {
    /// It is verified against the provider's keys, and an account whose token fails isn't connected.
    Verify,
    /// Only for a label; it is not verified and proves nothing.
    Display,
    /// It is not looked at.
    #[default]
    Ignore,
}

impl Provider {
    /// Tells whether a client secret has to be entered before the provider can be used.
    #[must_use]
    pub fn needs_client_secret(&self) -> bool {
        match self.client_authentication {
            ClientAuthentication::Basic | ClientAuthentication::Post => true,
            ClientAuthentication::None => false,
        }
    }

    /// Tells whether an access token may be sent to this address: https or loopback, and one of
    /// `api_hosts`. On loopback every program has a port, so it has to be one of the provider's own.
    #[must_use]
    pub fn may_send_token_to(&self, url: &Url) -> bool {
        let host = url
            .host_str()
            .is_some_and(|host| self.api_hosts.iter().any(|allowed| allowed == host));
        is_allowed_endpoint(url) && host && (url.scheme() == "https" || self.is_own_port(url))
    }

    fn is_own_port(&self, url: &Url) -> bool {
        let base = self.context.as_ref().map(|context| &context.base);
        [
            Some(&self.token_endpoint),
            base,
            self.userinfo_endpoint.as_ref(),
        ]
        .into_iter()
        .flatten()
        .any(|own| own.port_or_known_default() == url.port_or_known_default())
    }
}

/// Tells whether an endpoint's address is acceptable: https, or http at a loopback IP literal;
/// no fragment, no user info (SECURITY 6, 40).
#[must_use]
pub fn is_allowed_endpoint(url: &Url) -> bool {
    let transport = match url.scheme() {
        "https" => url.host().is_some(),
        "http" => match url.host() {
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            Some(url::Host::Domain(_)) | None => false,
        },
        _ => false,
    };
    transport && url.fragment().is_none() && url.username().is_empty() && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_49_a_token_on_loopback_stays_with_the_providers_own_port() {
        let text = include_str!("../../../../providers/mio-sandbox.toml");
        let provider = parse(&text.replace("{sandbox}", "http://127.0.0.1:4711")).unwrap();
        for (url, allowed) in [
            ("http://127.0.0.1:4711/mio/v1/context/summary", true),
            ("http://127.0.0.1:4712/mio/v1/context/summary", false),
            ("http://127.0.0.1/mio/v1/context/summary", false),
            ("http://[::1]:4711/mio/v1/context/summary", false),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(provider.may_send_token_to(&url), allowed, "{url}");
        }
    }

    #[test]
    fn security_6_and_40_endpoints_are_https_or_loopback() {
        let cases = [
            ("https://api.mio.xyz/token", true),
            ("http://127.0.0.1:8080/token", true),
            ("http://[::1]:8080/token", true),
            ("http://localhost:8080/token", false),
            ("http://127.0.0.1.evil.example/token", false),
            ("http://api.mio.xyz/token", false),
            ("https://user@api.mio.xyz/", false),
            ("https://api.mio.xyz/#f", false),
            ("file:///etc/passwd", false),
            ("javascript:alert(1)", false),
        ];
        for (url, allowed) in cases {
            assert_eq!(
                is_allowed_endpoint(&Url::parse(url).unwrap()),
                allowed,
                "{url}"
            );
        }
    }
}
