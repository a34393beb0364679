//! Times as strangers write them: `Retry-After`, resets, dates (SECURITY 60, 63).

use keyfob_domain::refresh::{Draw, backoff, due_at};
use keyfob_domain::summary::{read_day, read_instant};
use keyfob_domain::time::Timestamp;
use keyfob_engine::network::rest_asked_for;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// The first line is `Retry-After`, the second `X-RateLimit-Reset`; each is read as a date as well.
pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let (after, reset) = text.split_once('\n').unwrap_or((text, text));
    for now in [0, 1_780_000_000_000, i64::MAX].map(Timestamp::from_millis) {
        for status in [200, 429, 503] {
            let none = rest_asked_for(status, None, Some(reset), now);
            assert!(none.is_none_or(|rest| status == 429 && rest <= DAY), "60");
            waits(rest_asked_for(status, Some(after), Some(reset), now), now);
            waits(none, now);
        }
    }
    for text in [after, reset] {
        if let Some(day) = read_day(text) {
            assert_eq!(read_day(&day).as_ref(), Some(&day));
            assert_eq!(day.len(), 10);
            assert!(("1970".."9999").contains(&&day[..4]), "{day}");
        }
        if let Some(at) = read_instant(text) {
            assert!(
                at < Timestamp::from_millis(253_370_764_800_000),
                "9999 is never"
            );
            assert!(read_day(text).is_some(), "a point in time lies on a day");
        }
    }
}

/// No wait makes time overflow, and none is longer than a day.
fn waits(asked: Option<Duration>, now: Timestamp) {
    for bits in [0, u32::MAX] {
        for failures in [0, 1, 20, u32::MAX] {
            let wait = backoff(failures, asked, Draw::from_bits(bits));
            assert!(wait <= DAY, "60: {wait:?}");
            assert!(wait >= asked.unwrap_or_default().min(DAY), "60: {wait:?}");
            assert!(now.after(wait) >= now);
        }
        let lifetime = asked.unwrap_or_default();
        assert!(due_at(now, lifetime, Draw::from_bits(bits)) >= now, "43");
    }
}
