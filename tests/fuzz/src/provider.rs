//! A provider file, which the user may have from anybody (SECURITY 6, 7, 40).

use crate::shown;
use keyfob_domain::authorization::{AuthorizationAttempt, Draws, scheme_redirect_uri};
use keyfob_domain::grant::is_scope;
use keyfob_domain::id::{AttemptId, ProviderSlug};
use keyfob_domain::provider::{Provider, is_allowed_endpoint, parse};
use keyfob_domain::time::{Moment, Timestamp};
use std::sync::Arc;
use std::time::Duration;

pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match parse(text) {
        Ok(provider) => is_sound(provider),
        Err(broken) => {
            // The last line ends where the file does.
            assert!((1..=text.matches('\n').count() + 1).contains(&broken.line));
            assert!((1..=text.chars().count() + 1).contains(&broken.column));
            assert!(!broken.why.is_empty());
        }
    }
}

fn is_sound(provider: Provider) {
    assert_eq!(
        ProviderSlug::parse(provider.slug.as_str()),
        Some(provider.slug.clone())
    );
    shown::line(&provider.name, 60);
    assert!(!provider.name.is_empty() && !provider.redirect_kinds.is_empty());
    let mut addresses = vec![&provider.authorization_endpoint, &provider.token_endpoint];
    addresses.extend(&provider.revocation_endpoint);
    addresses.extend(&provider.registration_page);
    addresses.extend(&provider.account_page);
    addresses.extend(provider.context.as_ref().map(|context| &context.base));
    assert!(
        addresses.iter().all(|url| is_allowed_endpoint(url)),
        "6, 40"
    );
    if let Some(context) = &provider.context {
        assert!(context.base.path().ends_with('/'));
    }
    let scopes = provider.scopes.to_string();
    assert!(
        scopes
            .split(' ')
            .all(|scope| scope.is_empty() || is_scope(scope))
    );
    let days = provider
        .refresh_token_inactivity
        .map(|limit| limit.as_secs() / 86_400);
    assert!(days.is_none_or(|days| (1..=3650).contains(&days)));
    for address in addresses {
        assert!(
            !provider.may_send_token_to(address) || is_allowed_endpoint(address),
            "49"
        );
    }
    asks_for_itself(provider);
}

/// SECURITY 7: each parameter of the flow is in the request once, and it is Keyfob's.
fn asks_for_itself(provider: Provider) {
    let redirect_uri = scheme_redirect_uri(&provider.slug);
    let endpoint = provider.authorization_endpoint.clone();
    let draws = Draws {
        state: [1; 32],
        verifier: [2; 32],
        nonce: [3; 32],
    };
    let id = AttemptId::new(Timestamp::from_millis(0), [0; 10]);
    let began = Moment::from_start(Duration::ZERO);
    let client = "the-client".to_owned();
    let attempt = AuthorizationAttempt::begin(
        id,
        Arc::new(provider),
        client,
        redirect_uri.clone(),
        None,
        began,
        &draws,
    );
    let request = attempt.authorization_request();
    assert_eq!(request.origin(), endpoint.origin());
    assert_eq!(request.path(), endpoint.path(), "6");
    let values = |wanted: &str| -> Vec<String> {
        let pairs = request.query_pairs().filter(|(name, _)| name == wanted);
        pairs.map(|(_, value)| value.into_owned()).collect()
    };
    assert_eq!(values("response_type"), ["code"], "4, 7");
    assert_eq!(values("client_id"), ["the-client"], "7");
    assert_eq!(values("redirect_uri"), [redirect_uri], "7");
    assert_eq!(values("state").len(), 1, "7");
    for name in ["nonce", "scope", "code_challenge", "code_challenge_method"] {
        assert!(values(name).len() <= 1, "7: {name}");
    }
    for name in ["client_secret", "response_mode", "request_uri"] {
        assert_eq!(values(name), [""; 0], "7: {name}");
    }
}
