//! The conversation: commands on their way to the engine, answers and events on their way back, in
//! an order that the parent can follow. It decides nothing.

use crate::api;
use crate::control::{self, Command, RequestId};
use crate::stdio::{LONGEST_LINE, Line};
use crate::view::{Answer, ErrorView, Event, Outcome, Success, line};
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::{AttemptId, ProviderSlug};
use keyfob_domain::provider::RedirectKind;
use keyfob_engine::network::Network;
use keyfob_engine::ports::Clock;
use keyfob_engine::{AttemptOverview, EngineHandle, Overview, ProviderOverview, Update};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};
use url::Url;

/// So many commands may be under way at once; more are refused.
const MOST_COMMANDS: usize = 64;
/// How long commands may take to end once the engine has stopped.
const FAREWELL: Duration = Duration::from_secs(1);

/// What commands work with.
#[derive(Clone)]
pub(crate) struct Engine {
    pub(crate) handle: EngineHandle,
    pub(crate) network: Network,
    pub(crate) clock: Arc<dyn Clock>,
}

/// What there is at one moment.
pub(crate) struct Snapshot {
    pub(crate) connections: Vec<Arc<Overview>>,
    providers: Vec<Arc<ProviderOverview>>,
}

impl Engine {
    pub(crate) async fn snapshot(&self) -> Result<Snapshot, Problem> {
        let mut updates = self.handle.subscribe().await?;
        let first = updates.recv().await;
        let Some(Update::Snapshot {
            connections,
            providers,
            ..
        }) = first
        else {
            return Err(Problem::with_detail(
                ErrorCode::Internal,
                "the engine has stopped",
            ));
        };
        Ok(Snapshot {
            connections,
            providers,
        })
    }
}

/// The conversation with the parent.
pub(crate) struct Agent {
    engine: Engine,
    out: mpsc::Sender<String>,
    under_way: JoinSet<(RequestId, Result<Done, Problem>)>,
    /// The attempts whose names the parent knows.
    announced: HashSet<AttemptId>,
    /// Steps of others, in order.
    early: Vec<Arc<AttemptOverview>>,
}

/// What a command came to.
enum Done {
    Success(Success),
    /// A sign-in has begun. Without an address it is over already.
    Began(AttemptId, Option<Url>),
}

impl Agent {
    /// Makes a conversation that writes its lines to `out`.
    pub(crate) fn new(engine: Engine, out: mpsc::Sender<String>) -> Self {
        Self {
            engine,
            out,
            under_way: JoinSet::new(),
            announced: HashSet::new(),
            early: Vec::new(),
        }
    }

    /// Does what the parent says until it is `quit`, whose id is given back, or says nothing more, or
    /// reads nothing more. What was said before is answered first, unless it takes long.
    pub(crate) async fn converse(&mut self, lines: &mut mpsc::Receiver<Line>) -> Option<RequestId> {
        let quit = self.listen(lines).await;
        self.settle().await;
        quit
    }

    async fn listen(&mut self, lines: &mut mpsc::Receiver<Line>) -> Option<RequestId> {
        let mut updates = self.engine.handle.subscribe().await.ok()?;
        let out = self.out.clone();
        loop {
            tokio::select! {
                line = lines.recv() => {
                    if let Some(quit) = self.obey(line?).await {
                        return Some(quit);
                    }
                }
                Some(ended) = self.under_way.join_next() => self.ended(ended).await,
                update = updates.recv() => match update {
                    Some(update) => self.pass_on(update).await,
                    // Too far behind: the next one begins with a snapshot.
                    None => updates = self.engine.handle.subscribe().await.ok()?,
                },
                () = out.closed() => return None,
            }
        }
    }

    /// Answers what is still under way, once the engine has stopped; the command that asked for it
    /// comes last.
    pub(crate) async fn finish(mut self, quit: Option<RequestId>) {
        self.settle().await;
        if !self.under_way.is_empty() {
            tracing::warn!("the agent stops while commands are under way");
        }
        if let Some(id) = quit {
            let answer = self.answer(id, Ok(Done::Success(Success::Done {})));
            // A parent that reads no more doesn't get it.
            let _ = tokio::time::timeout(FAREWELL, answer).await;
        }
    }

    /// Waits a little for commands that were read, and answers them.
    async fn settle(&mut self) {
        let answers = async {
            while let Some(ended) = self.under_way.join_next().await {
                self.ended(ended).await;
            }
        };
        // What takes longer is looked after by the engine's own farewell.
        let _ = tokio::time::timeout(FAREWELL, answers).await;
    }

    async fn ended(&mut self, ended: Result<(RequestId, Result<Done, Problem>), JoinError>) {
        match ended {
            Ok((id, outcome)) => self.answer(id, outcome).await,
            Err(error) => tracing::error!(%error, "a command died"),
        }
    }

    async fn obey(&mut self, line: Line) -> Option<RequestId> {
        let parsed = match line {
            Line::Text(text) => control::parse(&text),
            Line::TooLong => {
                let detail = format!("a line is {} KiB at most", LONGEST_LINE / 1024);
                Err(control::Refused {
                    id: None,
                    problem: Problem::with_detail(ErrorCode::InputInvalid, &detail),
                })
            }
        };
        match parsed {
            Ok((id, Command::Quit)) => return Some(id),
            Ok((id, _)) if self.under_way.len() >= MOST_COMMANDS => {
                let detail = format!("{MOST_COMMANDS} commands are under way");
                let busy = Problem::with_detail(ErrorCode::InputInvalid, &detail);
                self.answer(id, Err(busy)).await;
            }
            Ok((id, command)) => {
                let engine = self.engine.clone();
                self.under_way
                    .spawn(async move { (id, perform(&engine, command).await) });
            }
            Err(refused) => {
                let outcome = Outcome::Error(refused.problem.into());
                self.say(&Answer {
                    id: refused.id,
                    outcome,
                })
                .await;
            }
        }
        None
    }

    async fn answer(&mut self, id: RequestId, outcome: Result<Done, Problem>) {
        let id = Some(id);
        let (attempt, url) = match outcome {
            Ok(Done::Began(attempt, url)) => (attempt, url),
            Ok(Done::Success(success)) => {
                let outcome = Outcome::Result(success);
                return self.say(&Answer { id, outcome }).await;
            }
            Err(problem) => {
                let outcome = Outcome::Error(ErrorView::from(problem));
                return self.say(&Answer { id, outcome }).await;
            }
        };
        let name = attempt.to_string();
        let outcome = Outcome::Result(Success::Attempt {
            attempt: name.clone(),
        });
        self.say(&Answer { id, outcome }).await;
        if let Some(url) = url {
            let (attempt, url) = (name, url.into());
            self.say(&Event::Open { attempt, url }).await;
        }
        self.announced.insert(attempt);
        let (its_own, others) = std::mem::take(&mut self.early)
            .into_iter()
            .partition(|step| step.id == attempt);
        self.early = others;
        for step in Vec::<Arc<AttemptOverview>>::from_iter(its_own) {
            self.tell_step(&step).await;
        }
    }

    async fn pass_on(&mut self, update: Update) {
        let steps = if let Update::Attempt(step) = update {
            vec![step]
        } else if let Update::Snapshot { attempts, .. } = update {
            attempts
        } else {
            return;
        };
        for step in steps {
            if self.announced.contains(&step.id) {
                self.tell_step(&step).await;
            } else {
                // The answer with its name is still on its way.
                self.early.push(step);
            }
        }
    }

    async fn tell_step(&self, step: &AttemptOverview) {
        self.say(&Event::Attempt(step.into())).await;
    }

    async fn say(&self, value: &impl serde::Serialize) {
        // A parent that doesn't listen any more ends the conversation.
        let _ = self.out.send(line(value)).await;
    }
}

async fn perform(engine: &Engine, command: Command) -> Result<Done, Problem> {
    let handle = &engine.handle;
    let done = |()| Success::Done {};
    let success = match command {
        Command::Connect { provider } => return connect(engine, provider).await,
        Command::Answer { attempt, choice } => {
            handle.answer_question(attempt, choice).await.map(done)
        }
        Command::SetUp {
            provider,
            client_id,
            client_secret,
        } => {
            let set_up = handle.set_up_client(provider, client_id, client_secret);
            set_up.await.map(done)
        }
        Command::List => engine.snapshot().await.map(|snapshot| {
            let all = snapshot.connections.iter();
            let connections = all.map(|overview| (&overview.connection).into()).collect();
            Success::Connections { connections }
        }),
        Command::Providers => engine.snapshot().await.map(|snapshot| {
            let all = snapshot.providers.iter();
            let providers = all.map(|overview| overview.as_ref().into()).collect();
            Success::Providers { providers }
        }),
        Command::Renew { connection } => handle.renew(connection).await.map(done),
        Command::CallApi { connection, url } => api::call(engine, connection, &url).await,
        Command::Revoke { connection, ending } => handle.revoke(connection, ending).await.map(done),
        Command::Unlock => handle.unlock_keychain().await.map(done),
        // Nothing is to be done for it: the conversation ends with it.
        Command::Quit => Ok(Success::Done {}),
    };
    success.map(Done::Success)
}

async fn connect(engine: &Engine, slug: ProviderSlug) -> Result<Done, Problem> {
    let providers = engine.snapshot().await?.providers;
    let known = providers.iter().find(|one| one.provider.slug == slug);
    if let Some(known) = known
        && !known
            .provider
            .redirect_kinds
            .contains(&RedirectKind::Loopback)
    {
        let detail = format!(
            "{slug} accepts no loopback redirect, and without a desktop there is no other way back"
        );
        return Err(Problem::with_detail(ErrorCode::InputInvalid, &detail));
    }
    let attempt = engine.handle.connect(slug, None).await?;
    let url = engine.handle.authorization_request(attempt).await.ok();
    Ok(Done::Began(attempt, url))
}
