//! The one room where time is read. Nothing is decided by it but deadlines.

use std::{
    thread,
    time::{Duration, Instant, SystemTime},
};

/// A stretch of time that began when the value was made.
#[derive(Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "measures how long programs take")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    #[expect(clippy::disallowed_methods, reason = "measures how long programs take")]
    pub(crate) fn elapsed(self) -> Duration {
        Instant::now().duration_since(self.0)
    }
}

/// The pause between two looks at a program that is running.
#[expect(
    clippy::disallowed_methods,
    reason = "every loop that pauses has a limit or ends with the program it watches"
)]
pub(crate) fn pause() {
    thread::sleep(Duration::from_millis(20));
}

/// The time now as RFC 3339 in UTC, to the second.
#[expect(
    clippy::disallowed_methods,
    reason = "the report says when it was made"
)]
pub(crate) fn timestamp() -> String {
    let since_epoch = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    rfc3339(since_epoch.as_secs())
}

fn rfc3339(unix: u64) -> String {
    let (mut days, seconds) = (unix / 86_400, unix % 86_400);
    let mut year = 1970;
    while days >= days_in(year) {
        days -= days_in(year);
        year += 1;
    }
    let february = days_in(year) - 337;
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    format!(
        "{year:04}-{month:02}-{:02}T{:02}:{:02}:{:02}Z",
        days + 1,
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

fn days_in(year: u64) -> u64 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    if leap { 366 } else { 365 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_know_leap_years() {
        for (unix, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (1_795_234_562, "2026-11-21T04:16:02Z"),
        ] {
            assert_eq!(rfc3339(unix), text, "{unix}");
        }
    }
}
