//! What Mio's context API answers (SECURITY 117).

use crate::shown;
use keyfob_domain::summary::{Content, LONGEST_SUMMARY};
use keyfob_engine::context::mio::{read_answer, read_summary};

pub(crate) fn check(data: &[u8]) {
    if !keyfob_domain::json::is_shallow(data) {
        return;
    }
    if let Ok(content) = read_summary(data) {
        is_kept(&content);
        if let Content::Text(text) = &content {
            assert!(!text.trim().is_empty(), "a blank text is nothing");
            shown::lines(text, LONGEST_SUMMARY);
        }
    }
    if let Ok(answer) = read_answer(data) {
        shown::lines(&answer, LONGEST_SUMMARY);
    }
}

/// What the database keeps of it is what was read.
pub(crate) fn is_kept(content: &Content) {
    assert_eq!(Content::decode(&content.encode()).as_ref(), Some(content));
}
