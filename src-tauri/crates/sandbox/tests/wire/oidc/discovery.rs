//! The metadata: what they say, where they stand, and each way they can be wrong.

use std::time::Duration;

use keyfob_sandbox::{DiscoveryFault, Endpoint, OidcManners};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::Oidc;

const APPENDED: &str = "/oidc/.well-known/openid-configuration";
const INSERTED: &str = "/.well-known/openid-configuration/oidc";
const SERVER: &str = "/.well-known/oauth-authorization-server/oidc";
const FORMS: [&str; 3] = [APPENDED, INSERTED, SERVER];

async fn faulty(fault: DiscoveryFault) -> Oidc {
    Oidc::with(OidcManners {
        discovery: Some(fault),
        ..OidcManners::default()
    })
    .await
}

#[tokio::test]
async fn the_metadata_are_the_same_at_all_three_addresses_and_lead_everywhere() {
    let oidc = Oidc::start().await;
    let at = |path: &str| json!(oidc.url(&format!("/oidc{path}")));
    let expected = json!({
        "issuer": at(""),
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "userinfo_endpoint": at("/userinfo"),
        "jwks_uri": at("/jwks"),
        "revocation_endpoint": at("/revoke"),
        "device_authorization_endpoint": at("/device_authorization"),
        "pushed_authorization_request_endpoint": at("/par"),
        "require_pushed_authorization_requests": false,
        "authorization_response_iss_parameter_supported": true,
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
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
        "token_endpoint_auth_methods_supported": [
            "client_secret_basic", "client_secret_post", "none",
        ],
        "revocation_endpoint_auth_methods_supported": [
            "client_secret_basic", "client_secret_post", "none",
        ],
        "code_challenge_methods_supported": ["S256"],
    });
    for form in FORMS {
        assert_eq!(oidc.json(form).await, expected, "{form}");
    }
    // No endpoint that is named answers "not found".
    for (name, value) in expected.as_object().unwrap() {
        let Some(address) = value.as_str().filter(|_| name != "issuer") else {
            continue;
        };
        let answer = oidc.http.get(address).send().await.unwrap();
        assert_ne!(answer.status(), StatusCode::NOT_FOUND, "{name}");
    }
    let counts = [
        Endpoint::OidcDiscovery,
        Endpoint::OidcInsertedDiscovery,
        Endpoint::OidcServerMetadata,
    ];
    assert_eq!(counts.map(|form| oidc.sandbox.request_count(form)), [1; 3]);
    oidc.end().await;
}

#[tokio::test]
async fn the_metadata_follow_the_manners() {
    let oidc = Oidc::with(OidcManners {
        public_clients: false,
        require_pushed_authorization_requests: true,
        announce_issuer_parameter: Some(false),
        ..OidcManners::default()
    })
    .await;
    let seen = oidc.json(APPENDED).await;
    let methods = &seen["token_endpoint_auth_methods_supported"];
    assert_eq!(
        methods,
        &json!(["client_secret_basic", "client_secret_post"])
    );
    assert_eq!(seen["require_pushed_authorization_requests"], true);
    let announced = "authorization_response_iss_parameter_supported";
    assert_eq!(seen[announced], false);

    oidc.sandbox
        .oidc_manners(|manners| manners.announce_issuer_parameter = None);
    assert!(oidc.json(APPENDED).await.get(announced).is_none());

    oidc.sandbox
        .oidc_manners(|manners| *manners = OidcManners::pessimist());
    let seen = oidc.json(APPENDED).await;
    assert_eq!(seen.as_object().unwrap().len(), 7, "{seen}");
    for form in [INSERTED, SERVER] {
        assert_eq!(oidc.fetched(form).await.0, StatusCode::NOT_FOUND, "{form}");
    }
    oidc.end().await;
}

#[tokio::test]
async fn security_35_36_each_spoiled_member_is_spoiled_and_no_other() {
    let attacker = "https://attacker.example";
    type Row = (
        DiscoveryFault,
        &'static [&'static str],
        fn(&Value, &Value) -> bool,
    );
    let absent = |_: &Value, seen: &Value| seen.is_null();
    let rows: &[Row] = &[
        (
            DiscoveryFault::Huge,
            &["service_documentation"],
            |_, seen| seen.as_str().map(str::len) == Some(1024 * 1024),
        ),
        (DiscoveryFault::ForeignIssuer, &["issuer"], |_, seen| {
            seen == "https://attacker.example"
        }),
        (DiscoveryFault::IssuerWithSlash, &["issuer"], |was, seen| {
            seen.as_str() == Some(&format!("{}/", was.as_str().unwrap()))
        }),
        (DiscoveryFault::IssuerMissing, &["issuer"], absent),
        (
            DiscoveryFault::AuthorizationEndpointMissing,
            &["authorization_endpoint"],
            absent,
        ),
        (
            DiscoveryFault::TokenEndpointMissing,
            &["token_endpoint"],
            absent,
        ),
        (DiscoveryFault::JwksUriMissing, &["jwks_uri"], absent),
        (
            DiscoveryFault::HttpTokenEndpoint,
            &["token_endpoint"],
            |_, seen| seen.as_str().unwrap().starts_with("http://orbit.example/"),
        ),
        (
            DiscoveryFault::ForeignTokenEndpoint,
            &["revocation_endpoint", "token_endpoint"],
            |_, seen| {
                seen.as_str()
                    .unwrap()
                    .starts_with("https://attacker.example/")
            },
        ),
        (DiscoveryFault::ForeignJwksUri, &["jwks_uri"], |_, seen| {
            seen == "https://attacker.example/jwks"
        }),
        (
            DiscoveryFault::FragmentInEndpoint,
            &["authorization_endpoint"],
            |was, seen| seen.as_str() == Some(&format!("{}#part", was.as_str().unwrap())),
        ),
        (
            DiscoveryFault::RelativeEndpoint,
            &["token_endpoint"],
            |_, seen| seen == "/oidc/token",
        ),
        (
            DiscoveryFault::PlainPkceOnly,
            &["code_challenge_methods_supported"],
            |_, seen| seen == &json!(["plain"]),
        ),
        (
            DiscoveryFault::PkceUnsaid,
            &["code_challenge_methods_supported"],
            absent,
        ),
        (
            DiscoveryFault::NoRsaSignatures,
            &["id_token_signing_alg_values_supported"],
            |_, seen| seen == &json!(["none", "HS256"]),
        ),
    ];
    let oidc = Oidc::start().await;
    let before = oidc.json(APPENDED).await;
    for (fault, members, spoiled) in rows {
        oidc.sandbox
            .oidc_manners(|manners| manners.discovery = Some(*fault));
        for form in FORMS {
            let seen = oidc.json(form).await;
            let mut changed: Vec<&String> = seen
                .as_object()
                .unwrap()
                .keys()
                .chain(before.as_object().unwrap().keys())
                .filter(|name| seen[*name] != before[*name])
                .collect();
            changed.sort_unstable();
            changed.dedup();
            assert_eq!(changed, *members, "{fault:?}");
            for name in *members {
                assert!(spoiled(&before[*name], &seen[*name]), "{fault:?}: {seen}");
            }
        }
    }
    assert!(before["issuer"] != attacker);
    oidc.end().await;
}

#[tokio::test]
async fn security_35_the_forms_can_be_alone_and_can_contradict_each_other() {
    let oidc = Oidc::start().await;
    let (yes, no) = (Some(true), Some(false));
    // At each address: `None` is 404, else whether the member is the true one.
    let rows = [
        (DiscoveryFault::AppendedOnly, "issuer", [yes, None, None]),
        (
            DiscoveryFault::AuthorizationServerOnly,
            "issuer",
            [None, None, yes],
        ),
        (DiscoveryFault::Terse, "issuer", [yes, None, None]),
        (DiscoveryFault::IssuersDiffer, "issuer", [yes, yes, no]),
        (
            DiscoveryFault::RevocationInOneForm,
            "revocation_endpoint",
            [no, no, yes],
        ),
    ];
    let truth = oidc.json(APPENDED).await;
    for (fault, member, expected) in rows {
        oidc.sandbox
            .oidc_manners(|manners| manners.discovery = Some(fault));
        for (form, expected) in FORMS.into_iter().zip(expected) {
            let (status, body) = oidc.fetched(form).await;
            let seen = (status == StatusCode::OK).then(|| {
                let seen: Value = serde_json::from_str(&body).unwrap();
                seen[member] == truth[member]
            });
            assert_eq!(seen, expected, "{fault:?} at {form}");
        }
    }
    oidc.end().await;
}

#[tokio::test]
async fn security_36_redirects_lead_to_a_true_document_within_the_origin_and_across() {
    let oidc = faulty(DiscoveryFault::RedirectsWithin).await;
    let answer = oidc.http.get(oidc.url(APPENDED)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FOUND);
    assert_eq!(answer.headers()["location"], oidc.url(INSERTED));
    assert_eq!(oidc.json(INSERTED).await["issuer"], oidc.issuer());

    oidc.sandbox
        .oidc_manners(|manners| manners.discovery = Some(DiscoveryFault::RedirectsAcross));
    for form in FORMS {
        let answer = oidc.http.get(oidc.url(form)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FOUND, "{form}");
        let elsewhere = oidc.url(form).replace("127.0.0.1", "localhost");
        assert_eq!(answer.headers()["location"], elsewhere);
        // The same address under the other name, whatever this computer resolves it to.
        let host = elsewhere.split('/').nth(2).unwrap();
        let there = oidc.http.get(oidc.url(form)).header("host", host);
        let there: Value = there.send().await.unwrap().json().await.unwrap();
        assert_eq!(there["issuer"], oidc.issuer(), "{form}");
    }
    oidc.end().await;
}

#[tokio::test]
async fn security_36_what_is_no_document_and_what_is_slow() {
    let oidc = Oidc::start().await;
    let truth = oidc.json(APPENDED).await;
    type Row = (DiscoveryFault, &'static str, fn(&str, &Value) -> bool);
    let rows: [Row; 4] = [
        (
            DiscoveryFault::Page,
            "text/html; charset=utf-8",
            |body, _| body.starts_with("<!doctype html>"),
        ),
        (DiscoveryFault::PlainText, "text/plain", |body, truth| {
            serde_json::from_str::<Value>(body).unwrap() == *truth
        }),
        (DiscoveryFault::Array, "application/json", |body, truth| {
            serde_json::from_str::<Value>(body).unwrap()[0] == *truth
        }),
        (
            DiscoveryFault::Slow(Duration::from_millis(20)),
            "application/json",
            |body, truth| serde_json::from_str::<Value>(body).unwrap() == *truth,
        ),
    ];
    for (fault, content_type, fits) in rows {
        oidc.sandbox
            .oidc_manners(|manners| manners.discovery = Some(fault));
        for form in FORMS {
            let answer = oidc.http.get(oidc.url(form)).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK, "{fault:?}");
            assert_eq!(answer.headers()["content-type"], content_type, "{fault:?}");
            let body = answer.text().await.unwrap();
            assert!(fits(&body, &truth), "{fault:?}: {body}");
        }
    }
    oidc.sandbox.oidc_manners(|manners| {
        manners.discovery = Some(DiscoveryFault::Slow(Duration::from_secs(600)));
    });
    let waiting = oidc.http.get(oidc.url(APPENDED)).send();
    let waited = tokio::time::timeout(Duration::from_millis(200), waiting).await;
    assert!(waited.is_err(), "it answers in ten minutes");
    oidc.end().await;
}
