//! Table `pending_revocations`: what providers are still to be told (SECURITY 71). The tokens are in
//! the keychain.

use keyfob_domain::id::{ConnectionId, ProviderSlug};
use keyfob_domain::revocation::PendingRevocation;
use keyfob_domain::time::Timestamp;
use rusqlite::{Connection, Result, Row, params};
use url::Url;

pub(super) fn load(database: &Connection) -> Result<Vec<PendingRevocation>> {
    let mut statement = database.prepare(
        "SELECT connection_id, provider, endpoint, client_id, since, failures, next_try_at
         FROM pending_revocations ORDER BY since",
    )?;
    let rows = statement.query_map([], read)?;
    rows.filter_map(Result::transpose).collect()
}

/// Reads a row; one that holds no id, slug or address stands for nothing that could be done.
fn read(row: &Row<'_>) -> Result<Option<PendingRevocation>> {
    let text = |column| row.get::<_, String>(column);
    let time = |column| row.get::<_, i64>(column).map(Timestamp::from_millis);
    let id = ConnectionId::parse(&text(0)?);
    let (provider, endpoint) = (ProviderSlug::parse(&text(1)?), Url::parse(&text(2)?).ok());
    let (Some(id), Some(provider), Some(endpoint)) = (id, provider, endpoint) else {
        return Ok(None);
    };
    Ok(Some(PendingRevocation {
        id,
        provider,
        endpoint,
        client_id: text(3)?,
        since: time(4)?,
        failures: row.get(5)?,
        next_try_at: time(6)?,
    }))
}

pub(super) fn save(database: &Connection, pending: &PendingRevocation) -> Result<()> {
    database.execute(
        "INSERT OR REPLACE INTO pending_revocations
         (connection_id, provider, endpoint, client_id, since, failures, next_try_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            pending.id.to_string(),
            pending.provider.as_str(),
            pending.endpoint.as_str(),
            pending.client_id,
            pending.since.millis(),
            pending.failures,
            pending.next_try_at.millis(),
        ],
    )?;
    Ok(())
}

pub(super) fn delete(database: &Connection, id: ConnectionId) -> Result<()> {
    database.execute(
        "DELETE FROM pending_revocations WHERE connection_id = ?1",
        [id.to_string()],
    )?;
    Ok(())
}
