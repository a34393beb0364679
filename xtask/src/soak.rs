//! `cargo xtask soak`: builds the release, and lets it live through a long time.

use anyhow::{Context as _, Result};
use std::process::ExitCode;

use crate::{
    prerequisites::{Purpose, ensure_all},
    process::exit_code,
    run::make_ui,
    workspace::cargo,
};

/// How long a run takes unless it is said.
const USUAL_MINUTES: u32 = 60;

/// A run in which everything happens.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Soak {
    scenario: Scenario,
    minutes: u32,
}

/// What happens in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scenario {
    /// The provider is switched off, the keychain is locked, and nobody is there.
    Away,
    /// Many connections are renewed all the time, and what that takes of the machine stays the same.
    Busy,
}

impl Scenario {
    const ALL: [Self; 2] = [Self::Away, Self::Busy];

    fn name(self) -> &'static str {
        match self {
            Self::Away => "away",
            Self::Busy => "busy",
        }
    }

    /// The shortest run in which its troubles still come one after the other, or in which there is a
    /// beginning and an end to compare.
    fn shortest(self) -> u32 {
        match self {
            Self::Away => 4,
            Self::Busy => 2,
        }
    }
}

impl Soak {
    /// Reads the words after `soak`.
    ///
    /// # Errors
    /// With a complaint to print above the usage.
    pub(crate) fn parse(words: &[&str]) -> Result<Self, String> {
        let (mut scenario, mut minutes) = (None, USUAL_MINUTES);
        for pair in words.chunks(2) {
            match pair {
                ["--scenario", name] => scenario = Some(scenario_named(name)?),
                ["--minutes", number] => {
                    minutes = number
                        .parse()
                        .map_err(|_| format!("{number:?} is no number of minutes."))?;
                }
                unknown => return Err(format!("Not understood: soak … {}", unknown.join(" "))),
            }
        }
        let scenario = scenario.ok_or_else(|| format!("Which scenario? {}", known()))?;
        let shortest = scenario.shortest();
        if minutes < shortest {
            let name = scenario.name();
            return Err(format!(
                "The scenario {name} takes {shortest} minutes at least."
            ));
        }
        Ok(Self { scenario, minutes })
    }
}

fn scenario_named(name: &str) -> Result<Scenario, String> {
    let mut all = Scenario::ALL.into_iter();
    all.find(|scenario| scenario.name() == name)
        .ok_or_else(|| format!("There is no scenario {name:?}. {}", known()))
}

fn known() -> String {
    format!(
        "There is: {}.",
        Scenario::ALL.map(Scenario::name).join(", ")
    )
}

/// Builds and runs it. Returns its exit code.
pub(crate) fn soak(soak: &Soak) -> Result<ExitCode> {
    ensure_all(Purpose::Test)?;
    let words: &[&str] = match soak.scenario {
        Scenario::Away => {
            make_ui()?;
            &[
                "keyfob-desktop",
                "--bench",
                "soak",
                "--",
                "--scenario",
                "away",
            ]
        }
        // It is about the agent, which has no window.
        Scenario::Busy => &["keyfob-agent", "--bench", "busy", "--"],
    };
    let status = cargo()
        .args(["bench", "-p"])
        .args(words)
        .args(["--minutes", &soak.minutes.to_string()])
        .status()
        .context("cargo can't be started")?;
    Ok(ExitCode::from(exit_code(status)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Soak, String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        Soak::parse(&words)
    }

    #[test]
    fn an_hour_is_the_usual_run() {
        for (line, scenario, minutes) in [
            ("--scenario away", Scenario::Away, 60),
            ("--scenario away --minutes 6", Scenario::Away, 6),
            ("--minutes 90 --scenario away", Scenario::Away, 90),
            ("--scenario busy", Scenario::Busy, 60),
            ("--scenario busy --minutes 2", Scenario::Busy, 2),
        ] {
            assert_eq!(parsed(line), Ok(Soak { scenario, minutes }), "{line}");
        }
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (line, complaint) in [
            ("", "Which scenario? There is: away, busy."),
            ("--minutes 6", "Which scenario?"),
            ("--scenario", "soak … --scenario"),
            (
                "--scenario crowd",
                "no scenario \"crowd\". There is: away, busy.",
            ),
            ("--scenario away --minutes 3", "4 minutes at least"),
            ("--scenario busy --minutes 1", "2 minutes at least"),
            ("--scenario away --minutes long", "\"long\" is no number"),
            ("--scenario away --hours 1", "soak … --hours 1"),
        ] {
            let said = parsed(line).unwrap_err();
            assert!(said.contains(complaint), "{line}: {said}");
        }
    }
}
