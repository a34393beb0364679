//! Ports in memory for the tests of this crate: a clock that stands still until it is moved, a
//! provider that rotates strictly, a keychain and a database that fail on request, and one log
//! that all of them write to, so that their order can be seen.
//!
//! Hazard: nothing here waits for real time, so every test needs a runtime with one thread.

mod clock;
mod context;
mod keychain;
mod keys;
mod log;
mod many;
mod network;
mod outside;
mod provider;
mod rows;
pub(crate) mod signer;
mod world;

pub(crate) use clock::ManualClock;
pub(crate) use context::FakeContext;
pub(crate) use keychain::{FakeKeychain, Write};
pub(crate) use keys::FakeKeys;
pub(crate) use log::{Gate, Log};
pub(crate) use many::{ELSEWHERE, kept};
pub(crate) use network::FakeNetwork;
pub(crate) use outside::{CountingRandom, FakeBrowser, FakeProviderFiles};
pub(crate) use provider::{FakeProvider, Wire};
pub(crate) use rows::FakeRows;
pub(crate) use world::{World, fault, refused, sandbox_provider, slug, strict_provider};
