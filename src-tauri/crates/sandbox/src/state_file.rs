//! Clients and grants in one JSON file, so that sandbox connections outlive a restart.
//!
//! Of tokens and client secrets digests only: the file holds no token, no code and no client secret. It
//! does hold the keys that sign the pretend id tokens. It is private to its owner
//! (0600) from the first byte and replaced whole. Hazard: a file that cannot be understood is set
//! aside under another name, never overwritten and never deleted.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::clients::Clients;
use crate::error::SandboxError;
use crate::grants::Family;
use crate::secret::random_text;
use crate::signing::SigningKeys;

/// The only layout there is so far. A grant without a face is from the time when Mio was the only one.
const VERSION: u32 = 1;

/// What the file holds.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kept {
    version: u32,
    pub(crate) clients: Clients,
    pub(crate) grants: BTreeMap<u64, Family>,
    /// Left out until one was needed.
    #[serde(default, skip_serializing_if = "SigningKeys::is_empty")]
    pub(crate) signing_keys: SigningKeys,
}

impl Kept {
    pub(crate) fn new(
        clients: Clients,
        grants: BTreeMap<u64, Family>,
        signing_keys: SigningKeys,
    ) -> Self {
        Self {
            version: VERSION,
            clients,
            grants,
            signing_keys,
        }
    }

    /// What there is in the beginning.
    pub(crate) fn nothing() -> Self {
        Self::new(Clients::default(), BTreeMap::new(), SigningKeys::default())
    }
}

/// What was found at the path.
#[derive(Debug)]
pub(crate) enum Found {
    Nothing,
    State(Kept),
    /// It could not be understood and was moved to this path.
    Broken(PathBuf),
}

/// Reads the file; one that cannot be understood is set aside.
pub(crate) fn load(path: &Path) -> Result<Found, SandboxError> {
    let unreadable = |source| SandboxError::StateUnreadable {
        path: path.to_owned(),
        source,
    };
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(unreadable(error)),
    };
    match serde_json::from_slice::<Kept>(&bytes) {
        Ok(kept) if kept.version == VERSION => Ok(Found::State(kept)),
        Ok(_) | Err(_) => set_aside(path).map(Found::Broken).map_err(unreadable),
    }
}

/// Replaces the file by one write: a neighbour is written, synced and renamed over it.
pub(crate) fn save(path: &Path, kept: &Kept) -> Result<(), SandboxError> {
    let unwritable = |source| SandboxError::StateUnwritable {
        path: path.to_owned(),
        source,
    };
    let json = serde_json::to_vec(kept).map_err(|error| unwritable(error.into()))?;
    let neighbour = beside(path, &format!(".{}.new", random_text::<9>()?));
    let written = write_private(&neighbour, &json).and_then(|()| fs::rename(&neighbour, path));
    if let Err(error) = written {
        // The neighbour is ours and half-written; leaving it would only gather litter.
        let _ = fs::remove_file(&neighbour);
        return Err(unwritable(error));
    }
    sync_folder(path).map_err(unwritable)
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the rename itself durable; only Unix lets a folder be synced.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let mut aside = beside(path, ".broken");
    let mut number = 2;
    while aside.symlink_metadata().is_ok() {
        aside = beside(path, &format!(".{number}.broken"));
        number += 1;
    }
    fs::rename(path, &aside)?;
    Ok(aside)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_files_are_numbered_and_none_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sandbox.json");
        for content in ["", "{", "{\"version\":2,\"clients\":{},\"grants\":{}}"] {
            fs::write(&path, content).unwrap();

            let Found::Broken(aside) = load(&path).unwrap() else {
                panic!("{content:?} was understood");
            };

            assert_eq!(fs::read_to_string(aside).unwrap(), content);
            assert!(!path.exists());
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn a_save_that_fails_leaves_no_litter() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("occupied");
        fs::create_dir(&path).unwrap();

        let failure = save(&path, &Kept::nothing());

        assert!(
            matches!(failure, Err(SandboxError::StateUnwritable { .. })),
            "{failure:?}"
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
