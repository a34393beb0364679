//! When a token is renewed, and when a failed renewal is tried again.

use crate::time::Timestamp;
use std::time::Duration;

/// What is assumed when a refreshable answer gives no lifetime (SECURITY 43).
pub const ASSUMED_LIFETIME: Duration = Duration::from_secs(3600);
/// Lifetimes beyond this are clamped to it (SECURITY 43): ten years.
pub const LONGEST_LIFETIME: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// A token that claims to have more than this left beyond its whole life was obtained when the
/// wall clock was ahead: how old it is, nobody knows.
const CLOCK_SLACK: Duration = Duration::from_secs(60);
/// No token is renewed by itself sooner than this after it was obtained: what lives for a second
/// or two would have its provider asked without a pause.
const SHORTEST_REST: Duration = Duration::from_secs(3);
const SHORTEST_BACKOFF: Duration = Duration::from_secs(5);
const LONGEST_BACKOFF: Duration = Duration::from_secs(30 * 60);

/// A number in 0 ≤ x < 1 that the caller drew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw(u32);

impl Draw {
    /// Takes 32 random bits.
    #[must_use]
    pub fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    fn fraction(self) -> f64 {
        f64::from(self.0) / (f64::from(u32::MAX) + 1.0)
    }
}

/// When an access token ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// At a known time.
    At {
        /// The end, counted from the moment the request was started (SECURITY 43).
        at: Timestamp,
        /// How long the token lives in all.
        lifetime: Duration,
        /// True when the provider gave no usable lifetime and one hour is assumed.
        assumed: bool,
    },
    /// Only a 401 tells.
    Never,
}

/// Gives the time at which a token is to be renewed: obtained + lifetime × U(0.60, 0.90), drawn
/// anew each time so that many connections drift apart (SECURITY 58); three seconds at least.
#[must_use]
pub fn due_at(obtained_at: Timestamp, lifetime: Duration, draw: Draw) -> Timestamp {
    let lifetime = lifetime.min(LONGEST_LIFETIME);
    let rest = lifetime.mul_f64(0.60 + 0.30 * draw.fraction());
    obtained_at.after(rest.max(SHORTEST_REST))
}

/// Tells whether a token may still be handed out: more than min(30 s, 10 % of its life) is left
/// (SECURITY 58), and not more than its whole life, as after a wall clock was set back (SECURITY 63).
#[must_use]
pub fn is_usable(expiry: Expiry, now: Timestamp) -> bool {
    match expiry {
        Expiry::Never => true,
        Expiry::At { at, lifetime, .. } => {
            let left = at.since(now);
            left > margin(lifetime) && left <= lifetime.saturating_add(CLOCK_SLACK)
        }
    }
}

/// Gives the first time at which [`is_usable`] says no; `None` for a token that only a 401 ends.
#[must_use]
pub fn usable_until(expiry: Expiry) -> Option<Timestamp> {
    match expiry {
        Expiry::Never => None,
        Expiry::At { at, lifetime, .. } => Some(at.before(margin(lifetime))),
    }
}

/// What has to be left of a token that is handed out.
fn margin(lifetime: Duration) -> Duration {
    (lifetime / 10).min(Duration::from_secs(30))
}

/// Gives the wait before try number `failures` + 1: 5 s doubling to 30 min, half of it fixed and
/// half drawn, and never less than what the provider asked for (SECURITY 59, 60).
#[must_use]
pub fn backoff(failures: u32, retry_after: Option<Duration>, draw: Draw) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let full = SHORTEST_BACKOFF
        .saturating_mul(1 << doublings)
        .min(LONGEST_BACKOFF);
    let wait = full / 2 + (full / 2).mul_f64(draw.fraction());
    wait.max(
        retry_after
            .unwrap_or_default()
            .min(Duration::from_secs(24 * 3600)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn start() -> Timestamp {
        Timestamp::from_millis(1_780_000_000_000)
    }

    #[test]
    fn security_58_renewal_falls_between_60_and_90_percent_of_the_life() {
        let hour = Duration::from_secs(3600);
        assert_eq!(
            due_at(start(), hour, Draw::from_bits(0)).since(start()),
            Duration::from_secs(2160)
        );
        let late = due_at(start(), hour, Draw::from_bits(u32::MAX)).since(start());
        assert!(
            late < Duration::from_secs(3240) && late > Duration::from_secs(3239),
            "{late:?}"
        );
    }

    #[test]
    fn security_58_a_token_is_usable_until_30_s_or_a_tenth_of_its_life_is_left() {
        let cases = [
            ("an hour, 31 s left", 3600, 31, true),
            ("an hour, 30 s left", 3600, 30, false),
            ("20 s, 3 s left", 20, 3, true),
            ("20 s, 2 s left", 20, 2, false),
            ("over", 3600, 0, false),
            ("an hour, all of it left", 3600, 3600, true),
            ("63: an hour, a minute more left", 3600, 3660, true),
            ("63: an hour, two hours left", 3600, 7200, false),
        ];
        for (row, lifetime, left, usable) in cases {
            let lifetime = Duration::from_secs(lifetime);
            let expiry = Expiry::At {
                at: start().after(Duration::from_secs(left)),
                lifetime,
                assumed: false,
            };
            assert_eq!(is_usable(expiry, start()), usable, "{row}");
        }
        assert!(is_usable(Expiry::Never, start()));
        assert_eq!(usable_until(Expiry::Never), None);
    }

    #[test]
    fn security_58_due_times_of_lives_from_a_second_to_years() {
        const DAY: u64 = 24 * 3600;
        let ten_years = 3650 * DAY;
        // Lifetime, then the earliest and the latest due time, in milliseconds.
        let cases = [
            ("1 s: a rest of 3 s", 1, 3_000, 3_000),
            ("4 s: at the latest at 90 %", 4, 3_000, 3_600),
            ("5 s", 5, 3_000, 4_500),
            ("a minute", 60, 36_000, 54_000),
            ("an hour, also assumed", 3_600, 2_160_000, 3_240_000),
            ("a day", DAY, 600 * DAY, 900 * DAY),
            ("a year", 365 * DAY, 219_000 * DAY, 328_500 * DAY),
            ("ten years", ten_years, 600 * ten_years, 900 * ten_years),
            ("longer", u64::MAX, 600 * ten_years, 900 * ten_years),
        ];
        for (row, seconds, earliest, latest) in cases {
            let lifetime = Duration::from_secs(seconds);
            let due = |bits| due_at(start(), lifetime, Draw::from_bits(bits)).since(start());
            assert_eq!(due(0), Duration::from_millis(earliest), "{row}");
            let last = due(u32::MAX);
            // The draw stays below 1.
            let missing = Duration::from_millis(latest).saturating_sub(last);
            assert!(missing <= Duration::from_secs(1), "{row}: {last:?}");
            assert!(last <= Duration::from_millis(latest), "{row}: {last:?}");
        }
    }

    #[test]
    fn security_58_from_5_s_on_a_token_is_renewed_while_it_can_still_be_handed_out() {
        for seconds in [5, 6, 10, 59, 300, 301, 3_600, 86_400, 365 * 86_400] {
            let lifetime = Duration::from_secs(seconds);
            let expiry = Expiry::At {
                at: start().after(lifetime),
                lifetime,
                assumed: false,
            };
            let end = usable_until(expiry).unwrap();
            let latest = due_at(start(), lifetime, Draw::from_bits(u32::MAX));
            assert!(latest <= end, "{seconds} s: {latest:?}, {end:?}");
            assert!(!is_usable(expiry, end), "{seconds} s: not at its end");
            let before = end.before(Duration::from_millis(1));
            assert!(is_usable(expiry, before), "{seconds} s: until its end");
        }
    }

    #[test]
    fn security_59_backoff_doubles_from_5_s_to_30_min() {
        let most = Draw::from_bits(u32::MAX);
        let cases = [
            (1, 5),
            (2, 10),
            (3, 20),
            (9, 1280),
            (10, 1800),
            (u32::MAX, 1800),
        ];
        for (failures, full) in cases {
            assert_eq!(
                backoff(failures, None, Draw::from_bits(0)),
                Duration::from_secs(full) / 2,
                "{failures}"
            );
            let wait = backoff(failures, None, most);
            assert!(
                wait <= Duration::from_secs(full) && wait > Duration::from_secs(full * 9 / 10),
                "{failures}"
            );
        }
    }

    #[test]
    fn security_60_retry_after_is_a_minimum_of_a_day_at_most() {
        let none = Draw::from_bits(0);
        assert_eq!(
            backoff(1, Some(Duration::from_secs(60)), none),
            Duration::from_secs(60)
        );
        assert_eq!(
            backoff(10, Some(Duration::from_secs(60)), none),
            Duration::from_secs(900)
        );
        assert_eq!(
            backoff(1, Some(Duration::MAX), none),
            Duration::from_secs(86_400)
        );
    }

    proptest! {
        #[test]
        fn no_lifetime_and_no_draw_makes_time_overflow(seconds in any::<u64>(), bits in any::<u32>(), failures in any::<u32>()) {
            let lifetime = Duration::from_secs(seconds);
            let due = due_at(start(), lifetime, Draw::from_bits(bits));
            prop_assert!(due >= start());
            prop_assert!(due.since(start()) <= LONGEST_LIFETIME && due.since(start()) >= SHORTEST_REST);
            prop_assert!(backoff(failures, Some(lifetime), Draw::from_bits(bits)) <= Duration::from_secs(86_400));
        }
    }
}
