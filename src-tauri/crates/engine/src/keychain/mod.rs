//! The operating system's keychain behind [`SecretStore`](crate::ports::SecretStore). One thread
//! makes all calls, in order.
//!
//! Hazard: a locked Secret Service blocks without limit inside a call. So whether it is locked is
//! asked first over D-Bus, and unlocking is an operation of its own (SECURITY 103). There is no
//! fallback to a file, ever.

#[cfg(target_os = "linux")]
mod secret_service;
mod split;

#[cfg(target_os = "linux")]
pub use secret_service::{SecretServiceItems, SecretServiceKeychain as SystemKeychain};
pub use split::Split;

use keyfob_domain::error::Problem;
use keyfob_domain::secret::ItemText;
use std::time::Duration;

/// How long a call and how large an item may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A call that takes longer is given up; whether a write happened is unknown then.
    pub call: Duration,
    /// The longest text that one item of the keychain takes, in bytes. A longer one is split.
    pub item: Option<usize>,
}

impl Default for Limits {
    /// Ten seconds; a Secret Service takes items of any length.
    fn default() -> Self {
        Self {
            call: Duration::from_secs(10),
            item: None,
        }
    }
}

/// One system's keychain as its thread sees it: items under names. Every call may block.
pub trait Items {
    /// Reads an item; `None` when there is none.
    ///
    /// # Errors
    /// `keychain_locked`, `keychain_missing`, `keychain_timed_out`, `keychain_failed`.
    fn read(&mut self, account: &str) -> Result<Option<ItemText>, Problem>;

    /// Writes an item in one step and reads it back to compare.
    ///
    /// # Errors
    /// As [`Items::read`]; whatever the error, it may have been written.
    fn write(&mut self, account: &str, text: &ItemText) -> Result<(), Problem>;

    /// Deletes an item; one that isn't there is deleted already.
    ///
    /// # Errors
    /// As [`Items::read`]; whatever the error, it may be gone.
    fn delete(&mut self, account: &str) -> Result<(), Problem>;
}
