//! What a provider's description of itself makes of an empty form.

use super::metadata::{GrantType, Metadata};
use super::{ClientAuthentication, ContextDraft, Draft, IdTokenUse, Kept, Pkce};
use crate::grant::Scopes;
use url::Url;

/// What is asked for where nobody says otherwise: who it is, and to go on without asking again.
const USUAL: [&str; 4] = ["openid", "profile", "email", "offline_access"];

impl Draft {
    /// Fills a form from a description (OpenID Connect Discovery 1.0, RFC 8414). `issuer` is what was
    /// asked for; its host becomes the name.
    #[must_use]
    pub fn discovered(issuer: &str, metadata: &Metadata) -> Self {
        let text = |url: &Option<Url>| url.as_ref().map(Url::to_string).unwrap_or_default();
        let host = Url::parse(issuer).ok();
        let host = host.as_ref().and_then(Url::host_str).unwrap_or_default();
        let scopes = scopes(metadata);
        let algorithm = metadata.id_token_algorithm();
        let verifiable = metadata.jwks_uri.is_some() && algorithm.is_some();
        Self {
            name: host.to_owned(),
            issuer: metadata.issuer.clone(),
            authorization_endpoint: metadata.authorization_endpoint.to_string(),
            token_endpoint: metadata.token_endpoint.to_string(),
            revocation_endpoint: text(&metadata.revocation_endpoint),
            userinfo_endpoint: text(&metadata.userinfo_endpoint),
            jwks_uri: text(&metadata.jwks_uri),
            extra_parameters: parameters(&scopes, metadata),
            scopes: scopes.to_string(),
            client_authentication: authentication(metadata),
            pkce: match metadata.pkce_s256 {
                Some(true) => Pkce::Accepted,
                // A server that knows no S256 may know PKCE all the same, and none that follows RFC 6749
                // is disturbed by it (SECURITY 10, 11).
                Some(false) | None => Pkce::Unknown,
            },
            sends_issuer: metadata.iss_parameter == Some(true),
            id_token: if verifiable {
                IdTokenUse::Verify
            } else {
                IdTokenUse::Ignore
            },
            context: if metadata.userinfo_endpoint.is_some() {
                ContextDraft::Userinfo
            } else {
                ContextDraft::None
            },
            kept: Kept {
                id_token_algorithm: algorithm.unwrap_or_default(),
                ..Kept::default()
            },
            ..Self::default()
        }
    }
}

/// Those of the usual scopes that the provider tells of; all of them where it tells of none.
fn scopes(metadata: &Metadata) -> Scopes {
    let renews = |scope: &&str| {
        let grants = metadata.grant_types.as_ref();
        *scope != "offline_access"
            || grants.is_none_or(|grants| grants.contains(&GrantType::RefreshToken))
    };
    let known = |scope: &&str| {
        let supported = metadata.scopes_supported.as_ref();
        supported.is_none_or(|supported| supported.contains(scope))
    };
    // Without id tokens it is no OpenID provider, and these scopes mean nothing to it.
    if metadata.jwks_uri.is_none() && metadata.scopes_supported.is_none() {
        return Scopes::default();
    }
    USUAL.into_iter().filter(known).filter(renews).collect()
}

/// A refresh token is given only where the user is asked for consent (OpenID Connect Core 11); a provider
/// that tells of its prompts, and not of this one, has other conditions.
fn parameters(scopes: &Scopes, metadata: &Metadata) -> Vec<(String, String)> {
    if scopes.contains("offline_access") && metadata.consent_prompt != Some(false) {
        return vec![("prompt".to_owned(), "consent".to_owned())];
    }
    Vec::new()
}

/// The first that the provider names; Basic where it names none (OpenID Connect Discovery 3).
fn authentication(metadata: &Metadata) -> ClientAuthentication {
    let known = metadata.client_authentication.as_ref();
    known
        .and_then(|known| known.first().copied())
        .unwrap_or(ClientAuthentication::Basic)
}

#[cfg(test)]
mod tests {
    use super::super::metadata::read_metadata;
    use super::*;
    use crate::id::ProviderSlug;
    use crate::token::SigningAlgorithm;

    fn drafted(members: &str) -> Draft {
        let issuer = "https://id.acme.example";
        let document = format!(
            r#"{{"issuer":"{issuer}","authorization_endpoint":"{issuer}/authorize",
            "token_endpoint":"{issuer}/token","response_types_supported":["code"]{members}}}"#
        );
        Draft::discovered(issuer, &read_metadata(document.as_bytes(), issuer).unwrap())
    }

    #[test]
    fn an_openid_provider_fills_the_form_so_that_it_can_be_saved() {
        let draft = drafted(
            r#","jwks_uri":"https://id.acme.example/keys","userinfo_endpoint":"https://id.acme.example/me",
            "revocation_endpoint":"https://id.acme.example/revoke","scopes_supported":["openid","email","x"],
            "code_challenge_methods_supported":["S256"],"authorization_response_iss_parameter_supported":true,
            "token_endpoint_auth_methods_supported":["client_secret_post","none"],
            "id_token_signing_alg_values_supported":["ES256"]"#,
        );
        assert_eq!(draft.name, "id.acme.example");
        assert_eq!(draft.scopes, "openid email");
        assert_eq!(draft.client_authentication, ClientAuthentication::Post);
        assert_eq!(
            (draft.pkce, draft.id_token),
            (Pkce::Accepted, IdTokenUse::Verify)
        );
        assert_eq!(draft.context, ContextDraft::Userinfo);
        assert!(draft.sends_issuer);
        let provider = draft
            .check(&ProviderSlug::parse("acme").unwrap(), &[])
            .unwrap();
        assert_eq!(provider.id_token_algorithm, SigningAlgorithm::Es256);
        assert_eq!(provider.api_hosts, ["id.acme.example"]);
    }

    #[test]
    fn a_refresh_token_is_asked_for_as_openid_connect_has_it() {
        let keys = r#","jwks_uri":"https://id.acme.example/keys""#;
        let consent = vec![("prompt".to_owned(), "consent".to_owned())];
        for (members, expected) in [
            ("", consent.clone()),
            (
                r#","scopes_supported":["openid","offline_access"]"#,
                consent.clone(),
            ),
            (r#","prompt_values_supported":["none","consent"]"#, consent),
            (r#","prompt_values_supported":["none","login"]"#, vec![]),
            (r#","scopes_supported":["openid"]"#, vec![]),
            (r#","grant_types_supported":["authorization_code"]"#, vec![]),
        ] {
            let draft = drafted(&format!("{keys}{members}"));
            assert_eq!(draft.extra_parameters, expected, "{members}");
        }
        assert_eq!(drafted("").extra_parameters, [], "no OpenID provider");
    }

    #[test]
    fn what_is_not_said_is_not_made_up() {
        let draft = drafted("");
        assert_eq!((draft.scopes.as_str(), draft.jwks_uri.as_str()), ("", ""));
        assert_eq!(draft.client_authentication, ClientAuthentication::Basic);
        assert_eq!(
            (draft.pkce, draft.id_token),
            (Pkce::Unknown, IdTokenUse::Ignore)
        );
        assert_eq!(draft.context, ContextDraft::None);
        assert!(!draft.sends_issuer);
        let unusual = drafted(
            r#","jwks_uri":"https://id.acme.example/keys","grant_types_supported":["authorization_code"],
            "id_token_signing_alg_values_supported":["EdDSA"],"token_endpoint_auth_methods_supported":["none"]"#,
        );
        assert_eq!(unusual.scopes, "openid profile email");
        assert_eq!(
            unusual.id_token,
            IdTokenUse::Ignore,
            "nothing can verify it"
        );
        assert_eq!(unusual.client_authentication, ClientAuthentication::None);
    }
}
