//! The only door to the engine.

use crate::actor::{Actor, Command, IssuedToken, ProviderChange, SaveOutcome};
use crate::ports::Ports;
use crate::providers::Known;
use crate::revocation::Ending;
use crate::update::Update;
use keyfob_domain::authorization::Choice;
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::{AttemptId, ConnectionId, ProviderSlug};
use keyfob_domain::provider::Provider;
use keyfob_domain::secret::ClientSecret;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use url::Url;

/// How many commands may wait; whoever sends more waits.
const QUEUE: usize = 64;
/// How many updates a subscriber may be behind before it is dropped and has to subscribe anew.
const BEHIND: usize = 256;

/// A started engine.
pub struct Engine;

/// Where a callback came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It started this process: whatever it belongs to ended with an earlier one.
    ColdStart,
    /// Keyfob was running.
    Running,
}

/// A page of a provider that the user may want to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// Where an app is registered.
    Registration(ProviderSlug),
    /// The same, of a preset that is no provider yet.
    PresetRegistration(ProviderSlug),
    /// Where the user ends an access.
    Account(ProviderSlug),
}

/// A cheap, cloneable reference to the engine. Every call is one message to the actor.
#[derive(Clone)]
pub struct EngineHandle {
    commands: mpsc::Sender<Command>,
}

impl Engine {
    /// Loads what is stored and starts the actor on the present tokio runtime.
    ///
    /// # Errors
    /// `database_unavailable` when the rows can't be read.
    pub async fn start(
        ports: Ports,
        providers: impl Into<Known>,
        notices: Vec<Problem>,
    ) -> Result<EngineHandle, Problem> {
        let (handle, life) = Self::assemble(ports, providers.into(), notices).await?;
        tokio::spawn(life);
        Ok(handle)
    }

    /// Loads what is stored and gives the actor's life, which nobody lives yet.
    pub(crate) async fn assemble(
        ports: Ports,
        providers: Known,
        notices: Vec<Problem>,
    ) -> Result<(EngineHandle, impl Future<Output = ()> + Send + 'static), Problem> {
        let rows = ports.store.load().await?;
        let clients = ports.store.load_clients().await?;
        let left = ports.store.load_pending().await?;
        let (commands, queue) = mpsc::channel(QUEUE);
        let handle = EngineHandle { commands };
        let actor = Actor::new(ports, handle.clone(), providers, rows, clients, notices);
        Ok((handle, actor.run(queue, left)))
    }
}

impl EngineHandle {
    async fn send(&self, command: Command) -> Result<(), Problem> {
        self.commands.send(command).await.map_err(|_| gone())
    }

    async fn ask_actor<T>(
        &self,
        make: impl FnOnce(oneshot::Sender<Result<T, Problem>>) -> Command,
    ) -> Result<T, Problem> {
        let (reply, answer) = oneshot::channel();
        self.send(make(reply)).await?;
        answer.await.map_err(|_| gone())?
    }

    /// Gives a stream of updates that begins with a snapshot. It ends when the reader falls too
    /// far behind; then subscribe again.
    ///
    /// # Errors
    /// `internal` when the engine has stopped.
    pub async fn subscribe(&self) -> Result<mpsc::Receiver<Update>, Problem> {
        let (sender, updates) = mpsc::channel(BEHIND);
        self.send(Command::Subscribe(sender)).await?;
        Ok(updates)
    }

    /// Begins a sign-in and opens the browser; with a connection, signs that one in again.
    ///
    /// # Errors
    /// `provider_unknown`, `client_not_set_up`, `connection_unknown`, `port_unavailable`, `keychain_*`.
    pub async fn connect(
        &self,
        provider: ProviderSlug,
        connection: Option<ConnectionId>,
    ) -> Result<AttemptId, Problem> {
        self.ask_actor(|reply| Command::Connect {
            provider,
            connection,
            reply,
        })
        .await
    }

    /// Gives the client id that is known for a provider.
    ///
    /// # Errors
    /// `internal` when the engine has stopped.
    pub async fn client_of(&self, provider: ProviderSlug) -> Result<Option<String>, Problem> {
        self.ask_actor(|reply| Command::ClientOf { provider, reply })
            .await
    }

    /// Gives the provider of a connection.
    ///
    /// # Errors
    /// `connection_unknown`.
    pub async fn provider_of(&self, id: ConnectionId) -> Result<ProviderSlug, Problem> {
        self.ask_actor(|reply| Command::ProviderOf { id, reply })
            .await
    }

    /// Gives the address of a provider's page.
    ///
    /// # Errors
    /// `provider_unknown` when there is no such provider or page.
    pub async fn page(&self, page: Page) -> Result<Url, Problem> {
        self.ask_actor(|reply| Command::Page { page, reply }).await
    }

    /// Ends an attempt that still waits.
    ///
    /// # Errors
    /// `attempt_unknown`.
    pub async fn cancel_attempt(&self, id: AttemptId) -> Result<(), Problem> {
        self.ask_actor(|reply| Command::CancelAttempt { id, reply })
            .await
    }

    /// Answers the question that a sign-in waits for ([`keyfob_domain::authorization::Step::Asking`]).
    ///
    /// # Errors
    /// `attempt_unknown` when it asks nothing (any more).
    pub async fn answer_question(&self, id: AttemptId, choice: Choice) -> Result<(), Problem> {
        self.ask_actor(|reply| Command::AnswerQuestion { id, choice, reply })
            .await
    }

    /// Takes an ended attempt out of sight.
    ///
    /// # Errors
    /// `attempt_unknown`.
    pub async fn dismiss_attempt(&self, id: AttemptId) -> Result<(), Problem> {
        self.ask_actor(|reply| Command::DismissAttempt { id, reply })
            .await
    }

    /// Gives the authorization request of a waiting attempt, to be opened or copied again.
    ///
    /// # Errors
    /// `attempt_unknown`.
    pub async fn authorization_request(&self, id: AttemptId) -> Result<Url, Problem> {
        self.ask_actor(|reply| Command::AuthorizationRequest { id, reply })
            .await
    }

    /// Hands in a callback as it came: hostile until proven otherwise.
    /// Gives whether it was the answer to an attempt.
    pub async fn handle_redirect(&self, raw: Vec<u8>, origin: Origin) -> bool {
        self.ask_actor(|reply| Command::Redirect { raw, origin, reply })
            .await
            .unwrap_or(false)
    }

    /// Keeps the client id and secret the user registered at a provider.
    ///
    /// # Errors
    /// `provider_unknown`, `input_invalid`, `keychain_*`, `database_unavailable`.
    pub async fn set_up_client(
        &self,
        provider: ProviderSlug,
        client_id: String,
        client_secret: Option<ClientSecret>,
    ) -> Result<(), Problem> {
        self.ask_actor(|reply| Command::SetUpClient {
            provider,
            client_id,
            client_secret,
            reply,
        })
        .await
    }

    /// Adds a provider, or replaces the one with the same slug: the sandbox's, once it listens.
    ///
    /// # Errors
    /// `internal` when the engine has stopped.
    pub async fn provide(&self, provider: Provider) -> Result<(), Problem> {
        self.send(Command::Provide(Arc::new(provider))).await
    }

    /// Gives a provider.
    ///
    /// # Errors
    /// `provider_unknown`.
    pub async fn provider(&self, slug: ProviderSlug) -> Result<Arc<Provider>, Problem> {
        self.ask_actor(|reply| Command::ProviderNamed { slug, reply })
            .await
    }

    /// Checks a provider of the user's own and saves it, with its client id and secret.
    ///
    /// # Errors
    /// `provider_unknown`, `provider_not_saved`, `keychain_*`: nothing is saved. `database_unavailable`:
    /// all but the client id is.
    pub async fn save_provider(&self, change: ProviderChange) -> Result<SaveOutcome, Problem> {
        let change = Box::new(change);
        self.ask_actor(|reply| Command::SaveProvider { change, reply })
            .await
    }

    /// Deletes a provider of the user's own, with its client id and secret.
    ///
    /// # Errors
    /// `provider_unknown`; `provider_in_use` as long as it has a connection or somebody signs in there;
    /// `provider_not_saved`, `keychain_*`, `database_unavailable`.
    pub async fn delete_provider(&self, slug: ProviderSlug) -> Result<(), Problem> {
        self.ask_actor(|reply| Command::DeleteProvider { slug, reply })
            .await
    }

    /// Gives a connection a name; an empty one takes it away.
    ///
    /// # Errors
    /// `connection_unknown`.
    pub async fn rename(&self, id: ConnectionId, name: Option<String>) -> Result<(), Problem> {
        self.ask_actor(|reply| Command::Rename { id, name, reply })
            .await
    }

    /// Renews a connection's tokens now, or joins the renewal under way; gives no token.
    ///
    /// # Errors
    /// What the renewal failed with.
    pub async fn renew(&self, id: ConnectionId) -> Result<(), Problem> {
        self.ask_actor(|reply| Command::Renew { id, reply }).await
    }

    /// Reads the summary again; what comes of it arrives as an update.
    ///
    /// # Errors
    /// `connection_unknown`.
    pub async fn reload_summary(&self, id: ConnectionId) -> Result<(), Problem> {
        self.ask_actor(|reply| Command::ReloadSummary { id, reply })
            .await
    }

    /// Asks the account's context a question.
    ///
    /// # Errors
    /// `input_invalid` for an empty or overlong question, else what the request failed with.
    pub async fn ask(&self, id: ConnectionId, question: String) -> Result<String, Problem> {
        self.ask_actor(|reply| Command::Ask {
            id,
            question,
            reply,
        })
        .await
    }

    /// Ends a connection, in one of the ways there are.
    ///
    /// # Errors
    /// What the revocation failed with; then the connection goes on.
    pub async fn revoke(&self, id: ConnectionId, ending: Ending) -> Result<(), Problem> {
        self.ask_actor(|reply| Command::Revoke { id, ending, reply })
            .await
    }

    /// Asks the user to unlock the keychain; waits for the answer.
    ///
    /// # Errors
    /// `keychain_dismissed`, `keychain_missing`, `keychain_failed`.
    pub async fn unlock_keychain(&self) -> Result<(), Problem> {
        self.ask_actor(|reply| Command::UnlockKeychain { reply })
            .await
    }

    /// Looks at the keychain again.
    ///
    /// # Errors
    /// `internal` when the engine has stopped.
    pub async fn retry_keychain(&self) -> Result<(), Problem> {
        self.send(Command::RetryKeychain).await
    }

    /// Shows a notice.
    ///
    /// # Errors
    /// `internal` when the engine has stopped.
    pub async fn notify(
        &self,
        problem: Problem,
        provider: Option<ProviderSlug>,
    ) -> Result<(), Problem> {
        self.send(Command::Notify { problem, provider }).await
    }

    /// Takes a notice away.
    ///
    /// # Errors
    /// `internal` when the engine has stopped.
    pub async fn dismiss_notice(&self, id: u64) -> Result<(), Problem> {
        self.send(Command::DismissNotice(id)).await
    }

    /// Finishes what is on the wire, for five seconds at most, and stops.
    pub async fn shut_down(&self) {
        let (reply, done) = oneshot::channel();
        if self
            .commands
            .send(Command::ShutDown { reply })
            .await
            .is_ok()
        {
            // An actor that is gone has stopped.
            let _ = done.await;
        }
    }

    /// Gives a usable access token, from memory, the keychain or a renewal that is joined. With
    /// `rejected`, the generation that the API answered with 401, it is a newer one (SECURITY 63).
    ///
    /// # Errors
    /// `connection_unknown`, also while it is being revoked; `token_rejected` when the refused token
    /// was renewed a moment ago; else why there is no usable token: `grant_ended`, `provider_*`, `keychain_*`, ….
    pub async fn access_token(
        &self,
        id: ConnectionId,
        rejected: Option<u64>,
    ) -> Result<IssuedToken, Problem> {
        self.ask_actor(|reply| Command::AccessToken {
            id,
            rejected,
            reply,
        })
        .await
    }
}

fn gone() -> Problem {
    Problem::with_detail(ErrorCode::Internal, "the engine has stopped")
}
