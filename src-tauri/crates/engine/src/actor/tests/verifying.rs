//! Sign-ins at a provider whose id tokens are verified, and the id tokens of its renewals
//! (SECURITY 52–55).

use super::HOUR;
use crate::testing::signer::Signer;
use crate::testing::{Wire, World, fault, sandbox_provider};
use keyfob_domain::authorization::Step;
use keyfob_domain::connection::Condition;
use keyfob_domain::error::ErrorCode;
use keyfob_domain::grant::Scopes;
use keyfob_domain::id::{AttemptId, ConnectionId};
use keyfob_domain::provider::{IdTokenUse, Provider};
use keyfob_domain::secret::IdToken;
use keyfob_domain::token::{AccountHint, SigningAlgorithm};
use serde_json::{Value, json};

const ISSUER: &str = "https://idp.example";

fn provider() -> Provider {
    let url = |path: &str| format!("{ISSUER}/{path}").parse().unwrap();
    Provider {
        issuer: Some(ISSUER.to_owned()),
        jwks_uri: Some(url("jwks")),
        userinfo_endpoint: Some(url("userinfo")),
        revocation_endpoint: Some("http://127.0.0.1:9/revoke".parse().unwrap()),
        id_token: IdTokenUse::Verify,
        scopes: Scopes::parse("openid profile"),
        ..sandbox_provider()
    }
}

async fn world() -> World {
    let world = World::with(vec![provider()]).await;
    world.keys.publish(&[Signer::rsa(0).jwk(Some("one"))]);
    world
}

/// A token of this provider for this client, with some claims changed; `null` takes one away.
fn id_token(world: &World, changes: Value) -> IdToken {
    let now = crate::ports::Clock::now(world.clock.as_ref()).millis() / 1000;
    let client_id = format!("client-of-{}", provider().slug);
    let mut claims = json!({"iss": ISSUER, "sub": "u-1", "aud": client_id, "exp": now + 600, "iat": now,
        "email": "ada@idp.example"});
    let Value::Object(changes) = changes else {
        panic!("changes are an object");
    };
    claims.as_object_mut().unwrap().extend(changes);
    let header = json!({"alg": "RS256", "kid": "one"});
    Signer::rsa(0).sign(SigningAlgorithm::Rs256, &header, &claims)
}

/// Signs in; the id token repeats the nonce that was sent, unless the changes say otherwise.
async fn sign_in(world: &mut World, connection: Option<ConnectionId>, changes: Value) -> AttemptId {
    let slug = provider().slug;
    let attempt = world
        .engine
        .connect(slug.clone(), connection)
        .await
        .unwrap();
    let request = world.engine.authorization_request(attempt).await.unwrap();
    let sent = |name: &str| {
        let found = request.query_pairs().find(|(known, _)| known == name);
        found.unwrap().1.into_owned()
    };
    let mut claims = json!({"nonce": sent("nonce")});
    claims
        .as_object_mut()
        .unwrap()
        .extend(changes.as_object().unwrap().clone());
    let id_token = id_token(world, claims);
    world.provider.answers_with_id_token(Some(&id_token));
    finish(world, attempt, &sent("state")).await;
    attempt
}

async fn finish(world: &mut World, attempt: AttemptId, state: &str) {
    let query = format!("code={attempt}&state={state}");
    assert!(world.deliver(provider().slug.as_str(), &query).await);
    world.settle().await;
}

fn connected(world: &World, attempt: AttemptId) -> ConnectionId {
    let Step::Connected(id) = world.step(attempt) else {
        panic!("{:?}; {:#?}", world.step(attempt), world.log.lines());
    };
    *id
}

#[tokio::test]
async fn security_53_a_verified_id_token_names_the_account() {
    let mut world = world().await;
    let attempt = sign_in(&mut world, None, json!({})).await;
    let id = connected(&world, attempt);
    let account = AccountHint {
        subject: Some("u-1".to_owned()),
        label: Some("ada@idp.example".to_owned()),
    };
    assert_eq!(world.connection(id).account, account);
    let claims = world.rows.row(id).unwrap().recorded.sign_in.unwrap();
    assert_eq!(
        (claims.issuer.as_str(), claims.subject.as_str()),
        (ISSUER, "u-1")
    );
    assert_eq!(
        world.log.of("HINT"),
        Vec::<String>::new(),
        "it is named already"
    );
}

#[tokio::test]
async fn security_52_53_whose_id_token_proves_nothing_is_not_connected_and_its_tokens_are_given_back()
 {
    let rows = [
        (
            "another issuer",
            json!({"iss": "https://evil.example"}),
            "is from",
        ),
        (
            "another client",
            json!({"aud": "somebody"}),
            "another client",
        ),
        ("another sign-in", json!({"nonce": "x"}), "another sign-in"),
        ("no nonce", json!({"nonce": null}), "which sign-in"),
        ("no account", json!({"sub": null}), "whose account"),
        ("over", json!({"exp": 5}), "out of date"),
    ];
    for (row, changes, said) in rows {
        let mut world = world().await;
        let attempt = sign_in(&mut world, None, changes).await;
        let Step::Failed(problem) = world.step(attempt) else {
            panic!("{row}: {:?}", world.step(attempt));
        };
        assert_eq!(problem.code, ErrorCode::IdTokenRefused, "{row}");
        let detail = problem.detail.clone().unwrap_or_default();
        assert!(detail.contains(said), "{row}: {detail}");
        assert_eq!(world.rows.count(), 0, "{row}");
        assert_eq!(world.log.of("KEYCHAIN"), Vec::<String>::new(), "{row}");
        assert_eq!(
            world.log.of("REVOKE"),
            ["REVOKE rt-1", "REVOKE at-1"],
            "{row}"
        );
    }
}

#[tokio::test]
async fn security_52_a_signature_by_nobodys_key_connects_nobody() {
    let mut world = world().await;
    world.keys.publish(&[Signer::rsa(1).jwk(Some("one"))]);
    let attempt = sign_in(&mut world, None, json!({})).await;
    let Step::Failed(problem) = world.step(attempt) else {
        panic!("{:?}", world.step(attempt));
    };
    assert_eq!(problem.code, ErrorCode::IdTokenRefused);
    assert_eq!(world.rows.count(), 0);
}

#[tokio::test]
async fn security_53_an_answer_without_an_id_token_is_refused_unless_openid_was_not_granted() {
    for (row, granted, said) in [
        ("none", None, Some(ErrorCode::IdTokenRefused)),
        (
            "openid granted",
            Some("openid"),
            Some(ErrorCode::IdTokenRefused),
        ),
        ("openid withheld", Some("profile"), None),
    ] {
        let mut world = world().await;
        world.provider.answers_with_id_token(None);
        if let Some(granted) = granted {
            world.provider.next(Wire::Granting(granted));
        }
        let (attempt, state) = world.begin(provider().slug.as_str()).await;
        finish(&mut world, attempt, &state).await;
        let step = world.step(attempt);
        let failed = if let Step::Failed(problem) = step {
            Some(problem.code)
        } else {
            assert!(matches!(step, Step::Connected(_)), "{row}: {step:?}");
            None
        };
        assert_eq!(failed, said, "{row}");
    }
}

#[tokio::test]
async fn keys_that_cannot_be_read_are_the_networks_fault_and_not_the_tokens() {
    let mut world = World::with(vec![provider()]).await;
    let attempt = sign_in(&mut world, None, json!({})).await;
    let Step::Failed(problem) = world.step(attempt) else {
        panic!("{:?}", world.step(attempt));
    };
    assert_eq!(problem.code, ErrorCode::ProviderUnreachable);
    assert_eq!(world.rows.count(), 0);
}

#[tokio::test]
async fn security_55_userinfo_names_the_account_that_it_is_about_and_no_other() {
    let nameless = json!({"email": null});
    let of = |subject: &str| AccountHint {
        subject: Some(subject.to_owned()),
        label: Some("ada".to_owned()),
    };
    for (row, found, label) in [
        ("the same", of("u-1"), Some("ada")),
        ("another", of("u-2"), None),
    ] {
        let mut world = world().await;
        world.context.next_account(found);
        let attempt = sign_in(&mut world, None, nameless.clone()).await;
        let account = world.connection(connected(&world, attempt)).account.clone();
        assert_eq!(account.subject.as_deref(), Some("u-1"), "{row}");
        assert_eq!(account.label.as_deref(), label, "{row}");
    }
}

#[tokio::test]
async fn security_54_a_renewal_with_another_accounts_id_token_is_dropped_whole() {
    let mut world = world().await;
    let attempt = sign_in(&mut world, None, json!({})).await;
    let id = connected(&world, attempt);
    let before = world.keychain.stored(id);
    let foreign = id_token(&world, json!({"sub": "u-2"}));
    world.provider.answers_with_id_token(Some(&foreign));

    world.engine.renew(id).await.unwrap_err();
    world.settle().await;
    let Condition::NeedsSignIn { problem } = world.condition(id) else {
        panic!("{:?}", world.condition(id));
    };
    assert_eq!(problem.code, ErrorCode::AccountChanged);
    assert_eq!(world.keychain.stored(id), before, "nothing of it is kept");
    world.pass(HOUR * 24).await;
    let posts = world.posts();
    let sent = posts.iter().filter(|post| *post == "POST rt-1").count();
    assert_eq!(sent, 1, "and the token isn't sent again");

    // Who signs in again is well again.
    let attempt = sign_in(&mut world, Some(id), json!({})).await;
    assert_eq!(connected(&world, attempt), id);
    assert_eq!(*world.condition(id), Condition::Active);
}

#[tokio::test]
async fn security_54_and_62_an_odd_id_token_costs_nobody_the_grant() {
    let rows = [
        ("none at all", None),
        ("without a nonce", Some(json!({}))),
        ("over", Some(json!({"exp": 5}))),
        ("another nonce", Some(json!({"nonce": "x"}))),
    ];
    for (row, changes) in rows {
        let mut world = world().await;
        let attempt = sign_in(&mut world, None, json!({})).await;
        let id = connected(&world, attempt);
        // What is compared was read from the row, as after any start.
        world.crash_and_restart().await;
        let id_token = changes.map(|changes| id_token(&world, changes));
        world.provider.answers_with_id_token(id_token.as_ref());
        world.engine.renew(id).await.unwrap();
        world.settle().await;
        assert_eq!(*world.condition(id), Condition::Active, "{row}");
        assert_eq!(
            world.keychain.stored(id),
            Some((2, "rt-2".to_owned())),
            "{row}"
        );
    }
}

#[tokio::test]
async fn security_54_a_restart_does_not_forget_whose_account_it_is() {
    let mut world = world().await;
    let attempt = sign_in(&mut world, None, json!({})).await;
    let id = connected(&world, attempt);
    world.crash_and_restart().await;
    let foreign = id_token(&world, json!({"sub": "u-2"}));
    world.provider.next(Wire::Fault(fault(false)));
    world.provider.answers_with_id_token(Some(&foreign));
    world.engine.renew(id).await.unwrap_err();
    world.engine.renew(id).await.unwrap_err();
    world.pass(HOUR).await;
    assert_eq!(world.trouble(id), "account_changed");
}

#[tokio::test]
async fn security_54_and_66_what_a_definition_says_later_discards_no_renewal() {
    let mut world = world().await;
    let attempt = sign_in(&mut world, None, json!({})).await;
    let id = connected(&world, attempt);
    // The user has corrected the provider's issuer since.
    world.providers[0].issuer = Some("https://elsewhere.example".to_owned());
    world.crash_and_restart().await;
    let same = id_token(&world, json!({}));
    world.provider.answers_with_id_token(Some(&same));

    world.engine.renew(id).await.unwrap();
    world.settle().await;
    assert_eq!(*world.condition(id), Condition::Active);
    assert_eq!(world.keychain.stored(id), Some((2, "rt-2".to_owned())));
}
