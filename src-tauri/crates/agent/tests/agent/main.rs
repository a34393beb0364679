//! The program as its parent sees it: a real desktop's keychain, the sandbox behind HTTP, and an
//! agent at the end of two pipes.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests may fail loudly, as tests do"
)]

mod api;
mod connecting;
mod hardening;
mod leaks;
mod lines;
mod observer;
mod owner;
mod parent;
mod stopping;
mod user;
mod world;
