//! What a preset has Keyfob send: each request compared, parameter by parameter, with what the file
//! says.

use crate::account::Account;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keyfob_domain::provider::{
    ClientAuthentication, Pkce, RedirectKind, ScopeParameter, ScopeSeparator, TokenBody,
};
use keyfob_sandbox::{Endpoint, RecordedRequest, Sandbox};
use std::collections::BTreeMap;
use url::form_urlencoded::byte_serialize;

/// Stands for a value that is drawn anew each time.
const DRAWN: &str = "(drawn)";

type Parameters = BTreeMap<String, String>;

/// Gives the newest request of an endpoint.
pub(super) fn last(sandbox: &Sandbox, endpoint: Endpoint) -> RecordedRequest {
    let mut requests = sandbox.requests().into_iter().rev();
    let found = requests.find(|request| request.endpoint == endpoint);
    found.unwrap_or_else(|| panic!("nothing came to {endpoint:?}"))
}

/// Compares an authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core §3.1.2.1).
pub(super) fn check_authorization(account: &Account, sent: &RecordedRequest) {
    let provider = &account.provider;
    let mut expected: Parameters = provider.extra_parameters.iter().cloned().collect();
    let mut say = |name: &str, value: &str| {
        assert_eq!(expected.insert(name.to_owned(), value.to_owned()), None);
    };
    say("response_type", "code");
    say("client_id", &account.client.client_id);
    say("redirect_uri", &redirect_uri(account, sent));
    say("state", DRAWN);
    if !provider.scopes.is_empty() {
        let separator = match provider.scope_separator {
            ScopeSeparator::Space => " ",
            ScopeSeparator::Comma => ",",
        };
        let name = match provider.scope_parameter {
            ScopeParameter::Scope => "scope",
            ScopeParameter::UserScope => "user_scope",
        };
        say(name, &provider.scopes.joined(separator));
    }
    if provider.scopes.contains("openid") {
        say("nonce", DRAWN);
    }
    if provider.pkce != Pkce::Rejected {
        say("code_challenge", DRAWN);
        say("code_challenge_method", "S256");
    }
    let drawn = ["state", "nonce", "code_challenge"];
    assert_eq!(parameters(&sent.query, &drawn), expected);
}

/// The way back that comes first in the file; the port is the system's choice.
fn redirect_uri(account: &Account, sent: &RecordedRequest) -> String {
    let slug = &account.provider.slug;
    match account.provider.redirect_kinds[0] {
        RedirectKind::Scheme => format!("dev.keyfob.desktop:/callback/{slug}"),
        RedirectKind::Loopback => {
            let uri = sent.query_value("redirect_uri").unwrap_or_default();
            let port = uri.strip_prefix("http://127.0.0.1:").unwrap_or_default();
            let port: u16 = port.split('/').next().unwrap().parse().unwrap();
            format!("http://127.0.0.1:{port}/callback/{slug}")
        }
    }
}

/// Compares the exchange of a code with the authorization request before it (RFC 6749 §4.1.3).
pub(super) fn check_exchange(account: &Account, asked: &RecordedRequest, sent: &RecordedRequest) {
    let redirect_uri = asked.query_value("redirect_uri").unwrap();
    let mut expected = vec![
        ("grant_type", "authorization_code"),
        ("code", DRAWN),
        ("redirect_uri", redirect_uri),
    ];
    if account.provider.pkce != Pkce::Rejected {
        expected.push(("code_verifier", DRAWN));
    }
    check_token(account, sent, &expected);
}

/// Compares a renewal (RFC 6749 §6).
pub(super) fn check_renewal(account: &Account, sent: &RecordedRequest) {
    let expected = [("grant_type", "refresh_token"), ("refresh_token", DRAWN)];
    check_token(account, sent, &expected);
}

fn check_token(account: &Account, sent: &RecordedRequest, expected: &[(&str, &str)]) {
    assert_eq!(sent.header("accept"), Some("application/json"));
    check_post(account, sent, account.provider.token_body, expected);
}

/// Compares a revocation, which is a form in every dialect (RFC 7009 §2.1).
pub(super) fn check_revocation(account: &Account, sent: &RecordedRequest) {
    let expected = [("token", DRAWN), ("token_type_hint", "access_token")];
    check_post(account, sent, TokenBody::Form, &expected);
}

fn check_post(
    account: &Account,
    sent: &RecordedRequest,
    body: TokenBody,
    expected: &[(&str, &str)],
) {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let mut expected: Parameters = expected.iter().map(own).collect();
    let (id, secret) = (&account.client.client_id, &account.client.client_secret);
    let mut authorization = None;
    match account.provider.client_authentication {
        ClientAuthentication::None => {
            expected.insert("client_id".to_owned(), id.clone());
        }
        ClientAuthentication::Post => {
            expected.insert("client_id".to_owned(), id.clone());
            expected.insert("client_secret".to_owned(), secret.clone());
        }
        ClientAuthentication::Basic => {
            let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
            let pair = STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)));
            authorization = Some(format!("Basic {pair}"));
        }
    }
    assert_eq!((sent.method.as_str(), sent.query.len()), ("POST", 0));
    assert_eq!(sent.header("authorization"), authorization.as_deref());
    let (kind, fields) = match body {
        TokenBody::Form => {
            let pairs = url::form_urlencoded::parse(sent.body.as_bytes());
            let kind = "application/x-www-form-urlencoded";
            (kind, pairs.into_owned().collect::<Vec<_>>())
        }
        TokenBody::Json => {
            let object: Parameters = serde_json::from_str(&sent.body).unwrap();
            ("application/json", object.into_iter().collect())
        }
    };
    assert_eq!(sent.header("content-type"), Some(kind));
    let drawn = ["code", "code_verifier", "refresh_token", "token"];
    assert_eq!(parameters(&fields, &drawn), expected);
}

/// Gives the parameters, of which none may come twice or be empty; drawn ones only by name.
fn parameters(pairs: &[(String, String)], drawn: &[&str]) -> Parameters {
    let mut all = Parameters::new();
    for (name, value) in pairs {
        assert!(!value.is_empty(), "{name} is empty");
        let shown = if drawn.contains(&name.as_str()) {
            assert!(value.len() >= 16, "{name} is short");
            DRAWN.to_owned()
        } else {
            value.clone()
        };
        assert_eq!(all.insert(name.clone(), shown), None, "{name} comes twice");
    }
    all
}
