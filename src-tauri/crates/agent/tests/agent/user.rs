//! A user without privileges, for tests that ask what one program of a user may do to another.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

/// A user that was made for one test and goes with it, or whoever runs the tests if that isn't root.
pub(crate) struct User {
    made: Option<Made>,
}

struct Made {
    name: String,
    uid: u32,
    gid: u32,
}

impl User {
    pub(crate) fn new() -> Self {
        if !rustix::process::geteuid().is_root() {
            return Self { made: None };
        }
        let name = format!("keyfob-test-{}", std::process::id());
        let mut add = Command::new("useradd");
        add.args([
            "--system",
            "--user-group",
            "--no-create-home",
            "--shell",
            "/bin/false",
            &name,
        ]);
        let added = add.output().expect("useradd is there");
        assert!(added.status.success(), "useradd: {added:?}");
        let users = std::fs::read_to_string("/etc/passwd").unwrap();
        let line = users
            .lines()
            .find(|line| line.starts_with(&format!("{name}:")));
        let fields: Vec<&str> = line.expect("the new user has a line").split(':').collect();
        let made = Made {
            uid: fields[2].parse().unwrap(),
            gid: fields[3].parse().unwrap(),
            name,
        };
        Self { made: Some(made) }
    }

    /// Has this user run the command.
    pub(crate) fn runs(&self, command: &mut Command) {
        if let Some(made) = &self.made {
            command.uid(made.uid).gid(made.gid);
        }
    }

    /// Gives this user a file or a directory.
    pub(crate) fn owns(&self, path: &Path) {
        if let Some(made) = &self.made {
            std::os::unix::fs::chown(path, Some(made.uid), Some(made.gid)).unwrap();
        }
    }
}

impl Drop for User {
    fn drop(&mut self) {
        if let Some(made) = &self.made {
            let deleted = Command::new("userdel").arg(&made.name).output();
            if !deleted.as_ref().is_ok_and(|output| output.status.success()) {
                eprintln!("the user {} is left: {deleted:?}", made.name);
            }
        }
    }
}
