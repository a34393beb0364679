//! What every text that may be shown has in common.

use keyfob_domain::error::Problem;
use keyfob_domain::text::plain;

/// A text on one line: nothing to strip is left, and it isn't too long.
pub(crate) fn line(text: &str, longest: usize) {
    assert_eq!(plain(text, longest, false), text, "it isn't plain");
}

/// A text with line feeds.
pub(crate) fn lines(text: &str, longest: usize) {
    assert_eq!(plain(text, longest, true), text, "it isn't plain");
}

/// A problem shows a short line at most.
pub(crate) fn problem(problem: &Problem) {
    if let Some(detail) = &problem.detail {
        line(detail, 200);
    }
}
