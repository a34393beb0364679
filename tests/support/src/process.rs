//! The processes of a desktop: how they are started, found again and ended.
//!
//! Process groups don't hold what a desktop starts together: Chromium, the session bus and
//! `xdg-open` put their children into sessions of their own, and orphans change their parent.
//! What they keep is the environment or the working directory, so a process belongs to a desktop
//! when its `HOME` is the desktop's, when it works there, or when an ancestor of it belongs. One
//! sign isn't enough: Chromium overwrites its own environment to show a title. The groups stay
//! those of the test, so that Ctrl-C in a terminal still reaches everything.
//!
//! The hazard: this file ends processes. It only ever touches those that belong to a directory
//! that was created for one test, and their descendants.

use std::{
    collections::{BTreeSet, HashMap},
    ffi::{OsStr, OsString},
    fs::{self, File},
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};

use crate::wait::until;

/// One living process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its process id.
    pub pid: u32,
    /// The first 15 bytes of its name, as the kernel keeps it.
    pub name: String,
}

/// Lists the living processes whose `HOME` is `home` or that work in it, and their descendants.
/// Zombies are left out.
pub fn running_in(home: &Path) -> Vec<Process> {
    named(home, &[])
}

/// Everything that runs in one desktop.
#[derive(Debug)]
pub(crate) struct Family {
    home: PathBuf,
    logs: PathBuf,
    children: Mutex<Vec<Child>>,
}

impl Family {
    pub(crate) fn new(home: PathBuf, logs: PathBuf) -> Self {
        Self {
            home,
            logs,
            children: Mutex::new(Vec::new()),
        }
    }

    /// Starts a program, its output added to `<logs>/<name>.log`. The command must carry the desktop's
    /// environment.
    pub(crate) fn start(&self, name: &str, mut command: Command) -> Result<u32> {
        let log = self.log(name);
        let output = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .with_context(|| format!("can't create {}", log.display()))?;
        let errors = output.try_clone().context("can't share the log file")?;
        let child = command
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .with_context(|| format!("can't start {}", command.get_program().display()))?;
        Ok(self.adopt(child))
    }

    /// Takes a child that was started elsewhere, to be ended and reaped with the others.
    pub(crate) fn adopt(&self, child: Child) -> u32 {
        let pid = child.id();
        self.children().push(child);
        pid
    }

    /// Tells whether a started program has ended, and reaps it if so.
    pub(crate) fn has_ended(&self, pid: u32) -> bool {
        self.children()
            .iter_mut()
            .find(|child| child.id() == pid)
            .is_none_or(|child| child.try_wait().is_ok_and(|status| status.is_some()))
    }

    /// Ends one program that was started here, with its descendants.
    pub(crate) fn end_one(&self, pid: u32) {
        if !self.has_ended(pid) {
            self.end(|table| {
                let mut doomed = vec![pid];
                doomed.extend(descendants(table, &[pid]));
                doomed
            });
        }
    }

    /// Ends everything but the display first: clients get to say goodbye, and a display that is
    /// killed leaves its socket and shared memory behind.
    pub(crate) fn end_all(&self) {
        let all = |table: &Table| members(table, &self.home, &self.child_pids());
        self.end(|table| {
            all(table)
                .into_iter()
                .filter(|pid| table[pid].name != "Xvfb")
                .collect()
        });
        self.end(all);
        for mut child in self.children().drain(..) {
            // Ended already; this only takes the zombie away.
            let _ = child.wait();
        }
    }

    pub(crate) fn members(&self) -> Vec<Process> {
        named(&self.home, &self.child_pids())
    }

    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.logs.join(format!("{name}.log"))
    }

    fn end(&self, doomed: impl Fn(&Table) -> Vec<u32>) {
        // With the time of its start, because a number may be given anew. Kept over all looks: who
        // loses its parent may not be recognised a second time, as Chromium overwrites its own
        // environment.
        let mut known: BTreeSet<(u32, u64)> = BTreeSet::new();
        for (signal, limit) in [
            (Signal::TERM, Duration::from_secs(2)),
            (Signal::KILL, Duration::from_secs(5)),
        ] {
            let mut asked = BTreeSet::new();
            let gone = until(limit, "the desktop's processes to end", || {
                self.reap();
                let table = table();
                known.extend(
                    doomed(&table)
                        .into_iter()
                        .filter_map(|pid| Some((pid, table.get(&pid)?.started))),
                );
                known.retain(|(pid, started)| {
                    table
                        .get(pid)
                        .is_some_and(|entry| entry.started == *started)
                });
                for (pid, _) in &known {
                    if asked.insert(*pid) {
                        signal_process(*pid, signal);
                    }
                }
                known.is_empty()
            });
            if gone.is_ok() {
                return;
            }
        }
    }

    fn reap(&self) {
        for child in self.children().iter_mut() {
            // The status is kept by `Child`, so a later wait still finds it.
            let _ = child.try_wait();
        }
    }

    fn child_pids(&self) -> Vec<u32> {
        self.children()
            .iter_mut()
            .filter_map(|child| matches!(child.try_wait(), Ok(None)).then(|| child.id()))
            .collect()
    }

    fn children(&self) -> MutexGuard<'_, Vec<Child>> {
        self.children.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a short command to its end and returns what it wrote to stdout.
///
/// Output goes to an unlinked file: a pipe would be held open by whatever the command leaves
/// running.
pub(crate) fn output_of(mut command: Command, limit: Duration) -> Result<String> {
    use std::io::{Read as _, Seek as _};

    let mut output = tempfile::tempfile().context("no temporary file")?;
    let mut errors = tempfile::tempfile().context("no temporary file")?;
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(errors.try_clone()?)
        .spawn()
        .with_context(|| format!("can't start {name}"))?;
    let ended = until(limit, &format!("{name} to finish"), || {
        !matches!(child.try_wait(), Ok(None))
    });
    if let Err(error) = ended {
        let _ = child.kill();
        let _ = child.wait();
        return Err(error);
    }
    let status = child.wait()?;
    let mut text = String::new();
    if !status.success() {
        errors.rewind()?;
        errors.read_to_string(&mut text)?;
        anyhow::bail!("{name} ended with {status}: {}", text.trim());
    }
    output.rewind()?;
    output.read_to_string(&mut text)?;
    Ok(text)
}

pub(crate) fn signal_process(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // It may be gone already, which is what was wanted.
        let _ = kill_process(pid, signal);
    }
}

fn named(home: &Path, roots: &[u32]) -> Vec<Process> {
    let table = table();
    members(&table, home, roots)
        .into_iter()
        .map(|pid| Process {
            pid,
            name: table[&pid].name.clone(),
        })
        .collect()
}

/// Only pids that are in the table.
fn members(table: &Table, home: &Path, roots: &[u32]) -> Vec<u32> {
    let mut marker = OsString::from("HOME=");
    marker.push(home);
    let mut pids: Vec<u32> = table
        .keys()
        .copied()
        .filter(|pid| {
            roots.contains(pid) || has_variable(*pid, marker.as_bytes()) || works_in(*pid, home)
        })
        .collect();
    pids.extend(descendants(table, &pids));
    pids.sort_unstable();
    pids.dedup();
    pids
}

fn has_variable(pid: u32, variable: &[u8]) -> bool {
    fs::read(format!("/proc/{pid}/environ"))
        .is_ok_and(|environment| environment.split(|byte| *byte == 0).any(|v| v == variable))
}

fn works_in(pid: u32, home: &Path) -> bool {
    fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|dir| {
        // The kernel marks a directory that was deleted.
        let text = dir.as_os_str().as_bytes();
        let dir = text.strip_suffix(b" (deleted)").unwrap_or(text);
        Path::new(OsStr::from_bytes(dir)).starts_with(home)
    })
}

/// The living processes of the machine by pid.
type Table = HashMap<u32, Entry>;

#[derive(Debug, PartialEq, Eq)]
struct Entry {
    state: char,
    parent: u32,
    name: String,
    threads: u32,
    /// In clock ticks since the machine started.
    started: u64,
}

impl Entry {
    /// The first thread of a dying process is a zombie while others may still be writing.
    fn is_alive(&self) -> bool {
        !matches!(self.state, 'Z' | 'X') || self.threads > 1
    }
}

fn table() -> Table {
    let Ok(entries) = fs::read_dir("/proc") else {
        return HashMap::new();
    };
    entries
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            let entry = parse_stat(&stat)?;
            entry.is_alive().then_some((pid, entry))
        })
        .collect()
}

/// Reads a line of `/proc/<pid>/stat`; see proc_pid_stat(5).
fn parse_stat(stat: &str) -> Option<Entry> {
    // The name may itself contain spaces and parentheses.
    let (head, tail) = stat.rsplit_once(')')?;
    let (_, name) = head.split_once('(')?;
    let fields: Vec<&str> = tail.split_whitespace().collect();
    Some(Entry {
        state: fields.first()?.chars().next()?,
        parent: fields.get(1)?.parse().ok()?,
        name: name.to_owned(),
        // Fields 20 and 22 of the line; the first one here is field 3.
        threads: fields.get(17)?.parse().ok()?,
        started: fields.get(19)?.parse().ok()?,
    })
}

fn descendants(table: &Table, roots: &[u32]) -> Vec<u32> {
    let mut found: Vec<u32> = Vec::new();
    let mut parents = roots.to_vec();
    while let Some(parent) = parents.pop() {
        for (pid, entry) in table {
            if entry.parent == parent && !found.contains(pid) && !roots.contains(pid) {
                found.push(*pid);
                parents.push(*pid);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_shift_the_fields() {
        let stat = "71 (a) b (c) S 12 71 71 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 99 100";
        let entry = Entry {
            state: 'S',
            parent: 12,
            name: "a) b (c".to_owned(),
            threads: 1,
            started: 4711,
        };
        assert_eq!(parse_stat(stat), Some(entry));
    }

    #[test]
    fn a_zombie_whose_threads_still_run_is_alive() {
        let entry = |state, threads| Entry {
            state,
            parent: 1,
            name: "chromium".to_owned(),
            threads,
            started: 1,
        };
        for (state, threads, alive) in [
            ('S', 1, true),
            ('Z', 1, false),
            ('Z', 0, false),
            ('Z', 3, true),
        ] {
            assert_eq!(
                entry(state, threads).is_alive(),
                alive,
                "{state} with {threads}"
            );
        }
    }

    #[test]
    fn grandchildren_belong_to_their_grandparent() {
        let table = [(1, 0), (5, 1), (6, 5), (7, 6), (8, 1)]
            .into_iter()
            .map(|(pid, parent)| {
                let entry = Entry {
                    state: 'S',
                    parent,
                    name: String::new(),
                    threads: 1,
                    started: 0,
                };
                (pid, entry)
            })
            .collect();
        let mut found = descendants(&table, &[5]);
        found.sort_unstable();
        assert_eq!(found, [6, 7]);
    }

    #[test]
    fn an_orphan_in_a_session_of_its_own_is_found_by_its_home_and_ended() {
        let dir = tempfile::tempdir().unwrap();
        let family = Family::new(dir.path().join("home"), dir.path().to_owned());
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "setsid sleep 600 >/dev/null 2>&1 & exit 0"])
            .env("HOME", dir.path().join("home"));
        let shell = family.start("shell", shell).unwrap();
        until(Duration::from_secs(5), "the orphan alone", || {
            family.has_ended(shell)
                && family
                    .members()
                    .iter()
                    .map(|process| process.name.as_str())
                    .eq(["sleep"])
        })
        .unwrap();

        family.end_all();

        assert_eq!(running_in(&dir.path().join("home")), []);
    }

    #[test]
    fn a_process_without_the_environment_is_found_by_its_directory() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().canonicalize().unwrap().join("home");
        fs::create_dir(&home).unwrap();
        let family = Family::new(home.clone(), dir.path().to_owned());
        let mut stray = Command::new("sleep");
        stray.arg("600").env_clear().current_dir(&home);
        let mut stray = stray.spawn().unwrap();
        let names = || -> Vec<String> { running_in(&home).into_iter().map(|p| p.name).collect() };
        assert_eq!(names(), ["sleep"]);
        fs::remove_dir(&home).unwrap();
        assert_eq!(names(), ["sleep"], "its directory is deleted");

        family.end_all();

        assert_eq!(names(), Vec::<String>::new());
        assert!(!stray.wait().unwrap().success());
    }

    #[test]
    fn a_short_command_that_fails_says_why() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo no such luck >&2; exit 3"]);
        let error = output_of(command, Duration::from_secs(5)).unwrap_err();
        assert!(error.to_string().contains("no such luck"), "{error}");
    }

    #[test]
    fn a_short_command_that_hangs_is_ended() {
        let mut command = Command::new("sleep");
        command.arg("600");
        let error = output_of(command, Duration::from_millis(50)).unwrap_err();
        assert!(error.to_string().contains("sleep to finish"), "{error}");
    }
}
