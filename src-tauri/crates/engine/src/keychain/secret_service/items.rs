//! The items of a Secret Service, from the one thread that may block.
//!
//! Hazard: whatever unlocks raises a prompt, and nobody may have asked for one. So nothing here
//! does: a keychain that is locked while a call is under way refuses that call.

use super::bus::{Look, usable};
use crate::keychain::{Items, Limits};
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::secret::ItemText;
use secret_service::blocking::{Item, SecretService};
use secret_service::{EncryptionType, Error};
use std::collections::HashMap;
use zeroize::{Zeroize, Zeroizing};

/// SECURITY 102: the service of every item; the account is `<connection or provider>/<kind>`.
const SERVICE: &str = keyfob_domain::authorization::SCHEME;
const LABEL: &str = "Keyfob";
const CONTENT_TYPE: &str = "application/octet-stream";

/// The items of the default keychain.
pub struct SecretServiceItems {
    service: Option<SecretService<'static>>,
    look: Look,
}

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
enum Fault {
    /// The library's errors name the item and D-Bus, never its text.
    #[error(transparent)]
    Service(#[from] Error),
    #[error("the keychain has {0} items with this name")]
    Ambiguous(usize),
    #[error("an item of the keychain is no text")]
    NoText,
}

impl SecretServiceItems {
    /// Makes it; the service is looked for when it is first needed.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            service: None,
            // Two questions are asked before each call, and there has to be time for the call.
            look: Look::new(limits.call / 4),
        }
    }

    /// Makes one call, unless the keychain is locked.
    fn call<R>(
        &mut self,
        job: impl Fn(&SecretService<'static>) -> Result<R, Fault>,
    ) -> Result<R, Problem> {
        usable(self.look.status())?;
        let was_open = self.service.is_some();
        let fault = match self.service().and_then(&job) {
            Err(fault @ Fault::Service(_)) => fault,
            outcome => return outcome.map_err(|fault| failed(&fault)),
        };
        // It was locked in the meantime, or the session ended with a daemon that was restarted: the
        // bus has started a new one for the call that failed, and that one is locked.
        self.service = None;
        usable(self.look.status())?;
        if !was_open {
            return Err(failed(&fault));
        }
        // Every job may be done twice.
        let outcome = self.service().and_then(&job);
        outcome.or_else(|fault| {
            usable(self.look.status())?;
            Err(failed(&fault))
        })
    }

    fn service(&mut self) -> Result<&SecretService<'static>, Fault> {
        let service = match self.service.take() {
            Some(service) => service,
            None => SecretService::connect(EncryptionType::Dh)?,
        };
        Ok(self.service.insert(service))
    }
}

/// Finds the item of an account, unless it is locked.
fn find<'a>(service: &'a SecretService<'a>, account: &str) -> Result<Option<Item<'a>>, Fault> {
    let mut found = service.search_items(attributes(account))?;
    match found.unlocked.len() + found.locked.len() {
        0 => Ok(None),
        1 => found.unlocked.pop().map(Some).ok_or(Error::Locked.into()),
        many => Err(Fault::Ambiguous(many)),
    }
}

fn attributes(account: &str) -> HashMap<&str, &str> {
    HashMap::from([("service", SERVICE), ("username", account)])
}

impl Items for SecretServiceItems {
    fn read(&mut self, account: &str) -> Result<Option<ItemText>, Problem> {
        self.call(|service| {
            let item = find(service, account)?;
            item.map(|item| text_of(item.get_secret()?)).transpose()
        })
    }

    fn write(&mut self, account: &str, text: &ItemText) -> Result<(), Problem> {
        let text = text.expose().as_bytes();
        let same = self.call(|service| {
            let item = match find(service, account)? {
                Some(item) => {
                    item.set_secret(text, CONTENT_TYPE)?;
                    item
                }
                None => {
                    let keychain = service.get_default_collection()?;
                    let named = attributes(account);
                    keychain.create_item(LABEL, named, text, true, CONTENT_TYPE)?;
                    find(service, account)?.ok_or(Error::NoResult)?
                }
            };
            Ok(*Zeroizing::new(item.get_secret()?) == text)
        })?;
        if same {
            Ok(())
        } else {
            let why = "the keychain gave back something else than was written";
            Err(Problem::with_detail(ErrorCode::KeychainFailed, why))
        }
    }

    fn delete(&mut self, account: &str) -> Result<(), Problem> {
        self.call(|service| match find(service, account)? {
            Some(item) => Ok(item.delete()?),
            None => Ok(()),
        })
    }
}

/// Takes the bytes as text without leaving a copy behind.
fn text_of(bytes: Vec<u8>) -> Result<ItemText, Fault> {
    let mut bytes = Zeroizing::new(bytes);
    // The string is as long as its text, so it is never moved to where it fits.
    let text = std::str::from_utf8(&bytes).map(|text| ItemText::new(text.to_owned()));
    text.map_err(|_| {
        bytes.zeroize();
        Fault::NoText
    })
}

fn failed(fault: &Fault) -> Problem {
    Problem::with_detail(ErrorCode::KeychainFailed, &fault.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_refused_and_not_told() {
        let text = text_of("rt-ä".as_bytes().to_vec()).unwrap();
        assert_eq!(text.expose(), "rt-ä");
        let refused = text_of(b"rt-marked\xff".to_vec()).unwrap_err();
        let problem = failed(&refused);
        assert_eq!(problem.code, ErrorCode::KeychainFailed);
        let told = format!("{refused:?} {problem} {problem:?}");
        assert!(!told.contains("marked") && !told.contains("114"), "{told}");
    }
}
