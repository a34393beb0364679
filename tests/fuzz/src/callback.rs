//! A callback by the private-use scheme (SECURITY 19–30).

use crate::shown;
use keyfob_domain::authorization::{
    Answer, AuthorizationAttempt, Carried, Draws, Redirect, Step, Verdict, judge, parse,
    scheme_redirect_uri,
};
use keyfob_domain::id::{AttemptId, ProviderSlug};
use keyfob_domain::provider::{EchoesState, Provider};
use keyfob_domain::time::{Moment, Timestamp};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

const MIO: &str = include_str!("../../../src-tauri/providers/mio.toml");
const ISSUER: &str = "https://mio.example";

/// One that echoes `state`, one of which nobody knows, one that was answered.
struct Attempts {
    strict: AuthorizationAttempt,
    unsure: AuthorizationAttempt,
    answered: AuthorizationAttempt,
}

static ATTEMPTS: LazyLock<Attempts> = LazyLock::new(|| {
    let mut answered = attempt("done", 3, EchoesState::Yes);
    answered.step = Step::Confirming;
    Attempts {
        strict: attempt("mio", 1, EchoesState::Yes),
        unsure: attempt("unsure", 2, EchoesState::Unknown),
        answered,
    }
});

fn attempt(slug: &str, number: u8, echoes_state: EchoesState) -> AuthorizationAttempt {
    let shipped = keyfob_domain::provider::parse(MIO);
    let (Ok(shipped), Some(slug)) = (shipped, ProviderSlug::parse(slug)) else {
        panic!("the shipped provider file is read");
    };
    let provider = Provider {
        redirect_kinds: shipped.redirect_kinds.clone(),
        issuer: Some(ISSUER.to_owned()),
        echoes_state,
        slug: slug.clone(),
        ..shipped
    };
    let draws = Draws {
        state: [number; 32],
        verifier: [number; 32],
        nonce: [number; 32],
    };
    AuthorizationAttempt::begin(
        AttemptId::new(Timestamp::from_millis(0), [number; 10]),
        Arc::new(provider),
        "client".to_owned(),
        scheme_redirect_uri(&slug),
        None,
        Moment::from_start(Duration::ZERO),
        &draws,
    )
}

/// The `state` parameter of an attempt, as the browser gets it.
fn state_of(attempt: &AuthorizationAttempt) -> String {
    let url = attempt.authorization_request();
    let mut pairs = url.query_pairs();
    let state = pairs.find(|(name, _)| name == "state");
    state.map_or_else(String::new, |(_, value)| value.into_owned())
}

pub(crate) fn check(data: &[u8]) {
    let Ok(redirect) = parse(data) else { return };
    is_well_formed(data, &redirect);
    let state = redirect
        .state
        .as_ref()
        .map(|state| state.expose().to_owned());
    let (base, issuer) = (redirect.base.clone(), redirect.issuer.clone());
    let Attempts {
        strict,
        unsure,
        answered,
    } = &*ATTEMPTS;
    let now = Moment::from_start(Duration::from_secs(1));
    match judge(redirect, &[strict, unsure, answered], now) {
        Verdict::Answered {
            attempt,
            answer,
            proven,
        } => {
            let waits = if attempt == strict.id { strict } else { unsure };
            assert_eq!(attempt, waits.id, "21: an answered attempt takes no answer");
            assert_eq!(base, waits.redirect_uri, "28: another redirect URI");
            assert!(issuer.is_none_or(|issuer| issuer == ISSUER), "26");
            assert_eq!(proven, state.is_some(), "20");
            match state {
                Some(state) => assert_eq!(state, state_of(waits), "20: another state"),
                None => assert_eq!(attempt, unsure.id, "20: no state"),
            }
            if let Answer::Refused(problem) = answer {
                shown::problem(&problem);
            }
        }
        Verdict::Ends(ends, problem) => {
            shown::problem(&problem);
            let ended = [strict, unsure].into_iter().find(|one| one.id == ends);
            let theirs = ended.map(state_of);
            assert_eq!(state, theirs, "20: what ends an attempt has its state");
        }
        Verdict::Doubted(_, problem) => shown::problem(&problem),
        Verdict::Repeated(again) => {
            assert_eq!(again, answered.id);
            assert_eq!(state, Some(state_of(answered)));
        }
        Verdict::Unrelated(slug) => {
            if let Some(slug) = slug {
                assert_eq!(base, scheme_redirect_uri(&slug));
            }
        }
    }
}

/// SECURITY 23, 24, 28, 29, with the parameters read a second time by another decoder.
pub(crate) fn is_well_formed(data: &[u8], redirect: &Redirect) {
    assert!(data.len() <= 16 * 1024, "29: too long");
    let Ok(text) = std::str::from_utf8(data) else {
        panic!("29: no text");
    };
    assert!(text.bytes().all(|byte| (0x21..=0x7e).contains(&byte)), "29");
    assert!(!text.contains('#'), "28: a fragment");
    let Some((base, query)) = text.split_once('?') else {
        panic!("24: no parameters");
    };
    assert_eq!(base, redirect.base);
    let values = |wanted: &str| -> Vec<String> {
        url::form_urlencoded::parse(query.as_bytes())
            .filter(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
            .collect()
    };
    let once = |name: &str| {
        let mut found = values(name);
        assert!(found.len() <= 1, "23: {name} twice");
        found.pop()
    };
    let (code, error) = (once("code"), once("error"));
    for value in [&code, &error, &once("state"), &once("iss")]
        .into_iter()
        .flatten()
    {
        let printable = value.bytes().all(|byte| (0x20..=0x7e).contains(&byte));
        assert!(!value.is_empty() && printable, "24, 29");
    }
    assert_eq!(
        redirect.state.as_ref().map(|state| state.expose()),
        once("state").as_deref()
    );
    assert_eq!(redirect.issuer, once("iss"));
    match &redirect.carried {
        Carried::Code(read) => {
            assert!(read.expose().len() <= 4096, "29: a long code");
            assert_eq!((code.as_deref(), error), (Some(read.expose()), None), "24");
        }
        Carried::Error { detail, .. } => {
            assert!(code.is_none() && error.is_some(), "24");
            shown::line(detail, 200);
        }
    }
}
