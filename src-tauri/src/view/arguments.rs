//! What the web view may send: words and ids, each checked here. Whoever has taken over the page
//! writes these bytes.
//!
//! This file knows neither the window nor its siblings, so that `tests/fuzz` can compile it.

use keyfob_domain::authorization as sign_in;
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::{AttemptId, ConnectionId, ProviderSlug};
use keyfob_engine::Page;
use serde::Deserialize;
use ts_rs::TS;

/// What the user answers.
#[derive(Clone, Copy, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the variants are those of the domain's own")]
pub enum Choice {
    Take,
    Separately,
    Decline,
}

/// How a connection is to be ended.
#[derive(Clone, Copy, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the variants are those of the engine's own")]
pub enum Ending {
    Now,
    Later,
    HereOnly,
}

/// A page that may be opened: never an address, always a name for one (SECURITY 93).
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Link {
    ProviderRegistration { slug: String },
    PresetRegistration { slug: String },
    ProviderAccount { slug: String },
}

/// Reads the id of a connection.
///
/// # Errors
/// `connection_unknown`.
pub fn connection_id(text: &str) -> Result<ConnectionId, Problem> {
    ConnectionId::parse(text).ok_or(ErrorCode::ConnectionUnknown.into())
}

/// Reads the id of an attempt.
///
/// # Errors
/// `attempt_unknown`.
pub fn attempt_id(text: &str) -> Result<AttemptId, Problem> {
    AttemptId::parse(text).ok_or(ErrorCode::AttemptUnknown.into())
}

impl TryFrom<Link> for Page {
    type Error = Problem;

    fn try_from(link: Link) -> Result<Self, Problem> {
        let known = |slug: String| {
            ProviderSlug::parse(&slug).ok_or(Problem::new(ErrorCode::ProviderUnknown))
        };
        Ok(match link {
            Link::ProviderRegistration { slug } => Self::Registration(known(slug)?),
            Link::PresetRegistration { slug } => Self::PresetRegistration(known(slug)?),
            Link::ProviderAccount { slug } => Self::Account(known(slug)?),
        })
    }
}

impl From<Ending> for keyfob_engine::Ending {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Now => Self::Now,
            Ending::Later => Self::Later,
            Ending::HereOnly => Self::HereOnly,
        }
    }
}

impl From<Choice> for sign_in::Choice {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::Take => Self::Take,
            Choice::Separately => Self::Separately,
            Choice::Decline => Self::Decline,
        }
    }
}
