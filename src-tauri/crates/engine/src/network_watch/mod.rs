//! Whether there is a network: what the operating system says, or "online" where nothing says it.
//!
//! Nobody asks the network itself. A wrong "online" costs an ordinary failure that is waited out;
//! so only a certain "offline" counts.

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
pub use linux::SystemNetworkWatch;

use crate::ports::{NetworkState, NetworkWatch};
use tokio::sync::watch;

/// A network that is always taken to be there.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlwaysOnline;

impl NetworkWatch for AlwaysOnline {
    fn watch(&self) -> watch::Receiver<NetworkState> {
        watch::channel(NetworkState::Online).1
    }
}

/// Elsewhere the system isn't asked yet.
#[cfg(not(target_os = "linux"))]
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemNetworkWatch;

#[cfg(not(target_os = "linux"))]
impl SystemNetworkWatch {
    /// Takes the network to be there, and says so.
    pub async fn start() -> Self {
        tracing::info!("nothing says whether there is a network; it is taken to be there");
        Self
    }
}

#[cfg(not(target_os = "linux"))]
impl NetworkWatch for SystemNetworkWatch {
    fn watch(&self) -> watch::Receiver<NetworkState> {
        AlwaysOnline.watch()
    }
}
