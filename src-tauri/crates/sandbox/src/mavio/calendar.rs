//! Dates and instants in UTC, as Mavio writes them (ISO 8601). Just enough of the Gregorian calendar
//! for a diary; a library would be the larger part.

use std::fmt;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// A day, counted from 1 January 1970. Prints as `2026-11-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Date(i64);

impl Date {
    /// The day of an instant in milliseconds since the Unix epoch.
    pub(super) fn of(ms: i64) -> Self {
        Self(ms.div_euclid(DAY))
    }

    pub(super) fn plus(self, days: i64) -> Self {
        Self(self.0 + days)
    }

    pub(super) fn weekday(self) -> Weekday {
        // 1 January 1970 was a Thursday.
        match (self.0 + 3).rem_euclid(7) {
            0 => Weekday::Monday,
            1 => Weekday::Tuesday,
            2 => Weekday::Wednesday,
            3 => Weekday::Thursday,
            4 => Weekday::Friday,
            5 => Weekday::Saturday,
            _ => Weekday::Sunday,
        }
    }

    pub(super) fn is_workday(self) -> bool {
        !matches!(self.weekday(), Weekday::Saturday | Weekday::Sunday)
    }

    /// The first such weekday after this day.
    pub(super) fn next(self, weekday: Weekday) -> Self {
        let mut days = (1..=7).map(|ahead| self.plus(ahead));
        days.find(|day| day.weekday() == weekday).unwrap_or(self)
    }

    /// The last workday before this day.
    pub(super) fn last_workday(self) -> Self {
        let mut days = (1..=7).map(|back| self.plus(-back));
        days.find(|day| day.is_workday()).unwrap_or(self)
    }

    /// The instant of a time of this day, in milliseconds since the Unix epoch.
    pub(super) fn at(self, hour: i64, minute: i64) -> i64 {
        let of_day = (hour * 60 + minute) * MINUTE;
        self.0.saturating_mul(DAY).saturating_add(of_day)
    }
}

impl fmt::Display for Date {
    /// After Howard Hinnant's `civil_from_days`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shifted = self.0 + 719_468;
        let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        // The year begins in March here, so that the leap day is its last.
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = (month_from_march + 2) % 12 + 1;
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        write!(out, "{year:04}-{month:02}-{day:02}")
    }
}

/// An instant as `2026-11-01T14:00:00Z`.
pub(super) fn instant(ms: i64) -> String {
    let seconds = ms.rem_euclid(DAY) / 1000;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{}T{hour:02}:{minute:02}:{second:02}Z", Date::of(ms))
}

/// The quarter of an hour in which an instant lies, and then so many minutes before.
pub(super) fn quarter_before(ms: i64, minutes: i64) -> i64 {
    let quarter = 15 * MINUTE;
    ms.saturating_sub(ms.rem_euclid(quarter))
        .saturating_sub(minutes * MINUTE)
}

/// An instant so many minutes later.
pub(super) fn minutes_after(ms: i64, minutes: i64) -> i64 {
    ms.saturating_add(minutes * MINUTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_as_iso_8601() {
        for (ms, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (951_868_799_999, "2000-02-29T23:59:59Z"),
            (1_709_164_800_000, "2024-02-29T00:00:00Z"),
            (1_793_491_200_000, "2026-11-01T00:00:00Z"),
            (1_798_761_599_000, "2026-12-31T23:59:59Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(instant(ms), expected, "{ms}");
        }
    }

    #[test]
    fn days_of_the_week_are_found_on_either_side() {
        let sunday = Date::of(1_793_491_200_000);
        assert_eq!(sunday.weekday(), Weekday::Sunday);
        let rows = [
            ("2026-11-01", "2026-11-03", "2026-10-30"),
            ("2026-11-02", "2026-11-03", "2026-10-30"),
            ("2026-11-03", "2026-11-10", "2026-11-02"),
            ("2026-11-04", "2026-11-10", "2026-11-03"),
            ("2026-11-05", "2026-11-10", "2026-11-04"),
            ("2026-11-06", "2026-11-10", "2026-11-05"),
            ("2026-11-07", "2026-11-10", "2026-11-06"),
        ];
        for (ahead, (day, next, last_workday)) in (0..).zip(rows) {
            let date = sunday.plus(ahead);
            let seen = [
                date.to_string(),
                date.next(Weekday::Tuesday).to_string(),
                date.last_workday().to_string(),
            ];
            assert_eq!(seen, [day, next, last_workday]);
        }
    }

    #[test]
    fn a_clock_at_the_end_of_time_breaks_nothing() {
        for ms in [i64::MIN, i64::MIN + 1, i64::MAX] {
            let date = Date::of(ms);
            assert!(!instant(date.at(23, 59)).is_empty());
            assert!(!instant(quarter_before(ms, 60)).is_empty());
            assert!(!instant(minutes_after(ms, 60)).is_empty());
        }
    }
}
