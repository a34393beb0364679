//! A local authorization server and API that speaks the providers' wire formats.
//!
//! It has two uses: the pretend provider a newcomer connects first, embedded in the desktop app, and
//! the instrument of the tests: scripted faults, recorded requests, an injected clock. It depends on
//! no other crate of the workspace, so that client and server cannot be wrong together.
//!
//! It must not be reachable from another computer ([`run`] refuses a listener that is not on
//! loopback), must not send anything anywhere, and must not keep a token, an authorization code or a
//! client secret: digests only, in memory and in the state file. The one secret it keeps is the key that
//! signs pretend id tokens.
//!
//! Hazard: whoever may speak to the port can approve a pretend account. Nothing real may ever be put
//! behind it.

mod authorization;
mod bearer;
mod client_authentication;
mod clients;
mod clock;
mod config;
mod devices;
mod error;
mod grants;
mod http;
mod manners;
mod mavio;
mod mio;
mod oauth;
mod oidc;
mod pages;
mod pending;
mod people;
mod profile;
mod pushed;
pub mod quirks;
mod recording;
mod redirect_uri;
mod refusal;
mod revocation;
mod sandbox;
mod script;
mod secret;
mod server;
mod signing;
mod state_file;
mod token_request;

pub use clients::{ClientRegistration, IssuedClient};
pub use clock::{Clock, ManualClock, SystemClock};
pub use config::{Config, Face};
pub use error::{RegistrationError, SandboxError};
pub use grants::GrantFacts;
pub use manners::{
    Dialect, DiscoveryFault, ErrorDialect, ExpiresIn, IdTokenFault, IssuerParameter, IssuerShape,
    JwksFault, MavioManners, MioManners, OauthManners, OidcDialect, OidcManners, RateLimit,
    Rotation, SecretMismatch, UserinfoFault,
};
pub use people::{PEOPLE, Person};
pub use recording::{DrawnSecret, Endpoint, RecordedRequest};
pub use sandbox::{Notice, Sandbox};
pub use script::{Gate, Reply, Scripted};
pub use server::run;
