//! The pages on which a user lets a device in (RFC 8628 §3.3): the code that the device shows is typed,
//! then allowed or denied.
//!
//! Hazard: also where the code came with the address the user sees it and goes on by hand (§5.4), and
//! only the page that shows what is asked for can answer it.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};

use super::{PROFILE, consent_page};
use crate::devices::{DeviceRefusal, DeviceRequest, UserCode};
use crate::http::pairs;
use crate::pages::{accounts, allow_or_deny, html_page, icons, message_page, monogram};
use crate::people;
use crate::sandbox::Sandbox;
use crate::secret::Secret;

/// `GET /oidc/device`: a place for the code; `user_code` in the address fills it in.
pub(super) async fn page(RawQuery(query): RawQuery) -> Response {
    let query = pairs(query.unwrap_or_default().as_bytes());
    let typed = field(&query, "user_code").map(UserCode::typed);
    code_page(StatusCode::OK, typed.as_ref(), None)
}

/// `POST /oidc/device/code`: the code as it was typed.
pub(super) async fn code(State(sandbox): State<Sandbox>, body: Bytes) -> Response {
    let form = pairs(&body);
    let typed = UserCode::typed(field(&form, "user_code").unwrap_or_default());
    let ticket = match sandbox.draw("device ticket", "") {
        Ok(ticket) => ticket,
        Err(error) => {
            return message_page(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The sandbox can't go on",
                &format!("{error}, so no device can be let in."),
                "Type the code again.",
            );
        }
    };
    let now = sandbox.now();
    let opened = sandbox.state().devices.open(&typed, &ticket, now);
    match opened {
        Ok(request) => device_consent_page(&request, &typed, &ticket),
        Err(DeviceRefusal::Unknown) => {
            let problem = "No device shows this code. Compare it letter by letter.";
            code_page(StatusCode::BAD_REQUEST, Some(&typed), Some(problem))
        }
        Err(DeviceRefusal::Expired) => {
            let problem = "This code has expired. Ask the device for a new one.";
            code_page(StatusCode::BAD_REQUEST, None, Some(problem))
        }
        Err(DeviceRefusal::Answered) => {
            let problem = "This code was answered before. Ask the device for a new one.";
            code_page(StatusCode::BAD_REQUEST, None, Some(problem))
        }
    }
}

/// `POST /oidc/device/decision`: the form of the consent page, with `ticket`, `user` and `decision`.
pub(super) async fn decision(State(sandbox): State<Sandbox>, body: Bytes) -> Response {
    let form = pairs(&body);
    let person = field(&form, "user").and_then(people::find);
    let user = match (field(&form, "decision"), person) {
        (Some("allow"), Some(person)) => Some(person.id),
        (Some("deny"), _) => None,
        _ => {
            return message_page(
                StatusCode::BAD_REQUEST,
                "The form was incomplete",
                "An account and a decision are needed. Nothing was shared.",
                "Go back, choose an account, then Allow or Deny.",
            );
        }
    };
    let ticket = field(&form, "ticket").unwrap_or_default();
    let now = sandbox.now();
    let decided = sandbox
        .state()
        .devices
        .decide(PROFILE.face, ticket, user, now);
    match (decided, user) {
        (Ok(client), Some(_)) => message_page(
            StatusCode::OK,
            "The device is connected",
            &format!("{client} may use your account from now on."),
            "You can close this page and go back to the device.",
        ),
        (Ok(client), None) => message_page(
            StatusCode::OK,
            "The device was refused",
            &format!("{client} was told so. Nothing was shared."),
            "You can close this page.",
        ),
        (Err(refusal), _) => refused(refusal),
    }
}

fn refused(refusal: DeviceRefusal) -> Response {
    let what = match refusal {
        DeviceRefusal::Unknown => "Another page was opened for this device since.",
        DeviceRefusal::Expired => "The code of the device has expired.",
        DeviceRefusal::Answered => "You have answered before.",
    };
    message_page(
        StatusCode::BAD_REQUEST,
        "This page is no longer valid",
        &format!("{what} This answer changed nothing."),
        "Look at the device: it says how it goes on.",
    )
}

fn code_page(status: StatusCode, typed: Option<&UserCode>, problem: Option<&str>) -> Response {
    let body = html! {
        main.card {
            h1 { "Connect a device to " (PROFILE.name) }
            form.code method="post" action="/oidc/device/code" {
                label for="user-code" { "The code that the device shows" }
                input type="text" id="user-code" name="user_code" required maxlength="32"
                    autocomplete="off" autocapitalize="characters" spellcheck="false"
                    value=[typed.map(UserCode::shown)]
                    aria-invalid=[problem.map(|_| "true")]
                    aria-describedby=[problem.map(|_| "problem")];
                @if let Some(problem) = problem {
                    p.problem id="problem" role="alert" { (problem) }
                }
                button.primary type="submit" id="continue" { "Continue" }
            }
            p.fine { "Go on only if you have started this on a device of your own." }
        }
    };
    html_page(status, "Connect a device", &body)
}

fn device_consent_page(request: &DeviceRequest, code: &UserCode, ticket: &Secret) -> Response {
    let (name, service) = (&request.client_name, PROFILE.name);
    let body = html! {
        main.card.consent {
            div.pair aria-hidden="true" {
                (monogram(name, "app"))
                span.link { (icons::link()) }
                (monogram(service, PROFILE.face.slug()))
            }
            h1 { (name) " on a device wants to connect to your " (service) " account" }
            form.columns method="post" action="/oidc/device/decision" {
                div { (consent_page::details(name, &request.scope)) }
                div {
                    input type="hidden" name="ticket" value=(ticket.expose());
                    (accounts())
                    (allow_or_deny())
                    (which_device(code))
                }
            }
        }
    };
    let title = format!("Connect {name} to {service}");
    html_page(StatusCode::OK, &title, &body)
}

fn which_device(code: &UserCode) -> Markup {
    html! {
        p.fine {
            "The device shows the code " code id="shown-code" { (code.shown()) }
            ". Deny if it isn't yours."
        }
    }
}

fn field<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut found = pairs.iter().filter(|(key, _)| key == name);
    found.next().map(|(_, value)| value.as_str())
}
