//! Points in time. The domain never reads a clock; it is told what time it is.

use std::time::Duration;

/// The latest point Keyfob reckons with: the end of the year 9999. Later ones are clamped to it.
const LATEST: i64 = 253_402_300_799_999;

/// A wall-clock time in milliseconds since 1970-01-01T00:00:00Z, for what is shown and persisted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Takes milliseconds since the epoch, clamped to the years 1970 to 9999.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(0, LATEST))
    }

    /// Gives milliseconds since the epoch.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Adds a duration; past the year 9999 it stays there.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(LATEST);
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// Takes a duration away; before the year 1970 it stays there.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(LATEST);
        Self::from_millis(self.0.saturating_sub(millis))
    }

    /// Gives the time from `earlier` to this one; zero when `earlier` is in fact later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// A reading of a clock that never jumps and counts suspend, for time limits (SECURITY 22).
/// Only the difference of two readings of one process means anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(Duration);

impl Moment {
    /// Takes the time since the clock's own beginning.
    #[must_use]
    pub fn from_start(elapsed: Duration) -> Self {
        Self(elapsed)
    }

    /// Adds a duration.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }

    /// Gives the time from `earlier` to this one; zero when `earlier` is in fact later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_out_of_range_are_clamped_and_never_overflow() {
        let latest = Timestamp::from_millis(i64::MAX);
        assert_eq!(latest.millis(), LATEST);
        assert_eq!(latest.after(Duration::MAX), latest);
        assert_eq!(latest.before(Duration::MAX).millis(), 0);
        assert_eq!(Timestamp::from_millis(-5).millis(), 0);
        assert_eq!(Timestamp::from_millis(1).since(latest), Duration::ZERO);
    }
}
