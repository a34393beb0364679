//! Table `renewal_intents`: which renewals were on the wire (SECURITY 107 ①).

use keyfob_domain::id::ConnectionId;
use keyfob_domain::time::Timestamp;
use rusqlite::{Connection, Result, Transaction, params};

pub(super) fn begin(
    database: &Connection,
    id: ConnectionId,
    generation: u64,
    at: Timestamp,
) -> Result<()> {
    database.execute(
        "INSERT OR REPLACE INTO renewal_intents (connection_id, generation, started_at) VALUES (?1, ?2, ?3)",
        params![id.to_string(), i64::try_from(generation).unwrap_or(i64::MAX), at.millis()],
    )?;
    Ok(())
}

pub(super) fn clear(transaction: &Transaction<'_>, id: ConnectionId) -> Result<()> {
    transaction.execute(
        "DELETE FROM renewal_intents WHERE connection_id = ?1",
        [id.to_string()],
    )?;
    Ok(())
}
