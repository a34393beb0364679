//! What the user sees: whole lines on stdout, at once.
//!
//! Must not be used for the output of programs, which goes to logs.

use std::io::Write as _;

/// Writes one line. A closed stdout is no reason to stop: the exit code and the report remain.
pub(crate) fn say(line: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}
