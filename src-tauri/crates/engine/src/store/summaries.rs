//! Table `summaries`: the last context summary of each connection, gone with the connection.

use keyfob_domain::id::ConnectionId;
use keyfob_domain::summary::ContextSummary;
use rusqlite::{Connection, Result, params};

pub(super) fn save(
    database: &Connection,
    id: ConnectionId,
    summary: &ContextSummary,
) -> Result<()> {
    // A connection that was revoked meanwhile keeps nothing.
    database.execute(
        "INSERT OR REPLACE INTO summaries (connection_id, text, as_of)
         SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM connections WHERE id = ?1)",
        params![id.to_string(), summary.text, summary.as_of.millis()],
    )?;
    Ok(())
}
