//! Table `summaries`: the last context summary of each connection, gone with the connection or
//! when its time is over (SECURITY 117).

use keyfob_domain::id::ConnectionId;
use keyfob_domain::summary::{Content, ContextSummary, SUMMARY_LIFE};
use keyfob_domain::time::Timestamp;
use rusqlite::{Connection, Result, Row, params};

pub(super) fn save(
    database: &Connection,
    id: ConnectionId,
    summary: &ContextSummary,
) -> Result<()> {
    // A connection that was revoked meanwhile keeps nothing.
    database.execute(
        "INSERT OR REPLACE INTO summaries (connection_id, content, as_of)
         SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM connections WHERE id = ?1)",
        params![
            id.to_string(),
            summary.content.encode(),
            summary.as_of.millis()
        ],
    )?;
    Ok(())
}

/// Reads the columns `summary_content` and `summary_as_of` of a joined row. What can't be read,
/// another version's perhaps, is as if it had not been kept.
pub(super) fn read(row: &Row<'_>) -> Option<ContextSummary> {
    let content: String = row.get("summary_content").ok()?;
    let as_of = row.get("summary_as_of").ok().map(Timestamp::from_millis)?;
    Some(ContextSummary::new(Content::decode(&content)?, as_of))
}

/// Deletes what is older than [`SUMMARY_LIFE`], from the write-ahead log as well.
pub(super) fn purge(database: &Connection, now: Timestamp) -> Result<()> {
    let life = i64::try_from(SUMMARY_LIFE.as_millis()).unwrap_or(i64::MAX);
    let oldest = now.millis().saturating_sub(life);
    let purged = database.execute("DELETE FROM summaries WHERE as_of < ?1", [oldest])?;
    if purged > 0 {
        super::empty_log(database)?;
    }
    Ok(())
}
