//! The revocation endpoint: `POST /oidc/revoke` (RFC 7009).

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::PROFILE;
use crate::revocation::{RevocationRules, revoked};
use crate::sandbox::Sandbox;

/// `POST /oidc/revoke`.
pub(super) async fn revoke(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let manners = sandbox.current_oidc_manners();
    let rules = RevocationRules {
        public_clients: manners.public_clients,
        cascade: manners.revocation_cascades,
    };
    revoked(&sandbox, &PROFILE, rules, &headers, &body).await
}
