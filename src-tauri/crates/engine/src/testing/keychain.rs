//! A keychain in memory.

use super::{Gate, Log};
use crate::keychain::{Items, Split};
use crate::ports::{KeychainStatus, SecretName, SecretStore};
use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt};
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::ConnectionId;
use keyfob_domain::item::ConnectionItem;
use keyfob_domain::secret::ItemText;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;

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
struct Memory(BTreeMap<String, String>);

impl Items for Memory {
    fn read(&mut self, account: &str) -> Result<Option<ItemText>, Problem> {
        Ok(self.0.get(account).cloned().map(ItemText::new))
    }

    fn write(&mut self, account: &str, text: &ItemText) -> Result<(), Problem> {
        let (account, text) = (account.to_owned(), text.expose().to_owned());
        self.0.insert(account, text);
        Ok(())
    }

    fn delete(&mut self, account: &str) -> Result<(), Problem> {
        self.0.remove(account);
        Ok(())
    }
}

struct State {
    items: Split<Memory>,
    writes: VecDeque<Write>,
    /// Every call fails with this while it is set.
    down: Option<ErrorCode>,
    /// Reading this item fails with this, and nothing else does.
    unreadable: Option<(SecretName, ErrorCode)>,
    unlock: Option<ErrorCode>,
    prompts: u32,
    /// Those who want to hear of changes.
    watchers: Vec<mpsc::UnboundedSender<()>>,
    looks: u32,
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
        let state = State {
            items: Split::new(Memory::default(), None),
            writes: VecDeque::new(),
            down: None,
            unreadable: None,
            unlock: None,
            prompts: 0,
            watchers: Vec::new(),
            looks: 0,
        };
        Self {
            state: Mutex::new(state),
            write_gate: Gate::open(),
            read_gate: Gate::open(),
            log,
        }
    }

    pub(crate) fn next_write(&self, write: Write) {
        self.state.lock().unwrap().writes.push_back(write);
    }

    /// Takes back what was decided about writes to come.
    pub(crate) fn calm(&self) {
        self.state.lock().unwrap().writes.clear();
    }

    pub(crate) fn fails_with(&self, code: Option<ErrorCode>) {
        self.state.lock().unwrap().down = code;
    }

    /// From now on reading one item fails.
    pub(crate) fn cannot_read(&self, name: SecretName, code: ErrorCode) {
        self.state.lock().unwrap().unreadable = Some((name, code));
    }

    pub(crate) fn unlocking_fails_with(&self, code: ErrorCode) {
        self.state.lock().unwrap().unlock = Some(code);
    }

    pub(crate) fn prompts(&self) -> u32 {
        self.state.lock().unwrap().prompts
    }

    /// Lets somebody else lock it, unlock it, end it or start it; whoever watches is told once.
    pub(crate) fn changes_to(&self, code: Option<ErrorCode>) {
        let mut state = self.state.lock().unwrap();
        state.down = code;
        state.watchers.retain(|watcher| watcher.send(()).is_ok());
    }

    /// Gives how often its status was asked for.
    pub(crate) fn looks(&self) -> u32 {
        self.state.lock().unwrap().looks
    }

    /// From now on no item is longer than this, in bytes.
    pub(crate) fn limit_items(&self, limit: usize) {
        let mut state = self.state.lock().unwrap();
        let items = std::mem::take(state.items.items());
        state.items = Split::new(items, Some(limit));
    }

    pub(crate) fn put(&self, name: &SecretName, text: &str) {
        let mut state = self.state.lock().unwrap();
        let text = ItemText::new(text.to_owned());
        state.items.write(name.as_str(), &text).unwrap();
    }

    pub(crate) fn take(&self, name: &SecretName) -> Option<String> {
        let text = self.text(name);
        let mut state = self.state.lock().unwrap();
        state.items.delete(name.as_str()).unwrap();
        text
    }

    pub(crate) fn text(&self, name: &SecretName) -> Option<String> {
        let mut state = self.state.lock().unwrap();
        let text = state.items.read(name.as_str()).unwrap();
        text.map(|text| text.expose().to_owned())
    }

    /// Gives the name of every item, parts included.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut state = self.state.lock().unwrap();
        state.items.items().0.keys().cloned().collect()
    }

    /// Takes one item of the keychain out, wherever it belongs.
    pub(crate) fn lose(&self, account: &str) {
        let mut state = self.state.lock().unwrap();
        state.items.items().delete(account).unwrap();
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
        let mut state = self.state.lock().unwrap();
        state.looks += 1;
        match state.down {
            None => KeychainStatus::Available,
            Some(ErrorCode::KeychainLocked) => KeychainStatus::Locked,
            Some(ErrorCode::KeychainTimedOut) => KeychainStatus::Silent,
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

    fn changes(&self) -> BoxStream<'static, ()> {
        let (watcher, changes) = mpsc::unbounded_channel();
        self.state.lock().unwrap().watchers.push(watcher);
        let next = |mut changes: mpsc::UnboundedReceiver<()>| async move {
            changes.recv().await.map(|()| ((), changes))
        };
        stream::unfold(changes, next).boxed()
    }

    async fn read(&self, name: &SecretName) -> Result<Option<ItemText>, Problem> {
        let read = self.checked(|state| match &state.unreadable {
            Some((unreadable, code)) if unreadable == name => Err((*code).into()),
            Some(_) | None => state.items.read(name.as_str()),
        });
        if name.as_str().ends_with("/tokens") {
            // What is held up is the answer: it was true when it was given.
            self.read_gate.pass().await;
        }
        read?
    }

    async fn write(&self, name: &SecretName, text: Arc<ItemText>) -> Result<(), Problem> {
        self.write_gate.pass().await;
        let kind = name
            .as_str()
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        let outcome = self.checked(|state| {
            let write = state.writes.pop_front();
            if matches!(write, None | Some(Write::TimedOutWritten)) {
                state.items.write(name.as_str(), &text)?;
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
        self.checked(|state| state.items.delete(name.as_str()))?
    }
}
