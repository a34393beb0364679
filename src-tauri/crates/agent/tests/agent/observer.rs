//! What a program does that is after the agent's memory. It runs as a user without privileges, and
//! does everything to an ordinary program first: a look that fails everywhere proves nothing.

use crate::parent::{LIMIT, Parent};
use keyfob_test_support::until;
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};
use serde_json::json;
use std::io;
use std::os::unix::fs::FileExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};

/// Names the agent to look at.
pub(crate) const OBSERVE: &str = "KEYFOB_TEST_OBSERVE";
/// Said when everything was looked at.
pub(crate) const OBSERVED: &str = "=> everything was looked at";

#[tokio::test]
async fn looks_at_the_agent() {
    let Some(agent) = std::env::var_os(OBSERVE) else {
        // Nobody named one: this is the run that starts the others.
        return;
    };
    assert!(
        !rustix::process::geteuid().is_root(),
        "root sees everything"
    );
    // Most shells switch core dumps off; the agent has to do so by itself.
    let maximum = getrlimit(Resource::Core).maximum;
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    setrlimit(Resource::Core, raised).unwrap();

    let mut ordinary = sleeper();
    assert!(
        first_byte(ordinary.id()).is_ok(),
        "{:?}",
        first_byte(ordinary.id())
    );
    assert_ne!(core_limit(ordinary.id()), ["0", "0"]);
    let status = crash(&mut ordinary);
    assert!(
        status.core_dumped(),
        "{status}: {maximum:?} is the limit here"
    );
    let mut traced = sleeper();
    assert!(seize(traced.id()).is_ok(), "{:?}", seize(traced.id()));
    assert_ne!(status_of(traced.id(), "TracerPid"), "0");
    traced.kill().unwrap();
    traced.wait().unwrap();

    let work_dir = Path::new("work");
    std::fs::create_dir(work_dir).unwrap();
    let here = std::env::current_dir().unwrap();
    let mut command = Command::new(agent);
    command
        .args(["--control", "stdio", "--data-dir"])
        .arg(here.join("data"))
        .arg("--config-dir")
        .arg(here.join("config"))
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/at/all")
        .current_dir(work_dir);
    let mut agent = Parent::of(command);
    agent.ask("list", json!({})).await.unwrap();
    let pid = agent.pid();
    for file in ["mem", "maps", "environ", "auxv", "fd", "root"] {
        let path = format!("/proc/{pid}/{file}");
        let refused = match file {
            "fd" => std::fs::read_dir(&path).err(),
            "root" => std::fs::read_link(&path).err(),
            _ => std::fs::read(&path).err(),
        };
        let kind = refused.map(|error| error.kind());
        assert_eq!(kind, Some(io::ErrorKind::PermissionDenied), "{path}");
    }
    let refused = seize(pid).unwrap_err();
    assert_eq!(refused.raw_os_error(), Some(libc::EPERM), "{refused}");
    assert_eq!(status_of(pid, "TracerPid"), "0");
    assert_eq!(status_of(pid, "Umask"), "0077");
    assert_eq!(core_limit(pid), ["0", "0"]);
    let status = crash(agent.child());
    assert_eq!(status.signal(), Some(libc::SIGSEGV), "{status}");
    assert!(!status.core_dumped(), "{status}");
    let left = std::fs::read_dir(work_dir).unwrap().count();
    assert_eq!(left, 0, "files in its directory");
    println!("{OBSERVED}");
}

fn sleeper() -> Child {
    Command::new("sleep").arg("600").spawn().unwrap()
}

/// Sends SIGSEGV until the process has ended: the first one only takes away the handler by which
/// Rust recognises an overflown stack.
fn crash(child: &mut Child) -> ExitStatus {
    let pid = Pid::from_child(child);
    let mut ended = None;
    until(LIMIT, "the process to crash", || {
        // One that has ended isn't reaped yet, so the number is still its own.
        kill_process(pid, Signal::SEGV).unwrap();
        ended = child.try_wait().unwrap();
        ended.is_some()
    })
    .unwrap();
    ended.unwrap()
}

/// Reads a byte of another process's memory.
fn first_byte(pid: u32) -> io::Result<u8> {
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps"))?;
    let (start, _) = maps.split_once('-').expect("an address");
    let start = u64::from_str_radix(start, 16).unwrap();
    let mut byte = [0];
    std::fs::File::open(format!("/proc/{pid}/mem"))?.read_exact_at(&mut byte, start)?;
    Ok(byte[0])
}

/// Soft and hard limit.
fn core_limit(pid: u32) -> [String; 2] {
    let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max core file size"));
    let mut words = line
        .expect("there is a limit")
        .split_whitespace()
        .map(str::to_owned);
    [words.next().unwrap(), words.next().unwrap()]
}

fn status_of(pid: u32, name: &str) -> String {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let value = status
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{name}:")));
    value.expect("there is such a line").trim().to_owned()
}

/// Attaches to a process as a debugger does, without stopping it.
#[expect(unsafe_code, reason = "no dependency has a safe way to be a debugger")]
fn seize(pid: u32) -> io::Result<()> {
    let pid = libc::pid_t::try_from(pid).unwrap();
    // SAFETY: PTRACE_SEIZE ignores the address and takes option bits, of which there are none.
    let outcome = unsafe { libc::ptrace(libc::PTRACE_SEIZE, pid, 0_usize, 0_usize) };
    if outcome == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
