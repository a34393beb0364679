//! Reads one description. Its bytes come from a stranger, or from whoever answered in its place.

use super::fault::piece;
use super::{
    AUTHORIZATION, ClientAuthentication, DEVICE, EndpointRefusal, GrantType, JWKS, Metadata,
    MetadataFault, PAR, REVOCATION, Scopes, SigningAlgorithm, TOKEN, USERINFO, is_document_of,
    is_loopback_literal, is_public, literal,
};
use crate::json::is_shallow;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// The longest description that is read, in bytes (SECURITY 36).
pub const LONGEST_METADATA: usize = 256 * 1024;

/// The members that matter, of whatever type: one that is wrongly typed must not cost the others.
/// A member that is there twice breaks the document, because nobody knows which one counts.
#[derive(Deserialize)]
struct Wire {
    issuer: Option<Value>,
    authorization_endpoint: Option<Value>,
    token_endpoint: Option<Value>,
    revocation_endpoint: Option<Value>,
    userinfo_endpoint: Option<Value>,
    jwks_uri: Option<Value>,
    pushed_authorization_request_endpoint: Option<Value>,
    require_pushed_authorization_requests: Option<Value>,
    device_authorization_endpoint: Option<Value>,
    code_challenge_methods_supported: Option<Value>,
    authorization_response_iss_parameter_supported: Option<Value>,
    scopes_supported: Option<Value>,
    token_endpoint_auth_methods_supported: Option<Value>,
    id_token_signing_alg_values_supported: Option<Value>,
    prompt_values_supported: Option<Value>,
    grant_types_supported: Option<Value>,
}

/// Reads the description of the issuer that was asked for. Unknown members are ignored, optional
/// ones of a wrong type are as if they weren't there; an address that can't be used is a fault even
/// where it is optional, because it says that somebody tampered or doesn't care (SECURITY 35, 36).
///
/// # Errors
/// [`MetadataFault`].
pub fn read_metadata(bytes: &[u8], asked_issuer: &str) -> Result<Metadata, MetadataFault> {
    if bytes.len() > LONGEST_METADATA {
        return Err(MetadataFault::TooLarge);
    }
    // `serde` would take a list for an object, member by member.
    let is_object = bytes.trim_ascii_start().starts_with(b"{");
    let wire: Wire = (is_object && is_shallow(bytes))
        .then(|| serde_json::from_slice(bytes).ok())
        .flatten()
        .ok_or(MetadataFault::Unreadable)?;

    // What can't be shown can't be told apart from what was asked for.
    let issuer = text(wire.issuer)
        .filter(|issuer| crate::text::plain(issuer, issuer.len(), false) == *issuer)
        .ok_or(MetadataFault::IssuerMissing)?;
    if !is_document_of(&issuer, asked_issuer) {
        return Err(MetadataFault::IssuerDiffers {
            asked: piece(asked_issuer),
            named: piece(&issuer),
        });
    }
    let reader = EndpointReader::of(asked_issuer);
    let required = |member, value| {
        reader
            .read(member, value)?
            .ok_or(MetadataFault::EndpointMissing { member })
    };
    let par = reader.read(PAR, wire.pushed_authorization_request_endpoint)?;
    let requires_par = boolean(wire.require_pushed_authorization_requests);
    if requires_par == Some(true) && par.is_none() {
        return Err(MetadataFault::EndpointMissing { member: PAR });
    }
    Ok(Metadata {
        authorization_endpoint: required(AUTHORIZATION, wire.authorization_endpoint)?,
        token_endpoint: required(TOKEN, wire.token_endpoint)?,
        revocation_endpoint: reader.read(REVOCATION, wire.revocation_endpoint)?,
        userinfo_endpoint: reader.read(USERINFO, wire.userinfo_endpoint)?,
        jwks_uri: reader.read(JWKS, wire.jwks_uri)?,
        pushed_authorization_request_endpoint: par,
        requires_par,
        device_authorization_endpoint: reader.read(DEVICE, wire.device_authorization_endpoint)?,
        pkce_s256: texts(wire.code_challenge_methods_supported)
            .map(|methods| methods.iter().any(|method| method == "S256")),
        iss_parameter: boolean(wire.authorization_response_iss_parameter_supported),
        scopes_supported: texts(wire.scopes_supported)
            .map(|scopes| scopes.iter().map(String::as_str).collect::<Scopes>()),
        client_authentication: known(
            wire.token_endpoint_auth_methods_supported,
            client_authentication,
        ),
        id_token_algorithms: known(
            wire.id_token_signing_alg_values_supported,
            SigningAlgorithm::parse,
        ),
        consent_prompt: texts(wire.prompt_values_supported)
            .map(|prompts| prompts.iter().any(|prompt| prompt == "consent")),
        grant_types: known(wire.grant_types_supported, grant_type),
        issuer,
    })
}

/// What may be said of an address depends on where the issuer is.
struct EndpointReader {
    loopback: bool,
    private: bool,
}

impl EndpointReader {
    fn of(issuer: &str) -> Self {
        let url = Url::parse(issuer).ok();
        let address = url.as_ref().and_then(literal);
        Self {
            loopback: url.as_ref().is_some_and(is_loopback_literal),
            private: address.is_some_and(|address| !is_public(address)),
        }
    }

    fn read(
        &self,
        member: &'static str,
        value: Option<Value>,
    ) -> Result<Option<Url>, MetadataFault> {
        let Some(text) = text(value) else {
            return Ok(None);
        };
        let refused = |why| MetadataFault::EndpointRefused {
            member,
            address: piece(&text),
            why,
        };
        let url = Url::parse(&text).map_err(|_| refused(EndpointRefusal::NoAddress))?;
        match self.refusal(&url) {
            None => Ok(Some(url)),
            Some(why) => Err(refused(why)),
        }
    }

    fn refusal(&self, url: &Url) -> Option<EndpointRefusal> {
        let local = is_loopback_literal(url);
        if local && !self.loopback {
            return Some(EndpointRefusal::Loopback);
        }
        if literal(url).is_some_and(|address| !is_public(address)) && !self.private {
            return Some(EndpointRefusal::Private);
        }
        if !(url.scheme() == "https" || local && url.scheme() == "http") {
            return Some(EndpointRefusal::NotHttps);
        }
        if url.fragment().is_some() {
            return Some(EndpointRefusal::Fragment);
        }
        (!super::super::is_allowed_endpoint(url)).then_some(EndpointRefusal::UserInfo)
    }
}

/// A text; an empty one says nothing.
fn text(value: Option<Value>) -> Option<String> {
    match value? {
        Value::String(text) => (!text.is_empty()).then_some(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

fn boolean(value: Option<Value>) -> Option<bool> {
    value?.as_bool()
}

/// The texts of a list.
fn texts(value: Option<Value>) -> Option<Vec<String>> {
    match value? {
        Value::Array(values) => Some(
            values
                .into_iter()
                .filter_map(|one| text(Some(one)))
                .collect(),
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            None
        }
    }
}

/// Those members of a list that Keyfob knows, each once.
fn known<T: PartialEq>(value: Option<Value>, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    let mut all = Vec::new();
    for one in texts(value)?.iter().filter_map(|text| read(text)) {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    Some(all)
}

fn client_authentication(text: &str) -> Option<ClientAuthentication> {
    match text {
        "none" => Some(ClientAuthentication::None),
        "client_secret_basic" => Some(ClientAuthentication::Basic),
        "client_secret_post" => Some(ClientAuthentication::Post),
        _ => None,
    }
}

fn grant_type(text: &str) -> Option<GrantType> {
    match text {
        "authorization_code" => Some(GrantType::AuthorizationCode),
        "refresh_token" => Some(GrantType::RefreshToken),
        "urn:ietf:params:oauth:grant-type:device_code" => Some(GrantType::DeviceCode),
        _ => None,
    }
}
