//! Reading an authorization request: what is an error page, what is an error redirect, what is asked.
//!
//! Hazard: nothing may be redirected before client and redirect URI are known to belong together
//! (RFC 6749 §4.1.2.1), or the sandbox is an open redirector.

use super::{AuthorizationRules, RefreshRule, ScopeRule};
use crate::clients::Clients;
use crate::pending::{AuthorizationRequest, RefreshWish};
use crate::profile::Profile;

/// Parameters that must not come twice (RFC 6749 §3.1).
const KNOWN: [&str; 8] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
];

/// Why there is no consent page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RequestError {
    /// The user is told; the client is not.
    Page(PageError),
    /// The client is told by a redirect.
    Redirect {
        redirect_uri: String,
        state: Option<String>,
        error: &'static str,
        description: &'static str,
    },
}

/// Errors that stay in the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PageError {
    /// `client_id` is missing, comes twice or is not registered with this face.
    UnknownClient,
    /// `redirect_uri` is not registered for the client, or is missing or comes twice (`None`).
    RedirectMismatch(Option<String>),
}

/// Checks the parameters of an authorization request.
pub(crate) fn read(
    parameters: &[(String, String)],
    clients: &Clients,
    profile: &Profile,
    rules: &AuthorizationRules,
) -> Result<AuthorizationRequest, RequestError> {
    let client_id =
        once(parameters, "client_id").ok_or(RequestError::Page(PageError::UnknownClient))?;
    let client = clients
        .find(profile.face, client_id)
        .ok_or(RequestError::Page(PageError::UnknownClient))?;
    let mismatch =
        |uri: Option<&str>| RequestError::Page(PageError::RedirectMismatch(uri.map(str::to_owned)));
    let redirect_uri = once(parameters, "redirect_uri").ok_or_else(|| mismatch(None))?;
    if !client.may_be_answered_at(redirect_uri, rules.any_loopback_port) {
        return Err(mismatch(Some(redirect_uri)));
    }

    let checked = check_details(parameters, profile, rules);
    let details = checked.map_err(|(error, description)| RequestError::Redirect {
        redirect_uri: redirect_uri.to_owned(),
        state: once(parameters, "state").map(str::to_owned),
        error,
        description,
    })?;
    Ok(AuthorizationRequest {
        face: profile.face,
        client_id: client_id.to_owned(),
        client_name: client.name.clone(),
        redirect_uri: redirect_uri.to_owned(),
        scope: details.scope,
        state: once(parameters, "state").map(str::to_owned),
        code_challenge: details.code_challenge,
        nonce: once(parameters, "nonce").map(str::to_owned),
        refresh: refresh_wish(parameters, rules.refresh),
    })
}

struct Details {
    scope: Vec<String>,
    code_challenge: Option<String>,
}

/// A word of RFC 6749 §4.1.2.1 and a sentence.
pub(crate) type Refused = (&'static str, &'static str);

fn check_details(
    parameters: &[(String, String)],
    profile: &Profile,
    rules: &AuthorizationRules,
) -> Result<Details, Refused> {
    let twice = |name: &str| parameters.iter().filter(|(key, _)| key == name).count() > 1;
    if KNOWN.into_iter().any(twice) {
        return Err(("invalid_request", "a parameter comes more than once"));
    }
    if rules.pushed_only {
        return Err(("invalid_request", "the request must be pushed first"));
    }
    match once(parameters, "response_type") {
        Some("code") => {}
        Some(_) => {
            return Err((
                "unsupported_response_type",
                "only response_type=code is supported",
            ));
        }
        None if profile.response_type_optional => {}
        None => return Err(("invalid_request", "response_type is missing")),
    }
    let scope = match rules.scopes {
        ScopeRule::Known => scope_of(once(parameters, "scope"), profile)?,
        ScopeRule::Any {
            parameter,
            optional,
        } => any_scope(once(parameters, parameter), optional)?,
        ScopeRule::Chosen(chosen) => chosen.iter().map(ToString::to_string).collect(),
    };
    let code_challenge = if rules.check_pkce {
        code_challenge(parameters)?
    } else {
        None
    };
    if rules.require_pkce && code_challenge.is_none() {
        return Err(("invalid_request", "code_challenge is missing"));
    }
    Ok(Details {
        scope,
        code_challenge,
    })
}

/// The scopes that are asked for in a text, each once.
pub(crate) fn scope_of(asked: Option<&str>, profile: &Profile) -> Result<Vec<String>, Refused> {
    let Some(asked) = asked else {
        return if profile.scope_optional {
            Ok(profile.scopes.iter().map(ToString::to_string).collect())
        } else {
            Err(("invalid_scope", "the scope is missing"))
        };
    };
    let mut scope: Vec<String> = Vec::new();
    for word in asked.split(' ').filter(|word| !word.is_empty()) {
        if !profile.scopes.contains(&word) {
            return Err(("invalid_scope", "a scope is unknown"));
        }
        if !scope.iter().any(|known| known == word) {
            scope.push(word.to_owned());
        }
    }
    if scope.is_empty() {
        return Err(("invalid_scope", "the scope is empty"));
    }
    Ok(scope)
}

/// The scopes in a text, whatever they are, each once.
fn any_scope(asked: Option<&str>, optional: bool) -> Result<Vec<String>, Refused> {
    // RFC 6749 §3.3.
    let allowed = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    let mut scope: Vec<String> = Vec::new();
    let words = asked.unwrap_or_default().split([' ', ',']);
    for word in words.filter(|word| !word.is_empty()) {
        if !word.bytes().all(allowed) {
            return Err((
                "invalid_scope",
                "a scope has a character that none may have",
            ));
        }
        if !scope.iter().any(|known| known == word) {
            scope.push(word.to_owned());
        }
    }
    if scope.is_empty() && !optional {
        return Err(("invalid_scope", "the scope is missing"));
    }
    Ok(scope)
}

fn refresh_wish(parameters: &[(String, String)], rule: RefreshRule) -> RefreshWish {
    let is_offline = |name| once(parameters, name) == Some("offline");
    let offline = is_offline("access_type");
    let prompts = once(parameters, "prompt").unwrap_or_default();
    let again = prompts.split(' ').any(|prompt| prompt == "consent");
    match rule {
        RefreshRule::Face => RefreshWish::Face,
        RefreshRule::OfflineAccessType if !offline => RefreshWish::No,
        RefreshRule::OfflineAccessType if again => RefreshWish::Face,
        RefreshRule::OfflineAccessType => RefreshWish::UnlessGiven,
        RefreshRule::OfflineTokenAccessType if is_offline("token_access_type") => RefreshWish::Face,
        RefreshRule::OfflineTokenAccessType => RefreshWish::No,
    }
}

fn code_challenge(parameters: &[(String, String)]) -> Result<Option<String>, Refused> {
    let method = once(parameters, "code_challenge_method");
    let Some(challenge) = once(parameters, "code_challenge") else {
        return match method {
            None => Ok(None),
            Some(_) => Err(("invalid_request", "code_challenge is missing")),
        };
    };
    // Without a method the challenge counts as plain (RFC 7636 §4.3).
    if method != Some("S256") {
        return Err((
            "invalid_request",
            "transform algorithm not supported: S256 is",
        ));
    }
    let base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if challenge.len() != 43 || !challenge.bytes().all(base64url) {
        return Err((
            "invalid_request",
            "code_challenge is not a SHA-256 digest in base64url",
        ));
    }
    Ok(Some(challenge.to_owned()))
}

/// The value of a parameter that comes exactly once; an empty one counts as left out
/// (RFC 6749 §3.1).
fn once<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut values = parameters
        .iter()
        .filter(|(key, _)| key == name)
        .map(|(_, value)| value);
    match (values.next(), values.next()) {
        (Some(value), None) if !value.is_empty() => Some(value),
        _ => None,
    }
}
