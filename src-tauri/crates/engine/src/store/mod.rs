//! SQLite: everything that isn't secret. One thread owns the connection; one file per table.

mod clients;
mod connections;
mod intents;
mod open;
mod revocations;
mod summaries;

pub use open::Opened;

use crate::ports::{ConnectionStore, Recorded, Row};
use crate::worker::Worker;
use async_trait::async_trait;
use keyfob_domain::connection::Connection;
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::{ConnectionId, ProviderSlug};
use keyfob_domain::revocation::PendingRevocation;
use keyfob_domain::summary::ContextSummary;
use keyfob_domain::time::Timestamp;
use std::path::Path;
use std::time::Duration;

/// No statement of this size takes longer; a disk that does is broken.
const LIMIT: Duration = Duration::from_secs(20);

/// The real store.
pub struct SqliteStore {
    worker: Worker<rusqlite::Connection>,
}

impl SqliteStore {
    /// Opens the database in an owned data directory, and makes or migrates it where needed.
    /// Summaries that are older than [`keyfob_domain::summary::SUMMARY_LIFE`] are deleted.
    ///
    /// # Errors
    /// `database_newer` when a newer Keyfob wrote it (it is left as it is), `database_unavailable`.
    pub fn open(data_dir: &Path, now: Timestamp) -> Result<Opened, Problem> {
        open::open(data_dir, now)
    }

    async fn call<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut rusqlite::Connection) -> rusqlite::Result<R> + Send + 'static,
    ) -> Result<R, Problem> {
        let unavailable = |why: &str| Problem::with_detail(ErrorCode::DatabaseUnavailable, why);
        match tokio::time::timeout(LIMIT, self.worker.call(job)).await {
            Ok(Ok(Ok(result))) => Ok(result),
            Ok(Ok(Err(error))) => Err(unavailable(&error.to_string())),
            Ok(Err(_)) => Err(unavailable("the database thread is gone")),
            Err(_) => Err(unavailable("the disk doesn't answer")),
        }
    }
}

/// Carries the write-ahead log over into the database and empties it, so that what was deleted
/// or replaced is in neither.
fn empty_log(database: &rusqlite::Connection) -> rusqlite::Result<()> {
    database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

#[async_trait]
impl ConnectionStore for SqliteStore {
    async fn load(&self) -> Result<Vec<Row>, Problem> {
        self.call(|database| connections::load(database)).await
    }

    async fn save(
        &self,
        connection: Connection,
        recorded: Recorded,
        under_way: bool,
    ) -> Result<(), Problem> {
        self.call(move |database| {
            let transaction = database.transaction()?;
            connections::save(&transaction, &connection, &recorded)?;
            if !under_way {
                intents::clear(&transaction, connection.id)?;
            }
            transaction.commit()
        })
        .await
    }

    async fn begin_renewal(
        &self,
        id: ConnectionId,
        generation: u64,
        at: Timestamp,
    ) -> Result<(), Problem> {
        self.call(move |database| intents::begin(database, id, generation, at))
            .await
    }

    async fn save_summary(&self, id: ConnectionId, summary: ContextSummary) -> Result<(), Problem> {
        self.call(move |database| summaries::save(database, id, &summary))
            .await
    }

    async fn delete(&self, id: ConnectionId) -> Result<(), Problem> {
        self.call(move |database| connections::delete(database, id))
            .await
    }

    async fn load_pending(&self) -> Result<Vec<PendingRevocation>, Problem> {
        self.call(|database| revocations::load(database)).await
    }

    async fn save_pending(&self, pending: PendingRevocation) -> Result<(), Problem> {
        self.call(move |database| revocations::save(database, &pending))
            .await
    }

    async fn delete_pending(&self, id: ConnectionId) -> Result<(), Problem> {
        self.call(move |database| revocations::delete(database, id))
            .await
    }

    async fn load_clients(&self) -> Result<Vec<(ProviderSlug, String)>, Problem> {
        self.call(|database| clients::load(database)).await
    }

    async fn save_client(&self, slug: ProviderSlug, client_id: String) -> Result<(), Problem> {
        self.call(move |database| clients::save(database, &slug, &client_id))
            .await
    }

    async fn delete_client(&self, slug: ProviderSlug) -> Result<(), Problem> {
        self.call(move |database| clients::delete(database, &slug))
            .await
    }
}

#[cfg(test)]
mod tests;
