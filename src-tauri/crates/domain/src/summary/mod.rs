//! What an account's provider knows, as Keyfob keeps and shows it: plain text of bounded size,
//! the time it was read, nothing else (SECURITY 117).
//!
//! Hazard: all of it was written by strangers, by those who invited themselves to a meeting too.
//! Whatever makes a [`Content`] does so through [`Content::text`], [`Content::meetings`] or
//! [`Content::decode`], which strip and cut.

mod date;
mod meetings;

pub use date::{read_day, read_instant};
pub use meetings::{
    ActionItem, Decision, LONGEST_ADDRESS, LONGEST_DECISION, LONGEST_NAME, LONGEST_OVERVIEW,
    LONGEST_TITLE, MOST_DECISIONS, MOST_MEETINGS, MOST_OPEN_ITEMS, Meeting, Meetings, Priority,
    address,
};

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The longest summary Keyfob keeps, in characters; longer ones are cut (SECURITY 117).
pub const LONGEST_SUMMARY: usize = 64 * 1024;
/// The longest question that may be asked, in characters.
pub const LONGEST_QUESTION: usize = 2_000;
/// How long a summary is kept when nothing newer takes its place: 30 days (SECURITY 117).
pub const SUMMARY_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);

/// The provider's summary of an account at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextSummary {
    /// What it says.
    pub content: Content,
    /// When it was read.
    pub as_of: Timestamp,
}

impl ContextSummary {
    /// Notes when a content was read.
    #[must_use]
    pub fn new(content: Content, as_of: Timestamp) -> Self {
        Self { content, as_of }
    }

    /// Gives the e-mail address that the data suggests for the account, if it suggests one.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        match &self.content {
            Content::Meetings(meetings) => meetings.host.as_deref(),
            Content::Nothing | Content::Text(_) => None,
        }
    }

    /// Tells whether it is too old to be kept. One from the future, after the clock was set
    /// back, isn't.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        now.since(self.as_of) > SUMMARY_LIFE
    }
}

/// What a summary says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Content {
    /// The provider has none yet.
    Nothing,
    /// Plain text with line feeds.
    Text(String),
    /// Meetings and what came of them.
    Meetings(Meetings),
}

impl Content {
    /// Takes a provider's text as it came; an absent or blank one is [`Content::Nothing`].
    #[must_use]
    pub fn text(text: Option<&str>) -> Self {
        text.map(|text| crate::text::plain(text, LONGEST_SUMMARY, true))
            .filter(|text| !text.trim().is_empty())
            .map_or(Self::Nothing, Self::Text)
    }

    /// Takes meetings as they came: strips, sorts and cuts them. When nothing was found and
    /// nothing withheld, that is [`Content::Nothing`].
    #[must_use]
    pub fn meetings(meetings: Meetings) -> Self {
        let meetings = meetings.tidy();
        if meetings.is_empty() {
            Self::Nothing
        } else {
            Self::Meetings(meetings)
        }
    }

    /// Writes the content as JSON text, for the database.
    #[must_use]
    pub fn encode(&self) -> String {
        // Serialising plain strings and numbers into memory has no way to fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what [`Content::encode`] wrote, in this version of Keyfob or another: unknown
    /// members are passed over, missing ones are empty. `None` when it can't be read; it is
    /// then as if it had not been kept.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        if !crate::json::is_shallow(text.as_bytes()) {
            return None;
        }
        match serde_json::from_str(text).ok()? {
            Self::Nothing => Some(Self::Nothing),
            Self::Text(text) => Some(Self::text(Some(&text))),
            Self::Meetings(meetings) => Some(Self::meetings(meetings)),
        }
    }
}

#[cfg(test)]
mod tests;
