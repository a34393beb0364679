//! The authorization endpoint as all faces have it: from the request to the consent page, and from
//! the user's decision to the redirect.
//!
//! Hazard: whatever a face renders, only a checked request may reach a consent page, and only the
//! consent page's own ticket may answer it.

mod pages;
mod request;

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use self::request::{PageError, RequestError};
pub(crate) use self::request::{Refused, scope_of};
use crate::error::SandboxError;
use crate::grants::{CodeTerms, GrantTerms};
use crate::http::pairs;
use crate::pages::NO_STORE;
use crate::pending::{AuthorizationRequest, RefreshWish, TicketRefusal};
use crate::people::{self, Person};
use crate::profile::Profile;
use crate::redirect_uri::with_parameters;
use crate::sandbox::Sandbox;
use crate::secret::Secret;

/// What a redirect carries where another `state` is to be played than the one sent.
const WRONG_STATE: &str = "a-state-nobody-sent";

/// Which scopes may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ScopeRule {
    /// Those of the face, separated by blanks.
    #[default]
    Known,
    /// Any, in this parameter, separated by blanks or commas.
    Any {
        parameter: &'static str,
        /// Whether there may be none.
        optional: bool,
    },
    /// None: these were chosen when the client was registered.
    Chosen(&'static [&'static str]),
}

/// Whether what the user allows can be refreshed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum RefreshRule {
    /// As the face has it for everyone.
    #[default]
    Face,
    /// As Google has it: `access_type=offline` has to ask for it, and where it was given before,
    /// `prompt=consent` too.
    OfflineAccessType,
    /// As Dropbox has it: `token_access_type=offline` has to ask for it.
    OfflineTokenAccessType,
}

/// The manners an authorization endpoint goes by.
#[derive(Debug, Clone, Default)]
pub(crate) struct AuthorizationRules {
    pub(crate) echo_state: bool,
    pub(crate) wrong_state: bool,
    /// Whether a code challenge is read at all.
    pub(crate) check_pkce: bool,
    /// Whether a request without a code challenge is refused.
    pub(crate) require_pkce: bool,
    /// Whether a request that comes in the address is refused (RFC 9126 §5).
    pub(crate) pushed_only: bool,
    pub(crate) scopes: ScopeRule,
    /// Whether the user may allow some of the scopes and not the others.
    pub(crate) partial_grants: bool,
    pub(crate) refresh: RefreshRule,
    /// Whether a registered loopback URI matches with any port.
    pub(crate) any_loopback_port: bool,
    pub(crate) code_lifetime: Duration,
    /// What `iss` says in the redirect, also in one with an error (RFC 9207 §2).
    pub(crate) issuer: Option<String>,
}

/// Answers an authorization request: with what `page` makes of it, an error page, or a redirect.
pub(crate) fn asked(
    sandbox: &Sandbox,
    profile: &Profile,
    rules: &AuthorizationRules,
    query: Option<&str>,
    page: impl FnOnce(&AuthorizationRequest, &Secret) -> Response,
) -> Response {
    let parameters = pairs(query.unwrap_or_default().as_bytes());
    asked_with(sandbox, profile, rules, &parameters, page)
}

/// Like [`asked`], with parameters that may have come on another way than in the address.
pub(crate) fn asked_with(
    sandbox: &Sandbox,
    profile: &Profile,
    rules: &AuthorizationRules,
    parameters: &[(String, String)],
    page: impl FnOnce(&AuthorizationRequest, &Secret) -> Response,
) -> Response {
    let read = request::read(parameters, &sandbox.state().clients, profile, rules);
    match read {
        Ok(request) => match sandbox.draw("consent ticket", "") {
            Ok(ticket) => {
                let page = page(&request, &ticket);
                let now = sandbox.now();
                sandbox.state().pending.add(&ticket, request, now);
                page
            }
            Err(error) => pages::no_randomness(&error),
        },
        Err(RequestError::Page(error)) => pages::error_page(&error),
        Err(RequestError::Redirect {
            redirect_uri,
            state,
            error,
            description,
        }) => {
            let answer = [("error", error), ("error_description", description)];
            let state = answered_state(state.as_deref(), rules);
            redirect(&redirect_uri, &answer, state, rules)
        }
    }
}

/// Checks an authorization request that its client pushes (RFC 9126 §2.1).
pub(crate) fn checked(
    sandbox: &Sandbox,
    profile: &Profile,
    rules: &AuthorizationRules,
    parameters: &[(String, String)],
) -> Result<(), Refused> {
    match request::read(parameters, &sandbox.state().clients, profile, rules) {
        Ok(_) => Ok(()),
        Err(RequestError::Page(PageError::UnknownClient)) => {
            Err(("invalid_client", "the client is unknown"))
        }
        Err(RequestError::Page(PageError::RedirectMismatch(_))) => Err((
            "invalid_request",
            "redirect_uri is missing or not registered",
        )),
        Err(RequestError::Redirect {
            error, description, ..
        }) => Err((error, description)),
    }
}

/// Answers the form of a consent page, whose fields are `ticket`, `user`, `decision` and, where
/// scopes can be chosen, one `scope` for each.
pub(crate) fn decided(
    sandbox: &Sandbox,
    profile: &Profile,
    rules: &AuthorizationRules,
    body: &[u8],
) -> Response {
    let form = pairs(body);
    let field = |name: &str| {
        form.iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    let person = field("user").and_then(people::find);
    let allowed = match (field("decision"), person) {
        (Some("allow"), Some(person)) => Some(person),
        (Some("deny"), _) => None,
        _ => return pages::incomplete_form(),
    };
    let chosen: Vec<&str> = form
        .iter()
        .filter(|(key, _)| key == "scope")
        .map(|(_, value)| value.as_str())
        .collect();
    let now = sandbox.now();
    let taken = sandbox.state().pending.take_if(
        field("ticket").unwrap_or_default(),
        now,
        |request| -> Result<(), NotTaken> {
            if request.face != profile.face {
                return Err(NotTaken::Ticket(TicketRefusal::Unknown));
            }
            if allowed.is_some() && rules.partial_grants {
                check_choice(request, &chosen)?;
            }
            Ok(())
        },
    );
    let mut request = match taken {
        Ok(request) => request,
        Err(NotTaken::Ticket(refusal)) => return pages::ticket_page(refusal),
        Err(NotTaken::NothingChosen) => return pages::nothing_chosen(),
        Err(NotTaken::ForeignScope) => return pages::incomplete_form(),
    };
    if rules.partial_grants {
        request
            .scope
            .retain(|scope| chosen.contains(&scope.as_str()));
    }
    let state = answered_state(request.state.as_deref(), rules).map(str::to_owned);
    let redirect_uri = request.redirect_uri.clone();
    let Some(person) = allowed else {
        let answer = [
            ("error", "access_denied"),
            ("error_description", "the user denied the request"),
        ];
        return redirect(&redirect_uri, &answer, state.as_deref(), rules);
    };
    match issue_code(sandbox, profile, request, person, rules, now) {
        Ok(code) => {
            let answer = [("code", code.expose())];
            redirect(&redirect_uri, &answer, state.as_deref(), rules)
        }
        Err(error) => pages::no_randomness(&error),
    }
}

/// Why a decision has no effect; the ticket stays as it was.
enum NotTaken {
    Ticket(TicketRefusal),
    NothingChosen,
    ForeignScope,
}

impl From<TicketRefusal> for NotTaken {
    fn from(refusal: TicketRefusal) -> Self {
        Self::Ticket(refusal)
    }
}

fn check_choice(request: &AuthorizationRequest, chosen: &[&str]) -> Result<(), NotTaken> {
    if chosen.is_empty() {
        return Err(NotTaken::NothingChosen);
    }
    let asked = |scope: &&str| request.scope.iter().any(|asked| asked == scope);
    if !chosen.iter().all(asked) {
        return Err(NotTaken::ForeignScope);
    }
    Ok(())
}

fn issue_code(
    sandbox: &Sandbox,
    profile: &Profile,
    request: AuthorizationRequest,
    person: &Person,
    rules: &AuthorizationRules,
    now: i64,
) -> Result<Secret, SandboxError> {
    let code = sandbox.draw("authorization code", profile.code_prefix)?;
    let refreshable = match request.refresh {
        RefreshWish::Face => true,
        RefreshWish::No => false,
        RefreshWish::UnlessGiven => {
            let given = sandbox.state();
            !given.grants.can_refresh(&request.client_id, person.id)
        }
    };
    let grant = GrantTerms {
        face: profile.face,
        client_id: request.client_id,
        scope: request.scope,
        user: person.id.to_owned(),
        nonce: request.nonce,
        refreshable,
    };
    let terms = CodeTerms {
        grant,
        redirect_uri: request.redirect_uri,
        code_challenge: request.code_challenge,
    };
    sandbox
        .state()
        .grants
        .add_code(&code, terms, rules.code_lifetime, now);
    Ok(code)
}

fn answered_state<'a>(sent: Option<&'a str>, rules: &AuthorizationRules) -> Option<&'a str> {
    match sent {
        Some(_) if rules.wrong_state => Some(WRONG_STATE),
        Some(state) if rules.echo_state => Some(state),
        Some(_) | None => None,
    }
}

/// 303, so that the browser comes back with GET whatever it sent (RFC 9700 §4.12).
fn redirect(
    redirect_uri: &str,
    answer: &[(&str, &str)],
    state: Option<&str>,
    rules: &AuthorizationRules,
) -> Response {
    let mut parameters = answer.to_vec();
    parameters.extend(state.map(|state| ("state", state)));
    parameters.extend(rules.issuer.as_deref().map(|issuer| ("iss", issuer)));
    let location = with_parameters(redirect_uri, &parameters);
    match HeaderValue::from_str(&location) {
        Ok(location) => {
            let headers = [(header::LOCATION, location)];
            (StatusCode::SEE_OTHER, headers, NO_STORE).into_response()
        }
        // Registration lets printable ASCII through only, so this is a redirect URI it never saw.
        Err(_) => pages::error_page(&PageError::RedirectMismatch(Some(redirect_uri.to_owned()))),
    }
}
