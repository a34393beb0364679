//! What Keyfob does: one actor owns the truth, ports reach the outside, adapters implement them.
//!
//! [`EngineHandle`] is the only door. Nothing here knows Tauri. Hazard: work that waits on the
//! network or the keychain runs in tasks that send a completion back; the actor never waits
//! for them.

mod actor;
pub mod clock;
pub mod context;
pub mod discovery;
mod handle;
pub mod id_token;
pub mod jwks;
pub mod keychain;
pub mod logging;
pub mod loopback;
pub mod network;
pub mod network_watch;
pub mod owner;
pub mod ports;
pub mod providers;
pub mod random;
mod renewal;
mod revocation;
pub mod store;
pub mod system;
#[cfg(test)]
mod testing;
pub mod token_endpoint;
mod turn;
mod update;
mod whose;
mod worker;

pub use actor::{Consent, IssuedToken, ProviderChange, SaveOutcome};
pub use handle::{Engine, EngineHandle, Origin, Page};
pub use revocation::Ending;
pub use update::{
    AttemptOverview, KeychainState, Notice, Overview, ProviderOverview, SummaryState, Update,
};
