//! What came of looking for a provider by its issuer URL. The page has a sentence for each trouble; the
//! technical text says the same with all particulars.

use super::{Basis, ProviderForm, WireError};
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::provider::Draft;
use keyfob_domain::provider::metadata::{Metadata, MetadataFault};
use keyfob_engine::discovery::{Discovered, DiscoveryFault};
use serde::Serialize;
use ts_rs::TS;

/// What came of it.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum DiscoveryAnswer {
    /// The issuer says enough to fill in a form.
    Found {
        /// The form, filled in.
        form: Box<ProviderForm>,
        /// Hosts of endpoints that aren't the issuer's, each once.
        foreign_hosts: Vec<String>,
    },
    /// It doesn't.
    Trouble {
        /// Why.
        trouble: IssuerTrouble,
        /// The host or address that it is about.
        place: String,
        /// The same with all particulars.
        error: WireError,
    },
}

/// Why an issuer can't be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum IssuerTrouble {
    NotAnIssuer,
    Unreachable,
    TooSlow,
    NothingThere,
    Redirected,
    OtherIssuer,
    TooLarge,
    Unreadable,
    Unusable,
    PushedOnly,
    PlainPkceOnly,
}

impl From<Discovered> for DiscoveryAnswer {
    fn from(found: Discovered) -> Self {
        if let Some((trouble, why)) = demand(&found.metadata) {
            return Self::trouble(trouble, found.asked, why);
        }
        let draft = Draft::discovered(&found.asked, &found.metadata);
        let hosts = found.metadata.elsewhere().into_iter();
        let mut foreign_hosts: Vec<String> = hosts.map(|elsewhere| elsewhere.host).collect();
        foreign_hosts.sort();
        foreign_hosts.dedup();
        Self::Found {
            form: Box::new(ProviderForm::of(draft, Basis::New)),
            foreign_hosts,
        }
    }
}

/// What a provider demands and Keyfob doesn't do (SECURITY 9, 11).
fn demand(metadata: &Metadata) -> Option<(IssuerTrouble, &'static str)> {
    if metadata.requires_par == Some(true) {
        let why =
            "this provider takes pushed authorization requests only, which Keyfob doesn't send yet";
        return Some((IssuerTrouble::PushedOnly, why));
    }
    let why = "S256 isn't among code_challenge_methods_supported";
    (metadata.pkce_s256 == Some(false)).then_some((IssuerTrouble::PlainPkceOnly, why))
}

impl DiscoveryAnswer {
    /// Makes the answer of a fault; an issuer in the user's own network is a question, not an answer.
    ///
    /// # Errors
    /// [`ErrorCode::IssuerPrivate`].
    pub fn of_fault(fault: &DiscoveryFault) -> Result<Self, Problem> {
        let (trouble, place) = match fault {
            DiscoveryFault::NeedsConsent { .. } => {
                let code = ErrorCode::IssuerPrivate;
                return Err(Problem::with_detail(code, &fault.to_string()));
            }
            DiscoveryFault::Typed(_) => (IssuerTrouble::NotAnIssuer, String::new()),
            DiscoveryFault::Unresolved { host, .. } | DiscoveryFault::Unreachable { host, .. } => {
                (IssuerTrouble::Unreachable, host.clone())
            }
            DiscoveryFault::TooSlow => (IssuerTrouble::TooSlow, String::new()),
            DiscoveryFault::NothingThere { address, .. } => {
                (IssuerTrouble::NothingThere, address.clone())
            }
            DiscoveryFault::Redirected { to, .. } => (IssuerTrouble::Redirected, to.clone()),
            DiscoveryFault::Metadata(fault) => of_document(fault),
        };
        Ok(Self::trouble(trouble, place, &fault.to_string()))
    }

    fn trouble(trouble: IssuerTrouble, place: String, why: &str) -> Self {
        let error = Problem::with_detail(ErrorCode::DiscoveryFailed, why).into();
        Self::Trouble {
            trouble,
            place,
            error,
        }
    }
}

fn of_document(fault: &MetadataFault) -> (IssuerTrouble, String) {
    match fault {
        MetadataFault::TooLarge => (IssuerTrouble::TooLarge, String::new()),
        MetadataFault::Unreadable => (IssuerTrouble::Unreadable, String::new()),
        MetadataFault::IssuerDiffers { named, .. } => (IssuerTrouble::OtherIssuer, named.clone()),
        MetadataFault::EndpointMissing { member } => {
            (IssuerTrouble::Unusable, (*member).to_owned())
        }
        MetadataFault::EndpointRefused { address, .. } => {
            (IssuerTrouble::Unusable, address.clone())
        }
        MetadataFault::IssuerMissing | MetadataFault::Contradiction { .. } => {
            (IssuerTrouble::Unusable, String::new())
        }
    }
}
