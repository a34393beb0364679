//! Counts of tests, read out of what test programs print.
//!
//! The hazard is a run that counts nothing and looks green, so whoever asks treats nothing found
//! as a failure.

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// How many tests passed and failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Counts {
    /// Counts a step that is no test: it passes or fails as one.
    pub(crate) fn one(ok: bool) -> Self {
        Self {
            passed: u64::from(ok),
            failed: u64::from(!ok),
        }
    }

    /// Makes sure that a program that failed without naming a test counts as a failure.
    pub(crate) fn at_least_one_failure_unless(self, ok: bool) -> Self {
        Self {
            failed: if ok { self.failed } else { self.failed.max(1) },
            ..self
        }
    }
}

/// Adds up the `test result:` lines of cargo test, doc tests included.
pub(crate) fn of_cargo_test(log: &str) -> Counts {
    let mut total = Counts::default();
    for line in log.lines() {
        // A test that prints without an end of line may stand before it.
        let Some((_, result)) = line.split_once("test result: ") else {
            continue;
        };
        for part in result.split(['.', ';']) {
            match part.trim().split_once(' ') {
                Some((number, "passed")) => total.passed += number.parse().unwrap_or(0),
                Some((number, "failed")) => total.failed += number.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
    total
}

/// Returns the parts of the log that explain failed tests: what each said and the list of names.
pub(crate) fn failures_in_cargo_test(log: &str) -> Vec<&str> {
    let mut within = false;
    log.lines()
        .filter(|line| {
            if *line == "failures:" {
                within = true;
            } else if line.starts_with("test result: ") {
                return std::mem::take(&mut within);
            }
            within
        })
        .collect()
}

/// Reads vitest's JSON report. A file that fails to load has no tests, yet counts as a failure.
pub(crate) fn of_vitest(report: &str) -> Result<Counts> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Report {
        num_passed_tests: u64,
        num_failed_tests: u64,
        success: bool,
    }
    let report: Report =
        serde_json::from_str(report).context("vitest's report can't be understood")?;
    let counts = Counts {
        passed: report.num_passed_tests,
        failed: report.num_failed_tests,
    };
    Ok(counts.at_least_one_failure_unless(report.success))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_results_of_cargo_test_are_added_up() {
        let log = "\
running 2 tests
test result: ok. 22 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.11s
dots....test result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.11s
";
        assert_eq!(
            of_cargo_test(log),
            Counts {
                passed: 25,
                failed: 2
            }
        );
    }

    #[test]
    fn a_log_without_results_counts_nothing() {
        assert_eq!(
            of_cargo_test("error[E0308]: mismatched types"),
            Counts::default()
        );
    }

    #[test]
    fn what_failed_tests_said_is_taken_from_between_the_others() {
        let log = "\
test a::b ... ok
test result: ok. 1 passed; 0 failed
test c ... FAILED

failures:

---- c stdout ----
on purpose

failures:
    c

test result: FAILED. 0 passed; 1 failed
test d ... ok
";
        assert_eq!(
            failures_in_cargo_test(log),
            [
                "failures:",
                "",
                "---- c stdout ----",
                "on purpose",
                "",
                "failures:",
                "    c",
                "",
                "test result: FAILED. 0 passed; 1 failed"
            ]
        );
    }

    #[test]
    fn vitest_counts_tests_and_files_that_did_not_load() {
        let report = |passed: u64, failed: u64, success: bool| {
            format!(
                r#"{{"numTotalTests":9,"numPassedTests":{passed},"numFailedTests":{failed},"success":{success},"testResults":[]}}"#
            )
        };
        for (text, passed, failed) in [
            (report(7, 0, true), 7, 0),
            (report(6, 2, false), 6, 2),
            (report(7, 0, false), 7, 1),
        ] {
            assert_eq!(of_vitest(&text).unwrap(), Counts { passed, failed });
        }
        assert!(of_vitest("{}").is_err());
    }

    #[test]
    fn a_program_that_fails_without_a_failed_test_is_a_failure() {
        let counts = Counts {
            passed: 4,
            failed: 0,
        };
        assert_eq!(counts.at_least_one_failure_unless(false).failed, 1);
        assert_eq!(counts.at_least_one_failure_unless(true).failed, 0);
    }
}
