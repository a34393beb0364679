//! What is wrong with a provider's description of itself, each in a sentence for whoever entered its
//! address. Of the document itself a sentence holds a short, plain piece at most.

use std::fmt;

/// The longest piece of a document that is repeated.
const LONGEST_PIECE: usize = 200;

/// Why a description can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetadataFault {
    /// Over the limit of SECURITY 36.
    #[error("The provider's description is larger than 256 KiB.")]
    TooLarge,
    /// No JSON object, one that nests too deep, or one that says something twice.
    #[error("What is there is no provider's description: it isn't a JSON object that can be read.")]
    Unreadable,
    /// There is no `issuer`, or one with characters that can't be shown.
    #[error("The provider's description doesn't say which issuer it is of.")]
    IssuerMissing,
    /// RFC 8414 §3.3.
    #[error(
        "The description is of the issuer {named}, not of {asked}. If you trust that one, enter \
         its address exactly as it is written there."
    )]
    IssuerDiffers {
        /// What was asked for.
        asked: String,
        /// What the document says.
        named: String,
    },
    /// Without this address nobody can sign in.
    #[error("The provider's description lacks the address {member}.")]
    EndpointMissing {
        /// The member of the document.
        member: &'static str,
    },
    /// SECURITY 36, 40.
    #[error(
        "The provider's description has an address that can't be used: {member} ({address}) {why}."
    )]
    EndpointRefused {
        /// The member of the document.
        member: &'static str,
        /// What it says.
        address: String,
        /// What is wrong with it.
        why: EndpointRefusal,
    },
    /// Two documents of one issuer that can't both be right.
    #[error(
        "The provider's two descriptions contradict each other: {member} is {first} in one and {second} in the other."
    )]
    Contradiction {
        /// The member of the documents.
        member: &'static str,
        /// What the first says.
        first: String,
        /// What the second says.
        second: String,
    },
}

/// What is wrong with an endpoint's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointRefusal {
    /// It can't be read.
    NoAddress,
    /// Anybody on the way could listen.
    NotHttps,
    /// RFC 6749 §3.1 forbids it.
    Fragment,
    /// A name or password before the host.
    UserInfo,
    /// It leads to this computer, and the issuer is elsewhere.
    Loopback,
    /// It leads into a private network, and the issuer is elsewhere.
    Private,
}

impl fmt::Display for EndpointRefusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NoAddress => "isn't a web address",
            Self::NotHttps => "isn't https",
            Self::Fragment => "has a fragment",
            Self::UserInfo => "has a user name in it",
            Self::Loopback => "leads to your own computer",
            Self::Private => "leads into a private network",
        })
    }
}

impl MetadataFault {
    /// Tells whether another document of the same provider may still be right: this one may be
    /// anybody's, or a half of one. The others say to be the issuer's and are wrong, or would be
    /// taken for less than they demand (SECURITY 9).
    #[must_use]
    pub fn may_be_left_out(&self) -> bool {
        match self {
            Self::TooLarge
            | Self::Unreadable
            | Self::IssuerMissing
            | Self::IssuerDiffers { .. } => true,
            Self::EndpointMissing { member } => *member != super::PAR,
            Self::EndpointRefused { .. } | Self::Contradiction { .. } => false,
        }
    }
}

/// Makes a piece of a document fit to be shown.
pub(super) fn piece(text: &str) -> String {
    crate::text::plain(text, LONGEST_PIECE, false)
}
