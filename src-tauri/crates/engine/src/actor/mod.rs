//! The one owner of the truth. It takes a command, a completion or the timer, asks the domain
//! what it means, and starts the effects. It never waits for the network or the keychain:
//! that happens in its tasks, each of which ends in one [`Completion`].

mod callback;
mod command;
mod editing;
mod ending;
mod entry;
mod exchange;
mod gate;
mod identifying;
mod keeping;
mod keychain;
mod line;
mod news;
mod pending;
mod reading;
mod renewing;
mod set_up;
mod signing_in;
mod wall;

pub(crate) use command::{Command, Completion};
pub use editing::{Consent, ProviderChange, SaveOutcome};
pub use entry::IssuedToken;

use crate::handle::{EngineHandle, Page};
use crate::ports::{NetworkState, Ports, Row};
use crate::providers::{self, Known};
use crate::random::bytes;
use crate::update::{KeychainState, Notice, Update};
use entry::{Entry, OpenAttempt};
use futures_util::StreamExt;
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::{ConnectionId, ProviderSlug};
use keyfob_domain::provider::Provider;
use keyfob_domain::revocation::PendingRevocation;
use keyfob_domain::time::Timestamp;
use line::Line;
use pending::Pending;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use url::Url;
use wall::Seen;

/// Something that wakes the actor.
enum Happening {
    Told(Command),
    Done(Completion),
    NetworkChanged,
    KeychainChanged,
    TimeCame,
}

/// How long a stopping engine waits for what is on the wire.
const FAREWELL: Duration = Duration::from_secs(5);

pub(crate) struct Actor {
    ports: Ports,
    handle: EngineHandle,
    tasks: JoinSet<Completion>,
    providers: Vec<Arc<Provider>>,
    /// Which of them are the user's own.
    own: HashSet<ProviderSlug>,
    clients: HashMap<ProviderSlug, String>,
    entries: Vec<Entry>,
    attempts: Vec<OpenAttempt>,
    subscribers: Vec<mpsc::Sender<Update>>,
    notices: Vec<Notice>,
    pending: Vec<Pending>,
    keychain: KeychainState,
    /// How many looks at it are under way.
    looks: u32,
    /// When a silent keychain is looked at again.
    look_at: Option<Timestamp>,
    network: watch::Receiver<NetworkState>,
    /// The renewals that wait for their turn, and those under way.
    line: Line,
    /// What the clocks showed last.
    clocks: Seen,
    revision: u64,
    notice_count: u64,
    farewell: Option<oneshot::Sender<()>>,
}

impl Actor {
    pub(crate) fn new(
        ports: Ports,
        handle: EngineHandle,
        providers: Known,
        rows: Vec<Row>,
        clients: Vec<(ProviderSlug, String)>,
        notices: Vec<Problem>,
    ) -> Self {
        let now = ports.clock.now();
        let mut actor = Self {
            handle,
            tasks: JoinSet::new(),
            own: providers.own.iter().map(|own| own.slug.clone()).collect(),
            providers: { providers.shipped }
                .into_iter()
                .chain(providers.own)
                .map(Arc::new)
                .collect(),
            clients: clients.into_iter().collect(),
            entries: rows
                .into_iter()
                .map(|row| Entry::loaded(row, now))
                .collect(),
            attempts: Vec::new(),
            subscribers: Vec::new(),
            notices: Vec::new(),
            pending: Vec::new(),
            keychain: KeychainState::Available,
            looks: 0,
            look_at: None,
            network: ports.network_watch.watch(),
            line: Line::default(),
            clocks: Seen::new(now, ports.clock.moment()),
            revision: 0,
            notice_count: 0,
            farewell: None,
            ports,
        };
        for problem in notices {
            actor.notify(problem, None);
        }
        actor
    }

    pub(crate) async fn run(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        left: Vec<PendingRevocation>,
    ) {
        let mut keychain_changes = self.ports.secrets.changes().fuse();
        self.look_at_keychain();
        self.resume_revocations(left).await;
        self.tick().await;
        self.start_waiting();
        while self.farewell.is_none() {
            let wake = self.next_wake();
            let timer = async {
                match wake {
                    Some(at) => self.ports.clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let happening = tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => Happening::Told(command),
                    None => return,
                },
                Some(done) = self.tasks.join_next() => match done {
                    Ok(completion) => Happening::Done(completion),
                    Err(error) => {
                        tracing::error!(%error, "a task of the engine died");
                        continue;
                    }
                },
                // Without a sender the state is what it was, for ever.
                Ok(()) = self.network.changed() => Happening::NetworkChanged,
                Some(()) = keychain_changes.next() => Happening::KeychainChanged,
                () = timer => Happening::TimeCame,
            };
            self.mind_the_clock().await;
            match happening {
                Happening::Told(command) => self.obey(command).await,
                Happening::Done(completion) => self.complete(completion).await,
                Happening::NetworkChanged => self.network_changed().await,
                Happening::KeychainChanged => self.look_at_keychain(),
                Happening::TimeCame => self.tick().await,
            }
            self.start_waiting();
        }
        // Whoever asks from now on, a summary's reader for one, is told at once.
        drop(commands);
        self.finish().await;
    }

    /// Lets what would be lost otherwise come to its end: an exchange whose code is spent, a
    /// renewal, whatever is on its way into the keychain.
    async fn finish(mut self) {
        for attempt in &self.attempts {
            attempt.stop.cancel();
        }
        let last_things = async {
            self.complete_the_rest().await;
            // What is in memory only ends with the process: the keychain is asked once more.
            let unsaved = self.entries.iter().filter(|entry| entry.unsaved.is_some());
            let unsaved: Vec<ConnectionId> = unsaved.map(|entry| entry.connection.id).collect();
            for id in unsaved {
                self.start_saving(id);
            }
            self.complete_the_rest().await;
        };
        if tokio::time::timeout(FAREWELL, last_things).await.is_err() {
            tracing::warn!("the engine stops while something is still on the wire");
        }
        if let Some(farewell) = self.farewell.take() {
            // Whoever asked may be gone.
            let _ = farewell.send(());
        }
    }

    async fn complete_the_rest(&mut self) {
        while let Some(done) = self.tasks.join_next().await {
            if let Ok(
                completion @ (Completion::Exchanged { .. }
                | Completion::Identified { .. }
                | Completion::Stored { .. }
                | Completion::ClientStored { .. }
                | Completion::Renewed { .. }
                | Completion::SavedAgain { .. }
                | Completion::Ended { .. }),
            ) = done
            {
                self.complete(completion).await;
            }
        }
    }

    /// The next time at which something is due.
    fn next_wake(&self) -> Option<Timestamp> {
        let attempts = self
            .attempts
            .iter()
            .filter(|attempt| attempt.waits_since().is_some())
            .map(|attempt| attempt.ends_at);
        self.entries
            .iter()
            .flat_map(|entry| {
                let connection = &entry.connection;
                let due_at = connection
                    .due_at
                    .and_then(|at| self.wake_of(connection.id, at));
                [due_at, entry.summary.next_try_at]
            })
            .flatten()
            .chain(attempts)
            .chain(self.next_revocation())
            .chain(self.look_at)
            .min()
    }

    async fn tick(&mut self) {
        self.expire_attempts();
        let now = self.ports.clock.now();
        let due: Vec<ConnectionId> = self
            .entries
            .iter()
            .filter(|entry| entry.connection.due_at.is_some_and(|due_at| due_at <= now))
            .map(|entry| entry.connection.id)
            .collect();
        for id in due {
            self.renew_by_timer(id).await;
        }
        self.reload_rested_summaries();
        self.try_revocations();
        self.look_at_silent_keychain();
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Subscribe(sender) => self.subscribe(sender),
            Command::Connect {
                provider,
                connection,
                reply,
            } => self.prepare_sign_in(&provider, connection, reply),
            Command::ClientOf { provider, reply } => {
                answer(reply, Ok(self.clients.get(&provider).cloned()))
            }
            Command::ProviderOf { id, reply } => {
                let slug = self
                    .entry(id)
                    .map(|entry| entry.connection.provider.clone());
                answer(reply, slug);
            }
            Command::Page { page, reply } => answer(reply, self.page(&page)),
            Command::CancelAttempt { id, reply } => answer(reply, self.cancel_attempt(id)),
            Command::DismissAttempt { id, reply } => answer(reply, self.dismiss_attempt(id)),
            Command::AnswerQuestion { id, choice, reply } => {
                self.answer_question(id, choice, reply);
            }
            Command::AuthorizationRequest { id, reply } => {
                answer(reply, self.authorization_request(id))
            }
            Command::Redirect { raw, origin, reply } => {
                let taken = self.handle_redirect(&raw, origin);
                answer(reply, Ok(taken));
            }
            Command::SetUpClient {
                provider,
                client_id,
                client_secret,
                reply,
            } => {
                self.set_up_client(provider, &client_id, client_secret, reply);
            }
            Command::Provide(provider) => self.provide(provider),
            Command::ProviderNamed { slug, reply } => {
                let unknown = || Problem::with_detail(ErrorCode::ProviderUnknown, slug.as_str());
                answer(reply, self.provider(&slug).ok_or_else(unknown));
            }
            Command::SaveProvider { change, reply } => self.save_provider(*change, reply),
            Command::DeleteProvider { slug, reply } => self.delete_provider(slug, reply),
            Command::Rename { id, name, reply } => {
                let renamed = self.rename(id, name).await;
                answer(reply, renamed);
            }
            Command::Renew { id, reply } => self.renew_for_user(id, reply).await,
            Command::ReloadSummary { id, reply } => answer(reply, self.reload_summary(id)),
            Command::Ask {
                id,
                question,
                reply,
            } => self.ask(id, question, reply),
            Command::Revoke { id, ending, reply } => self.revoke(id, ending, reply).await,
            Command::UnlockKeychain { reply } => self.unlock_keychain(reply),
            Command::RetryKeychain => self.look_at_keychain(),
            Command::AccessToken {
                id,
                rejected,
                reply,
            } => self.access_token(id, rejected, reply).await,
            Command::Notify { problem, provider } => self.notify(problem, provider),
            Command::DismissNotice(id) => self.dismiss_notice(id),
            Command::ShutDown { reply } => self.farewell = Some(reply),
        }
    }

    async fn complete(&mut self, completion: Completion) {
        match completion {
            Completion::Nothing => {}
            Completion::Prepared(prepared) => self.begin_attempt(*prepared),
            Completion::BrowserOpened { attempt, outcome } => self.browser_opened(attempt, outcome),
            Completion::Exchanged {
                attempt,
                requested_at,
                outcome,
            } => self.exchanged(attempt, requested_at, outcome),
            Completion::Identified {
                attempt,
                found,
                refused,
            } => self.identified(attempt, found, refused),
            Completion::Stored {
                attempt,
                kept,
                outcome,
            } => self.stored(attempt, *kept, outcome).await,
            Completion::ClientStored {
                provider,
                client_id,
                outcome,
                reply,
            } => {
                self.client_stored(provider, client_id, outcome, reply)
                    .await;
            }
            Completion::ProviderStored { saving, outcome } => {
                self.provider_stored(saving, outcome).await;
            }
            Completion::ProviderForgotten {
                slug,
                outcome,
                reply,
            } => self.provider_forgotten(slug, outcome, reply),
            Completion::Renewed { id, epoch, outcome } => self.renewed(id, epoch, outcome).await,
            Completion::SavedAgain {
                id,
                epoch,
                generation,
                outcome,
            } => self.saved_again(id, epoch, generation, outcome).await,
            Completion::ItemRead { id, epoch, outcome } => self.item_read(id, epoch, outcome).await,
            Completion::SummaryRead {
                id,
                flight,
                outcome,
            } => self.summary_read(id, flight, outcome).await,
            Completion::Ended { id, outcome, reply } => self.ended(id, outcome, reply).await,
            Completion::RevocationTried { id, tried } => self.revocation_tried(id, tried).await,
            Completion::KeychainSeen(status) => self.keychain_seen(status).await,
            Completion::KeychainUnlocked { outcome, reply } => {
                self.keychain_unlocked(outcome, reply).await
            }
        }
    }

    fn entry(&mut self, id: ConnectionId) -> Result<&mut Entry, Problem> {
        self.entries
            .iter_mut()
            .find(|entry| entry.connection.id == id)
            .ok_or_else(|| Problem::new(ErrorCode::ConnectionUnknown).of(id))
    }

    fn provider(&self, slug: &ProviderSlug) -> Option<Arc<Provider>> {
        self.providers
            .iter()
            .find(|provider| provider.slug == *slug)
            .cloned()
    }

    fn page(&self, page: &Page) -> Result<Url, Problem> {
        let (slug, url) = match page {
            Page::Registration(slug) => {
                let provider = self.provider(slug);
                (
                    slug,
                    provider.and_then(|known| known.registration_page.clone()),
                )
            }
            Page::PresetRegistration(slug) => {
                let mut templates = providers::templates().into_iter();
                let preset = templates.find(|preset| preset.slug == *slug);
                (slug, preset.and_then(|preset| preset.registration_page))
            }
            Page::Account(slug) => {
                let provider = self.provider(slug);
                (slug, provider.and_then(|known| known.account_page.clone()))
            }
        };
        url.ok_or_else(|| Problem::with_detail(ErrorCode::ProviderUnknown, slug.as_str()))
    }

    fn random<const N: usize>(&self) -> [u8; N] {
        bytes(self.ports.random.as_ref())
    }
}

/// Answers whoever asked; they may have gone away.
fn answer<T>(reply: oneshot::Sender<Result<T, Problem>>, outcome: Result<T, Problem>) {
    let _ = reply.send(outcome);
}

#[cfg(test)]
mod tests;
