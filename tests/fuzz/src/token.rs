//! What a token endpoint answers (SECURITY 41–50).

use crate::shown;
use keyfob_domain::failure::{Class, Exchange, Fault, OauthError, classify};
use keyfob_domain::grant::is_scope;
use keyfob_domain::provider::AnswerShape;
use keyfob_domain::refresh::{Draw, LONGEST_LIFETIME, due_at, is_usable, usable_until};
use keyfob_domain::secret::is_token_text;
use keyfob_domain::time::Timestamp;
use keyfob_domain::token::{
    HttpAnswer, TokenAnswer, find_refusal, read_refusal, read_token_answer,
};
use serde_json::Value;
use std::time::Duration;

const STATUSES: [u16; 10] = [200, 201, 204, 299, 302, 400, 401, 429, 500, 503];
const MEDIA_TYPES: [Option<&str>; 5] = [
    None,
    Some("application/json"),
    Some("application/problem+json"),
    Some("text/html"),
    Some(""),
];
/// What a corpus writes into everything that mustn't be repeated.
const SECRET: &str = "secret-canary";

/// The first byte chooses the status, the second the media type, the rest is the body.
fn answer(data: &[u8]) -> Option<HttpAnswer<'_>> {
    let [status, media_type, body @ ..] = data else {
        return None;
    };
    Some(HttpAnswer {
        status: STATUSES[usize::from(*status) % STATUSES.len()],
        media_type: MEDIA_TYPES[usize::from(*media_type) % MEDIA_TYPES.len()].map(str::to_owned),
        retry_after: None,
        body,
    })
}

pub(crate) fn check_answer(data: &[u8]) {
    let Some(answer) = answer(data) else { return };
    // Whatever is inside the member that only Slack has: no panic, and no token that fits no header.
    if let Ok(read) = read_token_answer(&answer, AnswerShape::Slack) {
        assert!(is_token_text(read.access_token.expose()), "49");
    }
    match read_token_answer(&answer, AnswerShape::Standard) {
        Ok(read) => {
            assert!((200..300).contains(&answer.status), "46");
            let json = answer
                .media_type
                .as_deref()
                .is_none_or(|kind| kind.ends_with("json"));
            assert!(json, "46: no JSON");
            is_sound(&read, answer.body);
        }
        Err(fault) => is_classified(&fault, answer.status),
    }
}

fn is_sound(read: &TokenAnswer, body: &[u8]) {
    assert!(body.trim_ascii_start().starts_with(b"{"), "46: no object");
    // A member that nobody reads may be no UTF-8, or a number too large for this reader: that costs
    // no token.
    let Ok(document) = serde_json::from_str::<Value>(&String::from_utf8_lossy(body)) else {
        return;
    };
    assert!(document.get("error").is_none_or(Value::is_null), "48");
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    assert_eq!(text("access_token"), Some(read.access_token.expose()));
    let refresh = text("refresh_token").filter(|text| !text.is_empty());
    assert_eq!(
        refresh,
        read.refresh_token.as_ref().map(|token| token.expose()),
        "45"
    );
    assert!(
        text("token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")),
        "42"
    );
    assert!(is_token_text(read.access_token.expose()), "49");
    let tokens = read.refresh_token.iter().map(|token| token.expose());
    assert!(
        tokens
            .chain(read.id_token.iter().map(|token| token.expose()))
            .all(is_token_text)
    );
    for lifetime in [read.lifetime, read.refresh_lifetime].into_iter().flatten() {
        let sound = Duration::from_secs(1)..=LONGEST_LIFETIME;
        assert!(sound.contains(&lifetime), "43: {lifetime:?}");
    }
    if let Some(scopes) = &read.scopes {
        assert!(
            scopes
                .to_string()
                .split(' ')
                .all(|scope| scope.is_empty() || is_scope(scope))
        );
    } else {
        assert!(
            !format!("{read:?}").contains(SECRET),
            "94: a secret is printed"
        );
    }
    for now in [0, 1_780_000_000_000, i64::MAX].map(Timestamp::from_millis) {
        let expiry = read.expiry(now, read.refresh_token.is_some());
        let end = usable_until(expiry);
        assert!(end.is_none_or(|end| !is_usable(expiry, end)), "58");
        let lifetime = read.lifetime.unwrap_or(LONGEST_LIFETIME);
        assert!(
            due_at(now, lifetime, Draw::from_bits(u32::MAX)) >= now,
            "58"
        );
    }
}

pub(crate) fn check_refusal(data: &[u8]) {
    let Some(answer) = answer(data) else { return };
    // Services' own words: no panic, whatever is found.
    let _ = find_refusal(&answer, AnswerShape::Slack);
    let fault = read_refusal(&answer, AnswerShape::Standard);
    is_classified(&fault, answer.status);
    let secrets = [SECRET, "rt_0123456789abcdef"];
    let scrubbed = fault.without(&secrets);
    if let Fault::Refused { detail, .. } = &scrubbed {
        let detail = detail.as_deref().unwrap_or_default();
        assert!(secrets.iter().all(|secret| !detail.contains(secret)), "115");
    }
    is_classified(&scrubbed, answer.status);
}

/// SECURITY 48, 50, 61: only `invalid_grant` at a refresh ends a grant, and nothing else of it is
/// more than a text to show.
fn is_classified(fault: &Fault, status: u16) {
    let error = match fault {
        Fault::Refused {
            status: said,
            error,
            detail,
            ..
        } => {
            assert_eq!(*said, status);
            if let Some(detail) = detail {
                // What was taken out leaves a word behind.
                shown::line(detail, 400);
            }
            error.as_ref()
        }
        Fault::NoAnswer { .. } | Fault::Redirected | Fault::Malformed { .. } | Fault::TooLarge => {
            assert!(
                !format!("{fault:?}").contains(SECRET),
                "46: a piece of the body"
            );
            None
        }
    };
    for exchange in [
        Exchange::Code,
        Exchange::Refresh,
        Exchange::Revoke,
        Exchange::Api,
    ] {
        let failure = classify(exchange, fault);
        let ended = error == Some(&OauthError::InvalidGrant) && exchange == Exchange::Refresh;
        assert_eq!(
            failure.class == Class::Reauthorize,
            ended,
            "61: {exchange:?}"
        );
        shown::problem(&failure.problem);
    }
}
