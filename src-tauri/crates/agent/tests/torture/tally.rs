//! What is aimed at, what came of it, and whether that is well.

use crate::durable::Step;
use keyfob_test_support::figures::record;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// These have to be hit often enough, or the run proves nothing.
const HARD: [Step; 3] = [Step::Post, Step::Answered, Step::Saved];
/// So many times the wanted kills, and a run that still misses a step gives up.
const PATIENCE: usize = 3;

/// When an agent is killed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Aim {
    /// Whatever it is doing.
    AnyTime,
    /// A while after its request has arrived.
    Seen,
    /// Within the first part of the time that it takes from the answer to the end of a renewal.
    Answered,
    /// Within the last part.
    Saved,
}

/// What is known so far.
pub(crate) struct Tally {
    wanted: usize,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    steps: BTreeMap<Step, usize>,
    corrupt: usize,
    false_connected: usize,
    lost_inside: usize,
    lost_outside: usize,
    wrong: Vec<String>,
}

impl Tally {
    /// For so many kills.
    pub(crate) fn new(wanted: usize) -> Self {
        Self {
            wanted,
            counts: Mutex::default(),
        }
    }

    /// Gives what to aim at next; nothing when it is enough.
    pub(crate) fn next_aim(&self) -> Option<Aim> {
        let counts = self.counts();
        let (kills, floor) = (counts.kills(), self.floor());
        let fewest = HARD.into_iter().min_by_key(|step| counts.of(*step));
        let missing = fewest.filter(|step| counts.of(*step) < floor);
        if kills >= PATIENCE * self.wanted || kills >= self.wanted && missing.is_none() {
            return None;
        }
        let all = [Aim::AnyTime, Aim::Seen, Aim::Answered, Aim::Saved];
        let by_chance = all[fastrand::usize(..all.len())];
        Some(match missing.filter(|_| fastrand::bool()) {
            Some(Step::Post) => Aim::Seen,
            Some(Step::Answered) => Aim::Answered,
            Some(Step::Saved) => Aim::Saved,
            Some(Step::Rest | Step::Intent) | None => by_chance,
        })
    }

    pub(crate) fn killed(&self, step: Step) {
        *self.counts().steps.entry(step).or_default() += 1;
    }

    pub(crate) fn corrupt(&self, why: String) {
        let mut counts = self.counts();
        counts.corrupt += 1;
        counts.wrong.push(format!("corrupt: {why}"));
    }

    pub(crate) fn false_connected(&self, why: String) {
        let mut counts = self.counts();
        counts.false_connected += 1;
        counts.wrong.push(format!("false connected: {why}"));
    }

    pub(crate) fn lost_inside(&self) {
        self.counts().lost_inside += 1;
    }

    pub(crate) fn lost_outside(&self, why: String) {
        let mut counts = self.counts();
        counts.lost_outside += 1;
        counts.wrong.push(format!("lost outside: {why}"));
    }

    /// Something else that must not be.
    pub(crate) fn wrong(&self, why: String) {
        self.counts().wrong.push(why);
    }

    /// Leaves the figures where `cargo xtask test` finds them.
    pub(crate) fn keep(&self) {
        let counts = self.counts();
        let command = format!("cargo xtask torture --kills {}", self.wanted);
        for (name, count, unit) in [
            ("kills", counts.kills(), "kills"),
            ("kills-at-rest", counts.of(Step::Rest), "kills"),
            ("kills-in-step-1", counts.of(Step::Intent), "kills"),
            ("kills-in-step-2", counts.of(Step::Post), "kills"),
            ("kills-in-step-3", counts.of(Step::Answered), "kills"),
            ("kills-in-step-4", counts.of(Step::Saved), "kills"),
            ("corrupt", counts.corrupt, "databases"),
            ("false-connected", counts.false_connected, "connections"),
            ("lost-inside", counts.lost_inside, "connections"),
            ("lost-outside", counts.lost_outside, "connections"),
        ] {
            let value = f64::from(u32::try_from(count).unwrap());
            record(&format!("torture-{name}"), value, unit, &command).unwrap();
        }
    }

    /// Gives everything that is not as it has to be; nothing when all is well.
    pub(crate) fn faults(&self) -> Vec<String> {
        let counts = self.counts();
        let floor = self.floor();
        let missed = HARD.into_iter().filter(|step| counts.of(*step) < floor);
        let missed = missed.map(|step| {
            let count = counts.of(step);
            format!("{count} kills in the step {step:?}, which proves nothing: {floor} are needed")
        });
        counts.wrong.iter().cloned().chain(missed).collect()
    }

    /// So many kills are needed in each of the steps that matter.
    fn floor(&self) -> usize {
        (self.wanted / 10).max(1)
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn of(&self, step: Step) -> usize {
        self.steps.get(&step).copied().unwrap_or_default()
    }

    fn kills(&self) -> usize {
        self.steps.values().sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.counts();
        write!(
            formatter,
            "torture: {} kills (at rest {}, ① {}, ② {}, ③ {}, ④ {}), {} corrupt, {} false connected, \
             {} lost inside the window, {} lost outside",
            counts.kills(),
            counts.of(Step::Rest),
            counts.of(Step::Intent),
            counts.of(Step::Post),
            counts.of(Step::Answered),
            counts.of(Step::Saved),
            counts.corrupt,
            counts.false_connected,
            counts.lost_inside,
            counts.lost_outside,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_goes_on_until_every_step_was_hit_and_is_well_only_then() {
        let tally = Tally::new(20);
        for step in [Step::Post, Step::Answered] {
            (0..10).for_each(|_| tally.killed(step));
        }
        assert!(tally.next_aim().is_some(), "nothing in the step ④");
        assert_eq!(tally.faults().len(), 1);
        (0..2).for_each(|_| tally.killed(Step::Saved));
        assert!(tally.next_aim().is_none());
        assert_eq!(tally.faults(), Vec::<String>::new());
        tally.lost_inside();
        assert_eq!(tally.faults(), Vec::<String>::new());
        assert_eq!(
            tally.to_string(),
            "torture: 22 kills (at rest 0, ① 0, ② 10, ③ 10, ④ 2), 0 corrupt, 0 false connected, \
             1 lost inside the window, 0 lost outside"
        );
    }

    #[test]
    fn a_run_that_never_hits_a_step_ends_and_is_not_well() {
        let tally = Tally::new(10);
        (0..29).for_each(|_| tally.killed(Step::Rest));
        assert!(tally.next_aim().is_some());
        tally.killed(Step::Rest);
        assert!(tally.next_aim().is_none());
        assert_eq!(tally.faults().len(), 3);
    }

    #[test]
    fn whatever_is_lost_or_wrong_is_a_fault() {
        type Way = fn(&Tally, String);
        let ways: [Way; 4] = [
            Tally::corrupt,
            Tally::false_connected,
            Tally::lost_outside,
            Tally::wrong,
        ];
        for way in ways {
            let tally = Tally::new(1);
            HARD.into_iter().for_each(|step| tally.killed(step));
            way(&tally, "it is so".to_owned());
            assert_eq!(tally.faults().len(), 1);
        }
    }
}
