//! The published keys: `GET /oidc/jwks` (RFC 7517 §5).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use crate::http::{json_answer, json_error};
use crate::manners::JwksFault;
use crate::sandbox::Sandbox;
use crate::signing::{SigningKey, SigningKeys};

/// `GET /oidc/jwks`.
pub(super) async fn jwks(State(sandbox): State<Sandbox>) -> Response {
    let fault = sandbox.current_oidc_manners().jwks;
    match sandbox.signing_keys().await {
        Ok(keys) => json_answer(StatusCode::OK, &json!({ "keys": published(&keys, fault) })),
        Err(error) => {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            json_error(status, "server_error", &error.to_string())
        }
    }
}

fn published(keys: &SigningKeys, fault: Option<JwksFault>) -> Vec<Value> {
    // The newest first, as it is the one that is looked for.
    let mut jwks: Vec<Value> = keys.published().iter().rev().map(SigningKey::jwk).collect();
    match fault {
        None => {}
        Some(JwksFault::NamelessKeys) => {
            for key in jwks.iter_mut().filter_map(Value::as_object_mut) {
                key.remove("kid");
            }
        }
        Some(JwksFault::NewestMissing) => drop(jwks.drain(..1)),
        Some(JwksFault::Empty) => jwks.clear(),
        Some(JwksFault::OtherKindsToo) => {
            let first = jwks.first().cloned().unwrap_or_default();
            jwks.splice(..0, other_kinds(&first));
        }
        Some(JwksFault::PrivateMember) => {
            for key in &mut jwks {
                key["d"] = json!("AQAB");
            }
        }
    }
    jwks
}

/// Keys that cannot have signed an id token, but for one that is `signing` under another name and use.
fn other_kinds(signing: &Value) -> [Value; 4] {
    let mut for_encryption = signing.clone();
    for_encryption["use"] = json!("enc");
    for_encryption["alg"] = json!("RSA-OAEP-256");
    for_encryption["kid"] = json!("for-encryption");
    [
        for_encryption,
        // The base point of P-256 (FIPS 186-4 §D.1.2.3): a valid public key.
        json!({
            "kty": "EC",
            "crv": "P-256",
            "use": "sig",
            "alg": "ES256",
            "kid": signing["kid"],
            "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
            "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
        }),
        json!({ "kty": "oct", "alg": "HS256", "kid": "symmetric", "k": "AAECAwQFBgc" }),
        json!({ "kty": "AKP", "alg": "ML-DSA-44", "kid": "from-the-future", "pub": "AAAA" }),
    ]
}
