//! Dates as APIs write them (RFC 3339). What makes no sense is absent: an odd date never costs
//! the entry beside it.

use crate::time::Timestamp;
use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime};

/// Reads a point in time with its offset; `None` for anything else and for years outside 1970
/// to 9998. 9999 is what "never" looks like in databases.
#[must_use]
pub fn read_instant(text: &str) -> Option<Timestamp> {
    let time = instant(text)?;
    // `Timestamp` would move an earlier one to 1970.
    let millis = i64::try_from(time.unix_timestamp_nanos().div_euclid(1_000_000)).ok()?;
    (millis >= 0).then(|| Timestamp::from_millis(millis))
}

/// Reads a day, or the day of a point in time where it was written, and gives it as
/// `YYYY-MM-DD`; `None` as for [`read_instant`].
#[must_use]
pub fn read_day(text: &str) -> Option<String> {
    let text = text.trim();
    let day = match day(text) {
        Some(day) => day,
        None => instant(text)?.date(),
    };
    is_sensible(day).then(|| {
        let month = u8::from(day.month());
        format!("{:04}-{month:02}-{:02}", day.year(), day.day())
    })
}

fn instant(text: &str) -> Option<OffsetDateTime> {
    let time = OffsetDateTime::parse(text.trim(), &Rfc3339).ok()?;
    is_sensible(time.date()).then_some(time)
}

fn day(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let mut number = |digits: usize| {
        let part = parts.next()?;
        let plain = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| part.parse::<u16>().ok()).flatten()
    };
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    if parts.next().is_some() {
        return None;
    }
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    Date::from_calendar_date(i32::from(year), month, u8::try_from(day).ok()?).ok()
}

fn is_sensible(day: Date) -> bool {
    (1970..9999).contains(&day.year())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn points_in_time_are_read_and_senseless_ones_are_absent() {
        let cases = [
            ("UTC", "2026-05-28T20:26:40Z", Some(1_780_000_000_000)),
            (
                "offset",
                "2026-05-28T22:26:40.5+02:00",
                Some(1_780_000_000_500),
            ),
            (
                "lower case",
                "2026-05-28t20:26:40z",
                Some(1_780_000_000_000),
            ),
            ("the first", "1970-01-01T00:00:00Z", Some(0)),
            ("before it by its offset", "1970-01-01T00:00:00+01:00", None),
            ("before it", "1969-12-31T23:59:59Z", None),
            (
                "the last year",
                "9998-12-31T23:59:59Z",
                Some(253_370_764_799_000),
            ),
            ("never", "9999-12-31T23:59:59Z", None),
            ("five digits", "12026-05-28T20:26:40Z", None),
            ("negative", "-2026-05-28T20:26:40Z", None),
            ("no offset", "2026-05-28T20:26:40", None),
            ("no such day", "2026-02-30T20:26:40Z", None),
            ("a day", "2026-05-28", None),
            ("a number", "1780000000", None),
            ("nothing", "", None),
            ("words", "tomorrow at noon", None),
        ];
        for (row, text, millis) in cases {
            assert_eq!(read_instant(text).map(Timestamp::millis), millis, "{row}");
        }
    }

    #[test]
    fn days_are_read_and_senseless_ones_are_absent() {
        let cases = [
            ("a day", "2026-05-28", Some("2026-05-28")),
            ("blanks", " 2026-05-28 ", Some("2026-05-28")),
            ("leap day", "2028-02-29", Some("2028-02-29")),
            ("no leap day", "2026-02-29", None),
            (
                "where it was written",
                "2026-05-28T23:30:00-05:00",
                Some("2026-05-28"),
            ),
            ("never", "9999-12-31", None),
            ("year nought", "0000-00-00", None),
            ("before 1970", "1969-12-31", None),
            ("five digits", "12026-05-28", None),
            ("negative", "-2026-05-28", None),
            ("signs", "+026-+5-+8", None),
            ("more", "2026-05-28-01", None),
            ("other digits", "２０２６-05-28", None),
            ("other order", "28.05.2026", None),
            ("nothing", "", None),
        ];
        for (row, text, expected) in cases {
            assert_eq!(read_day(text).as_deref(), expected, "{row}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_reading_a_date_panic(
            text in ".{0,40}",
            like in "[-+]?[0-9]{1,6}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{0,12})?(Z|[-+][0-9]{2}:[0-9]{2}))?",
        ) {
            for text in [text, like] {
                if let Some(day) = read_day(&text) {
                    prop_assert_eq!(read_day(&day), Some(day));
                }
                let _ = read_instant(&text);
            }
        }
    }
}
