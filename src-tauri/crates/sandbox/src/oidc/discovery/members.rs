//! The members of the metadata, true and spoiled (OpenID Connect Discovery 1.0 §3, RFC 8414 §2).

use serde_json::{Value, json};

use super::Form;
use crate::http::Base;
use crate::manners::{DiscoveryFault, OidcManners};
use crate::oidc::{PROFILE, ROOT, announced_issuer};

const ATTACKER: &str = "https://attacker.example";

/// What a client that implements nothing but Discovery §3 finds.
const DEMANDED: [&str; 7] = [
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "response_types_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
];

/// The members as they are.
pub(super) fn true_ones(base: &Base, manners: &OidcManners) -> Value {
    let at = |path: &str| format!("{}{ROOT}{path}", base.0);
    let mut authentication = vec!["client_secret_basic", "client_secret_post"];
    if manners.public_clients {
        authentication.push("none");
    }
    let mut members = json!({
        "issuer": announced_issuer(base, manners),
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "userinfo_endpoint": at("/userinfo"),
        "jwks_uri": at("/jwks"),
        "revocation_endpoint": at("/revoke"),
        "device_authorization_endpoint": at("/device_authorization"),
        "pushed_authorization_request_endpoint": at("/par"),
        "require_pushed_authorization_requests": manners.require_pushed_authorization_requests,
        "scopes_supported": PROFILE.scopes,
        "claims_supported": ["sub", "name", "email", "email_verified", "auth_time"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [
            "authorization_code",
            "refresh_token",
            "urn:ietf:params:oauth:grant-type:device_code",
        ],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": authentication,
        "revocation_endpoint_auth_methods_supported": authentication,
        "code_challenge_methods_supported": ["S256"],
    });
    if let Some(announced) = manners.announce_issuer_parameter {
        members["authorization_response_iss_parameter_supported"] = json!(announced);
    }
    members
}

/// Does to the members what the fault says.
pub(super) fn spoil(members: &mut Value, fault: DiscoveryFault, form: Form) {
    match fault {
        DiscoveryFault::Huge => members["service_documentation"] = json!(" ".repeat(1024 * 1024)),
        DiscoveryFault::IssuersDiffer if form == Form::ServerMetadata => {
            members["issuer"] = json!(ATTACKER);
        }
        DiscoveryFault::RevocationInOneForm if form != Form::ServerMetadata => {
            remove(members, "revocation_endpoint");
        }
        DiscoveryFault::ForeignIssuer => members["issuer"] = json!(ATTACKER),
        DiscoveryFault::IssuerWithSlash => {
            let issuer = members["issuer"].as_str().unwrap_or_default();
            members["issuer"] = json!(format!("{issuer}/"));
        }
        DiscoveryFault::IssuerMissing => remove(members, "issuer"),
        DiscoveryFault::AuthorizationEndpointMissing => remove(members, "authorization_endpoint"),
        DiscoveryFault::TokenEndpointMissing => remove(members, "token_endpoint"),
        DiscoveryFault::JwksUriMissing => remove(members, "jwks_uri"),
        DiscoveryFault::HttpTokenEndpoint => {
            members["token_endpoint"] = json!("http://orbit.example/token");
        }
        DiscoveryFault::ForeignTokenEndpoint => {
            members["token_endpoint"] = json!(format!("{ATTACKER}/token"));
            members["revocation_endpoint"] = json!(format!("{ATTACKER}/revoke"));
        }
        DiscoveryFault::ForeignJwksUri => members["jwks_uri"] = json!(format!("{ATTACKER}/jwks")),
        DiscoveryFault::FragmentInEndpoint => {
            let endpoint = members["authorization_endpoint"]
                .as_str()
                .unwrap_or_default();
            members["authorization_endpoint"] = json!(format!("{endpoint}#part"));
        }
        DiscoveryFault::RelativeEndpoint => {
            members["token_endpoint"] = json!(format!("{ROOT}/token"));
        }
        DiscoveryFault::PlainPkceOnly => {
            members["code_challenge_methods_supported"] = json!(["plain"]);
        }
        DiscoveryFault::PkceUnsaid => remove(members, "code_challenge_methods_supported"),
        DiscoveryFault::NoRsaSignatures => {
            members["id_token_signing_alg_values_supported"] = json!(["none", "HS256"]);
        }
        DiscoveryFault::Terse => {
            if let Some(members) = members.as_object_mut() {
                members.retain(|name, _| DEMANDED.contains(&name.as_str()));
            }
        }
        // These show in the answer around the members, or at another address.
        DiscoveryFault::RedirectsWithin
        | DiscoveryFault::RedirectsAcross
        | DiscoveryFault::Slow(_)
        | DiscoveryFault::Page
        | DiscoveryFault::Array
        | DiscoveryFault::PlainText
        | DiscoveryFault::AppendedOnly
        | DiscoveryFault::AuthorizationServerOnly
        | DiscoveryFault::IssuersDiffer
        | DiscoveryFault::RevocationInOneForm => {}
    }
}

fn remove(members: &mut Value, name: &str) {
    if let Some(members) = members.as_object_mut() {
        members.remove(name);
    }
}
