//! What came of a run: figures to keep, a report to read, and one line that says whether it passed.

use crate::busy::LIFE;
use crate::crowd::COUNT;
use anyhow::Result;
use keyfob_test_support::figures::record;
use keyfob_test_support::footprint::Footprint;
use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::time::Duration;

/// How much more memory there may be at the end, in parts of a hundred.
const GROWTH: f64 = 10.0;

/// How many more descriptors, and threads, there may be at once at the end: the connections that are
/// held to one token endpoint (SECURITY 64) and the threads for blocking calls come and go. A
/// descriptor for each renewal would be a thousand in two minutes.
const MORE_AT_ONCE: u64 = 4;

/// SECURITY 58: a renewal is not due before this part of a token's life.
const EARLIEST: f64 = 0.6;

/// What is asked of a run beside the limits above.
pub(crate) struct Limits {
    /// How often each connection has to be renewed, per life of a token.
    pub(crate) renewals_per_life: f64,
    /// Whether an API call may be refused for the moment.
    pub(crate) refusals: bool,
}

impl Limits {
    /// With the machine to itself no token ends before its renewal, taken on the whole.
    pub(crate) const ALONE: Self = Self {
        renewals_per_life: 1.0,
        refusals: false,
    };
    /// Beside builds and other tests renewals are late, tokens of seconds end on their way into the
    /// keychain, and that says nothing of the agent; but there have to be some.
    pub(crate) const IN_COMPANY: Self = Self {
        renewals_per_life: 0.2,
        refusals: true,
    };
}

/// See the module.
pub(crate) struct Verdict {
    pub(crate) minutes: u32,
    pub(crate) limits: Limits,
    /// How long the time was in truth.
    pub(crate) elapsed: Duration,
    /// Of each connection in that time.
    pub(crate) renewals: Vec<u64>,
    pub(crate) failed_tries: usize,
    pub(crate) calls: usize,
    pub(crate) refused: Vec<String>,
    /// How many proved that they are connected.
    pub(crate) connected: usize,
    pub(crate) lost: BTreeMap<String, String>,
    pub(crate) faults: BTreeSet<String>,
    /// As soon as the agent had settled.
    pub(crate) first: Footprint,
    /// At the end.
    pub(crate) last: Footprint,
}

impl Verdict {
    /// Leaves the figures where `cargo xtask test` finds them.
    pub(crate) fn keep(&self, command: &str) -> Result<()> {
        let (first, last) = (self.first, self.last);
        for (name, value, unit) in [
            ("connected", self.connected as u64, "connections"),
            ("lost", self.lost.len() as u64, "connections"),
            ("renewals", self.renewals.iter().sum(), "renewals"),
            ("failed-tries", self.failed_tries as u64, "renewals"),
            ("refused", self.refused.len() as u64, "API calls"),
            ("memory-first", first.resident, "KiB"),
            ("memory-last", last.resident, "KiB"),
            ("private-memory-first", first.private, "KiB"),
            ("private-memory-last", last.private, "KiB"),
            ("descriptors-first", first.descriptors, "at once"),
            ("descriptors-last", last.descriptors, "at once"),
            ("threads-first", first.threads, "at once"),
            ("threads-last", last.threads, "at once"),
        ] {
            record(&format!("soak-busy-{name}"), value as f64, unit, command)?;
        }
        Ok(())
    }

    /// Prints it, the verdict in the last line, and gives the exit code that goes with it.
    pub(crate) fn print(&self) -> ExitCode {
        let (first, last) = (self.first, self.last);
        let (fewest, most) = self.renewals_of_one();
        println!(
            "renewals: {}, of each connection {fewest} to {most}; {} failed tries",
            self.renewals.iter().sum::<u64>(),
            self.failed_tries
        );
        println!("API calls: {}, {} refused", self.calls, self.refused.len());
        println!("at first: {first}");
        println!("at last:  {last}");
        for why in &self.refused {
            println!("refused: {why}");
        }
        for (id, why) in &self.lost {
            println!("lost: {id}: {why}");
        }
        let excesses = self.excesses();
        for why in self.faults.iter().chain(&excesses) {
            println!("wrong: {why}");
        }
        println!(
            "soak: busy, {} min: {} connected, {} lost, memory {:+.1} % (private {:+.1} %), \
             descriptors {} then {}",
            self.minutes,
            self.connected,
            self.lost.len(),
            growth(first.resident, last.resident),
            growth(first.private, last.private),
            first.descriptors,
            last.descriptors,
        );
        let all_there = self.connected == COUNT && self.lost.is_empty();
        if all_there && self.faults.is_empty() && excesses.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }

    /// Of the connection with the fewest and of the one with the most.
    fn renewals_of_one(&self) -> (u64, u64) {
        let (fewest, most) = (self.renewals.iter().min(), self.renewals.iter().max());
        (
            fewest.copied().unwrap_or_default(),
            most.copied().unwrap_or_default(),
        )
    }

    /// Each limit that was passed, in words.
    fn excesses(&self) -> Vec<String> {
        let mut excesses = Vec::new();
        let (first, last) = (self.first, self.last);
        for (what, first, last) in [
            ("memory", first.resident, last.resident),
            ("private memory", first.private, last.private),
        ] {
            let growth = growth(first, last);
            if growth > GROWTH {
                excesses.push(format!("the {what} has grown by {growth:.1} %"));
            }
        }
        for (what, first, last) in [
            ("descriptors", first.descriptors, last.descriptors),
            ("threads", first.threads, last.threads),
        ] {
            if last > first + MORE_AT_ONCE {
                excesses.push(format!("{first} {what} at first, {last} at last"));
            }
        }
        if !self.limits.refusals && !self.refused.is_empty() {
            excesses.push(format!("{} API calls were refused", self.refused.len()));
        }
        let lives = self.elapsed.as_secs_f64() / LIFE.as_secs_f64();
        let (fewest, most) = self.renewals_of_one();
        if (fewest as f64) < (lives * self.limits.renewals_per_life).floor() {
            excesses.push(format!("a connection was renewed {fewest} times only"));
        }
        // One may have been due at the very beginning.
        if most as f64 > (lives / EARLIEST).ceil() + 1.0 {
            excesses.push(format!("a connection was renewed {most} times"));
        }
        excesses
    }
}

/// How much more the second is, in parts of a hundred.
fn growth(first: u64, last: u64) -> f64 {
    (last as f64 / first as f64 - 1.0) * 100.0
}
