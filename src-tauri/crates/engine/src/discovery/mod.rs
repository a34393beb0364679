//! Finds a provider's description of itself from what somebody types (OpenID Connect Discovery 1.0,
//! RFC 8414; SECURITY 35, 36).
//!
//! Hazard: the address comes from a user who may have it from anybody. Nothing is sent into the
//! user's own network without their word, no redirect leads anywhere, and what answers is believed
//! about nobody but the issuer that was asked for.

mod fault;
mod resolver;

pub use fault::DiscoveryFault;
pub use resolver::{Resolver, SystemResolver};

use crate::network::Network;
use crate::ports::Clock;
use fault::worst;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, join_all, select};
use keyfob_domain::failure::Fault;
use keyfob_domain::provider::metadata::{
    Address, Form, LONGEST_METADATA, Metadata, MetadataFault, TypedIssuer, addresses, is_public,
    literal, merge, read_metadata, read_typed_issuer,
};
use reqwest::header::{ACCEPT, HeaderValue};
use reqwest::{Method, Request};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// The longest that looking for a description may take, all of it.
const LIMIT: Duration = Duration::from_secs(10);

/// Looks for descriptions of providers.
pub struct Discovery {
    network: Network,
    resolver: Arc<dyn Resolver>,
    clock: Arc<dyn Clock>,
    limit: Duration,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovered {
    /// The issuer that was asked for: what to ask for the next time. It differs from the document's
    /// where Microsoft's has a gap, and from what was typed by a slash at most.
    pub asked: String,
    /// The description, made of all that is usable.
    pub metadata: Metadata,
    /// Which forms of the address led to it, the most usual first.
    pub forms: Vec<Form>,
    /// What the others came to.
    pub left_out: Vec<(Form, DiscoveryFault)>,
}

impl Discovery {
    /// Makes it from the shared clients.
    #[must_use]
    pub fn new(network: Network, resolver: Arc<dyn Resolver>, clock: Arc<dyn Clock>) -> Self {
        Self {
            network,
            resolver,
            clock,
            limit: LIMIT,
        }
    }

    /// Sets another limit than ten seconds.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Looks for the description of a provider.
    ///
    /// `consent_to_private` is the user's word that a host of their own network, or of this computer,
    /// may be asked. An IP literal of this computer needs none.
    ///
    /// # Errors
    /// [`DiscoveryFault`]; with [`DiscoveryFault::NeedsConsent`] nothing was sent.
    pub async fn discover(
        &self,
        typed: &str,
        consent_to_private: bool,
    ) -> Result<Discovered, DiscoveryFault> {
        let issuer = read_typed_issuer(typed)?;
        let over = tokio::time::sleep(self.limit).boxed().shared();
        let looked = before(&over, self.network_for(&issuer.url, consent_to_private)).await;
        let network = looked.ok_or(DiscoveryFault::TooSlow)??;
        let addresses = addresses(&issuer.url);
        let (network, issuer, over) = (&network, &issuer, &over);
        let asked = addresses.iter().map(|address| async move {
            let answer = before(over, self.ask(network, address, issuer)).await;
            let answer = answer.unwrap_or(Err(DiscoveryFault::TooSlow));
            (address.form, answer)
        });
        combine(issuer, join_all(asked).await)
    }

    /// Gives the network to ask through: one that connects to the addresses that were looked at,
    /// and to no others that the name may lead to a moment later.
    async fn network_for(&self, url: &Url, consent: bool) -> Result<Network, DiscoveryFault> {
        let host = url.host_str().unwrap_or_default();
        let needs = |address| DiscoveryFault::NeedsConsent {
            host: host.to_owned(),
            address,
        };
        if let Some(address) = literal(url) {
            let allowed = address.is_loopback() || is_public(address) || consent;
            return allowed
                .then(|| self.network.clone())
                .ok_or_else(|| needs(address));
        }
        let found = match self.resolver.resolve(host).await {
            Ok(found) if !found.is_empty() => found,
            // Behind a proxy only the proxy may know names. Without looking there is no protection,
            // which is what the user's word is about.
            Ok(_) | Err(_) if consent => return Ok(self.network.clone()),
            Ok(_) => return Err(DiscoveryFault::unresolved(host, "it has no address")),
            Err(why) => return Err(DiscoveryFault::unresolved(host, &why)),
        };
        let private = found.iter().find(|address| !is_public(**address));
        if let Some(address) = private.filter(|_| !consent) {
            return Err(needs(*address));
        }
        let port = url.port_or_known_default().unwrap_or(443);
        let found: Vec<_> = found
            .into_iter()
            .map(|address| SocketAddr::new(address, port))
            .collect();
        self.network
            .pinned(host, &found)
            .map_err(|why| DiscoveryFault::unreachable(url, &why))
    }

    /// Asks one address.
    async fn ask(&self, network: &Network, address: &Address, issuer: &TypedIssuer) -> Answer {
        let mut request = Request::new(Method::GET, address.url.clone());
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(ACCEPT, json);
        let sent = network.send(request, self.clock.now(), LONGEST_METADATA);
        let answer = sent
            .await
            .map_err(|fault| of_network(&address.url, &fault))?;
        match answer.status() {
            200 => Ok(read(answer.body(), issuer)?),
            300..400 => Err(DiscoveryFault::redirected(&address.url, answer.location())),
            status => Err(DiscoveryFault::NothingThere {
                address: address.url.to_string(),
                status,
            }),
        }
    }
}

/// The issuer that was meant, and its description.
type Answer = Result<(String, Metadata), DiscoveryFault>;

/// Waits for a work, but not longer than until time is over.
async fn before<T>(
    over: &Shared<BoxFuture<'static, ()>>,
    work: impl Future<Output = T>,
) -> Option<T> {
    match select(pin!(work), over.clone()).await {
        futures_util::future::Either::Left((done, _)) => Some(done),
        futures_util::future::Either::Right(_) => None,
    }
}

/// Reads a document as the one of what was typed, else of the same with a slash more or less.
fn read(bytes: &[u8], issuer: &TypedIssuer) -> Result<(String, Metadata), MetadataFault> {
    let of = |asked: &String| read_metadata(bytes, asked).map(|read| (asked.clone(), read));
    match of(&issuer.first) {
        Err(differs @ MetadataFault::IssuerDiffers { .. }) => match of(&issuer.second) {
            Err(MetadataFault::IssuerDiffers { .. }) => Err(differs),
            other => other,
        },
        other => other,
    }
}

fn of_network(url: &Url, fault: &Fault) -> DiscoveryFault {
    match fault {
        Fault::NoAnswer { detail, .. } => DiscoveryFault::unreachable(url, detail),
        Fault::TooLarge => MetadataFault::TooLarge.into(),
        Fault::Malformed { .. } | Fault::Refused { .. } | Fault::Redirected => {
            MetadataFault::Unreadable.into()
        }
    }
}

/// Makes one description of all that were found. A document that says to be the issuer's and can't be
/// used stops everything, and so do two that contradict each other; one that is somebody else's, half
/// of one, or none at all, only where there is no better one.
fn combine(
    issuer: &TypedIssuer,
    answers: Vec<(Form, Answer)>,
) -> Result<Discovered, DiscoveryFault> {
    let (mut usable, mut left_out) = (Vec::new(), Vec::new());
    for (form, answer) in answers {
        match answer {
            Ok((asked, metadata)) => usable.push((form, asked, metadata)),
            Err(DiscoveryFault::Metadata(fault)) if !fault.may_be_left_out() => {
                return Err(fault.into());
            }
            Err(fault) => left_out.push((form, fault)),
        }
    }
    // To a provider an issuer with a slash at its end is another one: only one of the two is meant.
    let first = usable.iter().find(|(_, asked, _)| *asked == issuer.first);
    let Some((_, meant, _)) = first.or(usable.first()).cloned() else {
        return Err(worst(left_out.into_iter().map(|(_, fault)| fault)));
    };
    let (mut forms, mut whole) = (Vec::new(), None);
    for (form, asked, metadata) in usable {
        if asked != meant {
            let fault = MetadataFault::IssuerDiffers {
                asked: meant.clone(),
                named: metadata.issuer,
            };
            left_out.push((form, fault.into()));
            continue;
        }
        forms.push(form);
        whole = Some(match whole {
            None => metadata,
            Some(whole) => merge(whole, metadata)?,
        });
    }
    let metadata = whole.ok_or(MetadataFault::Unreadable)?;
    Ok(Discovered {
        asked: meant,
        metadata,
        forms,
        left_out,
    })
}

#[cfg(test)]
mod tests;
