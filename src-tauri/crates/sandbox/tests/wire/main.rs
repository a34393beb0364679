//! The sandbox over a real socket, through the eyes of its clients.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests may fail loudly, as tests do"
)]

mod consent;
mod contrast;
mod faults;
mod lifetimes;
mod mavio;
mod oauth;
mod oidc;
mod program;
mod quirks;
mod restart;
mod sdk_client;
mod secrets;
mod server;
mod token_endpoint;
mod world;
