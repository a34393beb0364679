//! SECURITY 1–3, 7, 10, 14, 19–28, 31 as tables over the pure functions.

use super::*;
use crate::authorization::{loopback_redirect_uri, parse, scheme_redirect_uri};
use crate::time::Timestamp;
use std::collections::HashSet;

fn provider(slug: &str) -> Arc<Provider> {
    let mut provider =
        crate::provider::parse(include_str!("../../../../../providers/mio.toml")).unwrap();
    provider.slug = ProviderSlug::parse(slug).unwrap();
    provider.echoes_state = EchoesState::Yes;
    Arc::new(provider)
}

/// The same attempt at a provider of which nobody knows whether it returns `state`.
fn unsure(mut attempt: AuthorizationAttempt) -> AuthorizationAttempt {
    let mut provider = Provider::clone(&attempt.provider);
    provider.echoes_state = EchoesState::Unknown;
    attempt.provider = Arc::new(provider);
    attempt
}

fn attempt(slug: &str, number: u8) -> AuthorizationAttempt {
    let provider = provider(slug);
    let redirect_uri = scheme_redirect_uri(&provider.slug);
    let draws = Draws {
        state: [number; 32],
        verifier: [number + 100; 32],
        nonce: [number + 200; 32],
    };
    let id = AttemptId::new(Timestamp::from_millis(0), [number; 10]);
    AuthorizationAttempt::begin(
        id,
        provider,
        "client".into(),
        redirect_uri,
        None,
        now(0),
        &draws,
    )
}

fn now(seconds: u64) -> Moment {
    Moment::from_start(Duration::from_secs(1_000 + seconds))
}

fn state_of(attempt: &AuthorizationAttempt) -> String {
    attempt.state.expose().to_owned()
}

/// Says a verdict in one word, with the attempt's number where it has one.
fn word(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Answered { answer, proven, .. } => {
            let doubt = if *proven { "" } else { " unproven" };
            match answer {
                Answer::Code(code) => format!("code {}{doubt}", code.expose()),
                Answer::Refused(problem) => format!("refused {}{doubt}", problem.code),
            }
        }
        Verdict::Ends(_, problem) => format!("ends {}", problem.code),
        Verdict::Doubted(_, problem) => format!("doubted {}", problem.code),
        Verdict::Unrelated(slug) => format!(
            "unrelated {}",
            slug.as_ref().map_or("-", ProviderSlug::as_str)
        ),
        Verdict::Repeated(_) => "repeated".to_owned(),
    }
}

#[test]
fn the_authorization_request_has_every_parameter_once() {
    let attempt = attempt("mio", 1);
    let url = attempt.authorization_request();
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let expected = [
        ("response_type", "code".to_owned()),
        ("client_id", "client".to_owned()),
        (
            "redirect_uri",
            "dev.keyfob.desktop:/callback/mio".to_owned(),
        ),
        ("scope", "openid profile email offline_access".to_owned()),
        ("state", state_of(&attempt)),
        ("nonce", URL_SAFE_NO_PAD.encode([201; 32])),
        (
            "code_challenge",
            challenge(&CodeVerifier::new(URL_SAFE_NO_PAD.encode([101; 32]))),
        ),
        ("code_challenge_method", "S256".to_owned()),
    ];
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    assert_eq!(pairs, expected);
    assert!(
        !url.as_str().contains(&URL_SAFE_NO_PAD.encode([101; 32])),
        "security_12: the verifier stays here"
    );
}

#[test]
fn security_6_the_endpoints_own_query_is_kept_and_pkce_is_left_out_where_it_is_rejected() {
    let mut known = Provider::clone(&provider("mio"));
    known.authorization_endpoint = Url::parse("https://app.mio.xyz/connect?tenant=a%20b").unwrap();
    known.pkce = Pkce::Rejected;
    known.scopes = Scopes::default();
    let draws = Draws {
        state: [1; 32],
        verifier: [2; 32],
        nonce: [3; 32],
    };
    let id = AttemptId::new(Timestamp::from_millis(0), [0; 10]);
    let attempt = AuthorizationAttempt::begin(
        id,
        Arc::new(known),
        "c".into(),
        "r:/x".into(),
        None,
        now(0),
        &draws,
    );
    let url = attempt.authorization_request();
    assert!(
        url.as_str()
            .starts_with("https://app.mio.xyz/connect?tenant=a%20b&response_type=code&"),
        "{url}"
    );
    for absent in ["code_challenge", "nonce", "scope"] {
        assert!(!url.as_str().contains(absent), "{absent}: {url}");
    }
}

#[test]
fn security_2_and_10_state_and_verifier_are_43_characters_of_base64url() {
    let mut seen = HashSet::new();
    for number in 0..50 {
        let mut attempt = attempt("mio", number);
        for text in [
            state_of(&attempt),
            attempt.take_verifier().unwrap().expose().to_owned(),
        ] {
            assert_eq!(text.len(), 43);
            assert!(
                text.bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            );
            assert!(seen.insert(text));
        }
        assert!(
            attempt.take_verifier().is_none(),
            "a verifier is taken once"
        );
    }
}

#[test]
fn callbacks_are_judged_by_state_path_time_and_issuer() {
    let waiting = attempt("mio", 1);
    let state = state_of(&waiting);
    let other = attempt("acme", 2);
    let other_state = state_of(&other);
    let base = "dev.keyfob.desktop:/callback/mio";
    let rows: Vec<(&str, String, u64, &str)> = vec![
        (
            "answered",
            format!("{base}?code=abc&state={state}"),
            5,
            "code abc",
        ),
        (
            "31: the other one",
            format!("dev.keyfob.desktop:/callback/acme?code=x&state={other_state}"),
            5,
            "code x",
        ),
        (
            "25: denied",
            format!("{base}?error=access_denied&state={state}"),
            5,
            "refused access_denied",
        ),
        (
            "25: unknown error",
            format!("{base}?error=odd&state={state}"),
            5,
            "refused provider_error",
        ),
        (
            "25: invalid_scope",
            format!("{base}?error=invalid_scope&state={state}"),
            5,
            "refused scope_rejected",
        ),
        (
            "25: unauthorized_client",
            format!("{base}?error=unauthorized_client&state={state}"),
            5,
            "refused client_misconfigured",
        ),
        (
            "20: wrong state",
            format!("{base}?code=abc&state=wrong"),
            5,
            "doubted state_mismatch",
        ),
        (
            "20: nearly right",
            format!("{base}?code=abc&state={}A", &state[..42]),
            5,
            "doubted state_mismatch",
        ),
        (
            "20: missing state",
            format!("{base}?code=abc"),
            5,
            "doubted state_missing",
        ),
        (
            "25: error, wrong state",
            format!("{base}?error=access_denied&state=wrong"),
            5,
            "doubted state_mismatch",
        ),
        (
            "25: error, no state",
            format!("{base}?error=access_denied"),
            5,
            "doubted state_missing",
        ),
        (
            "19: nobody's path",
            "dev.keyfob.desktop:/callback/zoom?code=a&state=s".to_owned(),
            5,
            "unrelated zoom",
        ),
        (
            "19: no path",
            "dev.keyfob.desktop:/?code=a&state=s".to_owned(),
            5,
            "unrelated -",
        ),
        (
            "14, 27: another path",
            format!("dev.keyfob.desktop:/callback/acme?code=abc&state={state}"),
            5,
            "ends state_mismatch",
        ),
        (
            "28: two slashes",
            format!("dev.keyfob.desktop://callback/mio?code=abc&state={state}"),
            5,
            "ends state_mismatch",
        ),
        (
            "28: case",
            format!("dev.keyfob.desktop:/Callback/mio?code=abc&state={state}"),
            5,
            "ends state_mismatch",
        ),
        (
            "28: trailing slash",
            format!("{base}/?code=abc&state={state}"),
            5,
            "ends state_mismatch",
        ),
        (
            "28: dots",
            format!("dev.keyfob.desktop:/callback/x/../mio?code=abc&state={state}"),
            5,
            "ends state_mismatch",
        ),
        (
            "28: encoded dots",
            format!("dev.keyfob.desktop:/callback/x/%2e%2e/mio?code=abc&state={state}"),
            5,
            "ends state_mismatch",
        ),
        (
            "28: encoded slash",
            format!("dev.keyfob.desktop:/callback%2fmio?code=abc&state={state}"),
            5,
            "ends state_mismatch",
        ),
        (
            "28: user info",
            format!("dev.keyfob.desktop://u@h/callback/mio?code=abc&state={state}"),
            5,
            "ends state_mismatch",
        ),
        (
            "28: another scheme",
            format!("http://127.0.0.1:1/callback/mio?code=abc&state={state}"),
            5,
            "ends state_mismatch",
        ),
        (
            "22: a second before the end",
            format!("{base}?code=abc&state={state}"),
            599,
            "code abc",
        ),
        (
            "22: at the end",
            format!("{base}?code=abc&state={state}"),
            600,
            "ends attempt_expired",
        ),
        (
            "22: after the end",
            format!("{base}?code=abc&state={state}"),
            601,
            "ends attempt_expired",
        ),
        (
            "26: unasked issuer",
            format!("{base}?code=abc&state={state}&iss=https%3A%2F%2Fapp.mio.xyz"),
            5,
            "code abc",
        ),
    ];
    for (row, raw, seconds, expected) in rows {
        let redirect = parse(raw.as_bytes()).unwrap_or_else(|error| panic!("{row}: {error}"));
        assert_eq!(
            word(&judge(redirect, &[&waiting, &other], now(seconds))),
            expected,
            "{row}"
        );
    }
}

#[test]
fn security_20_a_missing_state_is_accepted_only_where_it_may_be_missing() {
    let base = "dev.keyfob.desktop:/callback/mio";
    let mut elsewhere = unsure(attempt("mio", 2));
    elsewhere.redirect_uri = "http://127.0.0.1:4711/callback/mio".to_owned();
    let mut ended = unsure(attempt("mio", 3));
    ended.step = Step::Cancelled;
    let waiting = unsure(attempt("mio", 1));
    let other = attempt("acme", 4);
    let row = |raw: String, attempts: &[&AuthorizationAttempt], seconds| {
        word(&judge(
            parse(raw.as_bytes()).unwrap(),
            attempts,
            now(seconds),
        ))
    };
    let code = || format!("{base}?code=abc");
    let rows = [
        (
            "its code",
            row(code(), &[&waiting, &other, &ended], 5),
            "code abc unproven",
        ),
        (
            "its denial",
            row(format!("{base}?error=access_denied"), &[&waiting], 5),
            "refused access_denied unproven",
        ),
        (
            "a wrong state",
            row(format!("{base}?code=abc&state=wrong"), &[&waiting], 5),
            "doubted state_mismatch",
        ),
        (
            "another path",
            row(
                "dev.keyfob.desktop:/callback/acme?code=abc".to_owned(),
                &[&waiting],
                5,
            ),
            "unrelated acme",
        ),
        (
            "two attempts, two redirect URIs",
            row(code(), &[&waiting, &elsewhere], 5),
            "doubted state_missing",
        ),
        ("none waits", row(code(), &[&ended], 5), "unrelated mio"),
        (
            "too late",
            row(code(), &[&waiting], 600),
            "ends attempt_expired",
        ),
    ];
    for (row, seen, expected) in rows {
        assert_eq!(seen, expected, "{row}");
    }
}

#[test]
fn security_26_another_issuer_without_state_is_doubted_and_ends_nothing() {
    let mut waiting = unsure(attempt("mio", 1));
    let mut known = Provider::clone(&waiting.provider);
    known.issuer = Some("https://mio.example".into());
    waiting.provider = Arc::new(known);
    let raw = "dev.keyfob.desktop:/callback/mio?code=a&iss=https://evil.example";
    let verdict = judge(parse(raw.as_bytes()).unwrap(), &[&waiting], now(1));
    assert_eq!(word(&verdict), "doubted state_mismatch");
}

#[test]
fn security_26_another_issuer_ends_the_attempt_on_success_and_on_error() {
    let mut waiting = attempt("mio", 1);
    let mut known = Provider::clone(&waiting.provider);
    known.issuer = Some("https://mio.example".into());
    waiting.provider = Arc::new(known);
    let state = state_of(&waiting);
    for (carried, issuer, expected) in [
        ("code=a", "https://mio.example", "code a"),
        ("code=a", "https://mio.example/", "ends state_mismatch"),
        ("code=a", "https://evil.example", "ends state_mismatch"),
        (
            "error=access_denied",
            "https://evil.example",
            "ends state_mismatch",
        ),
    ] {
        let raw = format!("dev.keyfob.desktop:/callback/mio?{carried}&state={state}&iss={issuer}");
        assert_eq!(
            word(&judge(parse(raw.as_bytes()).unwrap(), &[&waiting], now(1))),
            expected,
            "{carried} {issuer}"
        );
    }
}

#[test]
fn security_21_an_answered_attempt_takes_no_second_answer() {
    let mut waiting = attempt("mio", 1);
    let raw = format!(
        "dev.keyfob.desktop:/callback/mio?code=a&state={}",
        state_of(&waiting)
    );
    for step in [
        Step::Confirming,
        Step::Asking(Question::IsThisYou { found: None }),
        Step::Saving,
        Step::Connected(ConnectionId::new(Timestamp::from_millis(0), [0; 10])),
        Step::Failed(ErrorCode::AccessDenied.into()),
        Step::Cancelled,
    ] {
        waiting.step = step.clone();
        assert_eq!(
            word(&judge(parse(raw.as_bytes()).unwrap(), &[&waiting], now(1))),
            "repeated",
            "{step:?}"
        );
    }
}

#[test]
fn a_doubt_names_no_attempt_when_two_wait_at_one_address() {
    let (first, second) = (attempt("mio", 1), attempt("mio", 2));
    let raw = "dev.keyfob.desktop:/callback/mio?code=a";
    assert_eq!(
        word(&judge(
            parse(raw.as_bytes()).unwrap(),
            &[&first, &second],
            now(1)
        )),
        "unrelated mio"
    );
    let raw = format!(
        "dev.keyfob.desktop:/callback/mio?code=b&state={}",
        state_of(&first)
    );
    assert_eq!(
        word(&judge(
            parse(raw.as_bytes()).unwrap(),
            &[&second, &first],
            now(1)
        )),
        "code b",
        "security_31"
    );
}

#[test]
fn security_13_and_14_redirect_uris_are_one_per_provider() {
    let slug = ProviderSlug::parse("mio").unwrap();
    assert_eq!(
        scheme_redirect_uri(&slug),
        "dev.keyfob.desktop:/callback/mio"
    );
    assert!(crate::authorization::SCHEME.contains('.'));
    assert_eq!(
        loopback_redirect_uri(&slug, Some(4711)),
        "http://127.0.0.1:4711/callback/mio"
    );
    assert_eq!(
        loopback_redirect_uri(&slug, None),
        "http://127.0.0.1/callback/mio"
    );
}

#[test]
fn security_25_every_error_of_a_callback_has_its_own_meaning() {
    let waiting = attempt("mio", 1);
    let state = state_of(&waiting);
    for (error, expected) in [
        ("access_denied", "refused access_denied"),
        ("invalid_scope", "refused scope_rejected"),
        ("invalid_request", "refused request_rejected"),
        ("unsupported_response_type", "refused request_rejected"),
        ("unauthorized_client", "refused client_misconfigured"),
        ("server_error", "refused provider_error"),
        ("temporarily_unavailable", "refused provider_error"),
        ("something_new", "refused provider_error"),
    ] {
        let raw = format!("dev.keyfob.desktop:/callback/mio?error={error}&state={state}");
        let verdict = judge(parse(raw.as_bytes()).unwrap(), &[&waiting], now(1));
        assert_eq!(word(&verdict), expected, "{error}");
    }
}

#[test]
fn security_26_an_answer_without_issuer_is_refused_where_the_provider_says_it_sends_one() {
    let mut advertised = Provider::clone(&provider("mio"));
    advertised.issuer = Some("https://mio.example".into());
    advertised.sends_issuer = true;
    let mut attempt = attempt("mio", 1);
    attempt.provider = Arc::new(advertised);
    let state = state_of(&attempt);
    for (answer, expected) in [
        ("code=c", "ends state_mismatch"),
        ("error=access_denied", "ends state_mismatch"),
        ("code=c&iss=https://mio.example", "code c"),
        ("code=c&iss=https://mio.example/", "ends state_mismatch"),
    ] {
        let raw = format!("dev.keyfob.desktop:/callback/mio?{answer}&state={state}");
        let verdict = judge(parse(raw.as_bytes()).unwrap(), &[&attempt], now(1));
        assert_eq!(word(&verdict), expected, "{answer}");
    }
}

#[test]
fn scopes_are_written_as_the_provider_reads_them() {
    let cases = [
        (ScopeParameter::Scope, ScopeSeparator::Space, "scope", "a b"),
        (
            ScopeParameter::UserScope,
            ScopeSeparator::Comma,
            "user_scope",
            "a,b",
        ),
    ];
    for (parameter, separator, name, value) in cases {
        let mut provider = Provider::clone(&provider("slack"));
        provider.scopes = Scopes::parse("a b");
        provider.scope_parameter = parameter;
        provider.scope_separator = separator;
        let mut attempt = attempt("slack", 1);
        attempt.provider = Arc::new(provider);
        let url = attempt.authorization_request();
        let sent: Vec<_> = url
            .query_pairs()
            .filter(|(name, _)| name.ends_with("scope"))
            .collect();
        assert_eq!(sent, [(name.into(), value.into())]);
    }
}
