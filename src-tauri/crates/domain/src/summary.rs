//! What an account's provider knows, as Keyfob shows it: text, its time, nothing else.

use crate::time::Timestamp;

/// The longest summary Keyfob keeps, in characters; longer ones are cut (SECURITY 117).
pub const LONGEST_SUMMARY: usize = 64 * 1024;
/// The longest question that may be asked, in characters.
pub const LONGEST_QUESTION: usize = 2_000;

/// The provider's summary of an account at one time. `text` is `None` when it has none yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextSummary {
    /// Plain text with line feeds, already stripped by [`crate::text::plain`].
    pub text: Option<String>,
    /// When it was read.
    pub as_of: Timestamp,
}

impl ContextSummary {
    /// Takes a provider's text as it came.
    #[must_use]
    pub fn new(text: Option<&str>, as_of: Timestamp) -> Self {
        let text = text
            .map(|text| crate::text::plain(text, LONGEST_SUMMARY, true))
            .filter(|text| !text.trim().is_empty());
        Self { text, as_of }
    }
}
