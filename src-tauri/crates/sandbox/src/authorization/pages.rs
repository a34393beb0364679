//! The pages on which an authorization ends in the browser. Each says what happened, that nothing was
//! shared, and what to do next.

use axum::http::StatusCode;
use axum::response::Response;

use super::request::PageError;
use crate::error::SandboxError;
use crate::pages::{message_page, quoting_page};
use crate::pending::TicketRefusal;

pub(super) fn error_page(error: &PageError) -> Response {
    match error {
        PageError::UnknownClient => message_page(
            StatusCode::BAD_REQUEST,
            "This app isn't known here",
            "The link carries a client ID that is not registered with this sandbox. \
             Nothing was shared.",
            "Close this page and start the connection again. If it happens again, remove the \
             sandbox provider in the app and add it anew.",
        ),
        PageError::RedirectMismatch(Some(uri)) => quoting_page(
            StatusCode::BAD_REQUEST,
            "The return address doesn't match",
            "The app asked to be answered at this address, which is not registered for it:",
            uri,
            "Scheme, host, port and path must equal those of a registered redirect URI, character \
             by character. Compare it with the one registered here. Nothing was shared.",
        ),
        PageError::RedirectMismatch(None) => message_page(
            StatusCode::BAD_REQUEST,
            "The return address doesn't match",
            "The app named no single address to be answered at. Nothing was shared.",
            "The link must carry redirect_uri once, equal to a registered one in scheme, host, port \
             and path.",
        ),
    }
}

pub(super) fn ticket_page(refusal: TicketRefusal) -> Response {
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

pub(super) fn incomplete_form() -> Response {
    message_page(
        StatusCode::BAD_REQUEST,
        "The form was incomplete",
        "An account and a decision are needed. Nothing was shared.",
        "Go back, choose an account, then Allow or Deny.",
    )
}

pub(super) fn nothing_chosen() -> Response {
    message_page(
        StatusCode::BAD_REQUEST,
        "No permission was chosen",
        "Allowing needs at least one permission. Nothing was shared.",
        "Go back and choose one, or choose Deny.",
    )
}

pub(super) fn no_randomness(error: &SandboxError) -> Response {
    message_page(
        StatusCode::INTERNAL_SERVER_ERROR,
        "The sandbox can't go on",
        &format!("{error}, so no code can be issued."),
        "Start the connection again in the app.",
    )
}
