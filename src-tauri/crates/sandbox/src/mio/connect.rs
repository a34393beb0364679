//! The authorization endpoint: the consent page and what becomes of the user's decision.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::authorization_request::{self, PageError, RequestError};
use super::consent_page;
use crate::config::MioManners;
use crate::error::SandboxError;
use crate::grants::CodeTerms;
use crate::http::pairs;
use crate::pages::{NO_STORE, message_page};
use crate::pending::{AuthorizationRequest, TicketRefusal};
use crate::people::{self, Person};
use crate::redirect_uri::with_parameters;
use crate::sandbox::Sandbox;
use crate::secret::Secret;

/// What a redirect carries where another `state` is to be played than the one sent.
const WRONG_STATE: &str = "a-state-nobody-sent";

/// `GET /mio/connect`.
pub(crate) async fn consent_page(
    State(sandbox): State<Sandbox>,
    RawQuery(query): RawQuery,
) -> Response {
    let manners = sandbox.current_manners();
    let parameters = pairs(query.unwrap_or_default().as_bytes());
    let read = authorization_request::read(&parameters, &sandbox.state().clients, &manners);
    match read {
        Ok(request) => match Secret::draw("") {
            Ok(ticket) => {
                let page = consent_page::page(&request, &ticket);
                let now = sandbox.now();
                sandbox.state().pending.add(&ticket, request, now);
                page
            }
            Err(error) => no_randomness(&error),
        },
        Err(RequestError::Page(error)) => error_page(error),
        Err(RequestError::Redirect {
            redirect_uri,
            state,
            error,
            description,
        }) => {
            let answer = [("error", error), ("error_description", description)];
            redirect(
                &redirect_uri,
                &answer,
                answered_state(state.as_deref(), &manners),
            )
        }
    }
}

/// `POST /mio/consent`: the form of the consent page.
pub(crate) async fn decision(State(sandbox): State<Sandbox>, body: Bytes) -> Response {
    let form = pairs(&body);
    let field = |name: &str| {
        form.iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    let person = field("user").and_then(people::find);
    let allowed = match (field("decision"), person) {
        (Some("allow"), Some(person)) => Some(person),
        (Some("deny"), _) => None,
        _ => return incomplete_form(),
    };
    let now = sandbox.now();
    let taken = sandbox
        .state()
        .pending
        .take(field("ticket").unwrap_or_default(), now);
    let request = match taken {
        Ok(request) => request,
        Err(refusal) => return ticket_page(refusal),
    };
    let manners = sandbox.current_manners();
    let state = answered_state(request.state.as_deref(), &manners).map(str::to_owned);
    let redirect_uri = request.redirect_uri.clone();
    let Some(person) = allowed else {
        let answer = [
            ("error", "access_denied"),
            ("error_description", "the user denied the request"),
        ];
        return redirect(&redirect_uri, &answer, state.as_deref());
    };
    match issue_code(&sandbox, request, person, &manners, now) {
        Ok(code) => redirect(&redirect_uri, &[("code", code.expose())], state.as_deref()),
        Err(error) => no_randomness(&error),
    }
}

fn issue_code(
    sandbox: &Sandbox,
    request: AuthorizationRequest,
    person: &Person,
    manners: &MioManners,
    now: i64,
) -> Result<Secret, SandboxError> {
    let code = Secret::draw("mio_code_")?;
    let terms = CodeTerms {
        client_id: request.client_id,
        redirect_uri: request.redirect_uri,
        scope: request.scope,
        user: person.id.to_owned(),
        code_challenge: request.code_challenge,
        nonce: request.nonce,
    };
    sandbox
        .state()
        .grants
        .add_code(&code, terms, manners.code_lifetime, now);
    Ok(code)
}

fn answered_state<'a>(sent: Option<&'a str>, manners: &MioManners) -> Option<&'a str> {
    match sent {
        Some(_) if manners.wrong_state => Some(WRONG_STATE),
        Some(state) if manners.echo_state => Some(state),
        Some(_) | None => None,
    }
}

/// 303, so that the browser comes back with GET whatever it sent (RFC 9700 §4.12).
fn redirect(redirect_uri: &str, answer: &[(&str, &str)], state: Option<&str>) -> Response {
    let mut parameters = answer.to_vec();
    parameters.extend(state.map(|state| ("state", state)));
    let location = with_parameters(redirect_uri, &parameters);
    match HeaderValue::from_str(&location) {
        Ok(location) => {
            let headers = [(header::LOCATION, location)];
            (StatusCode::SEE_OTHER, headers, NO_STORE).into_response()
        }
        // Registration lets printable ASCII through only, so this is a redirect URI it never saw.
        Err(_) => error_page(PageError::RedirectMismatch),
    }
}

fn error_page(error: PageError) -> Response {
    match error {
        PageError::UnknownClient => message_page(
            StatusCode::BAD_REQUEST,
            "This app isn't known here",
            "The link carries a client ID that is not registered with this sandbox. \
             Nothing was shared.",
            "Close this page and start the connection again. If it happens again, remove the \
             sandbox provider in the app and add it anew.",
        ),
        PageError::RedirectMismatch => message_page(
            StatusCode::BAD_REQUEST,
            "The return address doesn't match",
            "The app asked to be answered at an address that is not registered for it. The \
             addresses must be the same character by character. Nothing was shared.",
            "Compare the redirect URI shown by the app with the one registered here.",
        ),
    }
}

fn ticket_page(refusal: TicketRefusal) -> Response {
    match refusal {
        TicketRefusal::Used => message_page(
            StatusCode::BAD_REQUEST,
            "You have already answered",
            "Your decision was passed on to the app. This page has nothing left to do.",
            "You can close it and return to the app.",
        ),
        TicketRefusal::Expired => message_page(
            StatusCode::BAD_REQUEST,
            "This page has expired",
            "It was open for more than half an hour, so the request is no longer valid. Nothing \
             was shared.",
            "Close it and start the connection again in the app.",
        ),
        TicketRefusal::Unknown => message_page(
            StatusCode::BAD_REQUEST,
            "This page is no longer valid",
            "The sandbox doesn't know this request; it may have been restarted since the page was \
             opened. Nothing was shared.",
            "Close it and start the connection again in the app.",
        ),
    }
}

fn incomplete_form() -> Response {
    message_page(
        StatusCode::BAD_REQUEST,
        "The form was incomplete",
        "An account and a decision are needed. Nothing was shared.",
        "Go back, choose an account, then Allow or Deny.",
    )
}

fn no_randomness(error: &SandboxError) -> Response {
    message_page(
        StatusCode::INTERNAL_SERVER_ERROR,
        "The sandbox can't go on",
        &format!("{error}, so no code can be issued."),
        "Start the connection again in the app.",
    )
}
