//! Who may depend on whom, checked over what cargo resolves.
//!
//! Only normal dependencies decide what ends up in a program, so only they are looked at, for
//! every platform. The hazard is a rule about a crate that was renamed: a rule whose crate is
//! required and missing fails.

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use crate::workspace::{cargo, output_of, root};

/// The crates that may know Tauri.
const SHELLS: &[&str] = &["keyfob-desktop", "bare-window"];

/// What must not be in a crate's normal dependency tree; `*` at the end stands for anything.
struct Rule {
    krate: &'static str,
    required: bool,
    forbidden: &'static [&'static str],
    why: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        krate: "keyfob-domain",
        required: true,
        forbidden: &[
            "tokio",
            "reqwest",
            "hyper",
            "tauri*",
            "rusqlite",
            "keyring*",
            "secret-service",
            "zbus*",
            "getrandom",
            "keyfob-*",
        ],
        why: "the domain decides and does no I/O",
    },
    Rule {
        krate: "keyfob-sandbox",
        required: true,
        forbidden: &["keyfob-*"],
        why: "the sandbox borrows no code of the client",
    },
    Rule {
        krate: "keyfob-test-support",
        required: true,
        forbidden: &["keyfob-*"],
        why: "the harness borrows no code of what it tests",
    },
    Rule {
        krate: "keyfob-engine",
        required: true,
        forbidden: &["keyfob-sandbox", "keyfob-broker", "keyfob-desktop"],
        why: "the engine knows only the domain",
    },
    Rule {
        krate: "keyfob-agent",
        required: true,
        forbidden: &["keyfob-sandbox", "keyfob-desktop", "keyfob-cli"],
        why: "the agent has neither a window nor pretend accounts",
    },
    Rule {
        krate: "keyfob-desktop",
        required: true,
        forbidden: &["keyfob-agent", "secmem-proc"],
        why: "an app that can't be looked into breaks the desktop's portals (SECURITY 111)",
    },
    Rule {
        krate: "keyfob-broker",
        required: false,
        forbidden: &[
            "keyfob-engine",
            "keyfob-sandbox",
            "rusqlite",
            "keyring*",
            "secret-service",
        ],
        why: "the broker asks for tokens through its own trait",
    },
    Rule {
        krate: "keyfob-cli",
        required: false,
        forbidden: &[
            "keyfob-engine",
            "keyfob-sandbox",
            "rusqlite",
            "keyring*",
            "secret-service",
            "reqwest",
        ],
        why: "the command line reaches neither keychain nor database",
    },
];

/// One checked rule.
pub(crate) struct Verdict {
    pub(crate) rule: String,
    /// Empty if the rule is kept.
    pub(crate) faults: Vec<String>,
}

/// Checks every rule.
///
/// # Errors
/// cargo can't resolve the workspace.
pub(crate) fn check() -> Result<Vec<Verdict>> {
    let members = members()?;
    let mut verdicts = Vec::new();
    for rule in RULES {
        if !rule.required && !members.iter().any(|member| member == rule.krate) {
            continue;
        }
        ensure!(
            members.iter().any(|member| member == rule.krate),
            "the rule about {} has no crate",
            rule.krate
        );
        verdicts.push(Verdict {
            rule: format!("{}: {}", rule.krate, rule.why),
            faults: forbidden_in(
                &tree(rule.krate, &["-e", "normal"])?,
                rule.krate,
                rule.forbidden,
            ),
        });
    }
    for member in members.iter().filter(|m| !SHELLS.contains(&m.as_str())) {
        let lines = tree(member, &["-e", "normal,build,dev"])?;
        verdicts.push(Verdict {
            rule: format!("{member}: only the shell knows Tauri"),
            faults: forbidden_in(&lines, member, &["tauri*", "wry", "tao"]),
        });
    }
    verdicts.push(Verdict {
        rule: "tauri-plugin-shell is absent (SECURITY 84)".to_owned(),
        faults: plugin_shell_in(&lock()?),
    });
    verdicts.push(Verdict {
        rule: "no developer tools in a release (SECURITY 91)".to_owned(),
        faults: devtools_in(&tree("keyfob-desktop", &["-e", "normal,features"])?),
    });
    Ok(verdicts)
}

fn members() -> Result<Vec<String>> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Member>,
    }
    #[derive(Deserialize)]
    struct Member {
        name: String,
    }
    let mut metadata = cargo();
    metadata.args(["metadata", "--no-deps", "--format-version", "1"]);
    let metadata: Metadata = serde_json::from_str(&output_of(metadata)?)
        .context("cargo metadata can't be understood")?;
    Ok(metadata.packages.into_iter().map(|p| p.name).collect())
}

fn tree(krate: &str, arguments: &[&str]) -> Result<String> {
    let mut tree = cargo();
    tree.args(["tree", "--prefix", "none", "--target", "all", "-p", krate])
        .args(arguments);
    let lines = output_of(tree)?;
    ensure!(
        lines.starts_with(krate),
        "cargo tree says nothing about {krate}: {lines}"
    );
    Ok(lines)
}

fn lock() -> Result<String> {
    std::fs::read_to_string(root().join("Cargo.lock")).context("Cargo.lock can't be read")
}

fn forbidden_in(tree: &str, krate: &str, forbidden: &[&str]) -> Vec<String> {
    let mut found: Vec<String> = tree
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != krate && forbidden.iter().any(|pattern| matches(pattern, name)))
        .map(|name| format!("it depends on {name}"))
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

fn plugin_shell_in(lock: &str) -> Vec<String> {
    lock.lines()
        .filter(|line| line.trim() == "name = \"tauri-plugin-shell\"")
        .map(|_| "Cargo.lock names it".to_owned())
        .collect()
}

fn devtools_in(features: &str) -> Vec<String> {
    let mut found: Vec<String> = features
        .lines()
        .filter(|line| {
            line.contains("feature \"devtools\"") || line.starts_with("tauri-plugin-devtools")
        })
        .map(|line| line.trim_end_matches(" (*)").to_owned())
        .collect();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "\
keyfob-domain v0.1.0 (/a)
serde v1.0.228
serde_derive v1.0.228 (proc-macro)
keyring-core v1.0.1
tokio-util v0.7.20
keyring-core v1.0.1 (*)
";

    #[test]
    fn a_forbidden_crate_is_named_once_and_the_crate_itself_is_allowed() {
        let faults = forbidden_in(TREE, "keyfob-domain", &["tokio", "keyring*", "keyfob-*"]);
        assert_eq!(faults, ["it depends on keyring-core"]);
    }

    #[test]
    fn a_pattern_without_a_star_is_a_whole_name() {
        assert!(!matches("tokio", "tokio-util"));
        assert!(matches("tauri*", "tauri-build"));
        assert!(matches("wry", "wry"));
    }

    #[test]
    fn developer_tools_are_found_among_features() {
        let lines = "\
keyfob-desktop v0.1.0 (/a)
tauri feature \"wry\"
tauri-runtime-wry feature \"devtools\" (*)
";
        assert_eq!(
            devtools_in(lines),
            ["tauri-runtime-wry feature \"devtools\""]
        );
        assert_eq!(devtools_in("tauri feature \"wry\"\n"), Vec::<String>::new());
    }

    #[test]
    fn the_shell_plugin_is_found_in_the_lock() {
        let lock = "[[package]]\nname = \"tauri-plugin-shell\"\nversion = \"2.0.0\"\n";
        assert_eq!(plugin_shell_in(lock).len(), 1);
        assert_eq!(plugin_shell_in("name = \"tauri-plugin-opener\"\n").len(), 0);
    }

    #[test]
    fn every_rule_forbids_something() {
        for rule in RULES {
            assert!(!rule.forbidden.is_empty(), "{}", rule.krate);
        }
    }
}
