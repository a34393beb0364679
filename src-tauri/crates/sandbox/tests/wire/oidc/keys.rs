//! The published keys: made when they are first needed, rotated, spoiled.

use jsonwebtoken::jwk::JwkSet;
use keyfob_sandbox::{IdTokenFault, JwksFault};
use serde_json::Value;

use super::judge::{opened, verdict};
use super::{Oidc, SCOPE};
use crate::world::text;

fn ids(jwks: &Value) -> Vec<String> {
    let keys = jwks["keys"].as_array().unwrap();
    keys.iter().map(|key| text(key, "kid").to_owned()).collect()
}

#[tokio::test]
async fn many_first_uses_at_once_make_one_key() {
    let oidc = Oidc::start().await;
    let requests: Vec<_> = (0..8)
        .map(|_| {
            let request = oidc.http.get(oidc.url("/oidc/jwks"));
            tokio::spawn(async move {
                let answer = request.send().await.unwrap();
                answer.json::<Value>().await.unwrap()
            })
        })
        .collect();
    let mut seen = Vec::new();
    for request in requests {
        seen.push(request.await.unwrap());
    }

    assert!(seen.iter().all(|jwks| *jwks == seen[0]), "{seen:?}");
    let key = &seen[0]["keys"][0];
    assert_eq!(ids(&seen[0]).len(), 1);
    for (name, value) in [
        ("kty", "RSA"),
        ("use", "sig"),
        ("alg", "RS256"),
        ("e", "AQAB"),
    ] {
        assert_eq!(key[name], value, "{name}");
    }
    assert_eq!(text(key, "n").len(), 342, "2048 bits");
    assert_eq!(key.as_object().unwrap().len(), 6, "nothing private: {key}");
    oidc.end().await;
}

#[tokio::test]
async fn security_38_a_rotated_key_signs_at_once_and_two_earlier_ones_stay() {
    let oidc = Oidc::start().await;
    let first = oidc.tokens().await;
    let stale = oidc.jwks().await;
    let old = ids(&oidc.json("/oidc/jwks").await);

    let newest = oidc.sandbox.rotate_keys().unwrap();

    let second = oidc.tokens().await;
    let id_token = text(&second, "id_token");
    assert_eq!(opened(id_token).0["kid"], newest.as_str());
    assert_eq!(
        verdict(id_token, &stale, &oidc.expected(&second)),
        "kid",
        "who kept the old keys"
    );
    assert_eq!(oidc.judged(&second, &oidc.expected(&second)).await, "fine");
    assert_eq!(oidc.judged(&first, &oidc.expected(&first)).await, "fine");
    let both = [newest.clone(), old[0].clone()];
    assert_eq!(ids(&oidc.json("/oidc/jwks").await), both);

    oidc.sandbox.rotate_keys().unwrap();
    oidc.sandbox.rotate_keys().unwrap();
    let seen = ids(&oidc.json("/oidc/jwks").await);
    assert_eq!(seen.len(), 3);
    assert_eq!(seen[2], newest);
    assert_eq!(
        oidc.judged(&first, &oidc.expected(&first)).await,
        "kid",
        "the oldest is gone"
    );
    oidc.end().await;
}

#[tokio::test]
async fn security_38_without_a_kid_one_key_is_enough_and_two_are_not() {
    let oidc = Oidc::start().await;
    oidc.sandbox
        .oidc_manners(|manners| manners.id_token = Some(IdTokenFault::KeyIdMissing));
    let tokens = oidc.tokens().await;
    let expected = oidc.expected(&tokens);
    assert!(opened(text(&tokens, "id_token")).0["kid"].is_null());
    assert_eq!(oidc.judged(&tokens, &expected).await, "fine");

    oidc.sandbox.rotate_keys().unwrap();

    assert_eq!(oidc.judged(&tokens, &expected).await, "no kid");
    oidc.end().await;
}

#[tokio::test]
async fn each_fault_of_the_keys_shows() {
    let oidc = Oidc::start().await;
    oidc.tokens().await;
    let newest = oidc.sandbox.rotate_keys().unwrap();
    let tokens = oidc.tokens_for(SCOPE).await;
    let expected = oidc.expected(&tokens);
    // How many keys there are, what a strict client says, and whether the newest `kid` is there.
    let rows = [
        (None, 2, "fine", true),
        (Some(JwksFault::NamelessKeys), 2, "kid", false),
        (Some(JwksFault::NewestMissing), 1, "kid", false),
        (Some(JwksFault::Empty), 0, "kid", false),
        (Some(JwksFault::OtherKindsToo), 6, "fine", true),
        (Some(JwksFault::PrivateMember), 2, "fine", true),
    ];
    for (fault, count, verdict_expected, named) in rows {
        oidc.sandbox.oidc_manners(|manners| manners.jwks = fault);

        let (_, body) = oidc.fetched("/oidc/jwks").await;

        let jwks: JwkSet = serde_json::from_str(&body).unwrap();
        let seen = verdict(text(&tokens, "id_token"), &jwks, &expected);
        assert_eq!(
            (jwks.keys.len(), seen),
            (count, verdict_expected),
            "{fault:?}"
        );
        assert_eq!(body.contains(&newest), named, "{fault:?}");
        let private = body.contains("\"d\":");
        assert_eq!(
            private,
            fault == Some(JwksFault::PrivateMember),
            "{fault:?}"
        );
    }
    oidc.end().await;
}
