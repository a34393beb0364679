//! Providers as they are, and providers and networks that misbehave: the presets of real services, a
//! table of quirks and a table of network faults, each row with what has to come of it (SECURITY 10–73,
//! "How we prove it").
//!
//! All parts are real: the keychain of a desktop, SQLite, HTTP, the sandbox at the other end. One
//! process is started inside a desktop and walks through a whole table, an account for each row.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests may fail loudly, as tests do"
)]

mod account;
mod cells;
mod clock;
mod desk;
mod keychain;
mod presets;
mod proxy;
mod quirks;
mod sandbox;
