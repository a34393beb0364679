//! A table is walked through by a process inside a desktop, for the keychain that the adapter
//! speaks to is that of its process's session.

use keyfob_test_support::{Desktop, figures};
use std::fmt::Write;
use std::future::Future;
use std::time::Duration;

/// The rules that rows are named after.
const RULES: &str = include_str!("../../../../../docs/security.md");
const INSIDE: &str = "KEYFOB_TEST_INSIDE";
/// So long may a table take; generous, because tests share few cores.
const LIMIT: Duration = Duration::from_secs(600);

/// Starts a desktop and this test once more in it; there, walks through the rows and reports those
/// that went wrong.
pub(crate) fn inside<F>(test: &str, walk: impl FnOnce() -> F)
where
    F: Future<Output = Vec<String>>,
{
    if std::env::var_os(INSIDE).is_some() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        let wrong = runtime.block_on(walk());
        let report = wrong.iter().fold(String::new(), |mut report, row| {
            writeln!(report, "{row}").unwrap();
            report
        });
        assert!(
            wrong.is_empty(),
            "{} rows went wrong:\n{report}",
            wrong.len()
        );
        return;
    }
    let desktop = Desktop::start().unwrap();
    let mut command = desktop.command(std::env::current_exe().unwrap());
    command
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1");
    let said = desktop.run(command, LIMIT).unwrap();
    assert!(said.contains("1 passed"), "{said}");
}

/// Says how many rows a table has, here and in the report of the whole run.
pub(crate) fn count(name: &str, rows: usize) {
    eprintln!("{name}: {rows} rows");
    let command = "cargo test -p keyfob-engine --test trouble";
    let figure = u32::try_from(rows).unwrap();
    figures::record(name, f64::from(figure), "rows", command).unwrap();
}

/// Gives those of a list of rules that the paper doesn't have.
pub(crate) fn unknown_rules(rules: &str) -> Vec<&str> {
    let known = |rule: &&str| RULES.contains(&format!("\n- **{rule}** "));
    rules.split(", ").filter(|rule| !known(rule)).collect()
}
