//! A network that comes and goes as a test says.

use crate::ports::{NetworkState, NetworkWatch};
use tokio::sync::watch;

/// Online until a test takes it away.
pub(crate) struct FakeNetwork(watch::Sender<NetworkState>);

impl Default for FakeNetwork {
    fn default() -> Self {
        Self(watch::Sender::new(NetworkState::Online))
    }
}

impl FakeNetwork {
    /// Tells of a state, also of the same one again.
    pub(crate) fn is(&self, state: NetworkState) {
        self.0.send_replace(state);
    }
}

impl NetworkWatch for FakeNetwork {
    fn watch(&self) -> watch::Receiver<NetworkState> {
        self.0.subscribe()
    }
}
