//! Servers that nobody here has written, each in a process of its own: npm's oidc-provider, PyPI's
//! django-oauth-toolkit, once strict and once with a grace window, and npm's oauth2-mock-server, whose
//! answers are changed (`tests/peers`).
//!
//! The sandbox is ours, and could be wrong in the same way as Keyfob. So what is expected here is looked up
//! at the server: in what its token endpoint was asked, in its database, at its introspection endpoint.
//! Renewals aren't waited for: the servers' clocks and that of the child stand still until they are set ahead;
//! only oauth2-mock-server's goes on as well.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests may fail loudly, as tests do"
)]

mod child;
mod clock;
mod connecting;
mod crossed;
#[path = "../crash/faulty.rs"]
#[expect(dead_code, reason = "here nothing fails, and nothing aborts")]
mod faulty;
mod killed;
mod mutating;
#[path = "../agent/parent.rs"]
#[expect(dead_code, reason = "the agent's own tests use more of it")]
mod parent;
mod process;
mod renewing;
mod reused;
mod visitor;
mod world;

// A step that stops keeps its thread, and somebody has to go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn obeys_its_parent() {
    child::obey().await;
}
