//! What stands before the sandbox's token endpoint: it hands everything on, takes its time over it, and
//! knows of each request whether it was granted and answered.
//!
//! Hazard: an agent dies between two steps of an exchange and never within one, or nobody could say
//! afterwards how far it had come. What is on the wire when it dies comes to its end before anybody looks.

#[path = "../../../engine/tests/trouble/proxy/message.rs"]
#[expect(dead_code, reason = "the table of network faults uses more of it")]
mod message;

use message::{Answer, Exchange, forward, request, send};
use serde_json::Value;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// A request waits for so many milliseconds at most before the sandbox has it.
const BEFORE: u64 = 12;
/// And its answer for so many before the agent has it.
const AFTER: u64 = 4;

pub(crate) struct Relay {
    /// Like `http://127.0.0.1:4321`.
    pub(crate) base: String,
    address: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

/// A refresh token; printed, its beginning is enough to know it again.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token(pub(crate) String);

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.get(..10).unwrap_or_default())
    }
}

/// One request of the agent that lives, or lived last.
#[derive(Clone, Debug)]
pub(crate) struct Refresh {
    /// The refresh token it carried; none in an exchange of a code.
    pub(crate) sent: Option<Token>,
    /// Whether the sandbox honoured it.
    pub(crate) granted: bool,
    /// Whether the answer was written to an agent that lived.
    pub(crate) answered: bool,
}

struct Shared {
    sandbox: SocketAddr,
    /// Held for each step of an exchange, and while an agent dies.
    ledger: Mutex<Ledger>,
    progress: watch::Sender<Progress>,
}

#[derive(Default)]
struct Ledger {
    refreshes: Vec<Refresh>,
    last_issued: Option<Token>,
    granted: u64,
}

/// What is waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// How many requests have arrived.
    pub(crate) seen: usize,
    /// How many were answered.
    pub(crate) answered: usize,
    /// When the last one was.
    pub(crate) answered_at: Option<Instant>,
    alive: bool,
    open: usize,
    last_peer: Option<SocketAddr>,
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Relay {
    /// Starts before the sandbox with this address, like `http://127.0.0.1:4321`.
    pub(crate) async fn before(origin: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let progress = Progress {
            seen: 0,
            answered: 0,
            answered_at: None,
            alive: true,
            open: 0,
            last_peer: None,
        };
        let shared = Arc::new(Shared {
            sandbox: origin.strip_prefix("http://").unwrap().parse().unwrap(),
            ledger: Mutex::default(),
            progress: watch::Sender::new(progress),
        });
        Self {
            base: format!("http://{address}"),
            address,
            server: tokio::spawn(serve(listener, shared.clone())),
            shared,
        }
    }

    /// A new agent begins; what the last one sent is forgotten.
    pub(crate) async fn begin(&self) {
        self.shared.ledger.lock().await.refreshes.clear();
        self.shared
            .progress
            .send_modify(|progress| progress.alive = true);
    }

    pub(crate) fn progress(&self) -> Progress {
        *self.shared.progress.borrow()
    }

    pub(crate) async fn reaches(&self, enough: impl FnMut(&Progress) -> bool) {
        let mut progress = self.shared.progress.subscribe();
        // The sender lives as long as `self`, so the wait ends by the progress.
        let _ = progress.wait_for(enough).await;
    }

    /// Has the agent die, and waits until all that it had on the wire has come to its end.
    pub(crate) async fn outlive(&self, die: impl FnOnce()) {
        let ledger = self.shared.ledger.lock().await;
        die();
        self.shared
            .progress
            .send_modify(|progress| progress.alive = false);
        drop(ledger);
        // Whoever comes last finds all that came before accepted.
        let last = TcpStream::connect(self.address).await.unwrap();
        let last_peer = last.local_addr().unwrap();
        drop(last);
        self.reaches(|progress| progress.last_peer == Some(last_peer) && progress.open == 0)
            .await;
    }

    /// Gives the requests of the agent that lives, or lived last.
    pub(crate) async fn refreshes(&self) -> Vec<Refresh> {
        self.shared.ledger.lock().await.refreshes.clone()
    }

    /// Tells whether a refresh token is the one that was issued last; no other is good for anything.
    pub(crate) async fn issued_last(&self, refresh_token: &Token) -> bool {
        self.shared.ledger.lock().await.last_issued.as_ref() == Some(refresh_token)
    }

    /// How many refreshes were granted in all.
    pub(crate) async fn granted(&self) -> u64 {
        self.shared.ledger.lock().await.granted
    }
}

impl Shared {
    /// Takes a while, which ends with the agent.
    async fn dawdle(&self, longest: u64) {
        let mut progress = self.progress.subscribe();
        let while_it_lasts = progress.wait_for(|progress| !progress.alive);
        let pause = Duration::from_millis(fastrand::u64(..=longest));
        // Whichever comes first, the exchange goes on.
        let _ = tokio::time::timeout(pause, while_it_lasts).await;
    }

    fn is_alive(&self) -> bool {
        self.progress.borrow().alive
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let (stream, peer) = listener.accept().await.unwrap();
        shared.progress.send_modify(|progress| {
            progress.open += 1;
            progress.last_peer = Some(peer);
        });
        let shared = shared.clone();
        tokio::spawn(async move {
            pass(stream, &shared).await;
            shared.progress.send_modify(|progress| progress.open -= 1);
        });
    }
}

/// One request and its answer.
async fn pass(mut stream: TcpStream, shared: &Shared) {
    // An answer is written at once.
    let _ = stream.set_nodelay(true);
    let Some(request) = request(&mut stream).await else {
        return;
    };
    let is_refresh = request.exchange() == Some(Exchange::Refresh);
    let sent = refresh_token(&request.body).filter(|_| is_refresh);
    let place = {
        let refreshes = &mut shared.ledger.lock().await.refreshes;
        refreshes.push(Refresh {
            sent,
            granted: false,
            answered: false,
        });
        refreshes.len() - 1
    };
    shared.progress.send_modify(|progress| progress.seen += 1);
    shared.dawdle(BEFORE).await;
    let answer = {
        let mut ledger = shared.ledger.lock().await;
        // What a dead agent has sent arrives, or is lost on its way.
        if !shared.is_alive() && fastrand::bool() {
            return;
        }
        let answer = forward(&request, shared.sandbox).await;
        let Answer { head, body } = Answer::parse(&answer);
        if head.starts_with("HTTP/1.1 200 ") {
            ledger.last_issued = refresh_token(&body);
            ledger.granted += u64::from(is_refresh);
            ledger.refreshes[place].granted = true;
        }
        answer
    };
    shared.dawdle(AFTER).await;
    let mut ledger = shared.ledger.lock().await;
    if !shared.is_alive() {
        return;
    }
    // Who lives may go away all the same, and then hasn't been answered.
    if send(&mut stream, &answer).await.is_ok() {
        ledger.refreshes[place].answered = true;
        shared.progress.send_modify(|progress| {
            progress.answered += 1;
            progress.answered_at = Some(Instant::now());
        });
    }
}

fn refresh_token(body: &[u8]) -> Option<Token> {
    let body: Value = serde_json::from_slice(body).ok()?;
    Some(Token(body["refresh_token"].as_str()?.to_owned()))
}
