//! The actor through its handle, on ports in memory and a clock that the test moves.

mod answering;
mod callbacks;
mod clocks;
mod connecting;
mod crowds;
mod editing;
mod failing;
mod granted;
mod hostile;
mod identifying;
mod interrupted;
mod keychain;
mod meetings;
mod model;
mod offline;
mod pending;
mod reconnecting;
mod renewing;
mod restarting;
mod revoking;
mod stopping;
mod unlocking;
mod verifying;
mod watching;

use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
/// The slug of the provider that most tests use.
const MIO: &str = "mio-sandbox";
