//! Faults and fixed answers on request: a queue per endpoint, taken one per arriving request.
//!
//! What each of them does to the wire is done in [`crate::http`]; here is only what was asked for.

mod reply;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

pub use reply::Reply;

use crate::recording::Endpoint;

/// What an endpoint does instead of, or around, its real answer.
#[derive(Clone)]
pub enum Scripted {
    /// Answers with these bytes; the request has no effect.
    Answer {
        /// The status code, 200 to 599.
        status: u16,
        /// The `Content-Type`, if any.
        content_type: Option<String>,
        /// More headers, names and values.
        headers: Vec<(String, String)>,
        /// The body, sent as it is.
        body: Vec<u8>,
    },
    /// Gives the real answer its effect and lets this change it on its way out.
    Change(fn(&mut Reply)),
    /// Waits on the runtime's timer, then gives the real answer.
    Delay(Duration),
    /// Holds the request until the gate is opened, then gives the real answer.
    Gate(Gate),
    /// Cuts the connection before any byte of an answer; the request has **no** effect.
    CloseBeforeHeaders,
    /// Gives the real answer its effect (a refresh token is rotated), then cuts the connection before
    /// any byte of it.
    LoseAnswer,
    /// Gives the real answer its effect, sends its headers and half its body, then cuts the
    /// connection.
    CloseMidBody,
    /// Never answers. The connection ends when the client gives up or the server stops.
    Hang,
}

impl Scripted {
    /// A JSON answer with a status.
    #[must_use]
    pub fn json(status: u16, body: &str) -> Self {
        Reply::new(status, "application/json", body).into()
    }
}

impl fmt::Debug for Scripted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The body may hold a planted token.
            Self::Answer { status, body, .. } => {
                write!(
                    out,
                    "Answer {{ status: {status}, body_bytes: {} }}",
                    body.len()
                )
            }
            Self::Change(_) => out.write_str("Change"),
            Self::Delay(duration) => write!(out, "Delay({duration:?})"),
            Self::Gate(_) => out.write_str("Gate"),
            Self::CloseBeforeHeaders => out.write_str("CloseBeforeHeaders"),
            Self::LoseAnswer => out.write_str("LoseAnswer"),
            Self::CloseMidBody => out.write_str("CloseMidBody"),
            Self::Hang => out.write_str("Hang"),
        }
    }
}

/// A gate that holds requests until it is opened; once open it stays open. Clones are the same gate.
#[derive(Debug, Clone)]
pub struct Gate {
    open: Arc<watch::Sender<bool>>,
    held: Arc<watch::Sender<usize>>,
}

impl Default for Gate {
    fn default() -> Self {
        Self::closed()
    }
}

impl Gate {
    /// A new gate, closed.
    #[must_use]
    pub fn closed() -> Self {
        Self {
            open: Arc::new(watch::Sender::new(false)),
            held: Arc::new(watch::Sender::new(0)),
        }
    }

    /// Lets everything through, now and later.
    pub fn open(&self) {
        self.open.send_replace(true);
    }

    /// Waits until at least `count` requests have come to the gate.
    pub async fn reached_by(&self, count: usize) {
        // The sender lives as long as `self`, so the wait cannot fail.
        let _ = self.held.subscribe().wait_for(|held| *held >= count).await;
    }

    /// Stands before the gate until it is open.
    pub(crate) async fn pass(&self) {
        self.held.send_modify(|held| *held += 1);
        let _ = self.open.subscribe().wait_for(|open| *open).await;
    }
}

/// The queues of one sandbox.
#[derive(Debug, Default)]
pub(crate) struct Script(Mutex<BTreeMap<Endpoint, Lines>>);

#[derive(Debug, Default)]
struct Lines {
    once: VecDeque<Scripted>,
    forever: Option<Scripted>,
}

impl Script {
    /// Puts an answer at the end of the queue.
    pub(crate) fn push(&self, endpoint: Endpoint, scripted: Scripted) {
        self.lines(|lines| lines.entry(endpoint).or_default().once.push_back(scripted));
    }

    /// Sets what is done whenever the queue is empty.
    pub(crate) fn set_forever(&self, endpoint: Endpoint, scripted: Scripted) {
        self.lines(|lines| lines.entry(endpoint).or_default().forever = Some(scripted));
    }

    /// Forgets what was scripted for an endpoint.
    pub(crate) fn clear(&self, endpoint: Endpoint) {
        self.lines(|lines| lines.remove(&endpoint));
    }

    /// Takes what is next for an endpoint.
    pub(crate) fn next(&self, endpoint: Endpoint) -> Option<Scripted> {
        self.lines(|lines| {
            let lines = lines.get_mut(&endpoint)?;
            lines.once.pop_front().or_else(|| lines.forever.clone())
        })
    }

    fn lines<T>(&self, change: impl FnOnce(&mut BTreeMap<Endpoint, Lines>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
