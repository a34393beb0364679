//! What Keyfob decides, as values and pure functions.
//!
//! Nothing here awaits, reads a clock, draws randomness or touches a file: the caller passes
//! the time and the random bytes in and carries the effects out. Hazard: a decision made
//! anywhere else is a decision nobody tests.

pub mod authorization;
pub mod connection;
pub mod error;
pub mod failure;
pub mod grant;
pub mod grant_end;
pub mod id;
pub mod item;
pub mod json;
pub mod provider;
pub mod refresh;
pub mod revocation;
pub mod secret;
pub mod summary;
pub mod text;
pub mod time;
pub mod token;
