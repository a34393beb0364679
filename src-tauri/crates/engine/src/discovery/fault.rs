//! Why no description was found, each in a sentence for whoever typed the address.

use keyfob_domain::provider::metadata::{MetadataFault, TypedFault};
use keyfob_domain::text::plain;
use std::net::IpAddr;
use url::Url;

/// The longest text of somebody else's that is repeated.
const LONGEST_PIECE: usize = 200;

/// Why no description of a provider was found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiscoveryFault {
    /// What was typed is no address of a provider.
    #[error(transparent)]
    Typed(#[from] TypedFault),
    /// SECURITY 36; nothing was sent.
    #[error(
        "{host} ({address}) is in your own network or on your own computer. Do you want to ask it?"
    )]
    NeedsConsent {
        /// The host that was typed.
        host: String,
        /// One of its addresses.
        address: IpAddr,
    },
    /// The name leads nowhere.
    #[error("There is no computer named {host}: {detail}.")]
    Unresolved {
        /// The host that was typed.
        host: String,
        /// Technical text.
        detail: String,
    },
    /// No answer.
    #[error("{host} doesn't answer: {detail}.")]
    Unreachable {
        /// The host that was typed.
        host: String,
        /// Technical text.
        detail: String,
    },
    /// No answer within the limit.
    #[error("The provider doesn't answer in time.")]
    TooSlow,
    /// An answer, and it is no description.
    #[error("There is no provider's description at {address} (HTTP {status}).")]
    NothingThere {
        /// What was asked.
        address: String,
        /// What it answered.
        status: u16,
    },
    /// SECURITY 36.
    #[error(
        "{address} leads to another address ({to}), and Keyfob doesn't follow. If you trust that \
         one, enter it instead."
    )]
    Redirected {
        /// What was asked.
        address: String,
        /// Where it leads, without a query.
        to: String,
    },
    /// What answered can't be used.
    #[error(transparent)]
    Metadata(#[from] MetadataFault),
}

impl DiscoveryFault {
    pub(super) fn unresolved(host: &str, detail: &str) -> Self {
        Self::Unresolved {
            host: host.to_owned(),
            detail: plain(detail, LONGEST_PIECE, false),
        }
    }

    pub(super) fn unreachable(url: &Url, detail: &str) -> Self {
        Self::Unreachable {
            host: url.host_str().unwrap_or_default().to_owned(),
            detail: plain(detail, LONGEST_PIECE, false),
        }
    }

    pub(super) fn redirected(address: &Url, location: Option<&str>) -> Self {
        let to = location.and_then(|text| address.join(text).ok());
        let to = to.map_or_else(
            || "it doesn't say which".to_owned(),
            |mut to| {
                to.set_query(None);
                to.set_fragment(None);
                // What can't have them has none.
                let _ = to.set_username("");
                let _ = to.set_password(None);
                plain(to.as_str(), LONGEST_PIECE, false)
            },
        );
        Self::Redirected {
            address: address.to_string(),
            to,
        }
    }

    /// How much a fault tells of what is wrong; the one that tells most is said.
    fn weight(&self) -> u8 {
        match self {
            Self::Metadata(MetadataFault::IssuerDiffers { .. }) => 5,
            Self::Metadata(_) => 4,
            Self::Redirected { .. } => 3,
            Self::TooSlow => 2,
            Self::Unreachable { .. } | Self::Unresolved { .. } => 1,
            Self::NothingThere { .. } | Self::NeedsConsent { .. } | Self::Typed(_) => 0,
        }
    }
}

/// Gives the fault that tells most, the first of several.
pub(super) fn worst(faults: impl Iterator<Item = DiscoveryFault>) -> DiscoveryFault {
    faults
        .reduce(|one, other| {
            if other.weight() > one.weight() {
                other
            } else {
                one
            }
        })
        .unwrap_or(DiscoveryFault::Typed(TypedFault::NoAddress))
}
