//! Every fault of an id token and of userinfo: a strict client finds it, and finds nothing else.

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use keyfob_sandbox::{IdTokenFault, OidcManners};
use serde_json::Value;

use super::judge::{Expected, opened};
use super::{NONCE, Oidc};
use crate::world::text;

/// What a strict client says of an id token at a login.
const AT_A_LOGIN: &[(IdTokenFault, &str)] = &[
    (IdTokenFault::NotAJwt, "not a JWT"),
    (IdTokenFault::AlgNone, "alg"),
    (IdTokenFault::HmacWithPublicKey, "alg"),
    (IdTokenFault::HmacWithModulus, "alg"),
    (IdTokenFault::BrokenSignature, "signature"),
    (IdTokenFault::ClaimsSwapped, "signature"),
    (IdTokenFault::ForeignKey, "signature"),
    (IdTokenFault::KeyInHeader, "kid"),
    (IdTokenFault::KeyIdUnknown, "kid"),
    // There is one key; with several see the tests of the keys.
    (IdTokenFault::KeyIdMissing, "fine"),
    (IdTokenFault::UnknownCritical, "crit"),
    (IdTokenFault::ForeignIssuer, "iss"),
    (IdTokenFault::IssuerMissing, "iss"),
    (IdTokenFault::ForeignAudience, "aud"),
    (IdTokenFault::AudienceMissing, "no aud"),
    (IdTokenFault::AudienceArray, "fine"),
    (IdTokenFault::AudiencesWithParty, "other aud"),
    (IdTokenFault::AudiencesWithoutParty, "no azp"),
    (IdTokenFault::ForeignParty, "azp"),
    (IdTokenFault::Expired, "exp"),
    (IdTokenFault::ExpiryMissing, "no exp"),
    (IdTokenFault::IssuedLongAgo, "iat long ago"),
    (IdTokenFault::IssuedAhead, "iat ahead"),
    (IdTokenFault::IssueTimeMissing, "no iat"),
    (IdTokenFault::WrongNonce, "nonce"),
    (IdTokenFault::NonceMissing, "no nonce"),
    (IdTokenFault::NonceKept, "fine"),
    (IdTokenFault::WrongAccessTokenHash, "at_hash"),
    (IdTokenFault::AccessTokenHashMissing, "fine"),
    (IdTokenFault::SubjectMissing, "no sub"),
    (IdTokenFault::SubjectEmpty, "sub"),
    (IdTokenFault::SubjectTooLong, "sub"),
    (IdTokenFault::SubjectNotAscii, "sub"),
    (IdTokenFault::SubjectNumber, "no sub"),
    (IdTokenFault::OtherSubject, "fine"),
    (IdTokenFault::OtherAuthTime, "fine"),
    (IdTokenFault::HostileProfile, "fine"),
];

#[tokio::test]
async fn security_52_53_each_fault_of_an_id_token_is_found_by_a_strict_client() {
    let oidc = Oidc::start().await;
    for (fault, expected) in AT_A_LOGIN {
        oidc.sandbox
            .oidc_manners(|manners| manners.id_token = Some(*fault));

        let tokens = oidc.tokens().await;

        let seen = oidc.judged(&tokens, &oidc.expected(&tokens)).await;
        assert_eq!(seen, *expected, "{fault:?}");
    }
    oidc.sandbox
        .oidc_manners(|manners| manners.id_token = Some(IdTokenFault::Absent));
    let tokens = oidc.tokens().await;
    assert!(tokens.get("id_token").is_none(), "{tokens}");
    oidc.end().await;
}

#[tokio::test]
async fn security_54_each_fault_of_a_refresh_shows_at_the_refresh_alone() {
    let oidc = Oidc::start().await;
    let kept = |claims: &Value| claims["nonce"] == NONCE;
    type Shows = fn(&Value, &Value) -> bool;
    let rows: &[(IdTokenFault, &str, Shows)] = &[
        (IdTokenFault::OtherSubject, "fine", |before, after| {
            before["sub"] == "ada" && after["sub"] == "grace"
        }),
        (IdTokenFault::OtherAuthTime, "fine", |before, after| {
            before["auth_time"].as_i64() < after["auth_time"].as_i64()
        }),
        (IdTokenFault::ForeignIssuer, "iss", |_, _| true),
        (IdTokenFault::ForeignAudience, "aud", |_, _| true),
        (IdTokenFault::WrongNonce, "nonce", |_, _| true),
        (IdTokenFault::NonceKept, "nonce", |before, after| {
            before["nonce"] == after["nonce"]
        }),
        (IdTokenFault::NonceMissing, "fine", |_, _| true),
    ];
    for (fault, expected, shows) in rows {
        oidc.sandbox
            .oidc_manners(|manners| manners.refreshed_id_token = Some(*fault));
        let first = oidc.tokens().await;
        let verdict = oidc.judged(&first, &oidc.expected(&first)).await;
        assert_eq!(verdict, "fine", "{fault:?} at the login");

        let second = oidc.renewed(&first).await;

        let at_a_refresh = Expected {
            nonce: None,
            ..oidc.expected(&second)
        };
        let verdict = oidc.judged(&second, &at_a_refresh).await;
        assert_eq!(verdict, *expected, "{fault:?}");
        let (_, before) = opened(text(&first, "id_token"));
        let (_, after) = opened(text(&second, "id_token"));
        assert!(kept(&before) && shows(&before, &after), "{fault:?}");
    }
    oidc.sandbox
        .oidc_manners(|manners| manners.refreshed_id_token = Some(IdTokenFault::Absent));
    let second = oidc.renewed(&oidc.tokens().await).await;
    assert!(second.get("id_token").is_none(), "{second}");
    oidc.end().await;
}

/// The public key as people paste it, from the numbers of the JWK.
fn pem(jwk: &Value) -> Vec<u8> {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let modulus = URL_SAFE_NO_PAD.decode(text(jwk, "n")).unwrap();
    let exponent = URL_SAFE_NO_PAD.decode(text(jwk, "e")).unwrap();
    assert_eq!((modulus.len(), exponent.len()), (256, 3));
    // RFC 8017 appendix A.1.1 inside RFC 5280 §4.1: all lengths are known for 2048 bits.
    let mut der = vec![0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09];
    der.extend([
        0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
    ]);
    der.extend([0x03, 0x82, 0x01, 0x0f, 0x00, 0x30, 0x82, 0x01, 0x0a]);
    der.extend([0x02, 0x82, 0x01, 0x01, 0x00]);
    der.extend(modulus);
    der.extend([0x02, 0x03]);
    der.extend(exponent);
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = (0..text.len())
        .step_by(64)
        .map(|start| &text[start..text.len().min(start + 64)])
        .collect();
    let lines = lines.join("\n");
    format!("-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n").into_bytes()
}

#[tokio::test]
async fn security_52_a_client_that_believes_the_header_would_fall_for_the_hmac() {
    let oidc = Oidc::start().await;
    let jwk = oidc.json("/oidc/jwks").await["keys"][0].clone();
    let rows = [
        (IdTokenFault::HmacWithPublicKey, pem(&jwk)),
        (
            IdTokenFault::HmacWithModulus,
            text(&jwk, "n").as_bytes().to_vec(),
        ),
    ];
    for (fault, secret) in rows {
        oidc.sandbox
            .oidc_manners(|manners| manners.id_token = Some(fault));
        let tokens = oidc.tokens().await;
        let mut fooled = Validation::new(Algorithm::HS256);
        fooled.required_spec_claims.clear();
        fooled.validate_exp = false;
        fooled.validate_aud = false;

        let key = DecodingKey::from_secret(&secret);
        let seen = jsonwebtoken::decode::<Value>(text(&tokens, "id_token"), &key, &fooled);

        assert_eq!(seen.unwrap().claims["sub"], "ada", "{fault:?}");
    }
    oidc.end().await;
}

#[tokio::test]
async fn security_52_a_key_in_the_header_has_signed_and_is_published_nowhere() {
    let oidc = Oidc::with(OidcManners {
        id_token: Some(IdTokenFault::KeyInHeader),
        ..OidcManners::default()
    })
    .await;
    let tokens = oidc.tokens().await;
    let id_token = text(&tokens, "id_token");

    let (header, _) = opened(id_token);

    let own = serde_json::from_value(header["jwk"].clone()).unwrap();
    let mut careless = Validation::new(Algorithm::RS256);
    careless.required_spec_claims.clear();
    careless.validate_exp = false;
    careless.validate_aud = false;
    let key = DecodingKey::from_jwk(&own).unwrap();
    let seen = jsonwebtoken::decode::<Value>(id_token, &key, &careless);
    assert!(seen.is_ok(), "the key in the header fits");
    assert_eq!(header["jku"], "https://attacker.example/jwks");
    let published = oidc.json("/oidc/jwks").await;
    assert_ne!(published["keys"][0]["n"], header["jwk"]["n"]);
    oidc.end().await;
}
