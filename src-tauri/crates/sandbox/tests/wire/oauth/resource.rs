//! The protected resources of the plain face: userinfo and ping.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{Oauth, SCOPE, refresh_token};
use crate::world::text;

#[tokio::test]
async fn userinfo_says_as_much_as_was_granted() {
    let oauth = Oauth::start().await;
    for (scope, expected) in [
        ("files:read", json!({ "sub": "ada" })),
        (
            "email",
            json!({ "sub": "ada", "email": "ada@byron.example" }),
        ),
        ("profile", json!({ "sub": "ada", "name": "Ada Byron" })),
        (
            SCOPE,
            json!({ "sub": "ada", "email": "ada@byron.example", "name": "Ada Byron" }),
        ),
    ] {
        let tokens = oauth.tokens_for(scope).await;

        let answer = oauth.get(text(&tokens, "access_token"), "/userinfo").await;

        assert_eq!(answer.status(), StatusCode::OK, "{scope}");
        let claims: Value = answer.json().await.unwrap();
        assert_eq!(claims, expected, "{scope}");
    }
    oauth.end().await;
}

#[tokio::test]
async fn a_ping_says_whose_token_it_was() {
    let oauth = Oauth::start().await;
    let tokens = oauth.tokens().await;

    let answer = oauth.get(text(&tokens, "access_token"), "/api/ping").await;

    assert_eq!(answer.status(), StatusCode::OK);
    let seen: Value = answer.json().await.unwrap();
    let expected = json!({
        "sub": "ada",
        "client_id": oauth.app.client_id,
        "scope": SCOPE,
    });
    assert_eq!(seen, expected);
    oauth.end().await;
}

#[tokio::test]
async fn only_a_good_access_token_of_this_face_opens_a_resource() {
    let oauth = Oauth::start().await;
    let tokens = oauth.tokens().await;
    let mios = oauth.world.tokens().await;
    let access = text(&tokens, "access_token");
    let with_token = "Bearer error=\"invalid_token\"";
    let without = "Bearer realm=\"Acme\"";
    let rows: &[(&str, Vec<String>, &str)] = &[
        ("good", vec![format!("Bearer {access}")], ""),
        ("none", vec![], without),
        ("another scheme", vec![format!("Basic {access}")], without),
        ("twice", vec![format!("Bearer {access}"); 2], without),
        ("unknown", vec!["Bearer oauth_at_x".to_owned()], with_token),
        (
            "a refresh token",
            vec![format!("Bearer {}", refresh_token(&tokens))],
            with_token,
        ),
        (
            "Mio's",
            vec![format!("Bearer {}", text(&mios, "access_token"))],
            with_token,
        ),
    ];
    for (label, values, challenge) in rows {
        for path in ["/oauth/userinfo", "/oauth/api/ping"] {
            let mut request = oauth.http.get(oauth.url(path));
            for value in values {
                request = request.header("authorization", value);
            }
            let response = request.send().await.unwrap();

            let expected = if challenge.is_empty() { 200 } else { 401 };
            assert_eq!(response.status().as_u16(), expected, "{label} {path}");
            let seen = response.headers().get("www-authenticate");
            let seen = seen.map_or("", |value| value.to_str().unwrap());
            assert_eq!(seen, *challenge, "{label} {path}");
        }
    }
    let at_mio = oauth.summary(access).await;
    assert_eq!(at_mio.status(), StatusCode::UNAUTHORIZED, "and not Mio's");
    oauth.end().await;
}
