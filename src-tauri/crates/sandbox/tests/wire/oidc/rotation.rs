//! What becomes of used refresh tokens at the OpenID Connect face.

use std::time::Duration;

use keyfob_sandbox::{OidcManners, Rotation};

use super::Oidc;

#[tokio::test]
async fn strict_rotation_ends_the_family_at_the_first_reuse() {
    let oidc = Oidc::start().await;
    let bystander = oidc.tokens().await;
    let first = oidc.tokens().await;
    let second = oidc.renewed(&first).await;
    assert_ne!(first["refresh_token"], second["refresh_token"]);

    oidc.assert_ended(&first, "the reused one").await;

    oidc.assert_ended(&second, "the newest one").await;
    assert!(!oidc.is_good(&second).await);
    assert!(oidc.is_good(&bystander).await, "another family lives");
    oidc.end().await;
}

#[tokio::test]
async fn a_grace_no_rotation_and_a_life_are_manners() {
    let oidc = Oidc::with(OidcManners {
        rotation: Rotation::Grace(Duration::from_secs(30)),
        refresh_token_lifetime: Some(Duration::from_secs(1000)),
        ..OidcManners::default()
    })
    .await;
    let first = oidc.tokens().await;
    let second = oidc.renewed(&first).await;
    oidc.clock.advance(Duration::from_millis(29_999));
    oidc.renewed(&first).await;
    oidc.clock.advance(Duration::from_secs(1000));
    oidc.assert_ended(&second, "unused for too long").await;

    oidc.sandbox
        .oidc_manners(|manners| manners.rotation = Rotation::None);
    let kept = oidc.tokens().await;
    for _ in 0..2 {
        let answer = oidc.renewed(&kept).await;
        assert!(answer.get("refresh_token").is_none(), "{answer}");
        assert!(answer.get("id_token").is_some(), "{answer}");
    }
    oidc.end().await;
}

#[tokio::test]
async fn a_code_is_good_once_and_its_reuse_ends_the_grant() {
    let oidc = Oidc::start().await;
    let code = oidc.code_for(&oidc.request()).await;
    let form = oidc.exchange_form(&code);
    let (_, tokens) = oidc.token(&form).await;
    assert!(oidc.is_good(&tokens).await);

    let (_, again) = oidc.token(&form).await;

    assert_eq!(again["error"], "invalid_grant");
    assert!(!oidc.is_good(&tokens).await);
    oidc.end().await;
}
