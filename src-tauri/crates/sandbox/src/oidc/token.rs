//! The token endpoint: `POST /oidc/token`, a form in, JSON out (OpenID Connect Core §3.1.3, §12;
//! RFC 8628 §3.4).

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::{PROFILE, dialect, id_token, issuer};
use crate::client_authentication::credentials;
use crate::grants::Issued;
use crate::http::{Base, form_pairs, json_answer};
use crate::manners::OidcManners;
use crate::refusal::refusal;
use crate::sandbox::Sandbox;
use crate::signing::SigningKeys;
use crate::token_request::{self, Failure, Fields, GrantRequest, TokenError, TokenRequest};

/// The grant type of a device (RFC 8628 §3.4).
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// `POST /oidc/token`.
pub(super) async fn token(
    State(sandbox): State<Sandbox>,
    Extension(base): Extension<Base>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match tokens(&sandbox, &base, &headers, &body).await {
        Ok(answer) => json_answer(StatusCode::OK, &answer),
        Err(failure) => refusal(&PROFILE, &failure),
    }
}

async fn tokens(
    sandbox: &Sandbox,
    base: &Base,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Value, Failure> {
    let manners = sandbox.current_oidc_manners();
    // Before anything is spent: without a key there is no answer.
    let keys = sandbox.signing_keys().await?;
    let now = sandbox.now();
    let outcome = outcome(sandbox, headers, body, &manners, now);
    token_request::settled(sandbox, &outcome).await;
    let (request, issued) = outcome?;
    let mut answer = token_request::answer(sandbox, &issued, manners.access_token_lifetime);
    let refresh = matches!(request.grant, GrantRequest::RefreshToken(_));
    let occasion = id_token::Occasion {
        issuer: &issuer(base, &manners),
        shape: manners.issuer,
        client_id: &request.client.client_id,
        issued: &issued,
        refresh,
        now,
        lifetime: manners.id_token_lifetime,
    };
    if let Some(id_token) = signed(&occasion, &manners, &keys).await? {
        answer["id_token"] = json!(id_token);
    }
    dialect::say(manners.dialect, &mut answer, &issued, refresh, now);
    Ok(answer)
}

async fn signed(
    occasion: &id_token::Occasion<'_>,
    manners: &OidcManners,
    keys: &SigningKeys,
) -> Result<Option<String>, Failure> {
    if !occasion.issued.scope.iter().any(|scope| scope == "openid") {
        return Ok(None);
    }
    let fault = if occasion.refresh {
        manners.refreshed_id_token
    } else {
        manners.id_token
    };
    Ok(id_token::made(occasion, fault, keys).await?)
}

fn outcome(
    sandbox: &Sandbox,
    headers: &HeaderMap,
    body: &[u8],
    manners: &OidcManners,
    now: i64,
) -> Result<(TokenRequest, Issued), Failure> {
    let pairs = form_pairs(headers, body)
        .map_err(|description| Failure::new(TokenError::InvalidRequest, description))?;
    let fields = Fields::of_form(pairs);
    let grant = if fields.text("grant_type")? == DEVICE_CODE {
        GrantRequest::DeviceCode(fields.text("device_code")?)
    } else {
        token_request::read_grant(&fields, false)?
    };
    let client = credentials(headers, &fields, manners.public_clients)?;
    let request = TokenRequest { client, grant };
    let (terms, wrong_secret) = (manners.terms(), TokenError::InvalidClient);
    let issued = token_request::honour(sandbox, &PROFILE, &request, &terms, wrong_secret, now)?;
    Ok((request, issued))
}
