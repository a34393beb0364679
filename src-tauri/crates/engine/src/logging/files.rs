//! Five files of 1 MiB, the newest without a number, for their user only.

use file_rotate::compression::Compression;
use file_rotate::suffix::AppendCount;
use file_rotate::{ContentLimit, FileRotate};
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

const NAME: &str = "keyfob.log";
/// A file that has reached so many bytes is full.
const LARGEST: usize = 1024 * 1024;
/// Beside the newest one.
const OLDER: usize = 4;

pub(super) struct Files(FileRotate<AppendCount>);

impl Files {
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        Self::with_limit(dir, LARGEST)
    }

    fn with_limit(dir: &Path, largest: usize) -> io::Result<Self> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        let mut options = OpenOptions::new();
        options.read(true).create(true).append(true);
        #[cfg(unix)]
        {
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        builder.create(dir)?;
        let path = dir.join(NAME);
        // The library panics where this fails.
        options.open(&path)?;
        Ok(Self(FileRotate::new(
            path,
            AppendCount::new(OLDER),
            ContentLimit::BytesSurpassed(largest),
            Compression::None,
            Some(options),
        )))
    }

    pub(super) fn write(&mut self, text: &str) -> io::Result<()> {
        self.0.write_all(text.as_bytes())?;
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_115_five_files_are_kept_and_the_oldest_goes() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("log");
        let mut files = Files::with_limit(&dir, 100).unwrap();
        for number in 0..100 {
            files
                .write(&format!("line {number:>3} {}\n", "x".repeat(40)))
                .unwrap();
        }
        drop(files);
        let mut names: Vec<_> = std::fs::read_dir(&dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let expected = [
            "keyfob.log",
            "keyfob.log.1",
            "keyfob.log.2",
            "keyfob.log.3",
            "keyfob.log.4",
        ];
        assert_eq!(names, expected);
        let all: String = names
            .iter()
            .rev()
            .map(|name| std::fs::read_to_string(dir.join(name)).unwrap())
            .collect();
        let last = all.lines().last().unwrap();
        assert!(last.starts_with("line  99 "), "{last}");
        assert!(!all.contains("line   0 "), "{all}");
        #[cfg(unix)]
        for path in std::iter::once(dir.clone()).chain(names.iter().map(|name| dir.join(name))) {
            use std::os::unix::fs::MetadataExt;
            let mode = std::fs::metadata(&path).unwrap().mode();
            assert_eq!(mode & 0o077, 0, "{}: {mode:o}", path.display());
        }
        // A later process goes on in the same file.
        let mut files = Files::with_limit(&dir, 100).unwrap();
        files.write("again\n").unwrap();
        assert!(
            std::fs::read_to_string(dir.join(NAME))
                .unwrap()
                .ends_with("again\n")
        );
    }

    #[test]
    fn a_directory_that_can_t_be_made_is_an_error_and_no_panic() {
        let home = tempfile::tempdir().unwrap();
        let taken = home.path().join("log");
        std::fs::write(&taken, "a file").unwrap();
        assert!(Files::open(&taken).is_err());
    }
}
