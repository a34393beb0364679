//! The keychain adapter with a real Secret Service (SECURITY 102, 103, 107).
//!
//! The adapter speaks to the session bus of its process. So each test starts this binary once
//! more inside a desktop of its own; there `obeys_its_parent` does what it is told line by line.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests may fail loudly, as tests do"
)]

mod changes;
mod harness;
mod items;
mod locking;
mod long;
mod obeying;
mod states;
mod stopped;

#[tokio::test(flavor = "multi_thread")]
async fn obeys_its_parent() {
    obeying::obey_parent().await;
}
