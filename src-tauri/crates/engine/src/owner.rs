//! The data directory and the lock that says who owns it: one process at a time.

use keyfob_domain::error::{ErrorCode, Problem};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// The owned data directory. The lock ends with this value, or with the process.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Creates the directory where needed, for its user only, and takes the lock.
    ///
    /// # Errors
    /// `owner_elsewhere` when another process has it, `database_unavailable` when it can't be
    /// made, is a symbolic link or is open to others.
    pub fn own(path: &Path) -> Result<Self, Problem> {
        create_private(path)?;
        let lock_path = path.join("owner.lock");
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let lock = options
            .open(&lock_path)
            .map_err(|error| unavailable(&lock_path, &error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(Problem::with_detail(
                ErrorCode::OwnerElsewhere,
                &path.display().to_string(),
            )),
            Err(TryLockError::Error(error)) => Err(unavailable(&lock_path, &error)),
        }
    }

    /// Gives the directory's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn unavailable(path: &Path, error: &std::io::Error) -> Problem {
    Problem::with_detail(
        ErrorCode::DatabaseUnavailable,
        &format!("{}: {error}", path.display()),
    )
}

/// SECURITY 109: 0700, no symbolic link, nothing for group and others.
fn create_private(path: &Path) -> Result<(), Problem> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .map_err(|error| unavailable(path, &error))?;
    let facts = std::fs::symlink_metadata(path).map_err(|error| unavailable(path, &error))?;
    let refuse = |why: &str| {
        Err(Problem::with_detail(
            ErrorCode::DatabaseUnavailable,
            &format!("{}: {why}", path.display()),
        ))
    };
    if !facts.is_dir() {
        return refuse("is a symbolic link, not a directory");
    }
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::mode(&facts) & 0o077 != 0 {
        return refuse("other users can get at it; take the rights away with `chmod 700`");
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_second_owner_is_refused_until_the_first_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keyfob");
        let first = DataDir::own(&path).unwrap();
        assert_eq!(
            DataDir::own(&path).unwrap_err().code,
            ErrorCode::OwnerElsewhere
        );
        drop(first);
        assert!(DataDir::own(&path).is_ok());
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o700
        );
    }

    #[test]
    fn security_109_a_link_or_an_open_directory_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let open = dir.path().join("open");
        std::fs::create_dir(&open).unwrap();
        std::fs::set_permissions(&open, PermissionsExt::from_mode(0o755)).unwrap();
        assert!(
            DataDir::own(&open)
                .unwrap_err()
                .detail
                .unwrap()
                .contains("chmod 700")
        );
        let link = dir.path().join("link");
        symlink(dir.path(), &link).unwrap();
        assert!(
            DataDir::own(&link)
                .unwrap_err()
                .detail
                .unwrap()
                .contains("symbolic link")
        );
    }
}
