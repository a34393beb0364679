//! The report of a test run, `target/report.json`.
//!
//! It must only hold what was measured; a figure that can't be read is a fault and not left out.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    counts::Counts,
    workspace::{command, output_of},
};

/// Everything one run found out.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// The commit that is checked out, if there is one.
    pub(crate) commit: Option<String>,
    /// Whether the working tree differs from it.
    pub(crate) dirty: bool,
    /// RFC 3339, UTC.
    pub(crate) started_at: String,
    pub(crate) seconds: f64,
    pub(crate) steps: Vec<StepReport>,
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    /// What tests measured, by name.
    pub(crate) figures: Map<String, Value>,
}

/// What became of one step.
#[derive(Debug, Serialize)]
pub(crate) struct StepReport {
    pub(crate) name: String,
    pub(crate) command: String,
    pub(crate) ok: bool,
    pub(crate) seconds: f64,
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Report {
    /// Adds up the steps.
    pub(crate) fn counts(steps: &[StepReport]) -> Counts {
        Counts {
            passed: steps.iter().map(|step| step.passed).sum(),
            failed: steps.iter().map(|step| step.failed).sum(),
        }
    }

    /// Writes the report.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).context("the report can't be written")?;
        fs::write(path, text + "\n").with_context(|| format!("{} can't be written", path.display()))
    }
}

/// Returns the commit that is checked out and whether the working tree differs from it.
pub(crate) fn revision() -> (Option<String>, bool) {
    let git = |arguments: &[&str]| {
        let mut git = command("git");
        git.args(arguments);
        output_of(git)
    };
    let commit = git(&["rev-parse", "--verify", "--quiet", "HEAD"]).ok();
    let dirty = git(&["status", "--porcelain"]).map_or(true, |changes| !changes.is_empty());
    (commit.map(|hash| hash.trim().to_owned()), dirty)
}

/// Merges the figures that tests left in a directory.
///
/// # Errors
/// A file isn't an object of `{value, unit, command}` by name, or two files have the same name in
/// them.
pub(crate) fn figures(dir: &Path) -> Result<Map<String, Value>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "read only to see that they are there")]
    struct Figure {
        value: f64,
        unit: String,
        command: String,
    }
    let mut figures = Map::new();
    if !dir.exists() {
        return Ok(figures);
    }
    for entry in fs::read_dir(dir).with_context(|| format!("{} can't be read", dir.display()))? {
        let path = entry?.path();
        let text = fs::read_to_string(&path)
            .with_context(|| format!("{} can't be read", path.display()))?;
        let found: Map<String, Value> = serde_json::from_str(&text)
            .with_context(|| format!("{} isn't a figure", path.display()))?;
        for (name, value) in found {
            Figure::deserialize(&value)
                .with_context(|| format!("{name} in {} isn't a figure", path.display()))?;
            ensure!(
                figures.insert(name.clone(), value).is_none(),
                "the figure {name} was measured twice"
            );
        }
    }
    Ok(figures)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(files: &[&str]) -> Result<Map<String, Value>> {
        let dir = tempfile::tempdir().unwrap();
        for (number, content) in files.iter().enumerate() {
            fs::write(dir.path().join(format!("{number}.json")), content).unwrap();
        }
        figures(dir.path())
    }

    const PAINT: &str = r#"{"paint":{"value":262,"unit":"ms","command":"cargo test paint"}}"#;

    #[test]
    fn figures_of_all_files_are_merged() {
        let memory = r#"{"memory":{"value":196.5,"unit":"MB","command":"cargo test memory"}}"#;
        let figures = merged(&[PAINT, memory]).unwrap();
        assert_eq!(figures["memory"]["value"], 196.5);
        assert_eq!(figures.len(), 2);
    }

    #[test]
    fn figures_that_are_none_are_refused() {
        for files in [
            vec!["{"],
            vec![r#"{"paint":262}"#],
            vec![r#"{"paint":{"value":"fast","unit":"ms","command":"x"}}"#],
            vec![r#"{"paint":{"value":1,"unit":"ms"}}"#],
            vec![PAINT, PAINT],
        ] {
            assert!(merged(&files).is_err(), "{files:?}");
        }
    }

    #[test]
    fn no_figures_are_no_fault() {
        assert!(figures(Path::new("/no/such/dir")).unwrap().is_empty());
    }
}
