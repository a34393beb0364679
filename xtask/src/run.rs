//! `cargo xtask run`: builds the app and starts it.
//!
//! It must not change how the app behaves: what is seen here is what a user sees. Requests to stop
//! reach the app, and nothing of it is left when xtask ends.

use std::{
    env,
    io::{BufRead as _, BufReader, Read},
    process::{Child, ExitCode, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};

use crate::{
    clock::{Stopwatch, pause},
    console::say,
    prerequisites::{Purpose, ensure_all},
    process::{adopt_orphans, end_group, exit_code, signal_group, start},
    signals::Signals,
    ui,
    workspace::{cargo, command, target_dir},
};

/// What the app says once its window has been painted.
const READY: &str = "first paint";

/// How long it may take until it says so.
const READY_LIMIT: Duration = Duration::from_secs(60);

const NO_DISPLAY: &str = "\
There is no display: neither DISPLAY nor WAYLAND_DISPLAY is set. To run Keyfob without one
(with the packages xvfb, xauth and dbus):

  xvfb-run -a dbus-run-session -- cargo xtask run";

/// Builds and starts the app. Returns the app's own exit code, or 2 if there is no display.
pub(crate) fn run(until_ready: bool) -> Result<ExitCode> {
    let has = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    if !has("DISPLAY") && !has("WAYLAND_DISPLAY") {
        say(NO_DISPLAY);
        return Ok(ExitCode::from(2));
    }
    ensure_all(Purpose::Run)?;
    make_ui()?;
    let status = cargo()
        .args(["build", "--bin", "keyfob-desktop"])
        .status()
        .context("cargo can't be started")?;
    ensure!(status.success(), "Keyfob can't be built.");

    let signals = Signals::listen()?;
    adopt_orphans()?;
    let app = target_dir().join("debug/keyfob-desktop");
    let mut app = command(&app.to_string_lossy());
    if until_ready {
        app.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = start(&mut app)?;
        let seen = wait_for_ready(&mut child, &signals);
        end_group(&mut child);
        seen.map(|()| ExitCode::SUCCESS)
    } else {
        let mut child = start(&mut app)?;
        let code = follow(&mut child, &signals)?;
        end_group(&mut child);
        Ok(ExitCode::from(code))
    }
}

/// Installs the packages of the user interface and builds it, where that is still to do.
pub(crate) fn make_ui() -> Result<()> {
    for product in [ui::packages()?, ui::build()?] {
        if !product.is_fresh() {
            let status = product.command().status().context("npm can't be started")?;
            ensure!(status.success(), "The user interface can't be built.");
            product.stamp()?;
        }
    }
    Ok(())
}

/// Waits for the app to end and passes requests to stop on to it.
fn follow(child: &mut Child, signals: &Signals) -> Result<u8> {
    loop {
        if let Some(status) = child.try_wait().context("the app can't be watched")? {
            return Ok(exit_code(status));
        }
        if let Some(signal) = signals.take() {
            signal_group(child, signal);
        }
        pause();
    }
}

fn wait_for_ready(child: &mut Child, signals: &Signals) -> Result<()> {
    let (sender, lines) = channel();
    let stdout = child.stdout.take().context("the app has no stdout")?;
    let stderr = child.stderr.take().context("the app has no stderr")?;
    pass_on(stdout, sender.clone());
    pass_on(stderr, sender);
    let outcome = read_until_ready(&lines, signals, || !matches!(child.try_wait(), Ok(None)));
    match outcome {
        Waited::Ready => Ok(()),
        Waited::Ended => {
            let status = child.wait().context("the app can't be watched")?;
            anyhow::bail!("Keyfob ended ({status}) before it said {READY:?}.")
        }
        Waited::TooLong => {
            anyhow::bail!(
                "Keyfob didn't say {READY:?} within {READY_LIMIT:?}; see above for what it said."
            )
        }
        Waited::Stopped => anyhow::bail!("Stopped."),
    }
}

enum Waited {
    Ready,
    Ended,
    TooLong,
    Stopped,
}

/// `has_ended` is asked as well, because an orphan of the app can keep its output open.
fn read_until_ready(
    lines: &Receiver<String>,
    signals: &Signals,
    mut has_ended: impl FnMut() -> bool,
) -> Waited {
    let watch = Stopwatch::start();
    while watch.elapsed() < READY_LIMIT {
        if signals.take().is_some() {
            return Waited::Stopped;
        }
        // Asked before the lines, so that its last words are still read.
        let ended = has_ended();
        match lines.recv_timeout(Duration::from_millis(50)) {
            Ok(line) => {
                say(&line);
                if line.contains(READY) {
                    return Waited::Ready;
                }
            }
            Err(RecvTimeoutError::Timeout) if ended => return Waited::Ended,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Waited::Ended,
        }
    }
    Waited::TooLong
}

/// Sends each line on. The thread may outlive its use: an orphan of the app can hold the pipe.
fn pass_on(output: impl Read + Send + 'static, lines: Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(output).split(b'\n') {
            let Ok(line) = line else { return };
            if lines
                .send(String::from_utf8_lossy(&line).into_owned())
                .is_err()
            {
                return;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waited(output: &'static str) -> Waited {
        let (sender, lines) = channel();
        pass_on(output.as_bytes(), sender);
        read_until_ready(&lines, &Signals::listen().unwrap(), || false)
    }

    #[test]
    fn the_line_that_says_ready_ends_the_wait() {
        let outcome = waited("starting\n 2026-11-21 INFO first paint ms=262\nmore\n");
        assert!(matches!(outcome, Waited::Ready));
    }

    #[test]
    fn output_that_ends_without_it_is_the_end_of_the_app() {
        assert!(matches!(waited("starting\nfailed\n"), Waited::Ended));
    }

    #[test]
    fn an_app_that_ended_is_seen_while_its_output_stays_open() {
        let (held_open, lines) = channel();
        held_open.send("last words".to_owned()).unwrap();
        let outcome = read_until_ready(&lines, &Signals::listen().unwrap(), || true);
        assert!(matches!(outcome, Waited::Ended));
        assert!(lines.try_recv().is_err(), "the last words were read");
        drop(held_open);
    }
}
