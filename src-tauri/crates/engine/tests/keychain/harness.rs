//! A process in a desktop that uses the adapter, from outside.

use keyfob_test_support::{Desktop, until};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc;
use std::time::Duration;

pub(crate) const OBEY: &str = "KEYFOB_TEST_OBEY";
pub(crate) const ANSWER: &str = "=> ";
pub(crate) const CHANGED: &str = "changed";
pub(crate) const LIMIT: Duration = Duration::from_secs(40);
pub(crate) const ID: &str = "0197c2a0-0000-7000-8000-000000000001";

/// It ends when its input does.
pub(crate) struct Keyfob {
    child: Child,
    input: Option<ChildStdin>,
    answers: mpsc::Receiver<String>,
    pub(crate) changes: mpsc::Receiver<()>,
}

impl Keyfob {
    pub(crate) fn start(desktop: &Desktop, environment: &[(&str, &str)]) -> Self {
        let mut command = desktop.command(std::env::current_exe().unwrap());
        command
            .args(["--exact", "obeys_its_parent", "--nocapture"])
            .env(OBEY, "1")
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, answers) = mpsc::channel();
        let (change_sender, changes) = mpsc::channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                // The test may have ended already, so nobody needs to listen.
                match line.split_once(ANSWER) {
                    Some((_, CHANGED)) => drop(change_sender.send(())),
                    Some((_, answer)) => drop(sender.send(answer.to_owned())),
                    None => {}
                }
            }
        });
        let input = child.stdin.take();
        Self {
            child,
            input,
            answers,
            changes,
        }
    }

    pub(crate) fn tell(&mut self, line: &str) {
        let input = self.input.as_mut().expect("it was not ended");
        writeln!(input, "{line}").unwrap();
    }

    pub(crate) fn answer(&self) -> String {
        self.answers
            .recv_timeout(LIMIT)
            .expect("the adapter answers in time")
    }

    /// Gives the answer if it comes in time.
    pub(crate) fn answer_within(&self, limit: Duration) -> Option<String> {
        self.answers.recv_timeout(limit).ok()
    }

    pub(crate) fn ask(&mut self, line: &str) -> String {
        self.tell(line);
        self.answer()
    }

    /// Tells it something that it may not survive.
    pub(crate) fn survives(mut self, line: &str) -> bool {
        self.tell(line);
        match self.answers.recv_timeout(LIMIT) {
            Ok(answer) => answer == "survived",
            Err(mpsc::RecvTimeoutError::Disconnected) => false,
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("it hangs"),
        }
    }

    /// Unlocks the keychain as a user does with Keyfob.
    pub(crate) fn unlock(&mut self, desktop: &Desktop) {
        self.tell("unlock");
        desktop.answer_keychain_prompt("test").unwrap();
        assert_eq!(self.answer(), "done");
    }

    /// Waits for one more change.
    pub(crate) fn changed(&self) {
        self.changes
            .recv_timeout(LIMIT)
            .expect("the change is noticed");
    }
}

impl Drop for Keyfob {
    fn drop(&mut self) {
        drop(self.input.take());
        // A panicking test must not wait for a process that hangs.
        if std::thread::panicking() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// Gives how many programs show a prompt of the keychain.
pub(crate) fn prompts(desktop: &Desktop) -> usize {
    let processes = desktop.processes();
    processes
        .iter()
        .filter(|process| process.name.starts_with("gcr-prompter"))
        .count()
}

/// Sends a signal to the keychain's daemon.
pub(crate) fn signal_daemon(desktop: &Desktop, signal: Signal) {
    let processes = desktop.processes();
    let mut daemons = processes
        .iter()
        .filter(|process| process.name == "gnome-keyring-d");
    let daemon = daemons.next().expect("a daemon runs");
    assert_eq!(daemons.next(), None, "one daemon runs");
    let pid = Pid::from_raw(daemon.pid.cast_signed()).unwrap();
    kill_process(pid, signal).unwrap();
    if signal == Signal::KILL {
        let is_gone = || !desktop.processes().contains(daemon);
        until(LIMIT, "the daemon to end", is_gone).unwrap();
    }
}

/// Gives a text of this many bytes.
pub(crate) fn text(seed: &str, length: usize) -> String {
    let text: String = (0..length)
        .map(|number| format!("{seed}{number},"))
        .collect();
    text[..length].to_owned()
}
