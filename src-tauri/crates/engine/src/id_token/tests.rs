//! Signatures, keys that come and go, and tokens that lie about both.

use super::*;
use crate::jwks::JwksSource;
use crate::ports::Clock;
use crate::testing::signer::{Signer, signed_part, with_signature};
use crate::testing::{Gate, ManualClock};
use async_trait::async_trait;
use futures_util::FutureExt;
use keyfob_domain::secret::Nonce;
use keyfob_domain::token::{NonceDigest, Occasion, SignInClaims};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

const ISSUER: &str = "https://idp.example";
const CLIENT: &str = "the-client";
static NONCE: LazyLock<Nonce> = LazyLock::new(|| Nonce::new("n-0123456789".to_owned()));

/// What a provider publishes, and how often it was read.
struct Published {
    keys: Mutex<Result<Vec<Value>, Fault>>,
    reads: AtomicUsize,
    gate: Gate,
}

#[async_trait]
impl JwksSource for Published {
    async fn fetch(&self) -> Result<Jwks, Fault> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.gate.pass().await;
        let keys = self.keys.lock().unwrap().clone()?;
        Jwks::read(json!({ "keys": keys }).to_string().as_bytes())
    }
}

struct Desk {
    clock: Arc<ManualClock>,
    published: Arc<Published>,
    keys: ProviderKeys,
}

impl Desk {
    fn with(keys: &[Value]) -> Self {
        let clock = Arc::new(ManualClock::new());
        let published = Arc::new(Published {
            keys: Mutex::new(Ok(keys.to_vec())),
            reads: AtomicUsize::default(),
            gate: Gate::open(),
        });
        let keys = ProviderKeys::new(published.clone(), clock.clone());
        Self {
            clock,
            published,
            keys,
        }
    }

    fn publish(&self, keys: &[Value]) {
        *self.published.keys.lock().unwrap() = Ok(keys.to_vec());
    }

    fn fail(&self, fault: Fault) {
        *self.published.keys.lock().unwrap() = Err(fault);
    }

    fn reads(&self) -> usize {
        self.published.reads.load(Ordering::SeqCst)
    }

    fn claims(&self) -> Value {
        let now = self.clock.now().millis() / 1_000;
        json!({
            "iss": ISSUER, "sub": "u-1", "aud": CLIENT, "exp": now + 600, "iat": now,
            "nonce": NONCE.expose(), "email": "ada@lovelace.example",
        })
    }

    /// A token for this moment, signed with RS256.
    fn token(&self, signer: &Signer, kid: Option<&str>) -> IdToken {
        let header = json!({"alg": "RS256", "kid": kid});
        signer.sign(SigningAlgorithm::Rs256, &header, &self.claims())
    }

    async fn verify(&self, token: &IdToken) -> Result<VerifiedIdToken, VerificationFault> {
        self.verify_with(token, SigningAlgorithm::Rs256).await
    }

    async fn verify_with(
        &self,
        token: &IdToken,
        algorithm: SigningAlgorithm,
    ) -> Result<VerifiedIdToken, VerificationFault> {
        let expected = Expected {
            issuer: ISSUER,
            client_id: CLIENT,
            trusted_audiences: &[],
            algorithm,
            occasion: Occasion::SignIn(&NONCE),
            access_token: None,
            now: self.clock.now(),
        };
        verify(token, &expected, &self.keys).await
    }
}

fn wrong(fault: IdTokenFault) -> Result<VerifiedIdToken, VerificationFault> {
    Err(VerificationFault::Token(fault))
}

#[tokio::test]
async fn security_52_a_signature_of_every_algorithm_is_checked() {
    for algorithm in SigningAlgorithm::ALL {
        let signer = Signer::of(algorithm);
        let desk = Desk::with(&[signer.jwk(Some("k"))]);
        let header = json!({"alg": algorithm.as_str(), "kid": "k"});
        let token = signer.sign(algorithm, &header, &desk.claims());
        let verified = desk.verify_with(&token, algorithm).await.unwrap();
        assert_eq!(verified.label.as_deref(), Some("ada@lovelace.example"));
        let expected = SignInClaims {
            issuer: ISSUER.to_owned(),
            subject: "u-1".to_owned(),
            auth_time: None,
            nonce: Some(NonceDigest::of(NONCE.expose())),
        };
        assert_eq!(verified.sign_in, expected, "{algorithm}");
        for index in 0..3 {
            let broken = broken(&token, index);
            let refused = desk.verify_with(&broken, algorithm).await;
            assert!(refused.is_err(), "{algorithm}: part {index} was changed");
        }
    }
}

/// The token with one bit of a part changed.
fn broken(token: &IdToken, index: usize) -> IdToken {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let mut parts: Vec<_> = token.expose().split('.').map(str::to_owned).collect();
    let mut bytes = URL_SAFE_NO_PAD.decode(&parts[index]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    parts[index] = URL_SAFE_NO_PAD.encode(bytes);
    IdToken::new(parts.join("."))
}

#[tokio::test]
async fn security_52_the_algorithm_is_the_definitions_and_not_the_tokens() {
    let signer = Signer::rsa(0);
    let desk = Desk::with(&[signer.jwk(Some("k"))]);
    let claims = desk.claims();
    let unsigned = |alg: &str| {
        let signed = signed_part(&json!({"alg": alg, "kid": "k"}), &claims);
        with_signature(&signed, b"")
    };
    // The old trick: the public key, which everybody has, as the secret of an HMAC.
    let hmac = {
        let signed = signed_part(&json!({"alg": "HS256", "kid": "k"}), &claims);
        let secret = signer.public_bytes();
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &secret);
        with_signature(
            &signed,
            aws_lc_rs::hmac::sign(&key, signed.as_bytes()).as_ref(),
        )
    };
    let other = |alg: SigningAlgorithm| {
        let header = json!({"alg": alg.as_str(), "kid": "k"});
        signer.sign(alg, &header, &claims)
    };
    let rows = [
        ("none", unsigned("none")),
        ("None", unsigned("None")),
        ("", unsigned("")),
        ("HS256", hmac),
        ("RS512", other(SigningAlgorithm::Rs512)),
        ("PS256", other(SigningAlgorithm::Ps256)),
    ];
    for (named, token) in rows {
        let expected = wrong(IdTokenFault::AlgorithmDiffers {
            expected: SigningAlgorithm::Rs256,
            named: named.to_owned(),
        });
        assert_eq!(desk.verify(&token).await, expected);
    }
    assert_eq!(desk.reads(), 0, "for these nobody asks for keys");
    // The right name over another algorithm's signature.
    let header = json!({"alg": "RS256", "kid": "k"});
    let lying = signer.sign(SigningAlgorithm::Rs512, &header, &claims);
    let unsigned = with_signature(&signed_part(&header, &claims), b"");
    for token in [lying, unsigned] {
        let outcome = desk.verify(&token).await;
        assert_eq!(outcome, wrong(IdTokenFault::SignatureWrong));
    }
}

#[tokio::test]
async fn security_52_a_key_that_the_token_brings_along_is_not_looked_at() {
    let (honest, mallory) = (Signer::rsa(0), Signer::rsa(1));
    let desk = Desk::with(&[honest.jwk(Some("k"))]);
    for (name, value) in [
        ("jwk", mallory.jwk(Some("k"))),
        ("jku", json!("https://evil.example/keys")),
        ("x5u", json!("https://evil.example/cert")),
        ("x5c", json!(["AAAA"])),
    ] {
        let header = json!({"alg": "RS256", "kid": "k", name: value});
        let token = mallory.sign(SigningAlgorithm::Rs256, &header, &desk.claims());
        let outcome = desk.verify(&token).await;
        assert_eq!(outcome, wrong(IdTokenFault::SignatureWrong), "{name}");
        let token = honest.sign(SigningAlgorithm::Rs256, &header, &desk.claims());
        assert!(
            desk.verify(&token).await.is_ok(),
            "{name}: it changes nothing"
        );
    }
    assert_eq!(desk.reads(), 1);
}

#[tokio::test]
async fn a_right_signature_makes_no_claim_right() {
    let signer = Signer::rsa(0);
    let desk = Desk::with(&[signer.jwk(Some("k"))]);
    let mut claims = desk.claims();
    claims["aud"] = json!("another");
    let header = json!({"alg": "RS256", "kid": "k"});
    let token = signer.sign(SigningAlgorithm::Rs256, &header, &claims);
    assert_eq!(
        desk.verify(&token).await,
        wrong(IdTokenFault::AudienceWrong)
    );
    claims = json!([claims]);
    let token = signer.sign(SigningAlgorithm::Rs256, &header, &claims);
    let outcome = desk.verify(&token).await;
    let malformed = |fault| {
        matches!(
            fault,
            VerificationFault::Token(IdTokenFault::Malformed { .. })
        )
    };
    assert!(outcome.is_err_and(malformed));
}

#[tokio::test]
async fn security_38_keys_that_are_replaced_just_before_signing_pass() {
    let (old, new) = (Signer::rsa(0), Signer::rsa(1));
    let desk = Desk::with(&[old.jwk(Some("old"))]);
    let first = desk.token(&old, Some("old"));
    assert!(desk.verify(&first).await.is_ok());
    assert!(desk.verify(&first).await.is_ok());
    assert_eq!(desk.reads(), 1, "kept");
    desk.publish(&[new.jwk(Some("new"))]);
    desk.clock.advance(Duration::from_secs(30));
    assert!(desk.verify(&desk.token(&new, Some("new"))).await.is_ok());
    assert_eq!(desk.reads(), 2);
    desk.clock.advance(Duration::from_secs(30));
    let outcome = desk.verify(&desk.token(&old, Some("old"))).await;
    assert_eq!(outcome, wrong(IdTokenFault::KeyUnknown), "withdrawn");
}

#[tokio::test]
async fn security_38_an_unknown_kid_is_looked_for_once_in_30_s() {
    let signer = Signer::rsa(0);
    let desk = Desk::with(&[signer.jwk(Some("k"))]);
    let made_up = desk.token(&signer, Some("made-up"));
    let unknown = wrong(IdTokenFault::KeyUnknown);
    assert_eq!(desk.verify(&made_up).await, unknown);
    assert_eq!(desk.reads(), 1, "what was read just now isn't read again");
    for (seconds, reads) in [(29, 1), (1, 2), (0, 2), (29, 2), (1, 3)] {
        desk.clock.advance(Duration::from_secs(seconds));
        assert_eq!(desk.verify(&made_up).await, unknown);
        assert_eq!(desk.reads(), reads, "{seconds} s later");
    }
    desk.clock.jump(Duration::from_secs(3600));
    assert_eq!(desk.verify(&made_up).await, unknown);
    assert_eq!(
        desk.reads(),
        3,
        "a clock that is set is no time that passes"
    );
    assert!(desk.verify(&desk.token(&signer, Some("k"))).await.is_ok());
}

#[tokio::test]
async fn security_38_a_known_kid_with_a_wrong_signature_is_no_reason_to_look_again() {
    let (honest, mallory) = (Signer::rsa(0), Signer::rsa(1));
    let desk = Desk::with(&[honest.jwk(Some("k"))]);
    assert!(desk.verify(&desk.token(&honest, Some("k"))).await.is_ok());
    desk.clock.advance(Duration::from_secs(60));
    let outcome = desk.verify(&desk.token(&mallory, Some("k"))).await;
    assert_eq!(outcome, wrong(IdTokenFault::SignatureWrong));
    assert_eq!(desk.reads(), 1);
}

#[tokio::test]
async fn security_38_without_a_kid_every_key_that_fits_is_tried() {
    let (one, other) = (Signer::rsa(0), Signer::rsa(1));
    let elliptic = Signer::p256();
    let exactly_one = [one.jwk(Some("a")), elliptic.jwk(Some("b"))];
    let several = [other.jwk(Some("a")), elliptic.jwk(None), one.jwk(None)];
    for keys in [&exactly_one[..], &several] {
        let desk = Desk::with(keys);
        assert!(desk.verify(&desk.token(&one, None)).await.is_ok());
    }
    let desk = Desk::with(&[one.jwk(Some("a"))]);
    let outcome = desk.verify(&desk.token(&other, None)).await;
    assert_eq!(outcome, wrong(IdTokenFault::SignatureWrong));
    let desk = Desk::with(&[elliptic.jwk(None)]);
    let outcome = desk.verify(&desk.token(&one, None)).await;
    assert_eq!(outcome, wrong(IdTokenFault::KeyUnknown));
}

#[tokio::test]
async fn security_38_without_a_kid_a_replaced_key_is_found_as_well() {
    let (old, new) = (Signer::rsa(0), Signer::rsa(1));
    let desk = Desk::with(&[old.jwk(None)]);
    assert!(desk.verify(&desk.token(&old, None)).await.is_ok());
    desk.publish(&[new.jwk(None)]);
    let early = desk.verify(&desk.token(&new, None)).await;
    assert_eq!(early, wrong(IdTokenFault::SignatureWrong));
    desk.clock.advance(Duration::from_secs(30));
    assert!(desk.verify(&desk.token(&new, None)).await.is_ok());
    assert_eq!(desk.reads(), 2);
}

#[tokio::test]
async fn keys_are_read_again_after_a_day() {
    let signer = Signer::rsa(0);
    let desk = Desk::with(&[signer.jwk(Some("k"))]);
    for (hours, reads) in [(0, 1), (23, 1), (1, 2), (1, 2)] {
        desk.clock.advance(Duration::from_secs(hours * 3600));
        assert!(desk.verify(&desk.token(&signer, Some("k"))).await.is_ok());
        assert_eq!(desk.reads(), reads);
    }
    desk.publish(&[]);
    desk.clock.advance(Duration::from_secs(24 * 3600));
    let outcome = desk.verify(&desk.token(&signer, Some("k"))).await;
    assert_eq!(outcome, wrong(IdTokenFault::KeyUnknown), "withdrawn");
}

#[tokio::test]
async fn keys_that_cannot_be_read_say_nothing_about_the_token() {
    let signer = Signer::rsa(0);
    let desk = Desk::with(&[signer.jwk(Some("k"))]);
    let fault = Fault::NoAnswer {
        detail: "no answer in time".to_owned(),
        unsent: false,
    };
    let unread = Err(VerificationFault::Keys(fault.clone()));
    let token = desk.token(&signer, Some("k"));
    desk.fail(fault.clone());
    assert_eq!(desk.verify(&token).await, unread);
    assert_eq!(desk.verify(&token).await, unread);
    assert_eq!(desk.reads(), 2, "without any keys each try asks");
    desk.publish(&[signer.jwk(Some("k"))]);
    assert!(desk.verify(&token).await.is_ok());
    // A second look that fails: what is kept stays good, and the fault is said until the next look.
    desk.fail(fault);
    desk.clock.advance(Duration::from_secs(30));
    let newer = desk.token(&signer, Some("new"));
    assert_eq!(desk.verify(&newer).await, unread);
    assert_eq!(desk.verify(&newer).await, unread);
    assert_eq!(desk.reads(), 4);
    assert!(desk.verify(&desk.token(&signer, Some("k"))).await.is_ok());
}

#[tokio::test]
async fn all_who_need_the_keys_at_once_share_one_reading() {
    let (old, new) = (Signer::rsa(0), Signer::rsa(1));
    let desk = Desk::with(&[old.jwk(Some("old"))]);
    let many = |token: &IdToken| {
        let token = IdToken::new(token.expose().to_owned());
        let desk = &desk;
        async move {
            let all = (0..20).map(|_| desk.verify(&token));
            futures_util::future::join_all(all).await
        }
    };
    let token = desk.token(&old, Some("old"));
    assert!(many(&token).await.iter().all(Result::is_ok));
    assert_eq!(desk.reads(), 1);
    // And so do all that find a new key at once: nobody is told that it is too early.
    desk.publish(&[new.jwk(Some("new"))]);
    desk.clock.advance(Duration::from_secs(30));
    let token = desk.token(&new, Some("new"));
    desk.published.gate.shut();
    let mut waiting = std::pin::pin!(many(&token));
    assert!(waiting.as_mut().now_or_never().is_none());
    desk.published.gate.let_through();
    assert!(waiting.await.iter().all(Result::is_ok));
    assert_eq!(desk.reads(), 2);
}

#[tokio::test]
async fn who_comes_late_takes_what_another_one_has_read() {
    let signer = Signer::rsa(0);
    let desk = Desk::with(&[signer.jwk(Some("k"))]);
    let (seen, fresh) = desk.keys.current().await.unwrap();
    assert!(fresh);
    desk.clock.advance(Duration::from_secs(30));
    let newer = desk.keys.newer_than(&seen).await.unwrap().unwrap();
    let again = desk.keys.newer_than(&seen).await.unwrap().unwrap();
    assert!(Arc::ptr_eq(&newer, &again) && !Arc::ptr_eq(&newer, &seen));
    assert_eq!(desk.reads(), 2);
    assert_eq!(desk.keys.newer_than(&newer).await, Ok(None));
}

#[tokio::test]
async fn a_reading_that_nobody_waits_for_any_more_is_taken_up_by_the_next() {
    let signer = Signer::rsa(0);
    let desk = Desk::with(&[signer.jwk(Some("k"))]);
    desk.published.gate.shut();
    assert!(desk.keys.current().now_or_never().is_none());
    desk.published.gate.let_through();
    assert!(desk.verify(&desk.token(&signer, Some("k"))).await.is_ok());
    assert_eq!(desk.reads(), 1);
}
