//! The line that renewals stand in: at most 32 are under way at once, and 4 at one token endpoint
//! (SECURITY 64).
//!
//! Who is asked for comes first, the user before a program before the timer; among equals the
//! order is random, so that after a long night no provider sees the same one first every time.

use crate::ports::Random;
use crate::random::bytes;
use keyfob_domain::connection::Wanted;
use keyfob_domain::id::{ConnectionId, Epoch};
use url::Url;

/// Renewals under way at once.
pub(super) const MOST: usize = 32;
/// Renewals under way at once at one token endpoint.
pub(super) const MOST_PER_ENDPOINT: usize = 4;

/// Who waits for a renewal, the most impatient first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    User,
    Tool,
    Timer,
}

impl From<Wanted> for Rank {
    fn from(wanted: Wanted) -> Self {
        match wanted {
            Wanted::ByUser | Wanted::ByChange => Self::User,
            Wanted::ByTool | Wanted::ByRejection { .. } => Self::Tool,
            Wanted::ByTimer => Self::Timer,
        }
    }
}

/// A renewal that waits, or is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) id: ConnectionId,
    pub(super) epoch: Epoch,
    pub(super) endpoint: Url,
    pub(super) rank: Rank,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Line {
    waiting: Vec<Place>,
    under_way: Vec<Place>,
}

impl Line {
    /// Takes a place; a connection has one at most, that of its present epoch.
    pub(super) fn join(&mut self, place: Place) {
        self.waiting.retain(|waiting| waiting.id != place.id);
        self.waiting.push(place);
    }

    /// Somebody more impatient waits for the same renewal.
    pub(super) fn prefer(&mut self, id: ConnectionId, rank: Rank) {
        for place in self.waiting.iter_mut().filter(|place| place.id == id) {
            place.rank = place.rank.min(rank);
        }
    }

    /// Lets the next one go that may, as far as the limits and `may_start` allow; it is under way
    /// until [`Line::done`].
    pub(super) fn next(
        &mut self,
        random: &dyn Random,
        may_start: impl Fn(&Url) -> bool,
    ) -> Option<Place> {
        if self.under_way.len() >= MOST {
            return None;
        }
        let has_room = |endpoint: &Url| {
            let same = self.under_way.iter();
            same.filter(|place| place.endpoint == *endpoint).count() < MOST_PER_ENDPOINT
        };
        let able: Vec<usize> = (0..self.waiting.len())
            .filter(|&index| {
                let endpoint = &self.waiting[index].endpoint;
                may_start(endpoint) && has_room(endpoint)
            })
            .collect();
        let first = able.iter().map(|&index| self.waiting[index].rank).min()?;
        let equals: Vec<usize> = able
            .into_iter()
            .filter(|&index| self.waiting[index].rank == first)
            .collect();
        let place = self
            .waiting
            .remove(equals[drawn_below(equals.len(), random)]);
        self.under_way.push(place.clone());
        Some(place)
    }

    /// Gives back what a renewal of this epoch took.
    pub(super) fn done(&mut self, id: ConnectionId, epoch: Epoch) {
        let is_it = |place: &Place| place.id == id && place.epoch == epoch;
        self.under_way.retain(|place| !is_it(place));
    }

    /// Takes those out of the line, and gives them, that `which` names.
    pub(super) fn withdraw(&mut self, which: impl Fn(&Url) -> bool) -> Vec<Place> {
        let (withdrawn, kept) = self
            .waiting
            .drain(..)
            .partition(|place| which(&place.endpoint));
        self.waiting = kept;
        withdrawn
    }
}

/// Draws a number below `count`, which is at least 1.
fn drawn_below(count: usize, random: &dyn Random) -> usize {
    if count < 2 {
        return 0;
    }
    let drawn = u64::from(u32::from_le_bytes(bytes(random)));
    // A line of millions would be drawn a little unevenly.
    usize::try_from((drawn * count as u64) >> 32).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::CountingRandom;
    use keyfob_domain::time::Timestamp;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn id(number: u8) -> ConnectionId {
        ConnectionId::new(Timestamp::from_millis(1), [number; 10])
    }

    fn place(number: u8, endpoint: u8, rank: Rank) -> Place {
        Place {
            id: id(number),
            epoch: Epoch::FIRST,
            endpoint: Url::parse(&format!("https://p{endpoint}.example/token")).unwrap(),
            rank,
        }
    }

    fn rank(number: u8) -> Rank {
        [Rank::User, Rank::Tool, Rank::Timer][usize::from(number % 3)]
    }

    proptest! {
        #[test]
        fn security_64_the_limits_hold_and_everyone_gets_a_turn(
            places in proptest::collection::vec((0u8..12, any::<u8>()), 1..120),
            ends in proptest::collection::vec(any::<prop::sample::Index>(), 400),
        ) {
            let random = CountingRandom::default();
            let mut line = Line::default();
            let mut arrivals = places.iter().enumerate();
            let mut under_way: Vec<Place> = Vec::new();
            let mut served = HashSet::new();
            for end in ends {
                // Two arrive for each that ends, until nobody is left to arrive.
                for (number, (endpoint, ranked)) in arrivals.by_ref().take(2) {
                    line.join(place(u8::try_from(number).unwrap(), *endpoint, rank(*ranked)));
                }
                while let Some(next) = line.next(&random, |_| true) {
                    prop_assert!(served.insert(next.id), "{next:?} went twice");
                    under_way.push(next);
                    prop_assert!(under_way.len() <= MOST, "{} at once", under_way.len());
                    for place in &under_way {
                        let same = under_way.iter().filter(|other| other.endpoint == place.endpoint);
                        prop_assert!(same.count() <= MOST_PER_ENDPOINT, "{}", place.endpoint);
                    }
                }
                if !under_way.is_empty() {
                    let ended = under_way.swap_remove(end.index(under_way.len()));
                    line.done(ended.id, ended.epoch);
                }
            }
            prop_assert_eq!(served.len(), places.len(), "somebody never went");
        }
    }

    #[test]
    fn security_64_the_limits_are_reached() {
        let random = CountingRandom::default();
        let mut line = Line::default();
        for number in 0..100 {
            line.join(place(number, number % 20, Rank::Timer));
        }
        let started = std::iter::from_fn(|| line.next(&random, |_| true)).count();
        assert_eq!(started, 32);

        let mut line = Line::default();
        for number in 0..100 {
            line.join(place(number, 1, Rank::Timer));
        }
        let started = std::iter::from_fn(|| line.next(&random, |_| true)).count();
        assert_eq!(started, 4);
    }

    #[test]
    fn security_64_the_order_is_drawn() {
        let random = CountingRandom::default();
        let orders: HashSet<Vec<ConnectionId>> = (0..8)
            .map(|_| {
                let mut line = Line::default();
                for number in 0..20 {
                    line.join(place(number, number, Rank::Timer));
                }
                std::iter::from_fn(|| line.next(&random, |_| true))
                    .map(|place| place.id)
                    .collect()
            })
            .collect();
        assert_eq!(orders.len(), 8, "eight nights, eight orders");
    }

    #[test]
    fn the_user_goes_before_a_program_and_a_program_before_the_timer() {
        let random = CountingRandom::default();
        let mut line = Line::default();
        for number in 0..50 {
            line.join(place(number, 1, Rank::Timer));
        }
        line.join(place(60, 1, Rank::Tool));
        line.join(place(61, 1, Rank::User));
        line.prefer(id(7), Rank::User);
        line.prefer(id(7), Rank::Timer);
        let first: Vec<_> = std::iter::from_fn(|| line.next(&random, |_| true)).collect();
        let ids: HashSet<_> = first[..2].iter().map(|place| place.id).collect();
        assert_eq!(ids, HashSet::from([id(7), id(61)]));
        assert_eq!(first[2].id, id(60));
        assert_eq!(first.len(), 4);
        line.join(place(62, 1, Rank::User));
        assert_eq!(
            line.next(&random, |_| true),
            None,
            "not even the user passes the limit"
        );
        line.done(id(60), Epoch::FIRST);
        assert_eq!(line.next(&random, |_| true).unwrap().id, id(62));
    }

    #[test]
    fn a_newer_life_takes_the_place_of_the_older_and_leaves_its_room() {
        let random = CountingRandom::default();
        let mut line = Line::default();
        let old = place(1, 1, Rank::Timer);
        let new = Place {
            epoch: Epoch::FIRST.next(),
            ..old.clone()
        };
        line.join(old.clone());
        line.join(new.clone());
        assert_eq!(line.next(&random, |_| true), Some(new.clone()));
        assert_eq!(line.next(&random, |_| true), None);
        line.done(old.id, old.epoch);
        assert_eq!(line.under_way, [new]);
    }

    #[test]
    fn who_may_not_start_waits_without_holding_up_the_others() {
        let random = CountingRandom::default();
        let mut line = Line::default();
        line.join(place(1, 1, Rank::User));
        line.join(place(2, 2, Rank::Timer));
        let second = |endpoint: &Url| endpoint.host_str() == Some("p2.example");
        assert_eq!(line.next(&random, second).unwrap().id, id(2));
        assert_eq!(line.next(&random, second), None);
        let withdrawn = line.withdraw(|endpoint| !second(endpoint));
        assert_eq!(withdrawn, [place(1, 1, Rank::User)]);
        assert_eq!(line.next(&random, |_| true), None);
    }
}
