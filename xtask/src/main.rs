//! The commands of the repository: `cargo xtask run`, `test` and the longer ones.
//!
//! It must not know what the app does, only how it is built, started and tested. The hazard: it
//! runs before anything else is known to work, so it says in sentences what is missing, and it
//! ends whatever it started.

mod bench;
mod clock;
mod console;
mod counts;
mod crash_points;
mod fuzz;
mod graph;
mod model;
mod mutants;
mod packages;
mod peers;
mod prerequisites;
mod process;
mod product;
mod report;
mod run;
mod signals;
mod soak;
mod steps;
mod test;
mod tools;
mod torture;
mod ui;
mod workspace;

use std::process::ExitCode;

use console::say;
use fuzz::Enough;
use soak::Soak;
use steps::Part;

const USAGE: &str = "\
Usage: cargo xtask <command>

  run [--until-ready]   build Keyfob and start it; with --until-ready end it
                        again as soon as its window has been painted
  test [--only <part>,…]
                        check and test everything, or only some parts:
                        ui, fmt, clippy, rust, stories, peers, graph
  fuzz [--seconds <n> | --executions <n> | --minimise] [--only <target>,…]
                        run each fuzz target for so long, a minute unless told,
                        or keep what earlier runs found and reaches more code
  model [--cases <n>]   run the model test over so many random lives, a
                        million unless told
  mutants               break redirect and answer parsing, the failure taxonomy
                        and the order of renewal, one place at a time, and see
                        whether a test turns red
  bench                 measure what a user waits for, beside a bare window
  crash-points          die, or fail, at every step of connecting, renewing and
                        revoking, and look at what is left
  torture [--kills <n>]
                        kill agents at random moments of their renewals, a
                        thousand times unless told, and look at what is left
  soak --scenario away [--minutes <n>]
                        live through an hour, or so many minutes, with 20
                        connections, a provider that is switched off for a
                        while and a keychain that is locked once
  soak --scenario busy [--minutes <n>]
                        as long with 50 connections and tokens of 5 s, and see
                        that memory and descriptors stay as they are

All but fuzz, model and mutants look first for what they need. On Debian and Ubuntu they install what is
missing, after saying so; elsewhere they name it and stop.";

/// What the words of the command line ask for.
#[derive(Debug, PartialEq, Eq)]
enum Task {
    Run { until_ready: bool },
    Test { only: Vec<Part> },
    Fuzz { enough: Enough, only: Vec<String> },
    Model { cases: u32 },
    Mutants,
    Bench,
    CrashPoints,
    Torture { kills: u32 },
    Soak(Soak),
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match parse(&words) {
        Err(complaint) => {
            if let Some(complaint) = complaint {
                say(&complaint);
            }
            say(USAGE);
            return ExitCode::from(2);
        }
        Ok(Task::Run { until_ready }) => run::run(until_ready),
        Ok(Task::Test { only }) => test::test(&only),
        Ok(Task::Fuzz { enough, only }) => fuzz::fuzz(enough, &only),
        Ok(Task::Model { cases }) => model::model(cases),
        Ok(Task::Mutants) => mutants::mutants(),
        Ok(Task::Bench) => bench::bench(),
        Ok(Task::CrashPoints) => crash_points::crash_points(),
        Ok(Task::Torture { kills }) => torture::torture(kills),
        Ok(Task::Soak(soak)) => soak::soak(&soak),
    };
    outcome.unwrap_or_else(|error| {
        say(&format!("{error:#}"));
        ExitCode::FAILURE
    })
}

/// Errs with the complaint to print above the usage, if there is one.
fn parse(words: &[String]) -> Result<Task, Option<String>> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => Err(None),
        ["run"] => Ok(Task::Run { until_ready: false }),
        ["run", "--until-ready"] => Ok(Task::Run { until_ready: true }),
        ["mutants"] => Ok(Task::Mutants),
        ["bench"] => Ok(Task::Bench),
        ["crash-points"] => Ok(Task::CrashPoints),
        ["torture"] => Ok(Task::Torture { kills: 1_000 }),
        ["torture", "--kills", kills] => Ok(Task::Torture {
            kills: number(kills)?,
        }),
        ["soak", words @ ..] => Soak::parse(words).map(Task::Soak).map_err(Some),
        ["test"] => Ok(Task::Test { only: Vec::new() }),
        ["test", "--only", names] => names
            .split(',')
            .map(|name| {
                Part::named(name).ok_or_else(|| Some(format!("There is no part {name:?}.")))
            })
            .collect::<Result<_, _>>()
            .map(|only| Task::Test { only }),
        ["fuzz", options @ ..] => fuzz_options(options),
        ["model"] => Ok(Task::Model { cases: 1_000_000 }),
        ["model", "--cases", cases] => Ok(Task::Model {
            cases: number(cases)?,
        }),
        unknown => Err(Some(format!("Not understood: {}", unknown.join(" ")))),
    }
}

fn fuzz_options(mut options: &[&str]) -> Result<Task, Option<String>> {
    let (mut enough, mut only) = (Enough::Seconds(60), Vec::new());
    if let ["--minimise", rest @ ..] = options {
        (enough, options) = (Enough::Minimised, rest);
    }
    while let [name, value, rest @ ..] = options {
        match *name {
            "--seconds" => enough = Enough::Seconds(number(value)?),
            "--executions" => enough = Enough::Executions(number(value)?),
            "--only" => only = value.split(',').map(str::to_owned).collect(),
            _ => break,
        }
        options = rest;
    }
    match options {
        [] => Ok(Task::Fuzz { enough, only }),
        unknown => Err(Some(format!("Not understood: {}", unknown.join(" ")))),
    }
}

fn number(text: &str) -> Result<u32, Option<String>> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| Some(format!("{text:?} isn't a number above nought.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Task, Option<String>> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(&words)
    }

    #[test]
    fn the_known_words_are_understood() {
        for (line, task) in [
            ("run", Task::Run { until_ready: false }),
            ("run --until-ready", Task::Run { until_ready: true }),
            ("mutants", Task::Mutants),
            ("bench", Task::Bench),
            ("crash-points", Task::CrashPoints),
            ("torture", Task::Torture { kills: 1_000 }),
            ("torture --kills 40", Task::Torture { kills: 40 }),
            ("model", Task::Model { cases: 1_000_000 }),
            ("model --cases 7", Task::Model { cases: 7 }),
            (
                "fuzz",
                Task::Fuzz {
                    enough: Enough::Seconds(60),
                    only: vec![],
                },
            ),
            (
                "fuzz --only callback,times --executions 9",
                Task::Fuzz {
                    enough: Enough::Executions(9),
                    only: vec!["callback".to_owned(), "times".to_owned()],
                },
            ),
            (
                "fuzz --minimise --only callback",
                Task::Fuzz {
                    enough: Enough::Minimised,
                    only: vec!["callback".to_owned()],
                },
            ),
            ("test", Task::Test { only: vec![] }),
            (
                "test --only ui,graph",
                Task::Test {
                    only: vec![Part::Ui, Part::Graph],
                },
            ),
        ] {
            assert_eq!(parsed(line), Ok(task), "{line}");
        }
    }

    #[test]
    fn anything_else_gets_the_usage() {
        assert_eq!(parsed(""), Err(None));
        for line in [
            "walk",
            "run fast",
            "test --only",
            "test --only ui,moon",
            "fuzz --seconds",
            "fuzz --seconds 0",
            "fuzz fast",
            "model --cases many",
            "torture --kills 0",
            "torture 5",
            "soak",
        ] {
            assert!(matches!(parsed(line), Err(Some(_))), "{line}");
        }
    }
}
