//! Table `clients`: the client id that the user registered at each provider.

use keyfob_domain::id::ProviderSlug;
use rusqlite::{Connection, Result, params};

pub(super) fn load(database: &Connection) -> Result<Vec<(ProviderSlug, String)>> {
    let mut statement =
        database.prepare("SELECT provider, client_id FROM clients ORDER BY provider")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
    rows.filter_map(|row| {
        row.map(|(slug, client_id)| ProviderSlug::parse(&slug).map(|slug| (slug, client_id)))
            .transpose()
    })
    .collect()
}

pub(super) fn save(database: &Connection, slug: &ProviderSlug, client_id: &str) -> Result<()> {
    database.execute(
        "INSERT OR REPLACE INTO clients (provider, client_id) VALUES (?1, ?2)",
        params![slug.as_str(), client_id],
    )?;
    Ok(())
}

pub(super) fn delete(database: &Connection, slug: &ProviderSlug) -> Result<()> {
    database.execute("DELETE FROM clients WHERE provider = ?1", [slug.as_str()])?;
    Ok(())
}
