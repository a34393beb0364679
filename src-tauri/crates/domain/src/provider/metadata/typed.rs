//! What somebody types for a provider's address, made into the issuers it may mean.

use super::{is_loopback_literal, issuer_of};
use url::Url;

/// The longest text that can be an issuer.
const LONGEST: usize = 2_000;

/// An address as it was typed, and the issuers it may mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedIssuer {
    /// Where to ask; a slash at its end changes nothing.
    pub url: Url,
    /// The issuer as it was typed.
    pub first: String,
    /// The same with a slash more or less: nobody remembers which of the two it is, and to a provider
    /// they are different issuers.
    pub second: String,
}

/// Why what was typed is no issuer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TypedFault {
    /// There is nothing, or nothing that is an address.
    #[error("This is no web address.")]
    NoAddress,
    /// SECURITY 36.
    #[error("A provider's address begins with https://, not with {scheme}.")]
    OtherScheme {
        /// What it begins with.
        scheme: String,
    },
    /// SECURITY 36, 40.
    #[error(
        "A provider's address begins with https://. Only on this computer, at 127.0.0.1 or [::1], \
         it may begin with http://."
    )]
    HttpElsewhere,
    /// A name or a password before the host.
    #[error("A provider's address has no user name in it.")]
    UserInfo,
    /// RFC 8414 §2.
    #[error("A provider's address has no ? and no # in it.")]
    QueryOrFragment,
}

/// Reads what was typed: adds `https://` where no scheme stands, and takes the end off where it is the
/// address of the provider's description.
///
/// # Errors
/// [`TypedFault`].
pub fn read_typed_issuer(typed: &str) -> Result<TypedIssuer, TypedFault> {
    let typed = typed.trim();
    let strange = |character: char| character.is_whitespace() || character.is_control();
    // Behind `https://` a slash would be skipped, and a path would become the host.
    let path = typed.starts_with(['/', '\\']);
    if typed.is_empty() || typed.len() > LONGEST || path || typed.contains(strange) {
        return Err(TypedFault::NoAddress);
    }
    let text = match scheme_of(typed) {
        Some(_) => typed.to_owned(),
        None => format!("https://{typed}"),
    };
    let url = Url::parse(&text).map_err(|_| TypedFault::NoAddress)?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback_literal(&url) => {}
        "http" => return Err(TypedFault::HttpElsewhere),
        other => {
            let scheme = format!("{}:", crate::text::plain(other, 20, false));
            return Err(TypedFault::OtherScheme { scheme });
        }
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(TypedFault::UserInfo);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(TypedFault::QueryOrFragment);
    }
    let issuer = issuer_of(url.clone());
    // Where a document's address was typed, the slash of an empty path is nobody's.
    let slash = issuer == url && typed.ends_with('/');
    let without = issuer.as_str().trim_end_matches('/').to_owned();
    let with = format!("{without}/");
    let (first, second) = if slash {
        (with, without)
    } else {
        (without, with)
    };
    Ok(TypedIssuer {
        url: issuer,
        first,
        second,
    })
}

/// Gives the scheme that a text begins with. A host with a port looks like one, but no scheme is
/// followed by a digit here.
fn scheme_of(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    let named = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    (named && !rest.starts_with(|first: char| first.is_ascii_digit())).then_some(scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_made_into_an_issuer() {
        let rows = [
            ("a.example", "https://a.example", "https://a.example/"),
            (" a.example/ ", "https://a.example/", "https://a.example"),
            (
                "A.Example:8443/x",
                "https://a.example:8443/x",
                "https://a.example:8443/x/",
            ),
            (
                "https://a.example/x/",
                "https://a.example/x/",
                "https://a.example/x",
            ),
            (
                "HTTPS://a.example:443",
                "https://a.example",
                "https://a.example/",
            ),
            (
                "localhost:8443",
                "https://localhost:8443",
                "https://localhost:8443/",
            ),
            (
                "bücher.example",
                "https://xn--bcher-kva.example",
                "https://xn--bcher-kva.example/",
            ),
            (
                "http://127.0.0.1:9/o",
                "http://127.0.0.1:9/o",
                "http://127.0.0.1:9/o/",
            ),
            ("http://[::1]:9", "http://[::1]:9", "http://[::1]:9/"),
            (
                "https://a.example/.well-known/openid-configuration",
                "https://a.example",
                "https://a.example/",
            ),
            (
                "a.example/x/.well-known/openid-configuration",
                "https://a.example/x",
                "https://a.example/x/",
            ),
            (
                "https://a.example/.well-known/oauth-authorization-server/x",
                "https://a.example/x",
                "https://a.example/x/",
            ),
        ];
        for (typed, first, second) in rows {
            let read = read_typed_issuer(typed).unwrap();
            assert_eq!((read.first.as_str(), read.second.as_str()), (first, second));
            let without = read.url.as_str().trim_end_matches('/');
            assert_eq!(without, first.trim_end_matches('/'), "{typed}");
        }
    }

    #[test]
    fn security_36_what_cannot_be_an_issuer_is_refused() {
        use TypedFault::{HttpElsewhere, NoAddress, QueryOrFragment, UserInfo};
        let scheme = |scheme: &str| TypedFault::OtherScheme {
            scheme: scheme.to_owned(),
        };
        let rows = [
            ("", NoAddress),
            (" ", NoAddress),
            ("https://", NoAddress),
            ("https://a b.example", NoAddress),
            ("a.exa\u{0}mple", NoAddress),
            ("a.example:99999", NoAddress),
            ("/x", NoAddress),
            ("ada@", NoAddress),
            ("http://a.example", HttpElsewhere),
            ("http://localhost:9", HttpElsewhere),
            ("http://127.0.0.1.example", HttpElsewhere),
            ("http://10.0.0.1", HttpElsewhere),
            ("ftp://a.example", scheme("ftp:")),
            ("file:///etc/passwd", scheme("file:")),
            ("file:/etc/passwd", scheme("file:")),
            ("javascript:alert(1)", scheme("javascript:")),
            ("mailto:ada@a.example", scheme("mailto:")),
            ("ada@a.example", UserInfo),
            ("https://:pw@a.example", UserInfo),
            ("a.example?tenant=1", QueryOrFragment),
            ("a.example/#x", QueryOrFragment),
        ];
        for (typed, fault) in rows {
            assert_eq!(read_typed_issuer(typed), Err(fault), "{typed}");
        }
        let long = format!("a.example/{}", "x".repeat(LONGEST));
        assert_eq!(read_typed_issuer(&long), Err(NoAddress));
    }
}
