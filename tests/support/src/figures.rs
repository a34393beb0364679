//! Figures that tests measure and `cargo xtask test` puts into its report.
//!
//! A figure is only written here, never judged: a limit belongs into the test that measured.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::target_dir;

/// Writes one figure to `target/figures/<name>.json`, replacing an older one.
///
/// `name` is kebab-case and unique among all tests; `command` is the line that measures it again.
///
/// # Errors
/// The name isn't a plain file name, the value isn't a finite number, or the file can't be written.
pub fn record(name: &str, value: f64, unit: &str, command: &str) -> Result<()> {
    ensure!(
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
        "the name of the figure {name:?} isn't kebab-case"
    );
    ensure!(value.is_finite(), "the figure {name} is {value}");
    let dir = target_dir().join("figures");
    fs::create_dir_all(&dir).with_context(|| format!("can't create {}", dir.display()))?;
    let path = dir.join(format!("{name}.json"));
    let figure = json!({ name: { "value": value, "unit": unit, "command": command } });
    fs::write(&path, format!("{figure:#}\n"))
        .with_context(|| format!("can't write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_could_leave_the_folder_is_refused() {
        for name in ["", "../report", "a b", "A"] {
            assert!(record(name, 1.0, "ms", "cargo test").is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_figure_that_is_not_a_number_is_refused() {
        assert!(record("never-written", f64::NAN, "ms", "cargo test").is_err());
    }
}
