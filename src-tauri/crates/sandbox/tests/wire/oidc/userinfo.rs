//! Who the user is.

use keyfob_sandbox::UserinfoFault;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::judge::opened;
use super::{Oidc, SCOPE};
use crate::world::text;

#[tokio::test]
async fn userinfo_says_as_much_as_was_granted_and_nothing_without_openid() {
    let oidc = Oidc::start().await;
    let rows = [
        ("openid", Some(json!({ "sub": "ada" }))),
        (
            "openid email",
            Some(json!({
                "sub": "ada", "email": "ada@byron.example", "email_verified": true,
            })),
        ),
        (
            SCOPE,
            Some(json!({
                "sub": "ada", "email": "ada@byron.example", "email_verified": true,
                "name": "Ada Byron",
            })),
        ),
        ("profile email", None),
    ];
    for (scope, expected) in rows {
        let tokens = oidc.tokens_for(scope).await;
        let token = text(&tokens, "access_token");
        let posted = oidc.http.post(oidc.url("/oidc/userinfo"));
        let posted = posted.bearer_auth(token).send().await.unwrap();
        for answer in [oidc.userinfo(token).await, posted] {
            let status = answer.status().as_u16();
            let claims: Value = answer.json().await.unwrap();
            match &expected {
                Some(expected) => assert_eq!((status, &claims), (200, expected), "{scope}"),
                None => {
                    assert_eq!(status, 403, "{scope}");
                    assert_eq!(claims["error"], "insufficient_scope", "{scope}");
                }
            }
        }
    }
    oidc.end().await;
}

#[tokio::test]
async fn only_a_good_access_token_of_this_face_opens_it() {
    let oidc = Oidc::start().await;
    let tokens = oidc.tokens().await;
    let mios = oidc.world.tokens().await;
    let with_token = "Bearer error=\"invalid_token\"";
    let rows = [
        (None, "Bearer realm=\"Orbit\""),
        (Some("orbit_at_x"), with_token),
        (Some(text(&tokens, "refresh_token")), with_token),
        (Some(text(&tokens, "id_token")), with_token),
        (Some(text(&mios, "access_token")), with_token),
    ];
    for (token, challenge) in rows {
        let mut request = oidc.http.get(oidc.url("/oidc/userinfo"));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{challenge}");
        assert_eq!(answer.headers()["www-authenticate"], challenge);
    }
    oidc.end().await;
}

#[tokio::test]
async fn security_55_userinfo_can_speak_of_somebody_else() {
    let oidc = Oidc::start().await;
    let tokens = oidc.tokens().await;
    let token = text(&tokens, "access_token");
    for (fault, expected) in [
        (UserinfoFault::OtherSubject, json!("grace")),
        (UserinfoFault::SubjectMissing, Value::Null),
    ] {
        oidc.sandbox
            .oidc_manners(|manners| manners.userinfo = Some(fault));
        let claims: Value = oidc.userinfo(token).await.json().await.unwrap();
        assert_eq!(claims["sub"], expected, "{fault:?}");
        assert_eq!(claims["name"], "Ada Byron", "{fault:?}");
    }

    oidc.sandbox
        .oidc_manners(|manners| manners.userinfo = Some(UserinfoFault::Signed));
    let answer = oidc.userinfo(token).await;
    assert_eq!(answer.headers()["content-type"], "application/jwt");
    let (_, claims) = opened(&answer.text().await.unwrap());
    assert_eq!(claims["sub"], "ada");
    oidc.end().await;
}
