//! What a field of a provider may hold, said once for files and for the form.
//!
//! Hazard: whoever gives away a provider file, or text to paste, may want the user's token at an
//! address of theirs: addresses are https, and no parameter can replace one of the flow's own.

use super::is_allowed_endpoint;
use crate::grant::{Scopes, is_scope};
use crate::text::plain;
use url::Url;

/// As many scopes as a provider can be asked for.
pub const MOST_SCOPES: usize = 100;
/// As many characters as they may have in all: they become part of an address.
pub const LONGEST_SCOPES: usize = 4096;
/// The longest extra certificates, in bytes.
pub const LONGEST_CERTIFICATE: usize = 64 * 1024;
/// Ten years: more is no limit.
pub(super) const LONGEST_INACTIVITY_DAYS: u32 = 3650;

const LONGEST_NAME: usize = 60;
const LONGEST_ADDRESS: usize = 2048;
const LONGEST_POINTER: usize = 256;
const LONGEST_PARAMETER: usize = 1024;

/// Parameters that nobody but the flow may set (SECURITY 7).
pub(super) const PROTECTED: [&str; 13] = [
    "client_id",
    "client_secret",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "user_scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "request",
    "request_uri",
];

/// Why a field can't be used. The texts are those of provider files; the form has sentences of its own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// It is empty.
    #[error("it is needed")]
    Missing,
    /// A name that nobody could read in a list.
    #[error("a name is 1 to 60 visible characters")]
    BadName,
    /// Two providers of one name can't be told apart.
    #[error("another provider has this name")]
    NameTaken,
    /// No address at all.
    #[error("it is no address: {0}")]
    NoAddress(String),
    /// An address that tokens or codes mustn't go to.
    #[error(
        "an address has to be https, or http at a loopback IP literal, without fragment or user info"
    )]
    Insecure,
    /// A parameter of the flow's own.
    #[error("`{0}` is Keyfob's own to set")]
    Protected(String),
    /// A parameter without a name, one that is there twice, or one that is too long.
    #[error("a parameter has a name, is there once, and has at most 1,024 characters")]
    BadParameter(String),
    /// No scope token.
    #[error("a scope is one token without spaces (RFC 6749 section 3.3)")]
    BadScope(String),
    /// More than an authorization request can carry.
    #[error("there are at most 100 scopes, with 4,096 characters in all")]
    TooManyScopes,
    /// No way back.
    #[error("at least one redirect kind is needed")]
    NoWayBack,
    /// No host.
    #[error("`{0}` is no host name; it is written without scheme, port and path")]
    BadHost(String),
    /// The address would get a token that it isn't allowed to see.
    #[error("its host isn't among `api_hosts`")]
    ForeignHost,
    /// No JSON pointer.
    #[error(
        "a JSON pointer is empty or begins with a slash (RFC 6901), and has at most 256 characters"
    )]
    BadPointer,
    /// Without an issuer and keys nothing can be verified.
    #[error("an id token can only be verified with `issuer` and `jwks_uri`")]
    NothingToVerifyWith,
    /// An algorithm that proves nothing, or one that Keyfob doesn't know.
    #[error("an id token is signed with RS256, RS384, RS512, PS256, PS384, PS512, ES256 or ES384")]
    BadAlgorithm,
    /// An issuer that isn't an address.
    #[error("an issuer is an https address without query and fragment")]
    BadIssuer,
    /// No certificate.
    #[error("certificates are PEM text, at most 64 KiB of it")]
    BadCertificate,
    /// Days that nobody can mean.
    #[error("the days of inactivity are 1 to 3650")]
    BadDays,
    /// A client id or secret with characters that no request takes.
    #[error(
        "it is visible ASCII characters, at most 512 in a client id and 4,096 in a client secret"
    )]
    BadCredential,
}

pub(super) fn name(text: &str) -> Result<String, Why> {
    let name = text.trim();
    if name.is_empty() {
        return Err(Why::Missing);
    }
    let fits = name.chars().count() <= LONGEST_NAME && plain(name, LONGEST_NAME, false) == name;
    fits.then(|| name.to_owned()).ok_or(Why::BadName)
}

pub(super) fn address(text: &str) -> Result<Url, Why> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Why::Missing);
    }
    if text.len() > LONGEST_ADDRESS {
        return Err(Why::NoAddress("it is too long".to_owned()));
    }
    let url = Url::parse(text).map_err(|error| Why::NoAddress(error.to_string()))?;
    is_allowed_endpoint(&url)
        .then_some(url)
        .ok_or(Why::Insecure)
}

/// The authorization endpoint keeps its own query, and what is Keyfob's would be in the request twice.
pub(super) fn authorization_endpoint(text: &str) -> Result<Url, Why> {
    let url = address(text)?;
    let own = url
        .query_pairs()
        .find(|(name, _)| PROTECTED.contains(&name.as_ref()))
        .map(|(name, _)| name.into_owned());
    own.map_or(Ok(url), |name| Err(Why::Protected(name)))
}

/// RFC 8414 §2; compared letter by letter ever after, so it stays as it is written.
pub(super) fn issuer(text: &str) -> Result<String, Why> {
    let text = text.trim();
    let url = address(text).map_err(|_| Why::BadIssuer)?;
    let fits = url.query().is_none() && !text.contains(['?', '#']);
    fits.then(|| text.to_owned()).ok_or(Why::BadIssuer)
}

pub(super) fn scopes<'a>(tokens: impl Iterator<Item = &'a str> + Clone) -> Result<Scopes, Why> {
    let (mut count, mut length) = (0usize, 0usize);
    for token in tokens.clone() {
        (count, length) = (count + 1, length + token.len() + 1);
        if count > MOST_SCOPES || length > LONGEST_SCOPES {
            return Err(Why::TooManyScopes);
        }
        if !is_scope(token) {
            return Err(Why::BadScope(plain(token, 40, false)));
        }
    }
    Ok(tokens.collect())
}

pub(super) fn parameter(name: &str, value: &str) -> Result<(), Why> {
    if PROTECTED.contains(&name) {
        return Err(Why::Protected(name.to_owned()));
    }
    let fits = |text: &str| {
        text.len() <= LONGEST_PARAMETER && plain(text, LONGEST_PARAMETER, false) == text
    };
    (!name.is_empty() && fits(name) && fits(value))
        .then_some(())
        .ok_or_else(|| Why::BadParameter(plain(name, 40, false)))
}

pub(super) fn host(text: &str) -> Result<String, Why> {
    let host = text.trim().to_ascii_lowercase();
    let bad = || Why::BadHost(plain(text.trim(), 60, false));
    let url = Url::parse(&format!("https://{host}/")).map_err(|_| bad())?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-[:]".contains(&byte);
    (url.host_str() == Some(host.as_str()) && host.bytes().all(plain))
        .then_some(host)
        .ok_or_else(bad)
}

pub(super) fn pointer(text: &str) -> Result<String, Why> {
    let fits = (text.is_empty() || text.starts_with('/')) && text.len() <= LONGEST_POINTER;
    fits.then(|| text.to_owned()).ok_or(Why::BadPointer)
}

/// Only its shape: whether TLS takes it is seen where it is used.
pub(super) fn certificate(text: &str) -> Result<String, Why> {
    let text = text.trim();
    let whole = text.starts_with("-----BEGIN CERTIFICATE-----")
        && text.ends_with("-----END CERTIFICATE-----");
    let fits = text.len() <= LONGEST_CERTIFICATE && text.is_ascii();
    // A private key beside it would lie in a plain file.
    (whole && fits && !text.contains("PRIVATE KEY"))
        .then(|| format!("{text}\n"))
        .ok_or(Why::BadCertificate)
}

pub(super) fn inactivity_days(days: u32) -> Result<u32, Why> {
    (1..=LONGEST_INACTIVITY_DAYS)
        .contains(&days)
        .then_some(days)
        .ok_or(Why::BadDays)
}

/// Checks a client id, which may be empty until the user has one (RFC 6749 appendix A.1).
///
/// # Errors
/// [`Why::BadCredential`].
pub fn check_client_id(text: &str) -> Result<(), Why> {
    credential(text.trim(), 512)
}

/// Checks a client secret (RFC 6749 appendix A.2).
///
/// # Errors
/// [`Why::Missing`], [`Why::BadCredential`].
pub fn check_client_secret(text: &str) -> Result<(), Why> {
    if text.is_empty() {
        return Err(Why::Missing);
    }
    credential(text, 4096)
}

fn credential(text: &str, longest: usize) -> Result<(), Why> {
    let fits = text.len() <= longest && text.bytes().all(|byte| (0x20..=0x7e).contains(&byte));
    fits.then_some(()).ok_or(Why::BadCredential)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_36_and_40_an_address_is_checked_beside_its_field() {
        let cases = [
            ("https://a.example/token", Ok(())),
            (" https://a.example/token\n", Ok(())),
            ("http://127.0.0.1:9/token", Ok(())),
            ("", Err(Why::Missing)),
            ("http://a.example/token", Err(Why::Insecure)),
            ("https://a.example/#x", Err(Why::Insecure)),
            ("https://me@a.example/", Err(Why::Insecure)),
            ("javascript:alert(1)", Err(Why::Insecure)),
        ];
        for (text, expected) in cases {
            assert_eq!(address(text).map(|_| ()), expected, "{text}");
        }
        assert!(matches!(address("a.example"), Err(Why::NoAddress(_))));
        let long = format!("https://a.example/{}", "x".repeat(2100));
        assert!(matches!(address(&long), Err(Why::NoAddress(_))));
    }

    #[test]
    fn ten_kilobytes_of_scopes_are_refused_and_a_hundred_scopes_are_not() {
        let words = |count: usize, length: usize| vec!["s".repeat(length); count];
        let check = |words: &[String]| scopes(words.iter().map(String::as_str)).map(|_| ());
        assert_eq!(check(&words(100, 30)), Ok(()));
        assert_eq!(check(&words(101, 1)), Err(Why::TooManyScopes));
        assert_eq!(check(&words(50, 200)), Err(Why::TooManyScopes));
        assert_eq!(
            check(&["bad\"one".to_owned()]),
            Err(Why::BadScope("bad\"one".to_owned()))
        );
    }

    #[test]
    fn a_host_is_a_name_and_nothing_around_it() {
        for (text, expected) in [
            ("api.acme.example", Some("api.acme.example")),
            (" API.acme.example ", Some("api.acme.example")),
            ("127.0.0.1", Some("127.0.0.1")),
            ("https://api.acme.example", None),
            ("api.acme.example:443", None),
            ("api.acme.example/v1", None),
            ("me@api.acme.example", None),
            ("*.acme.example", None),
            ("", None),
        ] {
            assert_eq!(host(text).ok().as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_certificate_is_pem_and_no_key() {
        let one = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";
        assert_eq!(certificate(&format!("\n{one}\n")), Ok(format!("{one}\n")));
        let key = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----";
        for bad in ["", "MIIB", key, &format!("{one}\n{key}\n{one}")] {
            assert_eq!(certificate(bad), Err(Why::BadCertificate), "{bad}");
        }
    }

    #[test]
    fn an_issuer_stays_as_it_is_written() {
        for good in [
            "https://a.example",
            "https://a.example/",
            "http://127.0.0.1:9/oidc",
        ] {
            assert_eq!(issuer(good).as_deref(), Ok(good));
        }
        for bad in [
            "",
            "a.example",
            "http://a.example",
            "https://a.example/?x",
            "https://a.example/#",
        ] {
            assert_eq!(issuer(bad), Err(Why::BadIssuer), "{bad}");
        }
    }
}
