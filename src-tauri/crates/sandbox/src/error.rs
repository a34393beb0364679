//! The errors at the crate's door. None of them carries a token, a code or a secret.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a sandbox could not start, serve or keep its state.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The listener is reachable from other computers.
    #[error("{0} is not a loopback address; the sandbox listens on 127.0.0.1 or [::1] only")]
    NotLoopback(SocketAddr),
    /// The listener cannot say where it listens.
    #[error("the listener has no local address")]
    Listener(#[source] std::io::Error),
    /// The state file exists and cannot be read, or a broken one cannot be moved aside.
    #[error("the state file {} can't be read", path.display())]
    StateUnreadable {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        #[source]
        source: std::io::Error,
    },
    /// The state file cannot be written.
    #[error("the state file {} can't be written", path.display())]
    StateUnwritable {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        #[source]
        source: std::io::Error,
    },
    /// The operating system gave no randomness, without which nothing may be issued.
    #[error("the operating system gave no randomness")]
    Randomness(#[source] getrandom::Error),
    /// A key for signing id tokens could not be made or used.
    #[error("no key for signing could be made")]
    SigningKey,
    /// The registration of a client was refused.
    #[error(transparent)]
    Registration(#[from] RegistrationError),
}

/// Why a client could not be registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationError {
    /// The name is empty or longer than 64 characters.
    #[error("a client needs a name of 1 to 64 characters")]
    Name,
    /// No redirect URI was given.
    #[error("a client needs at least one redirect URI")]
    NoRedirectUri,
    /// The redirect URI is not absolute, not printable ASCII, has a fragment (RFC 6749 §3.1.2) or a
    /// scheme a browser would run or read itself.
    #[error("{0} can't be a redirect URI: an absolute URI without a fragment is needed")]
    RedirectUri(String),
}
