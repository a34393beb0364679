//! The engine without a window: one process that owns a data directory and is led over its standard
//! input and output, a line of JSON each way.
//!
//! It must not show a token, a code, a verifier or a secret to whoever leads it, and has no browser:
//! the parent process opens the authorization request, and only loopback brings the answer back.
//! Hazard: whatever is written to the standard output is the parent's to log; nothing but
//! [`view`]'s types goes there.

mod agent;
mod api;
mod arguments;
mod control;
mod harden;
mod start;
mod stdio;
mod view;

use arguments::Parsed;
use keyfob_domain::error::{ErrorCode, Problem};
use std::io::Write;
use std::process::ExitCode;
use view::StartFailure;

/// A start that failed.
const FAILED: u8 = 1;
/// A command line that can't be understood.
const MISUSED: u8 = 2;
/// Another process owns the data directory.
const OWNED_ELSEWHERE: u8 = 3;

/// Runs the program: hardens the process, reads its command line and serves until it is asked to
/// stop. Has to be called before any thread is started.
#[must_use]
pub fn run() -> ExitCode {
    if let Err(why) = harden::harden() {
        return give_up(&Problem::with_detail(ErrorCode::Internal, &why));
    }
    let arguments = match arguments::parse(std::env::args_os().skip(1)) {
        Ok(Parsed::Serve(arguments)) => arguments,
        Ok(Parsed::Help) => return say(arguments::USAGE),
        Ok(Parsed::Version) => {
            return say(concat!("keyfob-agent ", env!("CARGO_PKG_VERSION")));
        }
        Err(sentence) => {
            complain(&sentence);
            return ExitCode::from(MISUSED);
        }
    };
    match start::serve(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => give_up(&problem),
    }
}

/// Tells parent and user why nothing was started.
fn give_up(problem: &Problem) -> ExitCode {
    // The exit code says it too, should nobody read this.
    let _ = say(&view::line(&StartFailure {
        error: problem.clone().into(),
    }));
    if problem.code == ErrorCode::OwnerElsewhere {
        let dir = problem.detail.as_deref().unwrap_or("the data directory");
        complain(&format!(
            "Another Keyfob owns {dir}. Quit that one first, or choose another directory with --data-dir."
        ));
        return ExitCode::from(OWNED_ELSEWHERE);
    }
    complain(&format!("Keyfob can't start: {problem}."));
    ExitCode::from(FAILED)
}

fn say(text: &str) -> ExitCode {
    match writeln!(std::io::stdout(), "{text}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(FAILED),
    }
}

fn complain(sentence: &str) {
    // Nobody is left to tell if standard error is closed.
    let _ = writeln!(std::io::stderr(), "keyfob-agent: {sentence}");
}
