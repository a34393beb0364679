//! Token endpoint, context source, discovery and keys over real sockets: the sandbox, a small site,
//! and a server that answers with any bytes it is given (SECURITY 35–41, 46–49, 115).
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests may fail loudly, as tests do"
)]

mod authority;
mod bearer;
mod discovery;
mod faults;
mod keys;
mod leaks;
mod mavio;
mod raw;
mod sandbox;
mod site;

use keyfob_domain::failure::Fault;
use keyfob_domain::provider::Provider;
use keyfob_domain::secret::{ClientSecret, RefreshToken};
use keyfob_domain::token::{TokenGrant, TokenRequest};
use keyfob_engine::clock::SystemClock;
use keyfob_engine::context::HttpContext;
use keyfob_engine::network::{Limits, Network};
use keyfob_engine::token_endpoint::HttpTokenEndpoint;
use std::sync::Arc;
use std::time::Duration;

/// What must never be seen in an error.
const MARK: &str = "MARKED-0123456789";

fn provider(base: &str) -> Provider {
    keyfob_engine::providers::sandbox_presets(base)
        .unwrap()
        .remove(0)
}

fn mavio_provider(base: &str) -> Provider {
    keyfob_engine::providers::sandbox_presets(base)
        .unwrap()
        .remove(1)
}

fn network() -> Network {
    let limits = Limits {
        connect: Duration::from_secs(5),
        total: Duration::from_secs(5),
    };
    Network::with_limits(limits).unwrap()
}

fn token_endpoint() -> HttpTokenEndpoint {
    HttpTokenEndpoint::new(network(), Arc::new(SystemClock))
}

fn context() -> HttpContext {
    HttpContext::new(network(), Arc::new(SystemClock))
}

fn refresh_request(provider: &Provider) -> TokenRequest {
    let secret = Arc::new(ClientSecret::new(format!("cs-{MARK}")));
    let refresh_token = Arc::new(RefreshToken::new(format!("rt-{MARK}")));
    let grant = TokenGrant::Refresh { refresh_token };
    TokenRequest::new(provider, "client".to_owned(), Some(secret), grant)
}

/// Says a fault in a few words, without times and texts of the system.
fn word(fault: &Fault) -> String {
    match fault {
        Fault::NoAnswer { unsent, .. } => format!("no answer, unsent {unsent}"),
        Fault::Refused { status, error, .. } => format!("refused {status} {error:?}"),
        Fault::Redirected => "redirected".to_owned(),
        Fault::Malformed { why } => format!("malformed: {why}"),
        Fault::TooLarge => "too large".to_owned(),
    }
}
