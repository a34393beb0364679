//! The plain face in the words of the service whose dialect it speaks: how a token request is read, how
//! it is answered, how it is refused, and what is told of the user.
//!
//! Hazard: a dialect changes words alone. What is honoured is decided by [`crate::token_request`], as it
//! is for all.

mod github;
mod notion;
mod slack;
mod standard;

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::PROFILE;
use crate::grants::{Bearer, Issued};
use crate::http::{form_pairs, json_answer, json_object};
use crate::manners::{Dialect, OauthManners};
use crate::people;
use crate::refusal::refusal;
use crate::sandbox::Sandbox;
use crate::token_request::{self, Failure, Fields, GrantRequest, TokenError};

/// Reads the body of a token request.
pub(super) fn fields(
    dialect: Dialect,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Fields, Failure> {
    let fields = match dialect {
        Dialect::Rfc
        | Dialect::Github
        | Dialect::Slack
        | Dialect::Discord
        | Dialect::Linear
        | Dialect::Spotify
        | Dialect::Zoom => form_pairs(headers, body).map(Fields::of_form),
        Dialect::Notion | Dialect::Atlassian => json_object(headers, body).map(Fields::of_json),
    };
    let fields =
        fields.map_err(|description| Failure::new(TokenError::InvalidRequest, description))?;
    if dialect == Dialect::Notion && fields.optional_text("client_secret")?.is_some() {
        let description = "the client shows its secret in the body";
        return Err(Failure::new(TokenError::InvalidClient, description));
    }
    Ok(fields)
}

/// What an answer is made from.
pub(super) struct Answering<'a> {
    pub(super) sandbox: &'a Sandbox,
    pub(super) manners: &'a OauthManners,
    pub(super) headers: &'a HeaderMap,
    pub(super) grant: &'a GrantRequest,
    pub(super) issued: &'a Issued,
    pub(super) now: i64,
}

impl Answering<'_> {
    /// The members of RFC 6749 §5.1, before a dialect puts them in its own order.
    fn members(&self) -> Value {
        let lifetime = self.manners.access_token_lifetime;
        token_request::answer(self.sandbox, self.issued, lifetime)
    }

    fn is_refresh(&self) -> bool {
        matches!(self.grant, GrantRequest::RefreshToken(_))
    }
}

/// Writes a token answer.
pub(super) fn answered(answering: &Answering<'_>) -> Response {
    match answering.manners.dialect {
        Dialect::Rfc
        | Dialect::Atlassian
        | Dialect::Discord
        | Dialect::Linear
        | Dialect::Spotify
        | Dialect::Zoom => standard::answered(answering),
        Dialect::Github => github::answered(answering),
        Dialect::Slack => json_answer(StatusCode::OK, &slack::answer(answering)),
        Dialect::Notion => json_answer(StatusCode::OK, &notion::answer(answering)),
    }
}

/// Writes the refusal of a token request.
pub(super) fn refused(dialect: Dialect, headers: &HeaderMap, failure: &Failure) -> Response {
    match dialect {
        Dialect::Rfc | Dialect::Discord | Dialect::Linear | Dialect::Spotify => {
            refusal(&PROFILE, failure)
        }
        Dialect::Github => github::refused(headers, failure),
        Dialect::Slack => json_answer(StatusCode::OK, &slack::refused(failure)),
        Dialect::Notion => notion::refused(failure),
        Dialect::Atlassian => standard::refused_by_atlassian(failure),
        Dialect::Zoom => standard::refused_by_zoom(failure),
    }
}

/// Writes what is told to who shows an access token that isn't good.
pub(super) fn unauthorized(dialect: Dialect, refusal: Response) -> Response {
    match dialect {
        Dialect::Slack => json_answer(StatusCode::OK, &slack::unauthorized()),
        Dialect::Rfc
        | Dialect::Github
        | Dialect::Notion
        | Dialect::Atlassian
        | Dialect::Discord
        | Dialect::Linear
        | Dialect::Spotify
        | Dialect::Zoom => refusal,
    }
}

/// Says who the user is, as the service does at the address where it tells that.
pub(super) fn person(dialect: Dialect, bearer: Bearer<'_>) -> Value {
    let person = people::find(bearer.user);
    let (name, email) = person.map_or(("", ""), |person| (person.name, person.email));
    match dialect {
        // Linear's API, which could tell, is another protocol.
        Dialect::Rfc | Dialect::Linear => standard::person(bearer),
        Dialect::Github => json!({ "login": bearer.user, "id": 1, "name": name, "email": email }),
        Dialect::Slack => slack::person(name, email),
        Dialect::Notion => notion::person(bearer.user, name, email),
        Dialect::Atlassian => {
            json!({ "account_id": bearer.user, "email": email, "name": name })
        }
        Dialect::Discord => json!({ "id": "1", "username": bearer.user, "global_name": name }),
        Dialect::Spotify => json!({ "id": bearer.user, "display_name": name, "type": "user" }),
        Dialect::Zoom => json!({ "id": "1", "display_name": name, "email": email, "type": 1 }),
    }
}
