//! What the ports did, in order, and gates that hold one of them up.

use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// One log for all ports.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn push(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap().clear();
    }

    /// Gives the lines that begin with this word.
    pub(crate) fn of(&self, word: &str) -> Vec<String> {
        let begins = |line: &String| line.split(' ').next() == Some(word);
        self.lines().into_iter().filter(begins).collect()
    }
}

/// Open unless a test shuts it; whoever comes to a shut gate waits.
#[derive(Clone)]
pub(crate) struct Gate {
    open: Arc<watch::Sender<bool>>,
    waiting: Arc<watch::Sender<usize>>,
}

impl Gate {
    pub(crate) fn open() -> Self {
        Self {
            open: Arc::new(watch::Sender::new(true)),
            waiting: Arc::new(watch::Sender::new(0)),
        }
    }

    pub(crate) fn shut(&self) {
        self.open.send_replace(false);
    }

    pub(crate) fn let_through(&self) {
        self.open.send_replace(true);
    }

    /// Waits until somebody has come to the gate while it was shut, `count` in all.
    pub(crate) async fn reached_by(&self, count: usize) {
        let mut waiting = self.waiting.subscribe();
        let reached = waiting.wait_for(|waiting| *waiting >= count);
        let limit = std::time::Duration::from_secs(20);
        tokio::time::timeout(limit, reached)
            .await
            .expect("nobody came to the gate")
            .expect("the gate is there");
    }

    pub(crate) async fn pass(&self) {
        let mut open = self.open.subscribe();
        if *open.borrow() {
            return;
        }
        self.waiting.send_modify(|waiting| *waiting += 1);
        open.wait_for(|open| *open)
            .await
            .expect("the gate is there");
    }
}
