//! What is sent to the token endpoint (RFC 6749 §4.1.3, §6) and the revocation endpoint (RFC 7009 §2.1).

use crate::failure::{Fault, OauthError};
use crate::provider::{AnswerShape, ClientAuthentication, Provider, TokenBody};
use crate::secret::{AccessToken, AuthorizationCode, ClientSecret, CodeVerifier, RefreshToken};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};
use zeroize::Zeroizing;

/// What is offered in exchange for tokens.
#[derive(Debug)]
pub enum TokenGrant {
    /// RFC 6749 §4.1.3 with RFC 7636 §4.5.
    Code {
        /// The authorization code.
        code: Arc<AuthorizationCode>,
        /// Byte for byte the one of the authorization request (SECURITY 18).
        redirect_uri: String,
        /// Absent where the provider refuses PKCE.
        verifier: Option<Arc<CodeVerifier>>,
    },
    /// RFC 6749 §6; no scope is sent, which asks for the granted ones (SECURITY 65).
    Refresh {
        /// The refresh token of the newest generation.
        refresh_token: Arc<RefreshToken>,
    },
}

/// A request to the token endpoint, with its endpoint as it was at the time of the grant.
#[derive(Debug)]
pub struct TokenRequest {
    /// Where it goes (SECURITY 66).
    pub endpoint: Url,
    /// How the parameters are written.
    pub body: TokenBody,
    /// How it will be answered.
    pub answer: AnswerShape,
    /// How the client proves itself.
    pub client_authentication: ClientAuthentication,
    /// RFC 6749 §2.2.
    pub client_id: String,
    /// Present unless the client is a public one.
    pub client_secret: Option<Arc<ClientSecret>>,
    /// Certificates in PEM that are trusted besides the system's own.
    pub extra_ca: Option<String>,
    /// What is offered.
    pub grant: TokenGrant,
}

/// A request's bytes. Both parts are overwritten when dropped.
pub struct EncodedRequest {
    /// The `Content-Type`.
    pub content_type: &'static str,
    /// The whole `Authorization` header, where the client proves itself by it.
    pub authorization: Option<Zeroizing<String>>,
    /// The body.
    pub body: Zeroizing<Vec<u8>>,
}

impl TokenRequest {
    /// Makes a request for a provider from what was recorded of it.
    #[must_use]
    pub fn new(
        provider: &Provider,
        client_id: String,
        client_secret: Option<Arc<ClientSecret>>,
        grant: TokenGrant,
    ) -> Self {
        Self {
            endpoint: provider.token_endpoint.clone(),
            body: provider.token_body,
            answer: provider.token_answer,
            client_authentication: provider.client_authentication,
            client_id,
            client_secret,
            extra_ca: provider.extra_ca.clone(),
            grant,
        }
    }

    /// Gives everything in the request that must not be seen.
    #[must_use]
    pub fn secrets(&self) -> Vec<&str> {
        let (first, second) = match &self.grant {
            TokenGrant::Code { code, verifier, .. } => (
                code.expose(),
                verifier.as_ref().map(|verifier| verifier.expose()),
            ),
            TokenGrant::Refresh { refresh_token } => (refresh_token.expose(), None),
        };
        let secret = self.client_secret.as_ref().map(|secret| secret.expose());
        [Some(first), second, secret]
            .into_iter()
            .flatten()
            .collect()
    }

    /// Writes the request's bytes.
    #[must_use]
    pub fn encode(&self) -> EncodedRequest {
        let mut fields: Vec<(&str, &str)> = Vec::with_capacity(6);
        match &self.grant {
            TokenGrant::Code {
                code,
                redirect_uri,
                verifier,
            } => {
                fields.extend([
                    ("grant_type", "authorization_code"),
                    ("code", code.expose()),
                    ("redirect_uri", redirect_uri),
                ]);
                if let Some(verifier) = verifier {
                    fields.push(("code_verifier", verifier.expose()));
                }
            }
            TokenGrant::Refresh { refresh_token } => {
                fields.extend([
                    ("grant_type", "refresh_token"),
                    ("refresh_token", refresh_token.expose()),
                ]);
            }
        }
        encode(
            &fields,
            self.body,
            self.client_authentication,
            &self.client_id,
            self.client_secret.as_deref(),
        )
    }
}

/// What is to be ended.
#[derive(Debug)]
pub enum Revocable<'a> {
    /// The grant's refresh token; most servers end its access tokens with it.
    Refresh(&'a RefreshToken),
    /// An access token, where the server doesn't.
    Access(&'a AccessToken),
}

/// Writes a revocation request; it is a form in every dialect (RFC 7009 §2.1).
#[must_use]
pub fn revocation_request(
    authentication: ClientAuthentication,
    client_id: &str,
    client_secret: Option<&ClientSecret>,
    token: &Revocable<'_>,
) -> EncodedRequest {
    let (token, hint) = match token {
        Revocable::Refresh(token) => (token.expose(), "refresh_token"),
        Revocable::Access(token) => (token.expose(), "access_token"),
    };
    let fields = [("token", token), ("token_type_hint", hint)];
    encode(
        &fields,
        TokenBody::Form,
        authentication,
        client_id,
        client_secret,
    )
}

fn encode(
    fields: &[(&str, &str)],
    body: TokenBody,
    authentication: ClientAuthentication,
    client_id: &str,
    client_secret: Option<&ClientSecret>,
) -> EncodedRequest {
    let mut fields = fields.to_vec();
    let mut authorization = None;
    match (authentication, client_secret) {
        (ClientAuthentication::Basic, Some(secret)) => {
            authorization = Some(basic(client_id, secret))
        }
        (ClientAuthentication::Post, Some(secret)) => {
            fields.extend([("client_id", client_id), ("client_secret", secret.expose())]);
        }
        (ClientAuthentication::None, _)
        | (ClientAuthentication::Basic | ClientAuthentication::Post, None) => {
            fields.push(("client_id", client_id));
        }
    }
    // Room for everything at once: a buffer that grows leaves copies of its bytes behind.
    let room = fields
        .iter()
        .map(|(name, value)| name.len() + value.len() * 6 + 8)
        .sum();
    match body {
        TokenBody::Form => {
            let mut form = Serializer::new(String::with_capacity(room));
            form.extend_pairs(&fields);
            EncodedRequest {
                content_type: "application/x-www-form-urlencoded",
                authorization,
                body: Zeroizing::new(form.finish().into_bytes()),
            }
        }
        TokenBody::Json => {
            let mut bytes = Vec::with_capacity(room);
            let object: std::collections::BTreeMap<&str, &str> = fields.into_iter().collect();
            // Writing plain strings into memory has no way to fail.
            let _ = serde_json::to_writer(&mut bytes, &object);
            EncodedRequest {
                content_type: "application/json",
                authorization,
                body: Zeroizing::new(bytes),
            }
        }
    }
}

/// RFC 6749 §2.3.1: both parts are form-encoded before they are joined.
fn basic(client_id: &str, secret: &ClientSecret) -> Zeroizing<String> {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let pair = Zeroizing::new(format!(
        "{}:{}",
        encoded(client_id),
        encoded(secret.expose())
    ));
    Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())))
}

/// Tells whether a refusal complains of the field `code_verifier` itself: then one more try
/// without it is allowed where PKCE is `unknown` (SECURITY 10).
#[must_use]
pub fn names_the_verifier(fault: &Fault) -> bool {
    match fault {
        Fault::Refused {
            status: 400,
            error,
            detail: Some(detail),
            ..
        } => {
            // `invalid_grant` speaks of the verifier's value, not of the field: the code is spent.
            !matches!(error, Some(OauthError::InvalidGrant)) && detail.contains("code_verifier")
        }
        Fault::Refused { .. }
        | Fault::NoAnswer { .. }
        | Fault::Redirected
        | Fault::Malformed { .. }
        | Fault::TooLarge => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(
        body: TokenBody,
        client_authentication: ClientAuthentication,
        grant: TokenGrant,
    ) -> EncodedRequest {
        TokenRequest {
            endpoint: Url::parse("https://a.example/token").unwrap(),
            body,
            answer: AnswerShape::Standard,
            client_authentication,
            client_id: "id:1".into(),
            client_secret: Some(Arc::new(ClientSecret::new("s&cret \"ä\"".into()))),
            extra_ca: None,
            grant,
        }
        .encode()
    }

    fn code() -> TokenGrant {
        TokenGrant::Code {
            code: Arc::new(AuthorizationCode::new("c+d".into())),
            redirect_uri: "dev.keyfob.desktop:/callback/mio".into(),
            verifier: Some(Arc::new(CodeVerifier::new("v".into()))),
        }
    }

    fn refresh() -> TokenGrant {
        TokenGrant::Refresh {
            refresh_token: Arc::new(RefreshToken::new("r/t".into())),
        }
    }

    #[test]
    fn security_39_requests_are_written_as_the_provider_wants_them() {
        let json = request(TokenBody::Json, ClientAuthentication::Post, code());
        let object: serde_json::Value = serde_json::from_slice(&json.body).unwrap();
        assert_eq!(json.content_type, "application/json");
        assert_eq!(
            object,
            serde_json::json!({
                "grant_type": "authorization_code", "code": "c+d", "redirect_uri": "dev.keyfob.desktop:/callback/mio",
                "client_id": "id:1", "client_secret": "s&cret \"ä\"", "code_verifier": "v",
            })
        );

        let form = request(TokenBody::Form, ClientAuthentication::Post, refresh());
        assert_eq!(form.content_type, "application/x-www-form-urlencoded");
        assert_eq!(
            std::str::from_utf8(&form.body).unwrap(),
            "grant_type=refresh_token&refresh_token=r%2Ft&client_id=id%3A1&client_secret=s%26cret+%22%C3%A4%22"
        );
        assert!(form.authorization.is_none());

        let basic = request(TokenBody::Form, ClientAuthentication::Basic, refresh());
        assert_eq!(
            std::str::from_utf8(&basic.body).unwrap(),
            "grant_type=refresh_token&refresh_token=r%2Ft"
        );
        let expected = format!("Basic {}", STANDARD.encode("id%3A1:s%26cret+%22%C3%A4%22"));
        assert_eq!(basic.authorization.unwrap().as_str(), expected);

        let public = request(TokenBody::Form, ClientAuthentication::None, refresh());
        assert_eq!(
            std::str::from_utf8(&public.body).unwrap(),
            "grant_type=refresh_token&refresh_token=r%2Ft&client_id=id%3A1"
        );
    }

    #[test]
    fn a_request_prints_no_secret() {
        let request = TokenRequest {
            endpoint: Url::parse("https://a.example/token").unwrap(),
            body: TokenBody::Json,
            answer: AnswerShape::Standard,
            client_authentication: ClientAuthentication::Post,
            client_id: "id".into(),
            client_secret: Some(Arc::new(ClientSecret::new("MARK".into()))),
            extra_ca: None,
            grant: TokenGrant::Refresh {
                refresh_token: Arc::new(RefreshToken::new("MARK".into())),
            },
        };
        assert!(!format!("{request:?}").contains("MARK"));
    }

    #[test]
    fn security_10_only_a_complaint_about_the_field_allows_a_try_without_it() {
        let refused = |status, error: Option<&str>, detail: &str| Fault::Refused {
            status,
            error: error.map(OauthError::parse),
            detail: Some(detail.to_owned()),
            retry_after: None,
        };
        assert!(names_the_verifier(&refused(
            400,
            Some("invalid_request"),
            "unknown field code_verifier"
        )));
        assert!(names_the_verifier(&refused(
            400,
            None,
            "unknown field `code_verifier`"
        )));
        assert!(!names_the_verifier(&refused(
            400,
            Some("invalid_grant"),
            "code_verifier does not match"
        )));
        assert!(!names_the_verifier(&refused(
            400,
            Some("invalid_request"),
            "unknown field"
        )));
        assert!(!names_the_verifier(&refused(500, None, "code_verifier")));
        assert!(!names_the_verifier(&Fault::TooLarge));
    }
}
