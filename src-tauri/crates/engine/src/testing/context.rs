//! A context source in memory.

use super::{Gate, Log};
use crate::ports::ContextSource;
use async_trait::async_trait;
use keyfob_domain::authorization::Identity;
use keyfob_domain::failure::Fault;
use keyfob_domain::provider::Provider;
use keyfob_domain::secret::AccessToken;
use keyfob_domain::summary::Content;
use keyfob_domain::token::AccountHint;
use std::collections::VecDeque;
use std::sync::Mutex;

/// Answers every question and gives the same summary, unless something else is queued.
pub(crate) struct FakeContext {
    faults: Mutex<VecDeque<Fault>>,
    hints: Mutex<VecDeque<Result<Identity, Fault>>>,
    summaries: Mutex<VecDeque<Result<Content, Fault>>>,
    pub(crate) summary_gate: Gate,
    log: Log,
}

impl FakeContext {
    pub(crate) fn new(log: Log) -> Self {
        Self {
            faults: Mutex::default(),
            hints: Mutex::default(),
            summaries: Mutex::default(),
            summary_gate: Gate::open(),
            log,
        }
    }

    /// Queues what the next reading of a summary comes to.
    pub(crate) fn next_summary(&self, outcome: Result<Content, Fault>) {
        self.summaries.lock().unwrap().push_back(outcome);
    }

    /// Takes back what was queued for readings.
    pub(crate) fn clear_summaries(&self) {
        self.summaries.lock().unwrap().clear();
    }

    /// Queues a fault for a question.
    pub(crate) fn next(&self, fault: Fault) {
        self.faults.lock().unwrap().push_back(fault);
    }

    /// Queues what the next look for a hint finds; without one it finds none.
    pub(crate) fn next_hint(&self, hint: Result<Option<&str>, Fault>) {
        let hint = hint.map(|hint| Identity {
            guess: hint.map(str::to_owned),
            ..Identity::default()
        });
        self.hints.lock().unwrap().push_back(hint);
    }

    /// Queues what the API says the account is.
    pub(crate) fn next_account(&self, account: AccountHint) {
        self.hints.lock().unwrap().push_back(Ok(account.into()));
    }
}

#[async_trait]
impl ContextSource for FakeContext {
    async fn summary(
        &self,
        _: &Provider,
        token: &AccessToken,
        _: Option<&str>,
    ) -> Result<Content, Fault> {
        self.log.push(format!("SUMMARY {}", token.expose()));
        let queued = self.summaries.lock().unwrap().pop_front();
        self.summary_gate.pass().await;
        queued.unwrap_or_else(|| Ok(Content::Text("What Ada works on.".to_owned())))
    }

    async fn ask(
        &self,
        _: &Provider,
        token: &AccessToken,
        question: &str,
    ) -> Result<String, Fault> {
        self.log.push(format!("ASK {}", token.expose()));
        let fault = self.faults.lock().unwrap().pop_front();
        fault.map_or_else(|| Ok(format!("You asked: {question}")), Err)
    }

    async fn account(&self, _: &Provider, token: &AccessToken) -> Result<Identity, Fault> {
        self.log.push(format!("HINT {}", token.expose()));
        let hint = self.hints.lock().unwrap().pop_front();
        hint.unwrap_or(Ok(Identity::default()))
    }
}
