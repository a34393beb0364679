//! The token request as all faces have it: which fields it must have, whether it is honoured, what
//! the answer says. Faces differ in the kind of body and in how they word a refusal.
//!
//! Hazard: an answer may leave only after [`settled`], or a restart would forget a refresh token the
//! client already relies on.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::clients::Credentials;
use crate::devices::Poll;
use crate::error::SandboxError;
use crate::grants::{Exchange, FreshTokens, Issued, Refusal, Terms};
use crate::profile::Profile;
use crate::sandbox::Sandbox;

/// What a client is told that is not who it says.
pub(crate) const WRONG_CLIENT: &str = "the client is unknown or its secret is wrong";

/// The fields of a body, whatever its kind.
pub(crate) struct Fields(BTreeMap<String, Field>);

enum Field {
    Text(String),
    Empty,
    NotText,
    Twice,
}

impl Fields {
    /// Takes the members of a JSON object.
    pub(crate) fn of_json(object: Map<String, Value>) -> Self {
        let field = |value| match value {
            Value::String(text) if !text.is_empty() => Field::Text(text),
            Value::String(_) | Value::Null => Field::Empty,
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                Field::NotText
            }
        };
        let fields = object.into_iter();
        Self(fields.map(|(name, value)| (name, field(value))).collect())
    }

    /// Takes the pairs of a form. One without a value counts as left out, and none may come twice
    /// (RFC 6749 §3.2).
    pub(crate) fn of_form(pairs: Vec<(String, String)>) -> Self {
        let mut fields = BTreeMap::new();
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            let field = match fields.remove(&name) {
                None => Field::Text(value),
                Some(_) => Field::Twice,
            };
            fields.insert(name, field);
        }
        Self(fields)
    }

    /// A field that must be there.
    pub(crate) fn text(&self, name: &str) -> Result<String, Failure> {
        let problem = match self.0.get(name) {
            Some(Field::Text(text)) => return Ok(text.clone()),
            Some(Field::Empty) | None => "is missing",
            Some(Field::NotText) => "must be a string",
            Some(Field::Twice) => "comes more than once",
        };
        Err(Failure::field(name, problem))
    }

    /// A field that may be left out.
    pub(crate) fn optional_text(&self, name: &str) -> Result<Option<String>, Failure> {
        let there = self.0.contains_key(name);
        there.then(|| self.text(name)).transpose()
    }
}

/// A token request that has all its fields.
pub(crate) struct TokenRequest {
    pub(crate) client: Credentials,
    pub(crate) grant: GrantRequest,
}

/// What a token request asks to be honoured.
pub(crate) enum GrantRequest {
    /// An exchange (RFC 6749 §4.1.3).
    AuthorizationCode {
        code: String,
        redirect_uri: String,
        code_verifier: Option<String>,
    },
    /// A refresh (RFC 6749 §6).
    RefreshToken(String),
    /// A device that asks whether its user has decided (RFC 8628 §3.4).
    DeviceCode(String),
}

/// What kind of refusal it is (RFC 6749 §5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenError {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    UnsupportedGrantType,
    ServerError,
    /// What only a device is told.
    Device(Poll),
}

impl TokenError {
    /// The word of RFC 6749 §5.2.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::ServerError => "server_error",
            Self::Device(poll) => poll.word(),
        }
    }

    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::InvalidClient => StatusCode::UNAUTHORIZED,
            Self::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::InvalidRequest
            | Self::InvalidGrant
            | Self::UnsupportedGrantType
            | Self::Device(_) => StatusCode::BAD_REQUEST,
        }
    }
}

/// A refused token request.
pub(crate) struct Failure {
    pub(crate) error: TokenError,
    /// One sentence; never contains what was sent, but for the name of a field.
    pub(crate) description: String,
    /// The field that is at fault and what is wrong with it, where it is one.
    pub(crate) field: Option<(String, &'static str)>,
    /// Why a code or a refresh token was not honoured, where that is it.
    pub(crate) refusal: Option<Refusal>,
}

impl Failure {
    pub(crate) fn new(error: TokenError, description: impl Into<String>) -> Self {
        Self {
            error,
            description: description.into(),
            field: None,
            refusal: None,
        }
    }

    /// `invalid_request` because of one field.
    pub(crate) fn field(name: &str, problem: &'static str) -> Self {
        Self {
            field: Some((name.to_owned(), problem)),
            ..Self::new(TokenError::InvalidRequest, format!("{name} {problem}"))
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal: Some(refusal),
            ..Self::new(TokenError::InvalidGrant, refusal.description())
        }
    }
}

impl From<Poll> for Failure {
    fn from(poll: Poll) -> Self {
        Self::new(TokenError::Device(poll), poll.description())
    }
}

impl From<SandboxError> for Failure {
    fn from(error: SandboxError) -> Self {
        Self::new(TokenError::ServerError, error.to_string())
    }
}

/// Reads a request whose client shows its secret in the body.
pub(crate) fn read(fields: &Fields, reject_unknown_fields: bool) -> Result<TokenRequest, Failure> {
    let grant = read_grant(fields, reject_unknown_fields)?;
    let client = Credentials {
        client_id: fields.text("client_id")?,
        client_secret: Some(fields.text("client_secret")?),
    };
    Ok(TokenRequest { client, grant })
}

/// Checks that a request has the fields its grant needs and, with `reject_unknown_fields`, no field
/// that a server without PKCE would not know.
pub(crate) fn read_grant(
    fields: &Fields,
    reject_unknown_fields: bool,
) -> Result<GrantRequest, Failure> {
    let grant_type = fields.text("grant_type")?;
    let known: &[&str] = match grant_type.as_str() {
        "authorization_code" => &["code", "redirect_uri"],
        "refresh_token" => &["refresh_token"],
        _ => {
            let description = "grant_type must be authorization_code or refresh_token";
            return Err(Failure::new(TokenError::UnsupportedGrantType, description));
        }
    };
    if reject_unknown_fields {
        refuse_unknown(fields, known)?;
    }
    Ok(if grant_type == "refresh_token" {
        GrantRequest::RefreshToken(fields.text("refresh_token")?)
    } else {
        GrantRequest::AuthorizationCode {
            code: fields.text("code")?,
            redirect_uri: fields.text("redirect_uri")?,
            code_verifier: fields.optional_text("code_verifier")?,
        }
    })
}

fn refuse_unknown(fields: &Fields, known: &[&str]) -> Result<(), Failure> {
    let always = ["grant_type", "client_id", "client_secret"];
    let mut names = fields.0.keys().map(String::as_str);
    let Some(name) = names.find(|name| !always.contains(name) && !known.contains(name)) else {
        return Ok(());
    };
    // What RFC 6749 §5.2 lets into a description; the name came from outside.
    let printable = |c: &char| c.is_ascii_alphanumeric() || "_-.".contains(*c);
    let name: String = name.chars().filter(printable).take(64).collect();
    Err(Failure {
        field: Some((name.clone(), "is not known")),
        ..Failure::new(TokenError::InvalidRequest, format!("unknown field {name}"))
    })
}

/// Honours a request or says why not; `wrong_secret` is the answer to a client that is unknown or
/// shows another secret than its own.
pub(crate) fn honour(
    sandbox: &Sandbox,
    profile: &Profile,
    request: &TokenRequest,
    terms: &Terms,
    wrong_secret: TokenError,
    now: i64,
) -> Result<Issued, Failure> {
    let fresh = FreshTokens {
        access_token: sandbox.draw("access token", profile.access_token_prefix)?,
        refresh_token: sandbox.draw("refresh token", profile.refresh_token_prefix)?,
    };
    let mut state = sandbox.state();
    if !state.clients.authenticate(profile.face, &request.client) {
        return Err(Failure::new(wrong_secret, WRONG_CLIENT));
    }
    let client_id = request.client.client_id.as_str();
    let issued = match &request.grant {
        GrantRequest::AuthorizationCode {
            code,
            redirect_uri,
            code_verifier,
        } => {
            let asked = Exchange {
                code,
                client_id,
                redirect_uri,
                code_verifier: code_verifier.as_deref(),
            };
            state.grants.exchange(&asked, fresh, terms, now)
        }
        GrantRequest::RefreshToken(refresh_token) => {
            state
                .grants
                .refresh(refresh_token, client_id, fresh, terms, now)
        }
        GrantRequest::DeviceCode(device_code) => {
            let allowed = state
                .devices
                .redeem(profile.face, device_code, client_id, now);
            return Ok(state.grants.begin(allowed?, fresh, terms, now));
        }
    };
    issued.map_err(Failure::from)
}

/// Waits until the state file holds what the outcome has changed.
pub(crate) async fn settled<T>(sandbox: &Sandbox, outcome: &Result<T, Failure>) {
    let changed = match outcome {
        Ok(_) => true,
        // A reuse has ended a grant; that must not be undone by a restart.
        Err(failure) => matches!(
            failure.refusal,
            Some(Refusal::CodeUsed | Refusal::RefreshTokenUsed)
        ),
    };
    if changed {
        sandbox.saved().await;
    }
}

/// The members every token answer has (RFC 6749 §5.1), and those that the sandbox was told to add.
pub(crate) fn answer(sandbox: &Sandbox, issued: &Issued, lifetime: Duration) -> Value {
    let mut answer = json!({
        "access_token": issued.access_token.expose(),
        "token_type": "Bearer",
        "expires_in": lifetime.as_secs(),
        "scope": issued.scope.join(" "),
    });
    if let Some(refresh_token) = &issued.refresh_token {
        answer["refresh_token"] = json!(refresh_token.expose());
    }
    for (name, text) in sandbox.extra_members() {
        answer[name] = json!(text);
    }
    answer
}
