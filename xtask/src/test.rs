//! `cargo xtask test`: runs the steps, shows one line each and writes the report.
//!
//! A step that fails doesn't stop the others. The hazards are a run that tests nothing and looks
//! green, and programs that survive it: the first fails, the second are ended.

use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
    process::{Command, ExitCode},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use crate::{
    clock::{Stopwatch, timestamp},
    console::say,
    counts::{Counts, failures_in_cargo_test, of_cargo_test, of_vitest},
    graph,
    prerequisites::{Purpose, ensure_all},
    process::{End, adopt_orphans, run_logged},
    report::{Report, StepReport, figures, revision},
    signals::Signals,
    steps::{Action, Counting, Part, Step, steps},
    workspace::{empty_dir, target_dir},
};

/// How long one step may take: a cold build on a slow machine and every test.
const STEP_LIMIT: Duration = Duration::from_secs(90 * 60);

/// How many lines of a log are shown when its step fails.
const TAIL: usize = 100;

/// How many lines about failed tests are shown.
const TAIL_OF_TESTS: usize = 400;

/// Runs all steps or those of some parts. Fails if any test failed or none was run.
pub(crate) fn test(only: &[Part]) -> Result<ExitCode> {
    ensure_all(Purpose::Test)?;
    let started_at = timestamp();
    let watch = Stopwatch::start();
    let signals = Signals::listen()?;
    adopt_orphans()?;
    let target = target_dir();
    let logs = target.join("test-logs");
    fs::create_dir_all(&logs).with_context(|| format!("{} can't be made", logs.display()))?;
    if only.is_empty() {
        for name in ["screens", "figures", "failed"] {
            empty_dir(&target.join(name))?;
        }
    }

    let mut reports = perform_all(steps(only)?, &logs, &signals)?;
    let figures = figures(&target.join("figures")).unwrap_or_else(|error| {
        let report = finish("figures", String::new(), 0.0, Counts::one(false));
        say(&format!("  {error:#}"));
        reports.push(report);
        serde_json::Map::new()
    });

    let Counts { passed, failed } = Report::counts(&reports);
    let (commit, dirty) = revision();
    Report {
        commit,
        dirty,
        started_at,
        seconds: rounded(watch.elapsed()),
        steps: reports,
        passed,
        failed,
        figures,
    }
    .write(&target.join("report.json"))?;
    say(&format!("{passed} passed, {failed} failed"));
    Ok(if failed == 0 && passed > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Runs the steps in their order, some of them beside the next ones. Errs only if the run can't go on.
fn perform_all(steps: Vec<Step>, logs: &Path, signals: &Signals) -> Result<Vec<StepReport>> {
    thread::scope(|scope| {
        let mut reports = Vec::new();
        let mut beside = Vec::new();
        let mut packages_missing = false;
        for step in steps {
            let name = step.name;
            if packages_missing && name.starts_with("ui-") {
                say(&format!("skipped {name}: it needs the packages of the UI"));
                continue;
            }
            if step.beside {
                beside.push(scope.spawn(move || perform(step, logs, signals)));
                continue;
            }
            let report = perform(step, logs, signals)?;
            packages_missing |= name == "ui-packages" && !report.ok;
            reports.push(report);
        }
        for step in beside {
            let Ok(report) = step.join() else {
                bail!("a step beside the others has panicked");
            };
            reports.push(report?);
        }
        Ok(reports)
    })
}

/// Runs one step and says how it went. Errs only if the run can't go on.
fn perform(step: Step, logs: &Path, signals: &Signals) -> Result<StepReport> {
    let watch = Stopwatch::start();
    let path = logs.join(format!("{}.log", step.name));
    let log = File::create(&path).with_context(|| format!("{} can't be made", path.display()))?;
    let (command, counts) = match step.action {
        Action::Program(command, counting) => {
            let line = line_of(&command);
            if let Counting::Vitest(report) = &counting {
                // One of an earlier run must not be counted.
                let _ = fs::remove_file(report);
            }
            let ok = run(command, &log, signals)?;
            (line, count(&counting, &path, ok))
        }
        Action::Product(product) => {
            let command = product.command();
            let line = line_of(&command);
            let ok = product.is_fresh() || run(command, &log, signals)?;
            if ok {
                product.stamp()?;
            }
            (line, Counts::one(ok))
        }
        Action::Graph => ("cargo tree".to_owned(), check_graph(&log)?),
    };
    let report = finish(step.name, command, rounded(watch.elapsed()), counts);
    if !report.ok {
        show_failure(&path);
    }
    Ok(report)
}

fn finish(name: &str, command: String, seconds: f64, counts: Counts) -> StepReport {
    let report = judged(name, command, seconds, counts);
    let verdict = if report.ok { "ok" } else { "FAILED" };
    let numbers = if counts.passed + counts.failed > 1 {
        format!("{} passed, {} failed", counts.passed, counts.failed)
    } else {
        String::new()
    };
    let line = format!("{verdict:<7} {name:<12} {seconds:>7.1} s  {numbers}");
    say(line.trim_end());
    report
}

fn judged(name: &str, command: String, seconds: f64, counts: Counts) -> StepReport {
    StepReport {
        name: name.to_owned(),
        command,
        ok: counts.failed == 0 && counts.passed > 0,
        seconds,
        passed: counts.passed,
        failed: counts.failed,
    }
}

/// Tells whether a program ended well; that it didn't is in the log.
fn run(command: Command, mut log: &File, signals: &Signals) -> Result<bool> {
    let end = run_logged(command, log, STEP_LIMIT, signals);
    match end {
        Ok(End::Exit(status)) if status.success() => return Ok(true),
        Ok(End::Exit(status)) => writeln!(log, "ended with {status}"),
        Ok(End::TooLong) => writeln!(log, "ended after {STEP_LIMIT:?}, which is too long"),
        Ok(End::Stopped(signal)) => bail!("Stopped by signal {}.", signal.as_raw()),
        Err(error) => writeln!(log, "{error:#}"),
    }
    .context("the log can't be written")?;
    Ok(false)
}

fn count(counting: &Counting, log: &Path, ok: bool) -> Counts {
    match counting {
        Counting::One => Counts::one(ok),
        Counting::CargoTest => of_cargo_test(&read(log)).at_least_one_failure_unless(ok),
        Counting::Vitest(report) => of_vitest(&read(report))
            .unwrap_or_default()
            .at_least_one_failure_unless(ok),
    }
}

fn check_graph(mut log: &File) -> Result<Counts> {
    let verdicts = match graph::check() {
        Ok(verdicts) => verdicts,
        Err(error) => {
            writeln!(log, "{error:#}").context("the log can't be written")?;
            return Ok(Counts::one(false));
        }
    };
    let mut counts = Counts::default();
    for verdict in verdicts {
        let ok = verdict.faults.is_empty();
        counts.passed += u64::from(ok);
        counts.failed += u64::from(!ok);
        let word = if ok { "kept  " } else { "BROKEN" };
        writeln!(log, "{word} {} {}", verdict.rule, verdict.faults.join(", "))
            .context("the log can't be written")?;
    }
    Ok(counts)
}

fn show_failure(path: &Path) {
    let log = read(path);
    let failures = failures_in_cargo_test(&log);
    let lines = if failures.is_empty() {
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(TAIL)..].to_vec()
    } else {
        failures.into_iter().take(TAIL_OF_TESTS).collect()
    };
    for line in lines {
        say(&format!("  | {line}"));
    }
    say(&format!("  all of it: {}", path.display()));
}

fn read(path: &Path) -> String {
    fs::read(path)
        .map(|text| String::from_utf8_lossy(&text).into_owned())
        .unwrap_or_default()
}

/// The command as one would type it.
fn line_of(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut words = vec![
        program
            .file_name()
            .unwrap_or(program.as_os_str())
            .to_string_lossy()
            .into_owned(),
    ];
    words.extend(
        command
            .get_args()
            .map(|argument| argument.to_string_lossy().into_owned()),
    );
    words.join(" ")
}

fn rounded(time: Duration) -> f64 {
    (time.as_secs_f64() * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};

    use super::*;

    /// Ending what is left over ends all descendants of this process, so one test at a time.
    static ALONE: Mutex<()> = Mutex::new(());

    #[test]
    fn a_step_that_counts_nothing_has_failed() {
        let report = judged("rust", String::new(), 1.0, Counts::default());
        assert!(!report.ok);
    }

    #[test]
    fn a_program_ends_with_what_it_left_behind() {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        adopt_orphans().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let log = File::create(&path).unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", "setsid sleep 600 & echo $!"]);

        let ok = run(shell, &log, &Signals::listen().unwrap()).unwrap();

        assert!(ok);
        let stray = read(&path);
        let state = fs::read_to_string(format!("/proc/{}/stat", stray.trim())).unwrap_or_default();
        assert_eq!(state, "", "the sleep is ended and reaped");
    }

    #[test]
    fn a_program_that_ends_leaves_the_one_beside_it_alone() {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        adopt_orphans().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let (ready, go) = (dir.path().join("ready"), dir.path().join("go"));
        let signals = Signals::listen().unwrap();
        let shell = |script: String| {
            let mut shell = Command::new("sh");
            shell.args(["-c", &script]);
            shell
        };
        let log = |name: &str| File::create(dir.path().join(name)).unwrap();
        let slow = format!(
            "touch '{}'; until [ -e '{}' ]; do sleep 0.05; done",
            ready.display(),
            go.display()
        );
        let quick = format!("until [ -e '{}' ]; do sleep 0.05; done", ready.display());

        let (beside, first) = thread::scope(|scope| {
            let beside = scope.spawn(|| run(shell(slow), &log("slow"), &signals));
            let first = run(shell(quick), &log("quick"), &signals);
            File::create(&go).unwrap();
            (beside.join().unwrap(), first)
        });

        assert!(first.unwrap(), "{}", read(&dir.path().join("quick")));
        assert!(beside.unwrap(), "{}", read(&dir.path().join("slow")));
    }

    #[test]
    fn the_log_says_how_a_program_failed() {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let log = File::create(&path).unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", "echo on purpose; exit 7"]);

        let ok = run(shell, &log, &Signals::listen().unwrap()).unwrap();

        assert!(!ok);
        assert_eq!(read(&path), "on purpose\nended with exit status: 7\n");
    }

    #[test]
    fn commands_are_shown_as_one_would_type_them() {
        let mut command = Command::new("/opt/toolchain/bin/cargo");
        command.args(["fmt", "--all"]);
        assert_eq!(line_of(&command), "cargo fmt --all");
    }
}
