//! The token endpoint: `POST /oauth/token` (RFC 6749 §3.2), read and answered in the dialect of the
//! moment.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::PROFILE;
use super::dialect::{self, Answering};
use crate::client_authentication::credentials;
use crate::grants::Issued;
use crate::manners::OauthManners;
use crate::sandbox::Sandbox;
use crate::token_request::{self, Failure, GrantRequest, TokenError, TokenRequest};

/// `POST /oauth/token`.
pub(super) async fn token(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let manners = sandbox.current_oauth_manners();
    let now = sandbox.now();
    let outcome = outcome(&sandbox, &headers, &body, &manners, now);
    token_request::settled(&sandbox, &outcome).await;
    match outcome {
        Ok((request, issued)) => dialect::answered(&Answering {
            sandbox: &sandbox,
            manners: &manners,
            headers: &headers,
            grant: &request.grant,
            issued: &issued,
            now,
        }),
        Err(failure) => dialect::refused(manners.dialect, &headers, &failure),
    }
}

fn outcome(
    sandbox: &Sandbox,
    headers: &HeaderMap,
    body: &[u8],
    manners: &OauthManners,
    now: i64,
) -> Result<(TokenRequest, Issued), Failure> {
    let fields = dialect::fields(manners.dialect, headers, body)?;
    // Unknown fields are ignored (RFC 6749 §3.2).
    let grant = token_request::read_grant(&fields, false)?;
    let client = credentials(headers, &fields, manners.public_clients)?;
    let request = TokenRequest { client, grant };
    if manners.check_pkce && is_public_exchange_without_pkce(&request) {
        return Err(Failure::field("code_verifier", "is missing"));
    }
    let (terms, wrong_secret) = (manners.terms(), TokenError::InvalidClient);
    let issued = token_request::honour(sandbox, &PROFILE, &request, &terms, wrong_secret, now)?;
    Ok((request, issued))
}

/// Nothing but PKCE tells a public client from whoever caught its code (RFC 9700 §2.1.1).
fn is_public_exchange_without_pkce(request: &TokenRequest) -> bool {
    let without_pkce = matches!(
        request.grant,
        GrantRequest::AuthorizationCode {
            code_verifier: None,
            ..
        }
    );
    request.client.client_secret.is_none() && without_pkce
}
