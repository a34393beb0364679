//! Requests to stop: Ctrl-C, SIGTERM and a closed terminal.
//!
//! They are only noted here; whoever waits for a program looks and passes them on.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use anyhow::{Context as _, Result};
use rustix::process::Signal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// The last request to stop that nobody has taken yet.
pub(crate) struct Signals(Arc<AtomicUsize>);

impl Signals {
    /// Begins to note requests instead of dying of them.
    pub(crate) fn listen() -> Result<Self> {
        let noted = Arc::new(AtomicUsize::new(0));
        for (signal, number) in [(SIGINT, 2), (SIGTERM, 15), (SIGHUP, 1)] {
            signal_hook::flag::register_usize(signal, Arc::clone(&noted), number)
                .context("signals can't be heard")?;
        }
        Ok(Self(noted))
    }

    /// Takes the request, so that it is passed on once.
    pub(crate) fn take(&self) -> Option<Signal> {
        named(self.0.swap(0, Ordering::SeqCst))
    }

    /// Looks at the request, and leaves it to others that look.
    pub(crate) fn noted(&self) -> Option<Signal> {
        named(self.0.load(Ordering::SeqCst))
    }
}

fn named(number: usize) -> Option<Signal> {
    match number {
        0 => None,
        1 => Some(Signal::HUP),
        2 => Some(Signal::INT),
        _ => Some(Signal::TERM),
    }
}
