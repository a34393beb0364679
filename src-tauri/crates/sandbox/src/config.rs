//! What the sandbox is told before it starts.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::clock::{Clock, SystemClock};
use crate::manners::{MavioManners, MioManners, OauthManners, OidcManners};

/// The settings of one sandbox. The default is what the desktop app embeds.
#[derive(Clone)]
pub struct Config {
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// How the Mio face behaves.
    pub mio: MioManners,
    /// How the Mavio face behaves.
    pub mavio: MavioManners,
    /// How the plain OAuth face behaves.
    pub oauth: OauthManners,
    /// How the OpenID Connect face behaves.
    pub oidc: OidcManners,
    /// Where clients and grants outlive a restart; `None` keeps them in memory only.
    pub state_file: Option<PathBuf>,
    /// Whether [`crate::Sandbox::requests`] keeps what arrives, bodies and tokens included, and
    /// [`crate::Sandbox::secrets`] what was given out. For tests; off by default.
    pub record: bool,
    /// Members (name, text) that each token answer has beyond the known ones, as servers put secrets
    /// of their own there. None by default.
    pub extra_members: Vec<(String, String)>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            mio: MioManners::default(),
            mavio: MavioManners::default(),
            oauth: OauthManners::default(),
            oidc: OidcManners::default(),
            state_file: None,
            record: false,
            extra_members: Vec::new(),
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Config")
            .field("mio", &self.mio)
            .field("mavio", &self.mavio)
            .field("oauth", &self.oauth)
            .field("oidc", &self.oidc)
            .field("state_file", &self.state_file)
            .field("record", &self.record)
            .finish_non_exhaustive()
    }
}

/// A provider the sandbox plays; each has its own folder of paths (`/mio/…`).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Face {
    /// The personal context service.
    Mio,
    /// The meeting service.
    Mavio,
    /// A service that keeps to the RFCs and to nothing else; its pages call it Acme.
    Oauth,
    /// An OpenID Connect provider; its pages call it Orbit.
    Oidc,
}

impl Face {
    /// The word of this face in paths, client ids and the state file.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Mio => "mio",
            Self::Mavio => "mavio",
            Self::Oauth => "oauth",
            Self::Oidc => "oidc",
        }
    }
}
