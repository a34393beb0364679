//! Who the user is: `GET` or `POST /oidc/userinfo` (OpenID Connect Core §5.3).

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use super::id_token::{Draft, other_subject};
use super::{PROFILE, claims};
use crate::bearer;
use crate::error::SandboxError;
use crate::http::{json_answer, json_error};
use crate::manners::UserinfoFault;
use crate::sandbox::Sandbox;
use crate::signing::SigningKeys;

/// `GET /oidc/userinfo`: `sub`, and what the scopes open. A token without `openid` opens nothing.
pub(super) async fn userinfo(State(sandbox): State<Sandbox>, headers: HeaderMap) -> Response {
    let fault = sandbox.current_oidc_manners().userinfo;
    let keys = if fault == Some(UserinfoFault::Signed) {
        sandbox.signing_keys().await
    } else {
        Ok(SigningKeys::default())
    };
    bearer::opened(&sandbox, &PROFILE, &headers, |bearer| {
        if !bearer.scope.iter().any(|scope| scope == "openid") {
            let description = "the access token has no scope openid";
            return json_error(StatusCode::FORBIDDEN, "insufficient_scope", description);
        }
        let mut claims = claims::of(bearer.user, bearer.scope);
        match fault {
            None => {}
            Some(UserinfoFault::OtherSubject) => {
                claims.insert("sub".to_owned(), json!(other_subject(bearer.user)));
            }
            Some(UserinfoFault::SubjectMissing) => {
                claims.remove("sub");
            }
            Some(UserinfoFault::Signed) => return signed(keys, claims),
        }
        json_answer(StatusCode::OK, &Value::Object(claims))
    })
}

fn signed(keys: Result<SigningKeys, SandboxError>, claims: Map<String, Value>) -> Response {
    let sealed = keys.and_then(|keys| {
        let key = keys.newest().ok_or(SandboxError::SigningKey)?;
        Draft::new(key, claims).sealed()
    });
    match sealed {
        Ok(jwt) => ([(header::CONTENT_TYPE, "application/jwt")], jwt).into_response(),
        Err(error) => unsigned(&error),
    }
}

fn unsigned(error: &SandboxError) -> Response {
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    json_error(status, "server_error", &error.to_string())
}
