//! The one failure taxonomy: (exchange, fault) → what it means. There is no wildcard arm, so a
//! new fault doesn't compile until somebody has decided what it means.
//!
//! Read the OAuth `error` before the HTTP status. Hazard: a fault classed as final deletes
//! nothing, but stops renewals until the user acts; a fault classed as transient is retried
//! for ever. When in doubt it is transient (SECURITY 48, 62).

mod scrub;

use crate::error::{ErrorCode, Problem};
use std::time::Duration;

/// Which conversation with the provider it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// Authorization code for tokens (RFC 6749 §4.1.3).
    Code,
    /// Refresh token for tokens (RFC 6749 §6).
    Refresh,
    /// RFC 7009.
    Revoke,
    /// A request with the access token.
    Api,
}

/// An `error` code of RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1 or RFC 7009 §2.2.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OauthError {
    /// `access_denied`
    AccessDenied,
    /// `insufficient_scope`
    InsufficientScope,
    /// `invalid_client`
    InvalidClient,
    /// `invalid_grant`
    InvalidGrant,
    /// `invalid_request`
    InvalidRequest,
    /// `invalid_scope`
    InvalidScope,
    /// `invalid_token`
    InvalidToken,
    /// `server_error`
    ServerError,
    /// `temporarily_unavailable`
    TemporarilyUnavailable,
    /// `unauthorized_client`
    UnauthorizedClient,
    /// `unsupported_grant_type`
    UnsupportedGrantType,
    /// `unsupported_response_type`
    UnsupportedResponseType,
    /// `unsupported_token_type`
    UnsupportedTokenType,
    /// A code that no specification Keyfob follows has registered.
    Unregistered,
}

impl OauthError {
    /// Reads an `error` parameter. Any text is accepted; unknown ones drive nothing (SECURITY 48).
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "access_denied" => Self::AccessDenied,
            "insufficient_scope" => Self::InsufficientScope,
            "invalid_client" => Self::InvalidClient,
            "invalid_grant" => Self::InvalidGrant,
            "invalid_request" => Self::InvalidRequest,
            "invalid_scope" => Self::InvalidScope,
            "invalid_token" => Self::InvalidToken,
            "server_error" => Self::ServerError,
            "temporarily_unavailable" => Self::TemporarilyUnavailable,
            "unauthorized_client" => Self::UnauthorizedClient,
            "unsupported_grant_type" => Self::UnsupportedGrantType,
            "unsupported_response_type" => Self::UnsupportedResponseType,
            "unsupported_token_type" => Self::UnsupportedTokenType,
            _ => Self::Unregistered,
        }
    }
}

/// What an exchange came to when it did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No answer: name resolution, connecting, TLS, time-out, a cut connection.
    NoAnswer {
        /// Technical text.
        detail: String,
        /// True when it is certain that not one byte of the request was answered or processed:
        /// the connection could not be made.
        unsent: bool,
    },
    /// An answer with an error.
    Refused {
        /// The HTTP status; 200 for servers that say errors politely.
        status: u16,
        /// The OAuth `error`, when the body has one.
        error: Option<OauthError>,
        /// Technical text: `error` and `error_description`, already plain.
        detail: Option<String>,
        /// `Retry-After` in seconds.
        retry_after: Option<Duration>,
    },
    /// A redirect where none may be followed (SECURITY 41).
    Redirected,
    /// An answer that can't be read.
    Malformed {
        /// Why; never a part of the body.
        why: &'static str,
    },
    /// An answer over the size limit (SECURITY 47).
    TooLarge,
}

impl Fault {
    /// Tells whether the provider may have acted on the request without its answer having arrived: a
    /// refresh token may be spent then.
    #[must_use]
    pub fn leaves_open(&self) -> bool {
        match self {
            Self::NoAnswer { unsent, .. } => !unsent,
            Self::Malformed { .. } | Self::TooLarge => true,
            Self::Refused { .. } | Self::Redirected => false,
        }
    }
}

/// What to do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Try again later by yourself; nothing is lost.
    Transient,
    /// The grant is over; only the user can make a new one.
    Reauthorize,
    /// The provider says that code, redirect URI and client don't belong together.
    Mismatch,
    /// Client id, secret or request are not accepted: a human has to correct the set-up.
    Misconfigured,
    /// The token is not accepted: renew it once (RFC 6750 §3.1).
    Unauthorized,
    /// The token lacks a permission.
    Forbidden,
    /// The answer can't be used; tokens stay as they are.
    Protocol,
}

/// A classified failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What to do.
    pub class: Class,
    /// What to say.
    pub problem: Problem,
    /// The least time to wait before another try.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// Makes a failure from its class and the sentence that goes with it.
    #[must_use]
    pub fn new(class: Class, problem: Problem) -> Self {
        Self {
            class,
            problem,
            retry_after: None,
        }
    }
}

/// Says what a fault means at an exchange.
#[must_use]
pub fn classify(exchange: Exchange, fault: &Fault) -> Failure {
    match fault {
        Fault::NoAnswer { detail, .. } => Failure::new(
            Class::Transient,
            Problem::with_detail(ErrorCode::ProviderUnreachable, detail),
        ),
        Fault::Redirected => Failure::new(
            Class::Protocol,
            Problem::with_detail(
                ErrorCode::AnswerMalformed,
                "the server answered with a redirect",
            ),
        ),
        Fault::Malformed { why } => Failure::new(
            Class::Protocol,
            Problem::with_detail(ErrorCode::AnswerMalformed, why),
        ),
        Fault::TooLarge => Failure::new(Class::Protocol, ErrorCode::AnswerTooLarge.into()),
        Fault::Refused {
            status,
            error,
            detail,
            retry_after,
        } => {
            let (class, code) = match error {
                Some(error) => by_error(exchange, error, *status),
                None => by_status(exchange, *status),
            };
            let status_line = || format!("HTTP {status}");
            let detail = detail.clone().unwrap_or_else(status_line);
            Failure {
                class,
                problem: Problem::with_detail(code, &detail),
                retry_after: *retry_after,
            }
        }
    }
}

fn by_error(exchange: Exchange, error: &OauthError, status: u16) -> (Class, ErrorCode) {
    match (error, exchange) {
        (OauthError::InvalidGrant, Exchange::Code) => (Class::Mismatch, ErrorCode::CodeRejected),
        (OauthError::InvalidGrant, Exchange::Refresh) => {
            (Class::Reauthorize, ErrorCode::GrantEnded)
        }
        (OauthError::InvalidGrant, Exchange::Revoke | Exchange::Api) => {
            (Class::Protocol, ErrorCode::ProviderError)
        }
        (
            OauthError::InvalidClient | OauthError::UnauthorizedClient,
            Exchange::Code | Exchange::Refresh | Exchange::Revoke | Exchange::Api,
        ) => (Class::Misconfigured, ErrorCode::ClientMisconfigured),
        (
            OauthError::InvalidScope,
            Exchange::Code | Exchange::Refresh | Exchange::Revoke | Exchange::Api,
        ) => (Class::Misconfigured, ErrorCode::ScopeRejected),
        (
            OauthError::InvalidRequest
            | OauthError::UnsupportedGrantType
            | OauthError::UnsupportedResponseType
            | OauthError::UnsupportedTokenType,
            Exchange::Code | Exchange::Refresh | Exchange::Revoke,
        ) => (Class::Misconfigured, ErrorCode::RequestRejected),
        (
            OauthError::InvalidRequest
            | OauthError::UnsupportedGrantType
            | OauthError::UnsupportedResponseType
            | OauthError::UnsupportedTokenType,
            Exchange::Api,
        ) => (Class::Protocol, ErrorCode::QuestionRejected),
        (OauthError::AccessDenied, Exchange::Code | Exchange::Refresh | Exchange::Revoke) => {
            (Class::Protocol, ErrorCode::AccessDenied)
        }
        (OauthError::AccessDenied | OauthError::InsufficientScope, Exchange::Api) => {
            (Class::Forbidden, ErrorCode::ScopeMissing)
        }
        (OauthError::InsufficientScope, Exchange::Code | Exchange::Refresh | Exchange::Revoke) => {
            (Class::Protocol, ErrorCode::ProviderError)
        }
        (OauthError::InvalidToken, Exchange::Api) => {
            (Class::Unauthorized, ErrorCode::TokenRejected)
        }
        (OauthError::InvalidToken, Exchange::Code | Exchange::Refresh | Exchange::Revoke) => {
            (Class::Protocol, ErrorCode::ProviderError)
        }
        (
            OauthError::ServerError | OauthError::TemporarilyUnavailable,
            Exchange::Code | Exchange::Refresh | Exchange::Revoke | Exchange::Api,
        ) => (Class::Transient, ErrorCode::ProviderError),
        (
            OauthError::Unregistered,
            Exchange::Code | Exchange::Refresh | Exchange::Revoke | Exchange::Api,
        ) => by_status(exchange, status),
    }
}

/// Statuses alone never end a grant: only a registered `error` does (SECURITY 48).
fn by_status(exchange: Exchange, status: u16) -> (Class, ErrorCode) {
    match (status, exchange) {
        (429, _) => (Class::Transient, ErrorCode::ProviderOverloaded),
        (408 | 425 | 500..=599, _) => (Class::Transient, ErrorCode::ProviderError),
        (401, Exchange::Api) => (Class::Unauthorized, ErrorCode::TokenRejected),
        (403, Exchange::Api) => (Class::Forbidden, ErrorCode::ScopeMissing),
        (400 | 422, Exchange::Api) => (Class::Protocol, ErrorCode::QuestionRejected),
        (401, Exchange::Code | Exchange::Refresh | Exchange::Revoke) => {
            (Class::Misconfigured, ErrorCode::ClientMisconfigured)
        }
        (_, Exchange::Code | Exchange::Refresh | Exchange::Revoke | Exchange::Api) => {
            (Class::Protocol, ErrorCode::ProviderError)
        }
    }
}

#[cfg(test)]
mod tests;
