//! The revocation endpoint of the OpenID Connect face (RFC 7009).

use keyfob_sandbox::OidcManners;
use reqwest::StatusCode;
use serde_json::Value;

use super::Oidc;
use crate::world::text;

impl Oidc {
    /// Revokes as a public client.
    async fn revoke(&self, client_id: &str, token: &str) -> (StatusCode, String) {
        let form = [("token", token), ("client_id", client_id)];
        let request = self.http.post(self.url("/oidc/revoke")).form(&form);
        let answer = request.send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    async fn revoked(&self, token: &str) {
        let seen = self.revoke(&self.app.client_id, token).await;
        assert_eq!(seen, (StatusCode::OK, String::new()));
    }
}

#[tokio::test]
async fn a_refresh_token_ends_its_grant_and_an_access_token_itself() {
    let oidc = Oidc::start().await;
    let bystander = oidc.tokens().await;
    let first = oidc.tokens().await;
    let second = oidc.renewed(&first).await;

    oidc.revoked(text(&first, "access_token")).await;
    assert!(!oidc.is_good(&first).await);
    assert!(oidc.is_good(&second).await);

    oidc.revoked(text(&second, "refresh_token")).await;
    assert!(!oidc.is_good(&second).await);
    oidc.assert_ended(&second, "revoked").await;
    assert!(oidc.is_good(&bystander).await);
    oidc.revoked(text(&second, "refresh_token")).await;
    oidc.revoked("unknown").await;
    oidc.end().await;
}

#[tokio::test]
async fn another_client_revokes_nothing() {
    let oidc = Oidc::start().await;
    let tokens = oidc.tokens().await;
    let other = oidc.sandbox.issue_client(super::registration()).unwrap();
    let stranger = oidc.revoke("oidc_client_x", "t").await;
    assert_eq!(stranger.0, StatusCode::UNAUTHORIZED);

    let token = text(&tokens, "refresh_token");
    let (status, answer) = oidc.revoke(&other.client_id, token).await;

    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(
        (status.as_u16(), &answer["error"]),
        (400, &"invalid_grant".into())
    );
    assert!(oidc.is_good(&oidc.renewed(&tokens).await).await);
    oidc.end().await;
}

#[tokio::test]
async fn without_the_cascade_access_tokens_live_on() {
    let oidc = Oidc::with(OidcManners {
        revocation_cascades: false,
        ..OidcManners::default()
    })
    .await;
    let tokens = oidc.tokens().await;

    oidc.revoked(text(&tokens, "refresh_token")).await;

    assert!(oidc.is_good(&tokens).await);
    oidc.assert_ended(&tokens, "the refresh token").await;
    oidc.end().await;
}
