//! What becomes of used refresh tokens: strict, with a grace, without rotation; reuse.

use std::time::Duration;

use keyfob_sandbox::{OauthManners, Rotation};

use super::Oauth;

async fn rotating(rotation: Rotation) -> Oauth {
    Oauth::with(OauthManners {
        rotation,
        ..OauthManners::default()
    })
    .await
}

#[tokio::test]
async fn strict_rotation_ends_the_family_at_the_first_reuse() {
    let oauth = Oauth::start().await;
    let bystander = oauth.tokens().await;
    let first = oauth.tokens().await;
    let second = oauth.renewed(&first).await;
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    let third = oauth.renewed(&second).await;
    assert!(oauth.pings(&third).await);

    oauth.assert_ended(&first, "the reused one").await;

    oauth.assert_ended(&third, "the newest one").await;
    for tokens in [&first, &second, &third] {
        assert!(!oauth.pings(tokens).await, "access tokens die with it");
    }
    assert!(oauth.pings(&bystander).await, "another family lives");
    oauth.renewed(&bystander).await;
    let live: Vec<bool> = oauth.sandbox.grants().iter().map(|g| g.live).collect();
    assert_eq!(live, [true, false]);
    oauth.end().await;
}

#[tokio::test]
async fn within_the_grace_an_old_token_yields_a_new_one_and_after_it_ends_the_family() {
    let oauth = rotating(Rotation::Grace(Duration::from_secs(30))).await;
    let first = oauth.tokens().await;
    let second = oauth.renewed(&first).await;

    oauth.clock.advance(Duration::from_millis(29_999));
    let again = oauth.renewed(&first).await;
    assert_ne!(second["refresh_token"], again["refresh_token"]);
    assert!(oauth.pings(&again).await);
    oauth.clock.advance(Duration::from_millis(1));

    oauth.assert_ended(&first, "after the grace").await;
    for tokens in [&second, &again] {
        oauth.assert_ended(tokens, "the family").await;
        assert!(!oauth.pings(tokens).await);
    }
    oauth.end().await;
}

#[tokio::test]
async fn without_rotation_the_answer_has_no_refresh_token_and_the_old_one_stays() {
    let oauth = rotating(Rotation::None).await;
    let first = oauth.tokens().await;
    for _ in 0..3 {
        let answer = oauth.renewed(&first).await;
        assert!(answer.get("refresh_token").is_none(), "{answer}");
        assert!(oauth.pings(&answer).await);
    }
    assert!(oauth.pings(&first).await, "earlier access tokens stay good");
    assert_eq!(oauth.sandbox.grants()[0].refreshes, 3);
    oauth.end().await;
}

#[tokio::test]
async fn of_many_refreshes_at_once_strict_rotation_honours_one() {
    let oauth = Oauth::start().await;
    let tokens = oauth.tokens().await;
    let form = oauth.refresh_form(super::refresh_token(&tokens));
    let requests: Vec<_> = (0..20)
        .map(|_| {
            let request = oauth.http.post(oauth.url("/oauth/token")).form(&form);
            tokio::spawn(async move { request.send().await.unwrap().status().as_u16() })
        })
        .collect();

    let mut seen = Vec::new();
    for request in requests {
        seen.push(request.await.unwrap());
    }

    seen.sort_unstable();
    assert_eq!(seen[0], 200, "{seen:?}");
    assert!(seen[1..].iter().all(|status| *status == 400), "{seen:?}");
    assert!(!oauth.sandbox.grants()[0].live, "the others were reuse");
    oauth.end().await;
}
