//! SECURITY 111: no other program of the same user looks into the agent. Root passes every check, so
//! the agent and whoever looks at it are started as a user without privileges.

use crate::observer::{OBSERVE, OBSERVED};
use crate::user::User;
use crate::world::AGENT;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

#[test]
fn security_111_another_program_of_the_same_user_cannot_look_into_the_agent() {
    let user = User::new();
    let dir = tempfile::tempdir().unwrap();
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(dir.path(), mode.clone()).unwrap();
    user.owns(dir.path());
    // The build may lie where another user can't read.
    let (agent, observer) = (dir.path().join("agent"), dir.path().join("observer"));
    for (from, to) in [
        (AGENT.into(), &agent),
        (std::env::current_exe().unwrap(), &observer),
    ] {
        std::fs::copy(from, to).unwrap();
        std::fs::set_permissions(to, mode.clone()).unwrap();
    }
    let mut command = Command::new(&observer);
    command
        .args(["--exact", "observer::looks_at_the_agent", "--nocapture"])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", dir.path())
        .env(OBSERVE, &agent)
        .current_dir(dir.path());
    user.runs(&mut command);
    let output = command.output().unwrap();
    let (said, complained) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{said}{complained}");
    assert!(said.contains(OBSERVED), "{said}{complained}");
}
