//! What came of a run: figures to keep, a report to read, and one line that says whether it passed.

use crate::accounts::{COUNT, Outcome};
use crate::shown::Disturbances;
use crate::watch::clock;
use anyhow::Result;
use keyfob_test_support::figures::record;
use std::process::ExitCode;
use std::time::Duration;

/// What was seen of the two troubles of a run.
pub(crate) struct Troubles {
    /// Renewals that failed while the sandbox was off.
    pub(crate) failures: usize,
    /// How long after it was on again each account had been renewed; `None` if not before the lock.
    pub(crate) back_after: Option<Duration>,
    /// Accounts that waited for the keychain when it was unlocked.
    pub(crate) held_up: usize,
    /// How long after the unlocking each account had been renewed; `None` if not before the end.
    pub(crate) unlocked_after: Option<Duration>,
}

impl Troubles {
    /// Whether both were in the way of a renewal.
    fn felt(&self) -> bool {
        self.failures > 0 && self.held_up > 0
    }
}

/// See the module.
pub(crate) struct Verdict {
    pub(crate) minutes: u32,
    pub(crate) renewals: u64,
    pub(crate) troubles: Troubles,
    pub(crate) outcome: Outcome,
    pub(crate) shown: Disturbances,
}

impl Verdict {
    /// Leaves the figures where `cargo xtask test` finds them.
    pub(crate) fn keep(&self) -> Result<()> {
        let command = format!(
            "cargo xtask soak --scenario away --minutes {}",
            self.minutes
        );
        let (outcome, troubles) = (&self.outcome, &self.troubles);
        let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
        for (name, value, unit) in [
            ("connected", Some(outcome.connected as f64), "connections"),
            ("lost", Some(outcome.lost.len() as f64), "connections"),
            ("prompts", Some(self.shown.total() as f64), "prompts"),
            ("renewals", Some(self.renewals as f64), "renewals"),
            ("failed-tries", Some(troubles.failures as f64), "renewals"),
            ("back-after-outage", seconds(troubles.back_after), "s"),
            ("back-after-lock", seconds(troubles.unlocked_after), "s"),
        ] {
            if let Some(value) = value {
                record(&format!("soak-away-{name}"), value, unit, &command)?;
            }
        }
        Ok(())
    }

    /// Prints it, the verdict in the last line, and gives the exit code that goes with it.
    pub(crate) fn print(&self) -> ExitCode {
        let (outcome, troubles, shown) = (&self.outcome, &self.troubles, self.shown);
        println!("renewals: {}", self.renewals);
        println!(
            "sandbox off: {} tries failed; {}",
            troubles.failures,
            renewed(troubles.back_after)
        );
        println!(
            "keychain locked: {} accounts waited; {}",
            troubles.held_up,
            renewed(troubles.unlocked_after)
        );
        println!(
            "shown: keychain prompts {}, new windows {}, web pages {}",
            shown.prompts, shown.windows, shown.addresses
        );
        for why in &outcome.lost {
            println!("lost: {why}");
        }
        for why in &outcome.doubtful {
            println!("not proven: {why}");
        }
        if !troubles.felt() {
            println!("not both troubles were felt, so this run proves nothing");
        }
        let (connected, lost, prompts) = (outcome.connected, outcome.lost.len(), shown.total());
        println!(
            "soak: away, {} min: {connected} connected, {lost} lost, {prompts} {} shown",
            self.minutes,
            if prompts == 1 { "prompt" } else { "prompts" }
        );
        if (connected, lost, prompts) == (COUNT, 0, 1) && troubles.felt() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

fn renewed(after: Option<Duration>) -> String {
    match after {
        Some(time) => format!("{} after its end each account was renewed", clock(time)),
        None => "not each account was renewed in time".to_owned(),
    }
}
