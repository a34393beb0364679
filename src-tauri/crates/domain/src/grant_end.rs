//! When a grant ends unless something is done: how long its refresh token is good for, where
//! that is known.
//!
//! Some providers let a refresh token lie unused for so long only, and each renewal moves the end
//! on; others end every sign-in after so long, whatever happens. Which of the two it is shows at
//! the next renewal. What is told is never taken as proof: only the provider ends a grant.

use crate::refresh::{Draw, due_at};
use crate::time::Timestamp;
use crate::token::TokenAnswer;
use std::time::Duration;

/// An end that moves by less than this hasn't moved: seconds are rounded, and requests take time.
const JITTER: Duration = Duration::from_secs(60);
/// Nobody needs to be warned earlier than this.
const LONGEST_WARNING: Duration = Duration::from_secs(7 * 24 * 3600);

/// The known end of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantEnd {
    /// The end.
    pub at: Timestamp,
    /// When the answer was asked for that first told of this end.
    pub told_at: Timestamp,
}

impl GrantEnd {
    /// Gives the end after an answer: as the answer tells, else as long as the provider is known to
    /// leave a refresh token unused, else what was known before of a refresh token that is kept.
    #[must_use]
    pub fn after(
        answer: &TokenAnswer,
        inactivity: Option<Duration>,
        before: Option<Self>,
        requested_at: Timestamp,
    ) -> Option<Self> {
        let Some(lifetime) = answer.refresh_lifetime.or(inactivity) else {
            return before.filter(|_| answer.refresh_token.is_none());
        };
        let end = Self {
            at: requested_at.after(lifetime),
            told_at: requested_at,
        };
        match before {
            Some(before) if end.at <= before.at.after(before.jitter()) => Some(Self {
                at: end.at.min(before.at),
                told_at: before.told_at,
            }),
            Some(_) | None => Some(end),
        }
    }

    /// Tells whether the last answer, asked for at `obtained_at`, left the end where it was: then only a
    /// new sign-in moves it.
    #[must_use]
    pub fn is_fixed(self, obtained_at: Timestamp) -> bool {
        self.told_at < obtained_at
    }

    /// Gives when a renewal has to keep the grant alive; `None` where renewals don't move its end.
    #[must_use]
    pub fn keep_alive_at(self, obtained_at: Timestamp, draw: Draw) -> Option<Timestamp> {
        (!self.is_fixed(obtained_at)).then(|| due_at(obtained_at, self.at.since(obtained_at), draw))
    }

    /// Gives the time from which the user is warned: a tenth of the grant's life before its end, a
    /// week at most.
    #[must_use]
    pub fn warns_from(self) -> Timestamp {
        let life = self.at.since(self.told_at);
        self.at.before((life / 10).min(LONGEST_WARNING))
    }

    /// Moves it back by what the wall clock was.
    pub(crate) fn before(self, by: Duration) -> Self {
        Self {
            at: self.at.before(by),
            told_at: self.told_at.before(by),
        }
    }

    fn jitter(self) -> Duration {
        JITTER.min(self.at.since(self.told_at) / 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::{AccessToken, RefreshToken};
    use proptest::prelude::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);
    const HOUR: Duration = Duration::from_secs(3600);

    fn at(after: Duration) -> Timestamp {
        Timestamp::from_millis(1_780_000_000_000).after(after)
    }

    fn answer(refresh_lifetime: Option<Duration>, new_refresh_token: bool) -> TokenAnswer {
        let refresh_token = new_refresh_token.then(|| RefreshToken::new("r".to_owned()));
        TokenAnswer {
            access_token: AccessToken::new("a".to_owned()),
            refresh_token,
            id_token: None,
            lifetime: Some(HOUR),
            refresh_lifetime,
            scopes: None,
        }
    }

    fn end(told_at: Duration, life: Duration) -> GrantEnd {
        GrantEnd {
            at: at(told_at + life),
            told_at: at(told_at),
        }
    }

    #[test]
    fn an_answer_tells_or_the_provider_is_known_or_the_kept_token_ends_as_before() {
        let zero = Duration::ZERO;
        let known = Some(end(zero, 30 * DAY));
        // What it is, what the answer tells, a new refresh token, what is known of the provider,
        // what was known before; then what is known after an answer asked for after ten days.
        type Row = (
            &'static str,
            Option<Duration>,
            bool,
            Option<Duration>,
            Option<GrantEnd>,
            Option<GrantEnd>,
        );
        let rows: [Row; 10] = [
            ("nobody says anything", None, true, None, None, None),
            (
                "the answer tells",
                Some(DAY),
                true,
                None,
                None,
                Some(end(10 * DAY, DAY)),
            ),
            (
                "the answer knows better than the file",
                Some(DAY),
                true,
                Some(30 * DAY),
                None,
                Some(end(10 * DAY, DAY)),
            ),
            (
                "30 days of inactivity: a renewal begins them anew, without a new refresh token",
                None,
                false,
                Some(30 * DAY),
                known,
                Some(end(10 * DAY, 30 * DAY)),
            ),
            (
                "the old refresh token is kept",
                None,
                false,
                None,
                known,
                known,
            ),
            (
                "a new one of which nothing is known",
                None,
                true,
                None,
                known,
                None,
            ),
            (
                "an end that stays",
                Some(20 * DAY),
                true,
                None,
                known,
                known,
            ),
            (
                "an end that stays, told a few seconds later",
                Some(20 * DAY + Duration::from_secs(5)),
                true,
                None,
                known,
                known,
            ),
            (
                "an end that stays, rounded down",
                Some(20 * DAY - Duration::from_secs(1)),
                true,
                None,
                known,
                Some(GrantEnd {
                    at: at(30 * DAY - Duration::from_secs(1)),
                    told_at: at(zero),
                }),
            ),
            (
                "an end that comes nearer",
                Some(DAY),
                true,
                None,
                known,
                Some(GrantEnd {
                    at: at(11 * DAY),
                    told_at: at(zero),
                }),
            ),
        ];
        for (row, told, new, inactivity, before, expected) in rows {
            let after = GrantEnd::after(&answer(told, new), inactivity, before, at(10 * DAY));
            assert_eq!(after, expected, "{row}");
        }
    }

    #[test]
    fn an_end_that_moves_is_kept_moving_and_one_that_does_not_is_left_alone() {
        let first = end(Duration::ZERO, 10 * DAY);
        let due = first.keep_alive_at(at(Duration::ZERO), Draw::from_bits(0));
        assert_eq!(due, Some(at(6 * DAY)));

        let moved = GrantEnd::after(
            &answer(Some(10 * DAY), true),
            None,
            Some(first),
            at(6 * DAY),
        );
        let moved = moved.unwrap();
        assert!(!moved.is_fixed(at(6 * DAY)));
        assert_eq!(
            moved.keep_alive_at(at(6 * DAY), Draw::from_bits(0)),
            Some(at(12 * DAY))
        );

        let stayed = GrantEnd::after(&answer(Some(4 * DAY), true), None, Some(first), at(6 * DAY));
        let stayed = stayed.unwrap();
        assert!(stayed.is_fixed(at(6 * DAY)));
        assert_eq!(stayed.keep_alive_at(at(6 * DAY), Draw::from_bits(0)), None);
    }

    #[test]
    fn small_steps_add_up_to_an_end_that_moves() {
        let life = 30 * 60 * Duration::from_secs(1);
        let step = Duration::from_secs(20);
        let (mut known, mut moves) = (Some(end(Duration::ZERO, life)), 0);
        for number in 1..=12 {
            let requested_at = at(step * number);
            known = GrantEnd::after(&answer(Some(life), true), None, known, requested_at);
            moves += u32::from(known.is_some_and(|end| end.told_at == requested_at));
        }
        assert_eq!(moves, 3);
    }

    #[test]
    fn the_warning_comes_days_ahead_where_the_life_has_days() {
        let minute = Duration::from_secs(60);
        for (row, life, ahead) in [
            ("Mavio's 30 days", 30 * DAY, 3 * DAY),
            ("a year", 365 * DAY, 7 * DAY),
            ("a day", DAY, 144 * minute),
            ("half an hour", 30 * minute, 3 * minute),
        ] {
            let end = end(Duration::ZERO, life);
            assert_eq!(end.warns_from(), end.at.before(ahead), "{row}");
        }
    }

    proptest! {
        #[test]
        fn no_lifetime_makes_an_end_overflow_or_come_before_it_was_told(
            lives in proptest::collection::vec((proptest::option::of(any::<u64>()), any::<bool>(), 0u64..1_000_000), 1..20),
            inactivity in proptest::option::of(any::<u64>()),
        ) {
            let inactivity = inactivity.map(Duration::from_secs);
            let (mut known, mut now) = (None::<GrantEnd>, at(Duration::ZERO));
            for (told, new, passed) in lives {
                now = now.after(Duration::from_secs(passed));
                known = GrantEnd::after(&answer(told.map(Duration::from_secs), new), inactivity, known, now);
                if let Some(end) = known {
                    prop_assert!(end.told_at <= now);
                    prop_assert!(end.warns_from() <= end.at);
                    let keeps = end.keep_alive_at(now, Draw::from_bits(0));
                    prop_assert_eq!(keeps.is_none(), end.is_fixed(now));
                }
            }
        }
    }
}
