//! The UI: its packages and its build.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use crate::{
    product::{Product, hash_of, read},
    workspace::{command, root, target_dir},
};

/// What lies in `ui/` but doesn't go into the build.
const NOT_SOURCES: &[&str] = &["node_modules", "dist", "tests", "coverage", ".svelte-kit"];

/// The packages in `ui/node_modules`.
pub(crate) fn packages() -> Result<Product> {
    Product::packages("ui", "ui/packages.stamp")
}

/// The embedded build in `ui/dist`.
pub(crate) fn build() -> Result<Product> {
    Ok(Product {
        program: "npm".to_owned(),
        arguments: &["run", "build"],
        dir: root().join("ui"),
        result: root().join("ui/dist/index.html"),
        stamp: target_dir().join("ui/build.stamp"),
        hash: hash_of(&sources(&root().join("ui"))?),
    })
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
                files.push(read(path)?);
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

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
