//! How many API requests each access token has made. Pure: the time is handed in.

use std::collections::HashMap;

use crate::clock::end_of;
use crate::manners::RateLimit;
use crate::secret::Digest;

/// The requests of each access token in its current window.
#[derive(Debug, Default)]
pub(crate) struct Calls(HashMap<Digest, Window>);

#[derive(Debug)]
struct Window {
    began_at: i64,
    requests: u32,
}

impl Window {
    /// A window that would begin in the future is over as well: the clock was set back.
    fn is_current(&self, limit: RateLimit, now: i64) -> bool {
        self.began_at <= now && now < end_of(self.began_at, limit.window)
    }
}

impl Calls {
    /// Counts a request. One too many gives the end of the window, in milliseconds since the Unix
    /// epoch, and is not counted.
    pub(super) fn count(
        &mut self,
        access_token: &str,
        limit: RateLimit,
        now: i64,
    ) -> Result<(), i64> {
        self.0.retain(|_, window| window.is_current(limit, now));
        let fresh = || Window {
            began_at: now,
            requests: 0,
        };
        let window = self.0.entry(Digest::of(access_token)).or_insert_with(fresh);
        if window.requests >= limit.requests {
            return Err(end_of(window.began_at, limit.window));
        }
        window.requests += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_window_begins_with_its_first_request_and_ends_by_the_clock() {
        let limit = RateLimit {
            requests: 2,
            window: Duration::from_secs(60),
        };
        let mut calls = Calls::default();
        for (label, token, now, expected) in [
            ("first", "a", 1000, Ok(())),
            ("second", "a", 2000, Ok(())),
            ("third", "a", 3000, Err(61_000)),
            ("another token", "b", 3000, Ok(())),
            ("at the last moment", "a", 60_999, Err(61_000)),
            ("a new window", "a", 61_000, Ok(())),
            ("the clock set back", "a", 500, Ok(())),
        ] {
            assert_eq!(calls.count(token, limit, now), expected, "{label}");
        }
        calls.count("c", limit, 1_000_000).unwrap();
        assert_eq!(calls.0.len(), 1, "windows that are over are forgotten");
    }
}
