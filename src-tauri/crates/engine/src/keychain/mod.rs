//! The operating system's keychain behind [`SecretStore`]. One thread makes all calls, in order.
//!
//! Hazard: a locked Secret Service blocks without limit inside a call. So whether it is locked is
//! asked first over D-Bus, and unlocking is an operation of its own (SECURITY 103). There is no
//! fallback to a file, ever.

#[cfg(target_os = "linux")]
mod secret_service;

#[cfg(target_os = "linux")]
pub use secret_service::SecretServiceKeychain as SystemKeychain;
