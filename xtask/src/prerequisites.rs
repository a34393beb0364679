//! Looks for everything a command needs before it begins, and installs packages where it can.
//!
//! It must not install anything without saying what and why, nor anything that isn't a package of
//! the distribution. With nothing missing it takes a fifth of a second at most: it stands before
//! every start.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use anyhow::{Context as _, Result, bail, ensure};

use crate::{
    console::say,
    packages::{
        BUILD, KEYCHAIN, Package, RUN, Sign, TEST, described, has_chromium_as_snap, is_debian_like,
        missing_in,
    },
    workspace::{cargo_path, command, on_path, output_of},
};

/// What the prerequisites are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Run,
    Test,
}

const NODE: Version = Version(20, 19, 0);

/// Makes sure that everything is there.
///
/// # Errors
/// Each missing thing in a sentence of its own with what to do, or the reason why packages can't
/// be installed.
pub(crate) fn ensure_all(purpose: Purpose) -> Result<()> {
    ensure!(
        cfg!(target_os = "linux"),
        "Keyfob can only be built and tested on Linux so far."
    );
    let os_release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let (rust, node, packages) = thread::scope(|scope| {
        let rust = scope.spawn(missing_rust);
        let node = scope.spawn(missing_node);
        let packages = missing_packages(purpose, &os_release);
        (rust.join(), node.join(), packages)
    });
    let mut complaints = Vec::new();
    complaints.extend(rust.unwrap_or_default());
    complaints.extend(node.unwrap_or_default());
    complaints.extend(missing_programs());
    if !complaints.is_empty() {
        bail!("Something is missing:\n- {}", complaints.join("\n- "));
    }
    provide(&packages?, &os_release)
}

/// A version as three numbers; what follows them is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32, u32);

impl Version {
    /// Reads the first version in a text such as `v20.19.0` or `rustc 1.95.0 (…)`.
    fn first_in(text: &str) -> Option<Self> {
        text.split_whitespace().find_map(|word| {
            let word = word.strip_prefix('v').unwrap_or(word);
            let mut numbers = word.split(['.', '-', '+']).map(str::parse);
            let major = numbers.next()?.ok()?;
            let minor = numbers.next()?.ok()?;
            let patch = numbers.next().and_then(Result::ok).unwrap_or(0);
            Some(Self(major, minor, patch))
        })
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

fn missing_rust() -> Vec<String> {
    // The toolchain's own directory: rustup's stand-ins take longer than all the rest.
    let dir = PathBuf::from(cargo_path())
        .parent()
        .map(Path::to_owned)
        .unwrap_or_default();
    let find = |name: &str| {
        let beside = dir.join(name);
        if beside.is_file() {
            Some(beside)
        } else {
            on_path(name)
        }
    };
    let mut complaints = Vec::new();
    let wanted = Version::first_in(env!("CARGO_PKG_RUST_VERSION"));
    let found = find("rustc")
        .and_then(|rustc| version_of(&rustc))
        .and_then(|text| Version::first_in(&text));
    if found < wanted {
        complaints.push(format!(
            "Rust {} or newer is needed; `rustup update stable` brings it.",
            env!("CARGO_PKG_RUST_VERSION")
        ));
    }
    for (program, component) in [("cargo-fmt", "rustfmt"), ("cargo-clippy", "clippy")] {
        if find(program).is_none() {
            complaints.push(format!(
                "{component} is missing; `rustup component add {component}` brings it."
            ));
        }
    }
    complaints
}

fn missing_node() -> Vec<String> {
    let found = on_path("node")
        .and_then(|node| version_of(&node))
        .and_then(|text| Version::first_in(&text));
    match found {
        None => vec![format!(
            "Node.js {NODE} or newer is needed; see nodejs.org or your distribution."
        )],
        Some(found) if found < NODE => vec![format!(
            "Node.js is version {found}, but {NODE} or newer is needed."
        )],
        Some(_) => Vec::new(),
    }
}

fn missing_programs() -> Vec<String> {
    [
        (
            "npm",
            "npm is missing; it comes with Node.js, or as a package of that name.",
        ),
        ("git", "git is missing; install the package of that name."),
    ]
    .into_iter()
    .filter(|(program, _)| on_path(program).is_none())
    .map(|(_, complaint)| complaint.to_owned())
    .chain(missing_compiler())
    .collect()
}

fn missing_compiler() -> Option<String> {
    ["cc", "gcc", "clang"]
        .iter()
        .all(|name| on_path(name).is_none())
        .then(|| "A C compiler is missing; install gcc (on Debian: build-essential).".to_owned())
}

fn version_of(program: &Path) -> Option<String> {
    let output = Command::new(program)
        .arg("--version")
        .stderr(Stdio::null())
        .output()
        .ok()?;
    String::from_utf8(output.stdout).ok()
}

fn missing_packages(purpose: Purpose, os_release: &str) -> Result<Vec<Package>> {
    let mut wanted = [BUILD, RUN].concat();
    match purpose {
        Purpose::Run if !has_secret_service() => wanted.push(KEYCHAIN),
        Purpose::Run => {}
        Purpose::Test => wanted.extend(TEST),
    }
    if !is_debian_like(os_release) {
        wanted.retain(|package| !shows(package.sign));
        return Ok(wanted);
    }
    let output = Command::new("dpkg-query")
        .args(["-W", "-f", "${Package} ${db:Status-Abbrev}\n"])
        .args(wanted.iter().map(|package| package.name))
        .output()
        .context("dpkg-query can't be started")?;
    // It fails when one of the packages is unknown; the listing is complete all the same.
    let mut missing = missing_in(&String::from_utf8_lossy(&output.stdout), &wanted);
    // Whoever has Google's Chrome and its driver needs no other.
    if on_path("chromedriver").is_some() && on_path("google-chrome").is_some() {
        missing.retain(|package| !is_chromium(package));
    }
    Ok(missing)
}

/// A keychain that the session bus can start, whichever it is.
fn has_secret_service() -> bool {
    fs::read_dir("/usr/share/dbus-1/services")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| fs::read_to_string(entry.path()).ok())
        .any(|service| {
            service
                .lines()
                .any(|line| line.trim() == "Name=org.freedesktop.secrets")
        })
}

fn shows(sign: Sign) -> bool {
    match sign {
        Sign::Program(program) => on_path(program).is_some(),
        Sign::File(file) => Path::new(file).exists(),
        Sign::Module(module) => {
            let mut pkg_config = command("pkg-config");
            pkg_config.args(["--exists", module]);
            output_of(pkg_config).is_ok()
        }
    }
}

fn is_chromium(package: &Package) -> bool {
    package.name.starts_with("chromium")
}

fn provide(missing: &[Package], os_release: &str) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    if !is_debian_like(os_release) {
        bail!(
            "These Debian packages, or what they are called here, are missing:{}",
            described(missing)
        );
    }
    let (by_hand, mut to_install): (Vec<Package>, Vec<Package>) = missing
        .iter()
        .partition(|package| has_chromium_as_snap(os_release) && is_chromium(package));
    if !to_install.is_empty() {
        // What is needed only through others is better said by apt than guessed here.
        to_install.sort_by_key(|package| package.name);
        install(&to_install)?;
    }
    ensure!(
        by_hand.is_empty(),
        "Ubuntu has Chromium only as a snap, which can't use the tests' temporary home. Install \
         google-chrome from Google's .deb and the chromedriver of the same version into the search \
         path, then start again."
    );
    Ok(())
}

fn install(packages: &[Package]) -> Result<()> {
    say(&format!(
        "These packages are missing and will be installed now with apt-get:{}",
        described(packages)
    ));
    let names: Vec<&str> = packages.iter().map(|package| package.name).collect();
    let by_hand = format!(
        "Install them as root and start again:\n  apt-get install --no-install-recommends {}",
        names.join(" ")
    );
    let as_root = rustix::process::geteuid().is_root();
    ensure!(
        as_root || on_path("sudo").is_some(),
        "This user is not root and there is no sudo. {by_hand}"
    );
    if !apt_get(as_root, &["update"])? {
        // One unreachable source of many fails it; the packages may be known all the same.
        say("apt-get update failed; trying with what is known already.");
    }
    let install = [vec!["install", "--yes", "--no-install-recommends"], names].concat();
    ensure!(
        apt_get(as_root, &install)?,
        "apt-get install failed. {by_hand}"
    );
    Ok(())
}

/// Tells whether apt-get succeeded; its output is the user's to see.
fn apt_get(as_root: bool, arguments: &[&str]) -> Result<bool> {
    let mut apt = command(if as_root { "env" } else { "sudo" });
    if !as_root {
        apt.arg("env");
    }
    let status = apt
        .args(["DEBIAN_FRONTEND=noninteractive", "apt-get"])
        .args(arguments)
        .status()
        .context("apt-get can't be started")?;
    Ok(status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_programs_print_them() {
        for (text, version) in [
            ("v20.19.0\n", Some(Version(20, 19, 0))),
            (
                "rustc 1.95.0 (59807616e 2026-04-14)",
                Some(Version(1, 95, 0)),
            ),
            (
                "rustc 1.96.0-nightly (abc 2026-05-01)",
                Some(Version(1, 96, 0)),
            ),
            ("1.95", Some(Version(1, 95, 0))),
            ("command not found", None),
            ("", None),
        ] {
            assert_eq!(Version::first_in(text), version, "{text:?}");
        }
    }

    #[test]
    fn versions_are_compared_by_number() {
        assert!(Version(20, 9, 0) < NODE);
        assert!(Version(20, 19, 0) >= NODE);
        assert!(Version(22, 0, 0) >= NODE);
        assert!(None < Some(NODE), "what isn't there is too old");
    }

    #[test]
    fn a_distribution_that_is_not_debian_gets_the_names_and_nothing_is_run() {
        let error = provide(RUN, "ID=fedora\n").unwrap_err().to_string();
        for package in RUN {
            assert!(error.contains(package.name), "{error}");
        }
    }

    #[test]
    fn ubuntu_is_told_about_its_snap() {
        let chromium: Vec<Package> = TEST.iter().filter(|p| is_chromium(p)).copied().collect();
        let error = provide(&chromium, "ID=ubuntu\n").unwrap_err().to_string();
        assert!(error.contains("snap"), "{error}");
    }

    #[test]
    fn signs_are_seen_where_they_are() {
        assert!(shows(Sign::Program("sh")));
        assert!(!shows(Sign::Program("no-such-program")));
        assert!(shows(Sign::File("/proc/self/stat")));
        assert!(!shows(Sign::File("/no/such/file")));
    }
}
