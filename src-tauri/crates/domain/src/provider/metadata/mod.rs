//! What a provider publishes about itself: OpenID Connect Discovery 1.0 and RFC 8414, with the
//! members that RFC 8628, 9126 and 9207 add.
//!
//! Hazard: whoever writes this document says where codes and tokens go. It is believed about the
//! issuer that was asked for and nobody else (SECURITY 35), and only with addresses that nobody can
//! listen to on the way (SECURITY 36).

mod addresses;
mod fault;
mod merge;
mod reach;
mod read;
mod tenant;
mod typed;

pub use addresses::{Address, Form, addresses, issuer_of};
pub use fault::{EndpointRefusal, MetadataFault};
pub use merge::merge;
pub use reach::{is_loopback_literal, is_public, literal};
pub use read::{LONGEST_METADATA, read_metadata};
pub use tenant::{is_document_of, is_issuer};
pub use typed::{TypedFault, TypedIssuer, read_typed_issuer};

use super::ClientAuthentication;
use crate::grant::Scopes;
use crate::token::SigningAlgorithm;
use url::Url;

/// A provider's description of itself, checked. Where a member is `None` the document says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// RFC 8414 §2, as the document writes it; what id tokens are compared with ([`is_issuer`]).
    pub issuer: String,
    /// RFC 6749 §3.1; its own query is kept.
    pub authorization_endpoint: Url,
    /// RFC 6749 §3.2.
    pub token_endpoint: Url,
    /// RFC 7009.
    pub revocation_endpoint: Option<Url>,
    /// OpenID Connect Core 5.3.
    pub userinfo_endpoint: Option<Url>,
    /// Where the keys are that id tokens are signed with.
    pub jwks_uri: Option<Url>,
    /// RFC 9126.
    pub pushed_authorization_request_endpoint: Option<Url>,
    /// RFC 9126 §5; there is an endpoint for it then.
    pub requires_par: Option<bool>,
    /// RFC 8628.
    pub device_authorization_endpoint: Option<Url>,
    /// Whether the code challenge methods have S256 among them (SECURITY 11).
    pub pkce_s256: Option<bool>,
    /// Whether the answer to the browser carries `iss` (RFC 9207, SECURITY 26).
    pub iss_parameter: Option<bool>,
    /// The scopes it tells of; there may be more.
    pub scopes_supported: Option<Scopes>,
    /// The ways of proving itself at the token endpoint that Keyfob knows, in the document's order.
    /// An empty list: it has only others.
    pub client_authentication: Option<Vec<ClientAuthentication>>,
    /// The algorithms of id tokens that Keyfob knows. An empty list: it has only others.
    pub id_token_algorithms: Option<Vec<SigningAlgorithm>>,
    /// Whether the user can be asked for consent each time, where it tells of the prompts it takes
    /// (`prompt_values_supported`).
    pub consent_prompt: Option<bool>,
    /// The grant types that Keyfob knows.
    pub grant_types: Option<Vec<GrantType>>,
}

/// A grant type that Keyfob can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantType {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// RFC 6749 §6.
    RefreshToken,
    /// RFC 8628.
    DeviceCode,
}

/// An endpoint on another host than its issuer's, for the user to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The member of the document.
    pub member: &'static str,
    /// The host, with the port where that isn't 443.
    pub host: String,
}

/// The members that are addresses, in the order in which they are read.
const AUTHORIZATION: &str = "authorization_endpoint";
const TOKEN: &str = "token_endpoint";
const REVOCATION: &str = "revocation_endpoint";
const USERINFO: &str = "userinfo_endpoint";
const JWKS: &str = "jwks_uri";
const PAR: &str = "pushed_authorization_request_endpoint";
const DEVICE: &str = "device_authorization_endpoint";

impl Metadata {
    /// Gives every address with the name of its member.
    pub fn endpoints(&self) -> impl Iterator<Item = (&'static str, &Url)> {
        [
            (AUTHORIZATION, Some(&self.authorization_endpoint)),
            (TOKEN, Some(&self.token_endpoint)),
            (REVOCATION, self.revocation_endpoint.as_ref()),
            (USERINFO, self.userinfo_endpoint.as_ref()),
            (JWKS, self.jwks_uri.as_ref()),
            (PAR, self.pushed_authorization_request_endpoint.as_ref()),
            (DEVICE, self.device_authorization_endpoint.as_ref()),
        ]
        .into_iter()
        .filter_map(|(member, url)| Some((member, url?)))
    }

    /// Gives the algorithm to expect of id tokens: RS256 where the document doesn't say or has it among
    /// others, because it is what a client gets that asks for nothing else (OpenID Connect Core 2);
    /// `None` where it has only algorithms that Keyfob doesn't take.
    #[must_use]
    pub fn id_token_algorithm(&self) -> Option<SigningAlgorithm> {
        let usual = SigningAlgorithm::default();
        match &self.id_token_algorithms {
            Some(all) if !all.contains(&usual) => all.first().copied(),
            Some(_) | None => Some(usual),
        }
    }

    /// Gives the endpoints whose host or port isn't the issuer's. Many honest providers have some;
    /// the user is shown them, because a copy of an honest document on a strange host has them too.
    #[must_use]
    pub fn elsewhere(&self) -> Vec<Elsewhere> {
        let own = Url::parse(&self.issuer).ok().and_then(|url| place(&url));
        self.endpoints()
            .filter_map(|(member, url)| {
                let host = place(url)?;
                (own.as_ref() != Some(&host)).then_some(Elsewhere { member, host })
            })
            .collect()
    }
}

/// Gives the host, and the port unless it is the scheme's own.
fn place(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

#[cfg(test)]
mod tests;
