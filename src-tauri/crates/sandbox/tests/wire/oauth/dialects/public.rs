//! Services that take a public client and keep to the RFC but for a word here and there.

use keyfob_sandbox::Dialect;
use serde_json::json;

use super::super::{Oauth, with};
use super::sent;
use crate::world::text;

#[tokio::test]
async fn a_public_client_with_pkce_is_answered_renewed_and_named() {
    let name = "/display_name";
    let rows = [
        (Dialect::Discord, "identify", "identify", "/username", "ada"),
        (Dialect::Linear, "read,write", "read write", "/sub", "ada"),
        (Dialect::Spotify, "", "", name, "Ada Byron"),
        (
            Dialect::Zoom,
            "",
            "user:read:user",
            "/email",
            "ada@byron.example",
        ),
        (Dialect::Zoom, "admin", "user:read:user", name, "Ada Byron"),
    ];
    for (dialect, asked, granted, pointer, person) in rows {
        let oauth = Oauth::speaking(dialect).await;
        let code = oauth.code_for(&oauth.asking(&[("scope", asked)])).await;
        let form = with(&oauth.exchange(&code), "client_secret", "");

        let (status, bare) = sent(oauth.to_token().form(&with(&form, "code_verifier", ""))).await;
        assert_eq!(
            (status, text(&bare, "error")),
            (400, "invalid_request"),
            "{dialect:?}"
        );
        let (status, first) = sent(oauth.to_token().form(&form)).await;

        assert_eq!(
            (status, &first["scope"]),
            (200, &json!(granted)),
            "{dialect:?}"
        );
        let refresh = oauth.refresh_form(text(&first, "refresh_token"));
        let refresh = with(&refresh, "client_secret", "");
        let (_, second) = sent(oauth.to_token().form(&refresh)).await;
        assert_ne!(
            first["refresh_token"], second["refresh_token"],
            "{dialect:?}"
        );
        let seen = oauth.person(text(&second, "access_token")).await;
        assert_eq!(
            seen.pointer(pointer),
            Some(&json!(person)),
            "{dialect:?}: {seen}"
        );
        oauth.end().await;
    }
}

#[tokio::test]
async fn zoom_says_why_in_a_member_of_its_own() {
    let oauth = Oauth::speaking(Dialect::Zoom).await;
    let form = with(&oauth.refresh_form("x"), "client_secret", "");

    let (status, answer) = sent(oauth.to_token().form(&form)).await;

    let expected = json!({ "error": "invalid_grant", "reason": "the refresh token is unknown" });
    assert_eq!((status, answer), (400, expected));
    oauth.end().await;
}
