//! From *Connect* to the authorization code: the request, the attempt it belongs to, and the
//! reading of what the browser brings back.

mod attempt;
mod identity;
mod pkce;
mod redirect;

pub use attempt::{Answer, AuthorizationAttempt, Draws, LONGEST_ATTEMPT, Step, Verdict, judge};
pub use identity::{Choice, Evidence, Identity, Question, question};
pub use pkce::challenge;
pub use redirect::{Carried, Redirect, parse};

use crate::id::ProviderSlug;
use crate::provider::RedirectKind;

/// The private-use scheme: a reversed domain name (RFC 8252 §7.1, SECURITY 13).
pub const SCHEME: &str = "dev.keyfob.desktop";

/// Gives the redirect URI of a provider by the private-use scheme: one per provider (SECURITY 14).
#[must_use]
pub fn scheme_redirect_uri(slug: &ProviderSlug) -> String {
    format!("{SCHEME}:/callback/{slug}")
}

/// Gives the redirect URI of a provider on loopback; with no port it is the one to register
/// (RFC 8252 §7.3: the port may vary).
#[must_use]
pub fn loopback_redirect_uri(slug: &ProviderSlug, port: Option<u16>) -> String {
    match port {
        Some(port) => format!("http://127.0.0.1:{port}/callback/{slug}"),
        None => format!("http://127.0.0.1/callback/{slug}"),
    }
}

/// Gives the redirect URIs to register for a provider that comes back in these ways.
#[must_use]
pub fn redirect_uris(slug: &ProviderSlug, kinds: &[RedirectKind]) -> Vec<String> {
    let uri = |kind: &RedirectKind| match kind {
        RedirectKind::Scheme => scheme_redirect_uri(slug),
        RedirectKind::Loopback => loopback_redirect_uri(slug, None),
    };
    kinds.iter().map(uri).collect()
}

/// Reads the provider out of a redirect URI's path, for callbacks that nothing waits for.
#[must_use]
pub fn slug_of(base: &str) -> Option<ProviderSlug> {
    let path = base.strip_prefix(SCHEME)?.strip_prefix(":/callback/")?;
    ProviderSlug::parse(path)
}
