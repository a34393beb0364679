//! The authorization endpoint of the OpenID Connect face: PKCE is demanded, and each answer says who it
//! is from.

use keyfob_sandbox::{IssuerParameter, OidcManners};
use reqwest::StatusCode;

use super::{Oidc, with};
use crate::world::{VERIFIER, callback};

#[tokio::test]
async fn an_answer_names_its_issuer_whether_it_is_a_code_or_an_error() {
    let oidc = Oidc::start().await;
    let mut broken = oidc.request();
    broken.insert("scope", "moon".to_owned());
    let rows = [
        (oidc.decide(&oidc.request(), "allow").await, None),
        (
            oidc.decide(&oidc.request(), "deny").await,
            Some("access_denied"),
        ),
        (oidc.authorize(&broken).await, Some("invalid_scope")),
    ];
    for (answer, error) in rows {
        let parameters = callback(&answer);
        let seen = parameters.get("error").map(String::as_str);
        assert_eq!(seen, error, "{parameters:?}");
        assert_eq!(parameters.contains_key("code"), error.is_none());
        assert_eq!(parameters["iss"], oidc.issuer(), "{error:?}");
        assert_eq!(parameters["state"], "s t&a", "{error:?}");
    }
    oidc.end().await;
}

#[tokio::test]
async fn security_26_the_issuer_of_an_answer_can_be_missing_or_another() {
    let oidc = Oidc::start().await;
    let other = "https://attacker.example".to_owned();
    let rows = [
        (IssuerParameter::Absent, None),
        (IssuerParameter::Other(other.clone()), Some(other)),
        (IssuerParameter::Own, Some(oidc.issuer())),
    ];
    for (manner, expected) in rows {
        oidc.sandbox
            .oidc_manners(|manners| manners.issuer_parameter = manner.clone());
        for decision in ["allow", "deny"] {
            let parameters = callback(&oidc.decide(&oidc.request(), decision).await);
            let seen = parameters.get("iss").cloned();
            assert_eq!(seen, expected, "{manner:?} {decision}");
        }
    }
    oidc.end().await;
}

#[tokio::test]
async fn a_request_without_a_challenge_of_s256_is_refused() {
    let oidc = Oidc::start().await;
    let rows = [
        ("code_challenge", ""),
        ("code_challenge_method", "plain"),
        ("code_challenge_method", ""),
        ("code_challenge", "short"),
        ("response_type", "id_token"),
        ("response_type", "code id_token"),
    ];
    for (name, value) in rows {
        let mut request = oidc.request();
        request.insert(name, value.to_owned());

        let parameters = callback(&oidc.authorize(&request).await);

        let expected = if name == "response_type" {
            "unsupported_response_type"
        } else {
            "invalid_request"
        };
        assert_eq!(parameters["error"], expected, "{name}={value}");
        assert!(!parameters.contains_key("code"), "{name}={value}");
    }
    let mut request = oidc.request();
    request.remove("code_challenge");
    request.remove("code_challenge_method");
    let parameters = callback(&oidc.authorize(&request).await);
    assert_eq!(parameters["error"], "invalid_request");
    assert_eq!(parameters["error_description"], "code_challenge is missing");
    oidc.end().await;
}

#[tokio::test]
async fn the_verifier_has_to_fit_whoever_asks() {
    let oidc = Oidc::start().await;
    let secret = oidc.app.client_secret.clone();
    for secret in ["", &secret] {
        for (verifier, expected) in [
            ("", "invalid_grant"),
            (&VERIFIER.replace('d', "e"), "invalid_grant"),
            (VERIFIER, ""),
        ] {
            let code = oidc.code_for(&oidc.request()).await;
            let form = with(&oidc.exchange_form(&code), "code_verifier", verifier);
            let form = with(&form, "client_secret", secret);

            let (_, answer) = oidc.token(&form).await;

            let seen = answer["error"].as_str().unwrap_or_default();
            assert_eq!(seen, expected, "{verifier:?}, {}", secret.len());
        }
    }
    oidc.end().await;
}

#[tokio::test]
async fn a_stranger_and_a_foreign_address_end_in_the_browser() {
    let oidc = Oidc::start().await;
    for (name, value) in [
        ("client_id", "oidc_client_x"),
        ("client_id", oidc.world.client.client_id.as_str()),
        ("redirect_uri", "https://attacker.example/"),
    ] {
        let mut request = oidc.request();
        request.insert(name, value.to_owned());
        let answer = oidc.authorize(&request).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{name}={value}");
        assert!(!answer.headers().contains_key("location"));
    }
    oidc.end().await;
}

#[tokio::test]
async fn the_state_can_be_lost_or_changed() {
    let oidc = Oidc::start().await;
    for (echo, wrong, expected) in [
        (true, false, Some("s t&a")),
        (false, false, None),
        (true, true, Some("a-state-nobody-sent")),
    ] {
        oidc.sandbox.oidc_manners(|manners| {
            *manners = OidcManners {
                echo_state: echo,
                wrong_state: wrong,
                ..OidcManners::default()
            };
        });
        let parameters = callback(&oidc.decide(&oidc.request(), "allow").await);
        let seen = parameters.get("state").map(String::as_str);
        assert_eq!(seen, expected, "{echo} {wrong}");
    }
    oidc.end().await;
}
