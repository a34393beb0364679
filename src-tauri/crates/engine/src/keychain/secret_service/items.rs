//! The items of a Secret Service, from the one thread that may block.

use super::bus::{Look, usable};
use crate::keychain::{Items, Limits};
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::secret::ItemText;
use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error};
use std::collections::HashMap;
use std::sync::Arc;
use zbus_secret_service_keyring_store::Store;
use zeroize::{Zeroize, Zeroizing};

/// SECURITY 102: the service of every item; the account is `<connection or provider>/<kind>`.
const SERVICE: &str = keyfob_domain::authorization::SCHEME;
const LABEL: &str = "Keyfob";

/// The items of the default keychain.
pub struct SecretServiceItems {
    store: Option<Arc<Store>>,
    look: Look,
}

impl SecretServiceItems {
    /// Makes it; the service is looked for when it is first needed.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            store: None,
            // Two questions are asked before each call, and there has to be time for the call.
            look: Look::new(limits.call / 4),
        }
    }

    /// Makes one call, unless it would raise a prompt.
    fn call<R>(
        &mut self,
        account: &str,
        job: impl Fn(&Entry) -> Result<R, Error>,
    ) -> Result<R, Problem> {
        usable(self.look.status())?;
        let was_open = self.store.is_some();
        let outcome = self.entry(account).and_then(|entry| job(&entry));
        if !is_stale(&outcome) {
            return outcome.map_err(failed);
        }
        self.store = None;
        if !was_open {
            return outcome.map_err(failed);
        }
        // The session ended with a daemon that was restarted, say. Every job may be done twice.
        // The bus has started a new one for the call that failed, and that one is locked.
        usable(self.look.status())?;
        let outcome = self.entry(account).and_then(|entry| job(&entry));
        outcome.map_err(failed)
    }

    fn entry(&mut self, account: &str) -> Result<Entry, Error> {
        let store = match &self.store {
            Some(store) => store,
            None => self.store.insert(Store::new()?),
        };
        store.build(SERVICE, account, Some(&HashMap::from([("label", LABEL)])))
    }
}

impl Items for SecretServiceItems {
    fn read(&mut self, account: &str) -> Result<Option<ItemText>, Problem> {
        self.call(account, |entry| match entry.get_secret() {
            Ok(bytes) => text_of(bytes).map(Some),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })
    }

    fn write(&mut self, account: &str, text: &ItemText) -> Result<(), Problem> {
        let text = text.expose().as_bytes();
        let same = self.call(account, |entry| {
            entry.set_secret(text)?;
            Ok(*Zeroizing::new(entry.get_secret()?) == text)
        })?;
        if same {
            Ok(())
        } else {
            let why = "the keychain gave back something else than was written";
            Err(Problem::with_detail(ErrorCode::KeychainFailed, why))
        }
    }

    fn delete(&mut self, account: &str) -> Result<(), Problem> {
        self.call(account, |entry| match entry.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(error),
        })
    }
}

/// Takes the bytes as text without leaving a copy behind.
fn text_of(bytes: Vec<u8>) -> Result<ItemText, Error> {
    let mut bytes = Zeroizing::new(bytes);
    // The string is as long as its text, so it is never moved to where it fits.
    let text = std::str::from_utf8(&bytes).map(|text| ItemText::new(text.to_owned()));
    text.map_err(|_| {
        bytes.zeroize();
        Error::BadEncoding(Vec::new())
    })
}

/// Whether a new session may help.
fn is_stale<R>(outcome: &Result<R, Error>) -> bool {
    matches!(
        outcome,
        Err(Error::PlatformFailure(_) | Error::NoStorageAccess(_))
    )
}

/// The library's errors name the item and D-Bus, never its text; some carry it.
fn failed(error: Error) -> Problem {
    let problem = Problem::with_detail(ErrorCode::KeychainFailed, &error.to_string());
    if let Error::BadEncoding(mut bytes) | Error::BadDataFormat(mut bytes, _) = error {
        bytes.zeroize();
    }
    problem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_refused_and_not_told() {
        let text = text_of("rt-ä".as_bytes().to_vec()).unwrap();
        assert_eq!(text.expose(), "rt-ä");
        let refused = text_of(b"rt-marked\xff".to_vec()).unwrap_err();
        assert!(matches!(&refused, Error::BadEncoding(bytes) if bytes.is_empty()));
        for error in [refused, Error::BadEncoding(b"rt-marked\xff".to_vec())] {
            let problem = failed(error);
            assert_eq!(problem.code, ErrorCode::KeychainFailed);
            let told = format!("{problem} {problem:?}");
            assert!(!told.contains("marked") && !told.contains("114"), "{told}");
        }
    }
}
