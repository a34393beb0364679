//! Servers that nobody here has written, each in a process of its own: npm's oidc-provider, PyPI's
//! django-oauth-toolkit, once strict and once with a grace window, and npm's oauth2-mock-server, whose
//! answers are changed (`tests/peers`).
//!
//! What is seen of a server comes from itself: what its token endpoint was asked, what its database
//! holds, what its introspection endpoint says. Hazard: their `/control` has no lock on it.

mod kind;
mod server;

pub use kind::{GRACE, Kind};
pub use server::{Seen, Server, View};
