//! A keychain in memory.

use super::{Gate, Log};
use crate::ports::{KeychainStatus, SecretName, SecretStore};
use async_trait::async_trait;
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::ConnectionId;
use keyfob_domain::item::ConnectionItem;
use keyfob_domain::secret::ItemText;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

/// What happens to one write.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Write {
    /// It is refused with this code, and nothing is written.
    Refused(ErrorCode),
    /// No answer comes; it was written all the same.
    TimedOutWritten,
    /// No answer comes, and it was not written.
    TimedOutLost,
}

#[derive(Default)]
struct State {
    items: BTreeMap<String, String>,
    writes: VecDeque<Write>,
    /// Every call fails with this while it is set.
    down: Option<ErrorCode>,
    unlock: Option<ErrorCode>,
    prompts: u32,
}

/// See the module.
pub(crate) struct FakeKeychain {
    state: Mutex<State>,
    pub(crate) write_gate: Gate,
    pub(crate) read_gate: Gate,
    log: Log,
}

impl FakeKeychain {
    pub(crate) fn new(log: Log) -> Self {
        Self {
            state: Mutex::default(),
            write_gate: Gate::open(),
            read_gate: Gate::open(),
            log,
        }
    }

    pub(crate) fn next_write(&self, write: Write) {
        self.state.lock().unwrap().writes.push_back(write);
    }

    pub(crate) fn fails_with(&self, code: Option<ErrorCode>) {
        self.state.lock().unwrap().down = code;
    }

    pub(crate) fn unlocking_fails_with(&self, code: ErrorCode) {
        self.state.lock().unwrap().unlock = Some(code);
    }

    pub(crate) fn prompts(&self) -> u32 {
        self.state.lock().unwrap().prompts
    }

    pub(crate) fn put(&self, name: &SecretName, text: &str) {
        let mut state = self.state.lock().unwrap();
        state
            .items
            .insert(name.as_str().to_owned(), text.to_owned());
    }

    pub(crate) fn take(&self, name: &SecretName) -> Option<String> {
        self.state.lock().unwrap().items.remove(name.as_str())
    }

    pub(crate) fn text(&self, name: &SecretName) -> Option<String> {
        let state = self.state.lock().unwrap();
        state.items.get(name.as_str()).cloned()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.state.lock().unwrap().items.keys().cloned().collect()
    }

    /// Gives generation and refresh token of a connection's item.
    pub(crate) fn stored(&self, id: ConnectionId) -> Option<(u64, String)> {
        let text = self.text(&SecretName::of_connection(id))?;
        let item = ConnectionItem::decode(&ItemText::new(text)).expect("the item is well formed");
        let token = item.refresh_token.map(|token| token.expose().to_owned());
        Some((item.generation, token.unwrap_or_default()))
    }

    fn checked<T>(&self, use_it: impl FnOnce(&mut State) -> T) -> Result<T, Problem> {
        let mut state = self.state.lock().unwrap();
        match state.down {
            Some(code) => Err(code.into()),
            None => Ok(use_it(&mut state)),
        }
    }
}

#[async_trait]
impl SecretStore for FakeKeychain {
    async fn status(&self) -> KeychainStatus {
        match self.state.lock().unwrap().down {
            None => KeychainStatus::Available,
            Some(ErrorCode::KeychainLocked) => KeychainStatus::Locked,
            Some(code) => KeychainStatus::Missing(code.to_string()),
        }
    }

    async fn unlock(&self) -> Result<(), Problem> {
        let mut state = self.state.lock().unwrap();
        state.prompts += 1;
        match state.unlock.take() {
            Some(code) => Err(code.into()),
            None => {
                state.down = None;
                Ok(())
            }
        }
    }

    async fn read(&self, name: &SecretName) -> Result<Option<ItemText>, Problem> {
        let read = self.checked(|state| state.items.get(name.as_str()).cloned());
        if name.as_str().ends_with("/tokens") {
            // What is held up is the answer: it was true when it was given.
            self.read_gate.pass().await;
        }
        Ok(read?.map(ItemText::new))
    }

    async fn write(&self, name: &SecretName, text: Arc<ItemText>) -> Result<(), Problem> {
        self.write_gate.pass().await;
        let kind = name
            .as_str()
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        let (name, text) = (name.as_str().to_owned(), text.expose().to_owned());
        let outcome = self.checked(|state| {
            let write = state.writes.pop_front();
            let written = matches!(write, None | Some(Write::TimedOutWritten));
            if written {
                state.items.insert(name, text);
            }
            match write {
                None => Ok(()),
                Some(Write::Refused(code)) => Err(Problem::from(code)),
                Some(Write::TimedOutWritten | Write::TimedOutLost) => {
                    Err(ErrorCode::KeychainTimedOut.into())
                }
            }
        });
        let outcome = outcome.and_then(|outcome| outcome);
        let word = outcome.as_ref().map_or("failed", |()| "ok");
        self.log.push(format!("KEYCHAIN {kind} {word}"));
        outcome
    }

    async fn delete(&self, name: &SecretName) -> Result<(), Problem> {
        self.log.push("FORGET");
        self.checked(|state| drop(state.items.remove(name.as_str())))
    }
}
