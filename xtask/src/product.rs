//! Something that a package manager makes, and makes again only when what goes into it has changed.
//!
//! Stamps under the target directory hold a hash of what went in. The hazard is a stamp that outlives
//! what it stands for, so the result is looked for as well.

use std::{
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::PathBuf,
    process::Command,
};

use anyhow::{Context as _, Result};

use crate::workspace::{command, root, target_dir};

/// What is made, how, and out of what.
pub(crate) struct Product {
    pub(crate) program: String,
    pub(crate) arguments: &'static [&'static str],
    /// Where it is run.
    pub(crate) dir: PathBuf,
    /// What is there once it was made.
    pub(crate) result: PathBuf,
    pub(crate) stamp: PathBuf,
    /// Of everything that goes in.
    pub(crate) hash: String,
}

impl Product {
    /// Packages that npm installs in a folder of the repository, as its `package-lock.json` pins them.
    /// The stamp lies in the target directory.
    pub(crate) fn packages(folder: &str, stamp: &str) -> Result<Self> {
        let dir = root().join(folder);
        Ok(Self {
            program: "npm".to_owned(),
            arguments: &["ci", "--no-audit", "--no-fund"],
            result: dir.join("node_modules/.package-lock.json"),
            stamp: target_dir().join(stamp),
            hash: hash_of(&[read(dir.join("package-lock.json"))?]),
            dir,
        })
    }

    /// Tells whether what is there was made from what is there.
    pub(crate) fn is_fresh(&self) -> bool {
        self.result.exists() && fs::read_to_string(&self.stamp).is_ok_and(|old| old == self.hash)
    }

    /// Returns the command that makes it.
    pub(crate) fn command(&self) -> Command {
        let mut command = command(&self.program);
        command.args(self.arguments).current_dir(&self.dir);
        command
    }

    /// Notes that it was made.
    pub(crate) fn stamp(&self) -> Result<()> {
        let dir = self.stamp.parent().context("a stamp has a directory")?;
        fs::create_dir_all(dir)
            .and_then(|()| fs::write(&self.stamp, &self.hash))
            .with_context(|| format!("{} can't be written", self.stamp.display()))
    }
}

/// Reads a file that goes into a product.
///
/// # Errors
/// It can't be read; the error names it.
pub(crate) fn read(path: PathBuf) -> Result<(PathBuf, Vec<u8>)> {
    let content = fs::read(&path).with_context(|| format!("{} can't be read", path.display()))?;
    Ok((path, content))
}

/// Gives the hash of files with their names.
pub(crate) fn hash_of(files: &[(PathBuf, Vec<u8>)]) -> String {
    let mut hasher = DefaultHasher::new();
    files.hash(&mut hasher);
    format!("{:016x}\n", hasher.finish())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn product(dir: &Path, hash: &str) -> Product {
        Product {
            program: "true".to_owned(),
            arguments: &[],
            dir: dir.to_owned(),
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
}
