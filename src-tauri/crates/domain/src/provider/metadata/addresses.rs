//! Where a provider's description of itself may lie: OpenID Connect appends to the issuer's path
//! (Discovery 4), RFC 8414 §3.1 inserts before it, and the older servers know only the first.

use std::fmt;
use url::Url;

const OPENID: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";

/// How an address was made from the issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// OpenID Connect Discovery 4: behind the path.
    OpenidAppended,
    /// RFC 8414 §3.1: before the path.
    OauthInserted,
    /// RFC 8414 §5: OpenID Connect's document, before the path.
    OpenidInserted,
}

impl fmt::Display for Form {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::OpenidAppended => "OpenID Connect",
            Self::OauthInserted => "OAuth 2.0 (RFC 8414)",
            Self::OpenidInserted => "OpenID Connect (RFC 8414)",
        })
    }
}

/// An address to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// How it was made.
    pub form: Form,
    /// The address.
    pub url: Url,
}

/// Gives the addresses to try for an issuer, each once, the most usual first. A slash at the end of
/// the issuer changes none of them. What has a query or a fragment is no issuer (RFC 8414 §2) and
/// has none.
#[must_use]
pub fn addresses(issuer: &Url) -> Vec<Address> {
    if issuer.cannot_be_a_base() || issuer.query().is_some() || issuer.fragment().is_some() {
        return Vec::new();
    }
    let path = issuer.path().trim_end_matches('/');
    let at = |form, path: String| {
        let mut url = issuer.clone();
        url.set_path(&path);
        Address { form, url }
    };
    let mut all = vec![
        at(Form::OpenidAppended, format!("{path}{OPENID}")),
        at(Form::OauthInserted, format!("{OAUTH}{path}")),
    ];
    // Without a path, before and behind it are the same.
    if !path.is_empty() {
        all.push(at(Form::OpenidInserted, format!("{OPENID}{path}")));
    }
    all
}

/// Takes off what [`addresses`] puts on, for those who have a document's address at hand instead of
/// the issuer; anything else comes back as it is.
#[must_use]
pub fn issuer_of(mut url: Url) -> Url {
    let path = url.path();
    let inserted = |known: &str| {
        let rest = path.strip_prefix(known)?;
        (rest.is_empty() || rest.starts_with('/')).then(|| rest.to_owned())
    };
    let issuer = path
        .strip_suffix(OPENID)
        .map(str::to_owned)
        .or_else(|| inserted(OAUTH))
        .or_else(|| inserted(OPENID));
    if let Some(path) = issuer {
        url.set_path(&path);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(issuer: &str) -> Vec<(Form, String)> {
        let all = addresses(&Url::parse(issuer).unwrap());
        all.into_iter()
            .map(|address| (address.form, address.url.into()))
            .collect()
    }

    #[test]
    fn security_35_every_form_is_tried_once() {
        let rows: [(&str, &[(Form, &str)]); 6] = [
            (
                "https://a.example",
                &[
                    (
                        Form::OpenidAppended,
                        "https://a.example/.well-known/openid-configuration",
                    ),
                    (
                        Form::OauthInserted,
                        "https://a.example/.well-known/oauth-authorization-server",
                    ),
                ],
            ),
            (
                "https://a.example:8443/",
                &[
                    (
                        Form::OpenidAppended,
                        "https://a.example:8443/.well-known/openid-configuration",
                    ),
                    (
                        Form::OauthInserted,
                        "https://a.example:8443/.well-known/oauth-authorization-server",
                    ),
                ],
            ),
            (
                "https://a.example/realms/one",
                &[
                    (
                        Form::OpenidAppended,
                        "https://a.example/realms/one/.well-known/openid-configuration",
                    ),
                    (
                        Form::OauthInserted,
                        "https://a.example/.well-known/oauth-authorization-server/realms/one",
                    ),
                    (
                        Form::OpenidInserted,
                        "https://a.example/.well-known/openid-configuration/realms/one",
                    ),
                ],
            ),
            (
                "http://127.0.0.1:9/o/",
                &[
                    (
                        Form::OpenidAppended,
                        "http://127.0.0.1:9/o/.well-known/openid-configuration",
                    ),
                    (
                        Form::OauthInserted,
                        "http://127.0.0.1:9/.well-known/oauth-authorization-server/o",
                    ),
                    (
                        Form::OpenidInserted,
                        "http://127.0.0.1:9/.well-known/openid-configuration/o",
                    ),
                ],
            ),
            ("https://a.example/?tenant=1", &[]),
            ("https://a.example/#x", &[]),
        ];
        for (issuer, expected) in rows {
            let expected: Vec<_> = expected
                .iter()
                .map(|(form, url)| (*form, (*url).to_owned()))
                .collect();
            assert_eq!(tried(issuer), expected, "{issuer}");
        }
        assert_eq!(tried("mailto:a@b.example"), []);
    }

    #[test]
    fn the_issuer_is_found_again_in_the_address_of_its_document() {
        for issuer in [
            "https://a.example/",
            "https://a.example/realms/one",
            "http://127.0.0.1:9/o",
        ] {
            let issuer = Url::parse(issuer).unwrap();
            for address in addresses(&issuer) {
                assert_eq!(issuer_of(address.url.clone()), issuer, "{address:?}");
            }
        }
        for other in [
            "https://a.example/.well-known/openid-configurations",
            "https://a.example/.well-known/jwks.json",
            "https://a.example/x",
        ] {
            let other = Url::parse(other).unwrap();
            assert_eq!(issuer_of(other.clone()), other);
        }
    }
}
