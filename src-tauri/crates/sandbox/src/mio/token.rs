//! The token endpoint: `POST /mio/v1/auth/oauth2/token`, JSON in, JSON out.
//!
//! Hazard: an answer may leave only after the state file holds what it issued, or a restart would
//! forget a refresh token the client already relies on.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::id_token;
use crate::config::{Face, MioManners, SecretMismatch};
use crate::error::SandboxError;
use crate::grants::{Exchange, FreshTokens, Issued, Refusal, Terms};
use crate::http::{Base, json_answer, json_error, json_object};
use crate::sandbox::Sandbox;
use crate::secret::Secret;

/// `POST /mio/v1/auth/oauth2/token`.
pub(crate) async fn token(
    State(sandbox): State<Sandbox>,
    Extension(base): Extension<Base>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let manners = sandbox.current_manners();
    let now = sandbox.now();
    let outcome = read(&headers, &body, &manners).and_then(|request| {
        honour(&sandbox, &request, &manners, now).map(|issued| (request, issued))
    });
    match outcome {
        Ok((request, issued)) => {
            sandbox.saved().await;
            let issuer = format!("{}{}", base.0, super::ROOT);
            json_answer(
                StatusCode::OK,
                &answer(&request, &issued, &manners, &issuer, now),
            )
        }
        Err(failure) => {
            // A reuse has ended a grant; that must not be undone by a restart.
            if failure.ended_a_grant {
                sandbox.saved().await;
            }
            json_error(failure.status, failure.error, &failure.description)
        }
    }
}

struct TokenRequest {
    client_id: String,
    client_secret: String,
    grant: GrantRequest,
}

enum GrantRequest {
    AuthorizationCode {
        code: String,
        redirect_uri: String,
        code_verifier: Option<String>,
    },
    RefreshToken(String),
}

struct Failure {
    status: StatusCode,
    error: &'static str,
    description: String,
    ended_a_grant: bool,
}

impl Failure {
    fn new(status: StatusCode, error: &'static str, description: impl Into<String>) -> Self {
        Self {
            status,
            error,
            description: description.into(),
            ended_a_grant: false,
        }
    }

    fn invalid_request(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let ended_a_grant = matches!(refusal, Refusal::CodeUsed | Refusal::RefreshTokenUsed);
        let description = refusal.description().to_owned();
        Self {
            status: StatusCode::BAD_REQUEST,
            error: "invalid_grant",
            description,
            ended_a_grant,
        }
    }
}

impl From<SandboxError> for Failure {
    fn from(error: SandboxError) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server_error",
            error.to_string(),
        )
    }
}

fn read(headers: &HeaderMap, body: &[u8], manners: &MioManners) -> Result<TokenRequest, Failure> {
    let object = json_object(headers, body).map_err(Failure::invalid_request)?;
    let grant_type = text(&object, "grant_type")?;
    let fields: &[&str] = match grant_type {
        "authorization_code" => &["code", "redirect_uri", "code_verifier"],
        "refresh_token" => &["refresh_token"],
        _ => {
            let description = "grant_type must be authorization_code or refresh_token";
            let status = StatusCode::BAD_REQUEST;
            return Err(Failure::new(status, "unsupported_grant_type", description));
        }
    };
    if manners.reject_unknown_fields {
        refuse_unknown(&object, fields)?;
    }
    let owned = |name: &str| text(&object, name).map(str::to_owned);
    let grant = if grant_type == "refresh_token" {
        GrantRequest::RefreshToken(owned("refresh_token")?)
    } else {
        GrantRequest::AuthorizationCode {
            code: owned("code")?,
            redirect_uri: owned("redirect_uri")?,
            code_verifier: object
                .contains_key("code_verifier")
                .then(|| owned("code_verifier"))
                .transpose()?,
        }
    };
    Ok(TokenRequest {
        client_id: owned("client_id")?,
        client_secret: owned("client_secret")?,
        grant,
    })
}

/// Refuses the first field that a server without PKCE would not know.
fn refuse_unknown(object: &Map<String, Value>, fields: &[&str]) -> Result<(), Failure> {
    let known = |name: &str| {
        ["grant_type", "client_id", "client_secret"].contains(&name)
            || (name != "code_verifier" && fields.contains(&name))
    };
    let Some(name) = object.keys().find(|name| !known(name)) else {
        return Ok(());
    };
    // What RFC 6749 §5.2 lets into a description; the name came from outside.
    let printable = |c: &char| c.is_ascii_alphanumeric() || "_-.".contains(*c);
    let name: String = name.chars().filter(printable).take(64).collect();
    Err(Failure::invalid_request(format!("unknown field {name}")))
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Result<&'a str, Failure> {
    match object.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(Value::String(_) | Value::Null) | None => {
            Err(Failure::invalid_request(format!("{name} is missing")))
        }
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(Failure::invalid_request(format!("{name} must be a string")))
        }
    }
}

fn honour(
    sandbox: &Sandbox,
    request: &TokenRequest,
    manners: &MioManners,
    now: i64,
) -> Result<Issued, Failure> {
    let fresh = FreshTokens {
        access_token: Secret::draw("atk_")?,
        refresh_token: Secret::draw("rtk_")?,
    };
    let rules = Terms {
        access_token_lifetime: manners.access_token_lifetime,
        refresh_token_lifetime: manners.refresh_token_lifetime,
        rotate: manners.rotate,
        rotation_grace: manners.rotation_grace,
        check_pkce: manners.knows_pkce(),
    };
    let mut state = sandbox.state();
    if !state
        .clients
        .authenticate(Face::Mio, &request.client_id, &request.client_secret)
    {
        let description = "the client is unknown or its secret is wrong";
        return Err(match manners.secret_mismatch {
            SecretMismatch::InvalidClient => {
                Failure::new(StatusCode::UNAUTHORIZED, "invalid_client", description)
            }
            SecretMismatch::InvalidGrant => {
                Failure::new(StatusCode::BAD_REQUEST, "invalid_grant", description)
            }
        });
    }
    let issued = match &request.grant {
        GrantRequest::AuthorizationCode {
            code,
            redirect_uri,
            code_verifier,
        } => {
            let asked = Exchange {
                code,
                client_id: &request.client_id,
                redirect_uri,
                code_verifier: code_verifier.as_deref(),
            };
            state.grants.exchange(&asked, fresh, &rules, now)
        }
        GrantRequest::RefreshToken(refresh_token) => {
            state
                .grants
                .refresh(refresh_token, &request.client_id, fresh, &rules, now)
        }
    };
    issued.map_err(Failure::from)
}

fn answer(
    request: &TokenRequest,
    issued: &Issued,
    manners: &MioManners,
    issuer: &str,
    now: i64,
) -> Value {
    let mut answer = json!({
        "access_token": issued.access_token.expose(),
        "token_type": "Bearer",
        "expires_in": manners.access_token_lifetime.as_secs(),
        "scope": issued.scope.join(" "),
    });
    if let Some(refresh_token) = &issued.refresh_token {
        answer["refresh_token"] = json!(refresh_token.expose());
    }
    let openid = issued.scope.iter().any(|scope| scope == "openid");
    if manners.issue_id_token && openid {
        let nonce = issued.nonce.as_deref().filter(|_| manners.return_nonce);
        let claims = id_token::Claims {
            issuer,
            audience: &request.client_id,
            subject: &issued.user,
            scope: &issued.scope,
            nonce,
            issued_at: now / 1000,
            lifetime: manners.access_token_lifetime,
        };
        if let Some(id_token) = id_token::signed(&claims, &request.client_secret) {
            answer["id_token"] = json!(id_token);
        }
    }
    answer
}
