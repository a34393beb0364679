//! What a true id token says, when there is one, and that somebody else's library finds it good.

use std::time::Duration;

use keyfob_sandbox::{IssuerShape, OidcManners};
use serde_json::{Value, json};

use super::judge::opened;
use super::{NONCE, Oidc, SCOPE};
use crate::world::{START, text};

#[tokio::test]
async fn an_id_token_says_who_for_whom_and_when() {
    let oidc = Oidc::start().await;
    let tokens = oidc.tokens().await;

    let verdict = oidc.judged(&tokens, &oidc.expected(&tokens)).await;

    assert_eq!(verdict, "fine");
    let (header, mut claims) = opened(text(&tokens, "id_token"));
    let jwks = oidc.json("/oidc/jwks").await;
    assert_eq!(
        header,
        json!({ "alg": "RS256", "typ": "JWT", "kid": jwks["keys"][0]["kid"] })
    );
    let at_hash = claims.as_object_mut().unwrap().remove("at_hash");
    assert_eq!(at_hash.unwrap().as_str().map(str::len), Some(22));
    let seconds = START / 1000;
    let expected = json!({
        "iss": oidc.issuer(),
        "sub": "ada",
        "aud": oidc.app.client_id,
        "iat": seconds,
        "exp": seconds + 3600,
        "auth_time": seconds,
        "nonce": NONCE,
        "name": "Ada Byron",
        "email": "ada@byron.example",
        "email_verified": true,
    });
    assert_eq!(claims, expected);
    oidc.end().await;
}

#[tokio::test]
async fn scopes_decide_what_an_id_token_tells_and_whether_there_is_one() {
    let oidc = Oidc::start().await;
    // The scope, whether there is an id token, a name and an address in it, and a refresh token.
    let rows = [
        ("openid", true, false, false, false),
        ("openid email", true, false, true, false),
        ("openid profile", true, true, false, false),
        ("openid offline_access", true, false, false, true),
        (SCOPE, true, true, true, true),
        ("profile email", false, false, false, false),
    ];
    for (scope, present, name, email, refresh_token) in rows {
        let tokens = oidc.tokens_for(scope).await;

        assert_eq!(tokens.get("id_token").is_some(), present, "{scope}");
        let claims = match tokens["id_token"].as_str() {
            Some(id_token) => opened(id_token).1,
            None => Value::Null,
        };
        let seen = (
            claims.get("name").is_some(),
            claims.get("email").is_some(),
            tokens.get("refresh_token").is_some(),
        );
        assert_eq!(seen, (name, email, refresh_token), "{scope}");
        assert_eq!(tokens["scope"], scope);
        assert_eq!(tokens["token_type"], "Bearer", "{scope}");
        assert_eq!(tokens["expires_in"], 3600, "{scope}");
    }
    oidc.end().await;
}

#[tokio::test]
async fn security_54_a_refresh_gives_an_id_token_of_the_same_login_without_a_nonce() {
    let oidc = Oidc::start().await;
    let first = oidc.tokens().await;
    oidc.clock.advance(Duration::from_secs(3000));

    let second = oidc.renewed(&first).await;

    let mut expected = oidc.expected(&second);
    expected.nonce = None;
    expected.now += 3000;
    assert_eq!(oidc.judged(&second, &expected).await, "fine");
    let (_, before) = opened(text(&first, "id_token"));
    let (_, after) = opened(text(&second, "id_token"));
    for name in ["iss", "sub", "aud", "auth_time", "name", "email"] {
        assert_eq!(before[name], after[name], "{name}");
    }
    assert_eq!(after["iat"], START / 1000 + 3000);
    assert_eq!(after["exp"], START / 1000 + 6600);
    assert_ne!(before["at_hash"], after["at_hash"]);
    oidc.end().await;
}

#[tokio::test]
async fn a_request_without_a_nonce_gets_an_id_token_without_one() {
    let oidc = Oidc::start().await;
    let mut request = oidc.request();
    request.remove("nonce");

    let code = oidc.code_for(&request).await;
    let (_, tokens) = oidc.token(&oidc.exchange_form(&code)).await;

    let mut expected = oidc.expected(&tokens);
    expected.nonce = None;
    assert_eq!(oidc.judged(&tokens, &expected).await, "fine");
    oidc.end().await;
}

#[tokio::test]
async fn a_face_of_several_tenants_names_one_in_the_id_token_and_none_in_the_metadata() {
    let oidc = Oidc::with(OidcManners {
        issuer: IssuerShape::OfTenant,
        ..OidcManners::default()
    })
    .await;
    let metadata = oidc.json("/oidc/.well-known/openid-configuration").await;
    let template = text(&metadata, "issuer");
    assert_eq!(template, format!("{}/{{tenantid}}/v2.0", oidc.issuer()));

    let tokens = oidc.tokens().await;

    let (_, claims) = opened(text(&tokens, "id_token"));
    let issuer = template.replace("{tenantid}", text(&claims, "tid"));
    let expected = super::judge::Expected {
        issuer,
        ..oidc.expected(&tokens)
    };
    assert_eq!(oidc.judged(&tokens, &expected).await, "fine");
    oidc.end().await;
}
