use super::super::IdTokenFault as No;
use super::*;
use serde_json::{Value, json};

const ISSUER: &str = "https://idp.example";
const CLIENT: &str = "the-client";
const NONCE: &str = "n-0123456789";
/// Seconds; the clock of every test.
const NOW: i64 = 1_790_000_000;

fn good() -> Value {
    json!({
        "iss": ISSUER,
        "sub": "u-1",
        "aud": CLIENT,
        "exp": NOW + 3600,
        "iat": NOW - 5,
        "nonce": NONCE,
        "email": "ada@lovelace.example",
    })
}

/// The good claims with some changed; `null` takes one away.
fn with(changes: Value) -> Value {
    let mut claims = good();
    let (all, Value::Object(changes)) = (claims.as_object_mut().unwrap(), changes) else {
        panic!("changes are an object");
    };
    all.extend(changes);
    claims
}

fn sign_in() -> SignInClaims {
    SignInClaims {
        issuer: ISSUER.to_owned(),
        subject: "u-1".to_owned(),
        auth_time: Some(NOW - 7200),
        nonce: Some(NonceDigest::of(NONCE)),
    }
}

fn expected<'a>(occasion: Occasion<'a>) -> Expected<'a> {
    Expected {
        issuer: ISSUER,
        client_id: CLIENT,
        trusted_audiences: &["the-api"],
        algorithm: SigningAlgorithm::Rs256,
        occasion,
        access_token: None,
        now: Timestamp::from_millis(NOW * 1_000 + 999),
    }
}

fn check(claims: &Value, expected: &Expected<'_>) -> Result<VerifiedIdToken, No> {
    check_claims(&Claims::read(claims.to_string().as_bytes())?, expected)
}

fn at_sign_in(changes: Value) -> Result<(), No> {
    let nonce = Nonce::new(NONCE.to_owned());
    check(&with(changes), &expected(Occasion::SignIn(&nonce))).map(|_| ())
}

fn at_refresh(changes: Value) -> Result<(), No> {
    check(&with(changes), &expected(Occasion::Refresh(&sign_in()))).map(|_| ())
}

/// At a sign-in and at a renewal.
fn always(changes: Value) -> Result<(), No> {
    let first = at_sign_in(changes.clone());
    assert_eq!(at_refresh(changes.clone()), first, "{changes}");
    first
}

fn malformed(result: Result<(), No>) -> bool {
    matches!(result, Err(No::Malformed { .. }))
}

#[test]
fn a_good_token_tells_who_signed_in() {
    let nonce = Nonce::new(NONCE.to_owned());
    let claims = with(json!({"auth_time": NOW - 9}));
    let verified = check(&claims, &expected(Occasion::SignIn(&nonce))).unwrap();
    let first = SignInClaims {
        auth_time: Some(NOW - 9),
        ..sign_in()
    };
    assert_eq!(verified.sign_in, first);
    assert_eq!(
        verified.account(),
        AccountHint {
            subject: Some("u-1".to_owned()),
            label: Some("ada@lovelace.example".to_owned()),
        }
    );
    let again = check(&claims, &expected(Occasion::Refresh(&first))).unwrap();
    assert_eq!(again, verified);
}

#[test]
fn the_label_is_plain_and_proves_nothing() {
    let nonce = Nonce::new(NONCE.to_owned());
    let label = |changes| {
        let verified = check(&with(changes), &expected(Occasion::SignIn(&nonce)));
        verified.unwrap().label
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(label(json!({"email": null, "name": " Ada "})), some("Ada"));
    assert_eq!(label(json!({"email": "\u{202e}a\nb"})), some("a b"));
    assert_eq!(label(json!({"email": 7, "name": ["x"]})), None);
}

#[test]
fn security_53_the_issuer_is_exact() {
    for (iss, fits) in [
        (json!(ISSUER), true),
        (json!("https://idp.example/"), false),
        (json!("https://IDP.example"), false),
        (json!("idp.example"), false),
        (json!("https://evil.example"), false),
        (json!(""), false),
        (json!(null), false),
    ] {
        let named = iss.as_str().unwrap_or_default().to_owned();
        let differs = No::IssuerDiffers {
            expected: ISSUER.to_owned(),
            named,
        };
        let outcome = if fits { Ok(()) } else { Err(differs) };
        assert_eq!(always(json!({ "iss": iss })), outcome);
    }
    assert!(malformed(always(json!({"iss": [ISSUER]}))));
    let Err(No::IssuerDiffers { named, .. }) = always(json!({"iss": "\u{202e}x".repeat(300)}))
    else {
        panic!("it fits");
    };
    assert_eq!(named, "x".repeat(200));
}

#[test]
fn security_53_a_tenant_fills_microsofts_gap() {
    let nonce = Nonce::new(NONCE.to_owned());
    let tid = "9188040d-6c67-4c5b-b112-36a304b66dad";
    let iss = format!("https://login.microsoftonline.com/{tid}/v2.0");
    let expected = Expected {
        issuer: "https://login.microsoftonline.com/{tenantid}/v2.0",
        ..expected(Occasion::SignIn(&nonce))
    };
    let claims = with(json!({"iss": iss, "tid": tid}));
    let verified = check(&claims, &expected).unwrap();
    assert_eq!(verified.sign_in.issuer, iss);
    for tid in [json!(null), json!("common")] {
        let claims = with(json!({"iss": iss, "tid": tid}));
        let fault = check(&claims, &expected).unwrap_err();
        assert!(matches!(fault, No::IssuerDiffers { .. }), "{fault}");
    }
    let refresh = Expected {
        occasion: Occasion::Refresh(&verified.sign_in),
        ..expected
    };
    assert!(check(&claims, &refresh).is_ok());
    let other = "11111111-2222-4333-8444-555555555555";
    let moved = with(json!({
        "iss": format!("https://login.microsoftonline.com/{other}/v2.0"), "tid": other
    }));
    assert_eq!(check(&moved, &refresh), Err(No::IssuerChanged));
}

#[test]
fn security_53_the_token_is_for_this_client_and_for_no_stranger() {
    let rows = [
        ("text", json!({"aud": CLIENT}), Ok(())),
        ("a list of one", json!({"aud": [CLIENT]}), Ok(())),
        ("another", json!({"aud": "other"}), Err(No::AudienceWrong)),
        ("none", json!({"aud": null}), Err(No::AudienceWrong)),
        ("an empty list", json!({"aud": []}), Err(No::AudienceWrong)),
        (
            "a piece",
            json!({"aud": "the-clien"}),
            Err(No::AudienceWrong),
        ),
        (
            "only a trusted one",
            json!({"aud": "the-api"}),
            Err(No::AudienceWrong),
        ),
        (
            "an untrusted one more",
            json!({"aud": [CLIENT, "other"], "azp": CLIENT}),
            Err(No::AudienceUntrusted),
        ),
        (
            "a trusted one more",
            json!({"aud": ["the-api", CLIENT], "azp": CLIENT}),
            Ok(()),
        ),
        (
            "several without azp",
            json!({"aud": ["the-api", CLIENT]}),
            Err(No::AuthorizedPartyWrong),
        ),
        (
            "several, and azp another",
            json!({"aud": ["the-api", CLIENT], "azp": "the-api"}),
            Err(No::AuthorizedPartyWrong),
        ),
        ("azp", json!({"azp": CLIENT}), Ok(())),
        (
            "azp another",
            json!({"azp": "other"}),
            Err(No::AuthorizedPartyWrong),
        ),
    ];
    for (row, changes, outcome) in rows {
        assert_eq!(always(changes), outcome, "{row}");
    }
    for odd in [
        json!({"aud": 7}),
        json!({"aud": [CLIENT, 7]}),
        json!({"azp": [CLIENT]}),
    ] {
        assert!(malformed(always(odd.clone())), "{odd}");
    }
}

#[test]
fn security_53_times_have_a_minute_of_skew_and_no_more() {
    let rows = [
        ("ends now", json!({"exp": NOW}), Ok(())),
        ("ended 59 s ago", json!({"exp": NOW - 59}), Ok(())),
        ("ended 60 s ago", json!({"exp": NOW - 60}), Err(No::Expired)),
        ("ended in 1970", json!({"exp": 0}), Err(No::Expired)),
        ("a fraction", json!({"exp": NOW as f64 + 0.5}), Ok(())),
        ("issued in 60 s", json!({"iat": NOW + 60}), Ok(())),
        (
            "issued in 61 s",
            json!({"iat": NOW + 61}),
            Err(No::FromTheFuture),
        ),
        ("good from 60 s on", json!({"nbf": NOW + 60}), Ok(())),
        (
            "good from 61 s on",
            json!({"nbf": NOW + 61}),
            Err(No::FromTheFuture),
        ),
    ];
    for (row, changes, outcome) in rows {
        assert_eq!(always(changes), outcome, "{row}");
    }
    for odd in [
        json!({"exp": null}),
        json!({"iat": null}),
        json!({"exp": "1"}),
        json!({"exp": -1}),
        json!({"iat": 1e300}),
        json!({"exp": i64::MAX}),
        json!({"nbf": true}),
    ] {
        assert!(malformed(always(odd.clone())), "{odd}");
    }
}

#[test]
fn security_53_a_token_from_before_the_sign_in_is_refused_there() {
    let rows = [
        (600, Ok(())),
        (601, Err(No::TooOld)),
        (NOW, Err(No::TooOld)),
    ];
    for (age, outcome) in rows {
        let changes = json!({"iat": NOW - age});
        assert_eq!(at_sign_in(changes.clone()), outcome, "{age}");
        assert_eq!(at_refresh(changes), Ok(()), "{age}");
    }
}

#[test]
fn security_53_the_nonce_is_the_sign_ins_own() {
    let rows = [
        (json!(NONCE), Ok(())),
        (json!(null), Err(No::NonceMissing)),
        (json!(""), Err(No::NonceWrong)),
        (json!("n-012345678"), Err(No::NonceWrong)),
        (json!("n-01234567890"), Err(No::NonceWrong)),
        (json!("N-0123456789"), Err(No::NonceWrong)),
    ];
    for (nonce, outcome) in rows {
        assert_eq!(at_sign_in(json!({ "nonce": nonce })), outcome, "{nonce}");
    }
    assert!(malformed(at_sign_in(json!({"nonce": 7}))));
}

#[test]
fn security_53_the_subject_is_short_ascii() {
    let rows = [
        (json!("u"), None),
        (json!("x".repeat(255)), None),
        (json!("x".repeat(256)), Some(())),
        (json!(""), Some(())),
        (json!(null), Some(())),
        (json!("ü"), Some(())),
        (json!("a\u{7f}"), Some(())),
        (json!("a\nb"), Some(())),
    ];
    for (sub, refused) in rows {
        let before = SignInClaims {
            subject: sub.as_str().unwrap_or_default().to_owned(),
            ..sign_in()
        };
        let nonce = Nonce::new(NONCE.to_owned());
        for occasion in [Occasion::SignIn(&nonce), Occasion::Refresh(&before)] {
            let outcome = check(&with(json!({ "sub": sub })), &expected(occasion));
            let expected = refused.map(|()| No::SubjectUnusable);
            assert_eq!(outcome.err(), expected, "{sub}");
        }
    }
    assert!(malformed(always(json!({"sub": 7}))));
}

#[test]
fn security_53_at_hash_ties_the_access_token_to_it() {
    let token = AccessToken::new("at_0123456789".to_owned());
    let nonce = Nonce::new(NONCE.to_owned());
    // The left halves of the token's hashes, computed elsewhere.
    let right = [
        (SigningAlgorithm::Rs256, "xwgXhQnTn1dM0Vwt92ss7w"),
        (SigningAlgorithm::Es384, "DwTpD_L23D_gGXgEr52LykwOOGtUEvrI"),
        (
            SigningAlgorithm::Ps512,
            "ed0Ja5InC1cpIrREpq0cqBaIN7P6JMaxLJmzk3lwcDU",
        ),
    ];
    for (algorithm, hash) in right {
        for (said, fits) in [
            (json!(hash), true),
            (json!(format!("{hash}==")), true),
            (json!(null), true),
            (json!(""), false),
            (json!(&hash[1..]), false),
            (json!("AAAAAAAAAAAAAAAAAAAAAA"), false),
        ] {
            for occasion in [Occasion::SignIn(&nonce), Occasion::Refresh(&sign_in())] {
                let expected = Expected {
                    algorithm,
                    access_token: Some(&token),
                    ..expected(occasion)
                };
                let outcome = check(&with(json!({ "at_hash": said })), &expected);
                let refused = (!fits).then_some(No::AccessTokenDiffers);
                assert_eq!(outcome.err(), refused, "{algorithm} {said}");
            }
        }
    }
    let expected = expected(Occasion::SignIn(&nonce));
    let unknown = with(json!({"at_hash": "AAAA"}));
    assert!(
        check(&unknown, &expected).is_ok(),
        "nothing to compare with"
    );
}

#[test]
fn security_54_a_renewal_brings_the_same_account_of_the_same_sign_in() {
    let before = |change: fn(&mut SignInClaims)| {
        let mut before = sign_in();
        change(&mut before);
        before
    };
    let same = sign_in();
    let no_time = before(|before| before.auth_time = None);
    let no_nonce = before(|before| before.nonce = None);
    let other_issuer = before(|before| before.issuer.push('/'));
    let then = NOW - 7200;
    let rows = [
        ("no nonce, no time", &same, json!({"nonce": null}), Ok(())),
        ("the nonce again", &same, json!({}), Ok(())),
        (
            "another nonce",
            &same,
            json!({"nonce": "x"}),
            Err(No::NonceWrong),
        ),
        (
            "a nonce nobody knows",
            &no_nonce,
            json!({"nonce": "x"}),
            Ok(()),
        ),
        (
            "another account",
            &same,
            json!({"sub": "u-2"}),
            Err(No::SubjectChanged),
        ),
        (
            "its case",
            &same,
            json!({"sub": "U-1"}),
            Err(No::SubjectChanged),
        ),
        (
            "another issuer",
            &other_issuer,
            json!({}),
            Err(No::IssuerChanged),
        ),
        ("the same time", &same, json!({"auth_time": then}), Ok(())),
        (
            "another time",
            &same,
            json!({"auth_time": then + 1}),
            Err(No::AuthTimeChanged),
        ),
        ("a new time", &no_time, json!({"auth_time": 5}), Ok(())),
    ];
    for (row, before, changes, outcome) in rows {
        let checked = check(&with(changes), &expected(Occasion::Refresh(before)));
        assert_eq!(checked.map(|_| ()), outcome, "{row}");
    }
    let learned = check(
        &with(json!({"auth_time": 5})),
        &expected(Occasion::Refresh(&no_time)),
    );
    assert_eq!(learned.unwrap().sign_in.auth_time, Some(5));
}

#[test]
fn a_claim_that_is_there_twice_breaks_the_token() {
    let text = good().to_string();
    for twice in [r#""sub":"u-2""#, r#""aud":"other""#, r#""exp":1"#] {
        let text = text.replacen('{', &format!("{{{twice},"), 1);
        assert!(Claims::read(text.as_bytes()).is_err(), "{twice}");
    }
    for text in ["", "[]", "null", "{", r#"["https://idp.example"]"#] {
        assert!(Claims::read(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn a_digest_survives_its_text() {
    let digest = NonceDigest::of(NONCE);
    assert_eq!(NonceDigest::parse(digest.as_str()), Some(digest));
    for no in ["", NONCE, "AAAA"] {
        assert_eq!(NonceDigest::parse(no), None, "{no}");
    }
}
