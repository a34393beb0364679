//! The steps of `cargo xtask test`: which there are, in which order, and how each is counted.
//!
//! Only data: nothing is run here.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::{
    peers,
    product::Product,
    ui::{self, npm},
    workspace::{cargo, command, on_path, output_of, target_dir},
};

/// What `--only` can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Ui,
    Fmt,
    Clippy,
    Rust,
    Stories,
    Peers,
    Graph,
}

impl Part {
    /// Finds a part by its name on the command line.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "ui" => Self::Ui,
            "fmt" => Self::Fmt,
            "clippy" => Self::Clippy,
            "rust" => Self::Rust,
            "stories" => Self::Stories,
            "peers" => Self::Peers,
            "graph" => Self::Graph,
            _ => return None,
        })
    }
}

/// How the outcome of a step becomes numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Counting {
    /// It passes or fails as one.
    One,
    /// By the results in its log.
    CargoTest,
    /// By the JSON report that vitest leaves.
    Vitest(PathBuf),
}

/// What a step does.
pub(crate) enum Action {
    /// Runs a program.
    Program(Command, Counting),
    /// Makes something unless it is fresh.
    Product(Product),
    /// Checks the rules of the crate graph.
    Graph,
}

/// Both name the whole workspace: a part of it would be compiled anew, with fewer features.
const STORIES: &str = "test --workspace --no-fail-fast --test stories";
/// Hazard: cargo can't leave a target out; a test says when this does not fit the others any more.
const ALL_BUT_STORIES: &str = "test --workspace --no-fail-fast --lib --bins --test [!s]*";

/// One step.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) action: Action,
    /// Whether the next steps don't wait for it: it leaves a core idle, and nobody needs its result.
    pub(crate) beside: bool,
}

/// Returns the steps for some parts, or for all if none is named.
///
/// # Errors
/// The sources of the UI can't be read.
pub(crate) fn steps(only: &[Part]) -> Result<Vec<Step>> {
    let all = only.is_empty();
    let wants = |part| all || only.contains(&part);
    let rust = wants(Part::Rust);
    // They are in the workspace's tests already.
    let stories = !rust && wants(Part::Stories);
    let peers = !rust && wants(Part::Peers);
    // The app embeds the build of the UI: without it nothing of the app compiles.
    let compiles = rust || stories || wants(Part::Clippy);

    let mut steps = Vec::new();
    if wants(Part::Ui) || compiles {
        steps.push(product("ui-packages", ui::packages()?));
    }
    if wants(Part::Ui) {
        steps.push(program("ui-check", npm(&["run", "check"]), Counting::One));
        let lint = program("ui-lint", npm(&["run", "lint"]), Counting::One);
        steps.push(beside(lint));
        steps.push(vitest());
    }
    if wants(Part::Ui) || compiles {
        steps.push(product("ui-build", ui::build()?));
    }
    if wants(Part::Fmt) {
        steps.push(cargo_step("fmt", "fmt --all --check", Counting::One));
    }
    if rust || wants(Part::Clippy) {
        let line = "test --workspace --all-targets --no-run";
        steps.push(linted("clippy", line, Counting::One)?);
    }
    if rust || peers || stories {
        steps.push(product("peer-oidc", peers::oidc()?));
        steps.push(product("peer-mock", peers::mock()?));
        steps.push(product("peer-python", peers::python()));
        steps.push(product("peer-django", peers::django()?));
    }
    if rust {
        // It has to wait more than to work.
        let line = "test --workspace --bench busy -- --minutes 2";
        steps.push(beside(linted("soak", line, Counting::One)?));
        // A window is waited for more than it works, and all others have no window.
        steps.push(beside(linted("stories", STORIES, Counting::CargoTest)?));
        steps.push(linted("rust", ALL_BUT_STORIES, Counting::CargoTest)?);
        let line = "test --workspace --doc";
        steps.push(linted("doc", line, Counting::One)?);
    }
    if stories {
        steps.push(linted("stories", STORIES, Counting::CargoTest)?);
    }
    if peers {
        let line = "test --package keyfob-agent --test peers --no-fail-fast";
        steps.push(linted("peers", line, Counting::CargoTest)?);
    }
    if wants(Part::Graph) {
        steps.push(Step {
            name: "graph",
            action: Action::Graph,
            beside: false,
        });
    }
    Ok(steps)
}

fn vitest() -> Step {
    let report = target_dir().join("test-logs/vitest.json");
    let mut test = npm(&["run", "test", "--", "--reporter=default", "--reporter=json"]);
    test.arg(format!("--outputFile.json={}", report.display()));
    // Where Chromium is a snap, Google's Chrome does as well.
    let browsers = ["chromium", "google-chrome"];
    if let Some(browser) = browsers.into_iter().find_map(on_path) {
        test.env("CHROMIUM", browser);
    }
    program("ui-test", test, Counting::Vitest(report))
}

fn product(name: &'static str, product: Product) -> Step {
    Step {
        name,
        action: Action::Product(product),
        beside: false,
    }
}

fn beside(step: Step) -> Step {
    Step {
        beside: true,
        ..step
    }
}

fn cargo_step(name: &'static str, line: &str, counting: Counting) -> Step {
    program(name, cargo_with(line), counting)
}

/// A step whose compiler is clippy's, which refuses every warning in the workspace's own crates. So
/// one compilation serves the lints and the tests; `cargo clippy` would check all dependencies once
/// more.
fn linted(name: &'static str, line: &str, counting: Counting) -> Result<Step> {
    let mut cargo = cargo_with(line);
    cargo.env("RUSTC_WORKSPACE_WRAPPER", clippy_driver()?);
    // As `cargo clippy -- -D warnings` hands it over.
    cargo.env("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings");
    Ok(program(name, cargo, counting))
}

fn cargo_with(line: &str) -> Command {
    let mut cargo = cargo();
    cargo.args(line.split(' '));
    cargo
}

/// Returns the path of clippy's compiler, which lies beside rustc.
fn clippy_driver() -> Result<PathBuf> {
    let mut sysroot = command("rustc");
    sysroot.args(["--print", "sysroot"]);
    let sysroot = output_of(sysroot)?;
    let name = format!("clippy-driver{}", std::env::consts::EXE_SUFFIX);
    Ok(Path::new(sysroot.trim()).join("bin").join(name))
}

fn program(name: &'static str, command: Command, counting: Counting) -> Step {
    Step {
        name,
        action: Action::Program(command, counting),
        beside: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn every_test_of_the_workspace_is_run_by_one_step() {
        let mut metadata = command("cargo");
        metadata.args(["metadata", "--no-deps", "--format-version", "1"]);
        let metadata: Value = serde_json::from_str(&output_of(metadata).unwrap()).unwrap();
        let packages = metadata["packages"].as_array().unwrap();
        let targets = packages.iter().flat_map(|one| one["targets"].as_array());
        let tests: Vec<&str> = targets
            .flatten()
            .filter(|target| target["kind"][0] == "test")
            .filter_map(|target| target["name"].as_str())
            .collect();
        let left_out: Vec<&&str> = tests.iter().filter(|name| name.starts_with('s')).collect();
        assert_eq!(left_out, [&"stories"], "of {tests:?}");
        assert!(STORIES.ends_with("--test stories") && ALL_BUT_STORIES.ends_with("--test [!s]*"));
    }
}
