//! Programs that xtask runs: each in a group of its own, watched, and ended with all it left.
//!
//! Tests start displays, buses and browsers, some of them in sessions of their own. xtask is the
//! subreaper of them all, so an orphan becomes its child and can be found. The hazard: it ends
//! processes; it only touches groups it made and processes that are its own descendants.

use std::{
    collections::HashMap,
    fs::{self, File},
    os::unix::process::{CommandExt as _, ExitStatusExt as _},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result};
use rustix::process::{
    Pid, Signal, WaitOptions, getpid, kill_process, kill_process_group, set_child_subreaper, wait,
};

use crate::{
    clock::{Stopwatch, pause},
    signals::Signals,
};

/// How a watched program ended.
#[derive(Debug)]
pub(crate) enum End {
    /// By itself.
    Exit(ExitStatus),
    /// It was ended because it took longer than its limit.
    TooLong,
    /// It was ended because the user asked xtask to stop.
    Stopped(Signal),
}

/// Makes orphans of everything started from now on come back to xtask.
pub(crate) fn adopt_orphans() -> Result<()> {
    set_child_subreaper(Some(getpid())).context("orphans can't be adopted")
}

/// Starts a program in a group of its own, without stdin.
pub(crate) fn start(command: &mut Command) -> Result<Child> {
    command
        .process_group(0)
        .stdin(Stdio::null())
        .spawn()
        .with_context(|| format!("{} can't be started", command.get_program().display()))
}

/// Runs a program to its end, its output to a log, and ends what it leaves behind.
pub(crate) fn run_logged(
    mut command: Command,
    log: &File,
    limit: Duration,
    signals: &Signals,
) -> Result<End> {
    // Logs are read with and without a terminal.
    command
        .envs([
            ("NO_COLOR", "1"),
            ("CARGO_TERM_COLOR", "never"),
            ("TERM", "dumb"),
        ])
        .stdout(log.try_clone().context("the log can't be shared")?)
        .stderr(log.try_clone().context("the log can't be shared")?);
    let mut child = start(&mut command)?;
    let _running = Running::note(child.id());
    let watch = Stopwatch::start();
    let end = loop {
        if let Some(status) = child.try_wait().context("a program can't be watched")? {
            break End::Exit(status);
        }
        // Left for the others that run beside it: all have to stop.
        if let Some(signal) = signals.noted() {
            break End::Stopped(signal);
        }
        if watch.elapsed() > limit {
            break End::TooLong;
        }
        pause();
    };
    end_group(&mut child);
    Ok(end)
}

/// The programs that are being run and watched, side by side.
static RUNNING: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// Says that a program runs, as long as it lives.
struct Running(u32);

impl Running {
    fn note(pid: u32) -> Self {
        running().push(pid);
        Self(pid)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        running().retain(|pid| *pid != self.0);
    }
}

fn running() -> MutexGuard<'static, Vec<u32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends a program with its group and with all orphans that don't belong to a program beside it:
/// politely, then after two seconds for sure.
pub(crate) fn end_group(child: &mut Child) {
    for (signal, limit) in [
        (Signal::TERM, Duration::from_secs(2)),
        (Signal::KILL, Duration::from_secs(5)),
    ] {
        let watch = Stopwatch::start();
        signal_group(child, signal);
        let mut asked = Vec::new();
        loop {
            let running = matches!(child.try_wait(), Ok(None));
            let left = descendants(child.id());
            for pid in &left {
                if !asked.contains(pid) {
                    asked.push(*pid);
                    signal_one(*pid, signal);
                }
            }
            // The child's own status is taken, and where it ran alone, the other zombies belong to
            // nobody else.
            if !running && !has_company(child.id()) {
                while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
            }
            if !running && left.is_empty() {
                return;
            }
            if watch.elapsed() > limit {
                break;
            }
            pause();
        }
    }
}

/// Sends a signal to a program and its group.
pub(crate) fn signal_group(child: &Child, signal: Signal) {
    if let Some(pid) = pid(child.id()) {
        // Nobody may be left in it, which is fine.
        let _ = kill_process_group(pid, signal);
    }
}

/// The exit code a shell would give: a signal's number is added to 128.
pub(crate) fn exit_code(status: ExitStatus) -> u8 {
    let code = status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    u8::try_from(code).unwrap_or(1)
}

fn signal_one(number: u32, signal: Signal) {
    if let Some(pid) = pid(number) {
        let _ = kill_process(pid, signal);
    }
}

fn pid(number: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(number).ok()?)
}

/// Tells whether another program is run beside this one.
fn has_company(pid: u32) -> bool {
    running().iter().any(|other| *other != pid)
}

/// The living descendants of xtask, orphans included, without the programs beside this one and
/// theirs.
fn descendants(pid: u32) -> Vec<u32> {
    let mut parents: HashMap<u32, u32> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let number = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        let stat = fs::read_to_string(entry.path().join("stat")).ok();
        if let (Some(number), Some(parent)) = (number, stat.as_deref().and_then(living_parent)) {
            parents.insert(number, parent);
        }
    }
    let beside = running();
    let beside = beside.iter().filter(|other| **other != pid);
    let spared: Vec<u32> = beside
        .flat_map(|other| below(*other, &parents).into_iter().chain([*other]))
        .collect();
    let mut found = below(std::process::id(), &parents);
    found.retain(|pid| !spared.contains(pid));
    found
}

fn below(root: u32, parents: &HashMap<u32, u32>) -> Vec<u32> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        let children = parents.iter().filter(|(_, its)| **its == parent);
        let new: Vec<u32> = children
            .map(|(pid, _)| *pid)
            .filter(|pid| !found.contains(pid))
            .collect();
        found.extend(new);
        next += 1;
    }
    found.remove(0);
    found
}

/// Reads the parent out of a line of `/proc/<pid>/stat`, unless the process is a zombie.
fn living_parent(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    let state = fields.next()?;
    (!matches!(state, "Z" | "X")).then(|| fields.next()?.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zombie_has_no_living_parent() {
        assert_eq!(living_parent("9 (a (b) c) S 4 9 9"), Some(4));
        assert_eq!(living_parent("9 (sh) Z 4 9 9"), None);
        assert_eq!(living_parent("9 (sh"), None);
    }

    #[test]
    fn grandchildren_are_found_and_strangers_are_not() {
        let parents = HashMap::from([(2, 1), (3, 2), (4, 3), (5, 9), (9, 0)]);
        let mut found = below(2, &parents);
        found.sort_unstable();
        assert_eq!(found, [3, 4]);
    }

    #[test]
    fn a_signal_is_a_shells_exit_code() {
        assert_eq!(exit_code(ExitStatus::from_raw(3 << 8)), 3);
        assert_eq!(exit_code(ExitStatus::from_raw(15)), 143);
    }
}
