//! The UI: its packages and its build, each done again only when what goes into it has changed.
//!
//! Stamps under `target/ui` hold a hash of what went in. The hazard is a stamp that outlives what
//! it stands for, so the result is looked for as well.

use std::{
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use crate::workspace::{command, root, target_dir};

/// What lies in `ui/` but doesn't go into the build.
const NOT_SOURCES: &[&str] = &["node_modules", "dist", "tests", "coverage", ".svelte-kit"];

/// Something npm makes, and when it has to be made again.
pub(crate) struct Product {
    arguments: &'static [&'static str],
    result: PathBuf,
    stamp: PathBuf,
    hash: String,
}

impl Product {
    /// The packages in `ui/node_modules`, as `package-lock.json` pins them.
    pub(crate) fn packages() -> Result<Self> {
        let lock = root().join("ui/package-lock.json");
        let content =
            fs::read(&lock).with_context(|| format!("{} can't be read", lock.display()))?;
        Ok(Self {
            arguments: &["ci", "--no-audit", "--no-fund"],
            result: root().join("ui/node_modules/.package-lock.json"),
            stamp: target_dir().join("ui/packages.stamp"),
            hash: hash_of(&[(lock, content)]),
        })
    }

    /// The embedded build in `ui/dist`.
    pub(crate) fn build() -> Result<Self> {
        Ok(Self {
            arguments: &["run", "build"],
            result: root().join("ui/dist/index.html"),
            stamp: target_dir().join("ui/build.stamp"),
            hash: hash_of(&sources(&root().join("ui"))?),
        })
    }

    /// Tells whether what is there was made from what is there.
    pub(crate) fn is_fresh(&self) -> bool {
        self.result.exists() && fs::read_to_string(&self.stamp).is_ok_and(|old| old == self.hash)
    }

    /// Returns the command that makes it.
    pub(crate) fn command(&self) -> Command {
        npm(self.arguments)
    }

    /// Notes that it was made.
    pub(crate) fn stamp(&self) -> Result<()> {
        let dir = self.stamp.parent().context("a stamp has a directory")?;
        fs::create_dir_all(dir)
            .and_then(|()| fs::write(&self.stamp, &self.hash))
            .with_context(|| format!("{} can't be written", self.stamp.display()))
    }
}

/// Returns npm, to be run in `ui/`.
pub(crate) fn npm(arguments: &[&str]) -> Command {
    let mut npm = command("npm");
    npm.args(arguments).current_dir(root().join("ui"));
    npm
}

fn sources(dir: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut files = Vec::new();
    let mut waiting = vec![dir.to_owned()];
    while let Some(next) = waiting.pop() {
        let entries =
            fs::read_dir(&next).with_context(|| format!("{} can't be read", next.display()))?;
        for entry in entries {
            let entry = entry?;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                let name = entry.file_name();
                if next != dir || !NOT_SOURCES.iter().any(|skipped| name == *skipped) {
                    waiting.push(path);
                }
            } else {
                let content =
                    fs::read(&path).with_context(|| format!("{} can't be read", path.display()))?;
                files.push((path, content));
            }
        }
    }
    files.sort();
    Ok(files)
}

fn hash_of(files: &[(PathBuf, Vec<u8>)]) -> String {
    let mut hasher = DefaultHasher::new();
    files.hash(&mut hasher);
    format!("{:016x}\n", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(dir: &Path, hash: &str) -> Product {
        Product {
            arguments: &[],
            result: dir.join("result"),
            stamp: dir.join("stamps/stamp"),
            hash: hash.to_owned(),
        }
    }

    #[test]
    fn a_product_is_fresh_until_its_sources_change_or_it_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let first = product(dir.path(), "1");
        assert!(!first.is_fresh(), "nothing is there");
        fs::write(&first.result, "").unwrap();
        assert!(!first.is_fresh(), "it has no stamp");
        first.stamp().unwrap();
        assert!(first.is_fresh());
        assert!(!product(dir.path(), "2").is_fresh(), "sources changed");
        fs::remove_file(&first.result).unwrap();
        assert!(!first.is_fresh(), "the result is gone");
    }

    #[test]
    fn sources_are_all_files_but_those_that_are_made() {
        let dir = tempfile::tempdir().unwrap();
        for file in [
            "index.html",
            "src/lib/dist/a.ts",
            "dist/index.html",
            "node_modules/b/b.js",
        ] {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        let before = sources(dir.path()).unwrap();
        let names: Vec<&str> = before
            .iter()
            .filter_map(|(path, _)| path.strip_prefix(dir.path()).ok()?.to_str())
            .collect();
        assert_eq!(names, ["index.html", "src/lib/dist/a.ts"]);

        fs::write(dir.path().join("index.html"), "changed").unwrap();
        assert_ne!(hash_of(&before), hash_of(&sources(dir.path()).unwrap()));
    }
}
