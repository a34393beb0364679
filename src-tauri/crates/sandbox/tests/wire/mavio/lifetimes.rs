//! How long Mavio's tokens are good: renewal without a new refresh token, thirty days of inactivity,
//! rotation where that is played.

use std::time::Duration;

use keyfob_sandbox::{Face, MavioManners};
use serde_json::{Value, json};

use super::{Mavio, refresh_token};
use crate::oauth::Oauth;

const THIRTY_DAYS: Duration = Duration::from_secs(30 * 24 * 60 * 60);

async fn assert_ended(mavio: &Mavio, refresh_token: &str, label: &str) {
    let (status, answer) = mavio.refresh(refresh_token).await;
    let seen = (status.as_u16(), &answer["error"]);
    assert_eq!(seen, (400, &json!("invalid_grant")), "{label}: {answer}");
}

#[tokio::test]
async fn a_renewal_keeps_the_refresh_token_and_the_granted_scope() {
    let mavio = Mavio::start().await;
    let first = mavio.tokens_for("ada", &["meetings:read"]).await;
    let mut seen = vec![first["access_token"].clone()];
    for _ in 0..3 {
        let answer = mavio.renewed(refresh_token(&first)).await;

        assert!(answer.get("refresh_token").is_none(), "{answer}");
        assert_eq!(answer["scope"], "meetings:read");
        assert_eq!(answer["expires_in"], 3600);
        assert!(!seen.contains(&answer["access_token"]));
        seen.push(answer["access_token"].clone());
    }
    let facts = mavio.sandbox.grants();
    assert_eq!((facts[0].face, facts[0].refreshes), (Face::Mavio, 3));
    mavio.end().await;
}

#[tokio::test]
async fn a_refresh_token_ends_after_thirty_days_without_use() {
    let second = Duration::from_secs(1);
    for (label, after, good) in [
        ("a second before", THIRTY_DAYS - second, true),
        ("on the second", THIRTY_DAYS, false),
        ("a second after", THIRTY_DAYS + second, false),
    ] {
        let mavio = Mavio::start().await;
        let tokens = mavio.tokens().await;
        mavio.clock.advance(after);

        if good {
            mavio.renewed(refresh_token(&tokens)).await;
            // The use began the thirty days anew.
            mavio.clock.advance(THIRTY_DAYS - second);
            mavio.renewed(refresh_token(&tokens)).await;
            mavio.clock.advance(THIRTY_DAYS);
        }
        assert_ended(&mavio, refresh_token(&tokens), label).await;
        assert!(mavio.sandbox.grants()[0].live, "an expiry is no misuse");
        mavio.end().await;
    }
}

#[tokio::test]
async fn rotation_and_its_grace_can_be_played() {
    let mavio = Mavio::with(MavioManners {
        rotate: true,
        rotation_grace: Some(Duration::from_secs(60)),
        ..MavioManners::default()
    })
    .await;
    let first = mavio.tokens().await;
    let second = mavio.renewed(refresh_token(&first)).await;
    assert_ne!(first["refresh_token"], second["refresh_token"]);

    mavio.clock.advance(Duration::from_secs(59));
    let again = mavio.renewed(refresh_token(&first)).await;
    mavio.clock.advance(Duration::from_secs(1));
    assert_ended(&mavio, refresh_token(&first), "after the grace").await;
    for tokens in [&second, &again] {
        assert_ended(&mavio, refresh_token(tokens), "the family").await;
    }
    mavio.end().await;
}

#[tokio::test]
async fn a_set_lifetime_is_every_faces() {
    let mavio = Mavio::start().await;

    mavio
        .sandbox
        .set_access_token_lifetime(Duration::from_secs(77));

    let (of_mavio, of_mio) = (mavio.tokens().await, mavio.world.tokens().await);
    let oauth = Oauth::beside(mavio.world);
    let lives: Vec<Value> = [of_mavio, of_mio, oauth.tokens().await]
        .into_iter()
        .map(|tokens| tokens["expires_in"].clone())
        .collect();
    assert_eq!(lives, [77, 77, 77]);
    let faces: Vec<Face> = oauth.sandbox.grants().iter().map(|g| g.face).collect();
    assert_eq!(faces, [Face::Mavio, Face::Mio, Face::Oauth]);
    oauth.end().await;
}
