//! Where the build directory is. Must not depend on the directory a test is started in.

use std::{
    env,
    path::{Path, PathBuf},
};

/// Returns cargo's target directory: `CARGO_TARGET_DIR`, else `target` in the workspace root. A
/// relative value is taken from the workspace root.
pub fn target_dir() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = root.canonicalize().unwrap_or(root);
    root.join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// Returns the name of the running test as a file name, taken from the thread that libtest named.
pub(crate) fn test_name() -> String {
    std::thread::current()
        .name()
        .unwrap_or("unnamed")
        .replace("::", "-")
}
