//! A database in memory, as strict as the real one about foreign keys.

use super::{Gate, Log};
use crate::ports::{ConnectionStore, Recorded, Row};
use async_trait::async_trait;
use keyfob_domain::connection::{Condition, Connection};
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::{ConnectionId, ProviderSlug};
use keyfob_domain::revocation::PendingRevocation;
use keyfob_domain::summary::ContextSummary;
use keyfob_domain::time::Timestamp;
use std::sync::Mutex;

#[derive(Default)]
struct State {
    rows: Vec<Row>,
    clients: Vec<(ProviderSlug, String)>,
    pending: Vec<PendingRevocation>,
    down: bool,
}

/// See the module.
pub(crate) struct FakeRows {
    state: Mutex<State>,
    pub(crate) save_gate: Gate,
    log: Log,
}

impl FakeRows {
    pub(crate) fn new(log: Log) -> Self {
        Self {
            state: Mutex::default(),
            save_gate: Gate::open(),
            log,
        }
    }

    pub(crate) fn fails(&self, fails: bool) {
        self.state.lock().unwrap().down = fails;
    }

    pub(crate) fn row(&self, id: ConnectionId) -> Option<Row> {
        let state = self.state.lock().unwrap();
        let row = state.rows.iter().find(|row| row.connection.id == id);
        row.cloned()
    }

    pub(crate) fn count(&self) -> usize {
        self.state.lock().unwrap().rows.len()
    }

    pub(crate) fn pending(&self) -> Vec<PendingRevocation> {
        self.state.lock().unwrap().pending.clone()
    }

    /// Changes a row behind the engine's back: a restored copy, a crash.
    pub(crate) fn tamper(&self, id: ConnectionId, change: impl FnOnce(&mut Row)) {
        let mut state = self.state.lock().unwrap();
        let mut rows = state.rows.iter_mut();
        change(
            rows.find(|row| row.connection.id == id)
                .expect("the row is there"),
        );
    }

    fn checked<T>(&self, use_it: impl FnOnce(&mut State) -> T) -> Result<T, Problem> {
        let mut state = self.state.lock().unwrap();
        if state.down {
            return Err(ErrorCode::DatabaseUnavailable.into());
        }
        Ok(use_it(&mut state))
    }
}

#[async_trait]
impl ConnectionStore for FakeRows {
    async fn load(&self) -> Result<Vec<Row>, Problem> {
        self.checked(|state| {
            let mut rows = state.rows.clone();
            for row in &mut rows {
                row.connection.epoch = keyfob_domain::id::Epoch::FIRST;
                // What was under way isn't kept, as in the real table.
                match row.connection.condition {
                    Condition::Active
                    | Condition::Waiting { .. }
                    | Condition::NeedsSignIn { .. } => {}
                    Condition::Renewing | Condition::Keychain { .. } | Condition::Revoking => {
                        row.connection.condition = Condition::Active;
                    }
                }
            }
            rows
        })
    }

    async fn save(
        &self,
        connection: Connection,
        recorded: Recorded,
        under_way: bool,
    ) -> Result<(), Problem> {
        self.save_gate.pass().await;
        self.log
            .push(format!("ROW generation {}", connection.life.generation));
        self.checked(|state| {
            let known = state
                .rows
                .iter_mut()
                .find(|row| row.connection.id == connection.id);
            match known {
                Some(row) => {
                    row.connection = connection;
                    row.recorded = recorded;
                    row.interrupted &= under_way;
                }
                None => state.rows.push(Row {
                    connection,
                    recorded,
                    summary: None,
                    interrupted: false,
                }),
            }
        })
    }

    async fn begin_renewal(
        &self,
        id: ConnectionId,
        generation: u64,
        _: Timestamp,
    ) -> Result<(), Problem> {
        self.log.push(format!("INTENT generation {generation}"));
        self.checked(|state| {
            let row = state.rows.iter_mut().find(|row| row.connection.id == id);
            row.map(|row| row.interrupted = true)
        })?
        .ok_or(Problem::with_detail(
            ErrorCode::DatabaseUnavailable,
            "foreign key constraint",
        ))
    }

    async fn save_summary(&self, id: ConnectionId, summary: ContextSummary) -> Result<(), Problem> {
        self.checked(|state| {
            let row = state.rows.iter_mut().find(|row| row.connection.id == id);
            if let Some(row) = row {
                row.summary = Some(summary);
            }
        })
    }

    async fn delete(&self, id: ConnectionId) -> Result<(), Problem> {
        self.log.push("DELETE");
        self.checked(|state| state.rows.retain(|row| row.connection.id != id))
    }

    async fn load_pending(&self) -> Result<Vec<PendingRevocation>, Problem> {
        self.checked(|state| state.pending.clone())
    }

    async fn save_pending(&self, pending: PendingRevocation) -> Result<(), Problem> {
        self.checked(|state| {
            state.pending.retain(|known| known.id != pending.id);
            state.pending.push(pending);
        })
    }

    async fn delete_pending(&self, id: ConnectionId) -> Result<(), Problem> {
        self.checked(|state| state.pending.retain(|known| known.id != id))
    }

    async fn load_clients(&self) -> Result<Vec<(ProviderSlug, String)>, Problem> {
        self.checked(|state| state.clients.clone())
    }

    async fn save_client(&self, slug: ProviderSlug, client_id: String) -> Result<(), Problem> {
        self.checked(|state| {
            state.clients.retain(|(known, _)| *known != slug);
            state.clients.push((slug, client_id));
        })
    }

    async fn delete_client(&self, slug: ProviderSlug) -> Result<(), Problem> {
        self.checked(|state| state.clients.retain(|(known, _)| *known != slug))
    }
}
