//! Opening the database: private from its first byte, checked, migrated, never deleted
//! (SECURITY 109).

use super::{SqliteStore, summaries};
use crate::worker::Worker;
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::time::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode as SqliteCode};
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

const FILE: &str = "keyfob.sqlite3";

/// Each entry brings the schema one version further; entries are only ever added.
const MIGRATIONS: &[&str] = &[
    "CREATE TABLE connections (
        id TEXT PRIMARY KEY NOT NULL,
        provider TEXT NOT NULL,
        name TEXT,
        account_subject TEXT,
        account_label TEXT,
        ordinal INTEGER NOT NULL,
        scopes_asked TEXT NOT NULL,
        scopes_granted TEXT NOT NULL,
        generation INTEGER NOT NULL,
        connected_at INTEGER NOT NULL,
        obtained_at INTEGER NOT NULL,
        renewed_at INTEGER,
        expires_at INTEGER,
        expiry_assumed INTEGER NOT NULL,
        renewable INTEGER NOT NULL,
        condition TEXT NOT NULL,
        problem_code TEXT,
        problem_detail TEXT,
        failures INTEGER NOT NULL,
        tried_at INTEGER,
        due_at INTEGER,
        token_endpoint TEXT NOT NULL,
        client_id TEXT NOT NULL
    ) STRICT;
    CREATE TABLE renewal_intents (
        connection_id TEXT PRIMARY KEY NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
        generation INTEGER NOT NULL,
        started_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE summaries (
        connection_id TEXT PRIMARY KEY NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
        text TEXT,
        as_of INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE clients (
        provider TEXT PRIMARY KEY NOT NULL,
        client_id TEXT NOT NULL
    ) STRICT;",
    // What a summary says has more than one form now; `keyfob_domain::summary::Content` writes it.
    "CREATE TABLE summaries_with_content (
        connection_id TEXT PRIMARY KEY NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
        content TEXT NOT NULL,
        as_of INTEGER NOT NULL
    ) STRICT;
    INSERT INTO summaries_with_content (connection_id, content, as_of)
        SELECT connection_id, CASE
            WHEN text IS NULL THEN json_object('kind', 'nothing')
            ELSE json_object('kind', 'text', 'value', text)
        END, as_of FROM summaries;
    DROP TABLE summaries;
    ALTER TABLE summaries_with_content RENAME TO summaries;",
    // Its connection is gone, so nothing refers to one.
    "CREATE TABLE pending_revocations (
        connection_id TEXT PRIMARY KEY NOT NULL,
        provider TEXT NOT NULL,
        endpoint TEXT NOT NULL,
        client_id TEXT NOT NULL,
        since INTEGER NOT NULL,
        failures INTEGER NOT NULL,
        next_try_at INTEGER NOT NULL
    ) STRICT;",
    // Both are null where nothing is known of the grant's end.
    "ALTER TABLE connections ADD COLUMN grant_ends_at INTEGER;
    ALTER TABLE connections ADD COLUMN grant_end_told_at INTEGER;",
    // What a verified id token said at the sign-in; all of them are null where there was none.
    "ALTER TABLE connections ADD COLUMN id_token_issuer TEXT;
    ALTER TABLE connections ADD COLUMN id_token_subject TEXT;
    ALTER TABLE connections ADD COLUMN id_token_auth_time INTEGER;
    ALTER TABLE connections ADD COLUMN id_token_nonce_digest TEXT;",
];

/// An open store, and what had to be done to open it.
pub struct Opened {
    /// The store.
    pub store: SqliteStore,
    /// `database_corrupted` with the name of the file that was kept aside, when one was.
    pub set_aside: Option<Problem>,
}

enum Refused {
    Corrupted,
    Newer(i64),
    Unavailable(String),
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(SqliteCode::DatabaseCorrupt | SqliteCode::NotADatabase) => Self::Corrupted,
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

pub(super) fn open(data_dir: &Path, now: Timestamp) -> Result<Opened, Problem> {
    let path = data_dir.join(FILE);
    let unavailable = |why: String| Problem::with_detail(ErrorCode::DatabaseUnavailable, &why);
    let (connection, set_aside) = match open_checked(&path, now) {
        Ok(connection) => (connection, None),
        Err(Refused::Corrupted) => {
            let kept = set_aside(data_dir, now).map_err(|error| unavailable(error.to_string()))?;
            let connection =
                open_checked(&path, now).map_err(|refused| refused.into_problem(&path))?;
            (
                connection,
                Some(Problem::with_detail(
                    ErrorCode::DatabaseCorrupted,
                    &kept.display().to_string(),
                )),
            )
        }
        Err(refused) => return Err(refused.into_problem(&path)),
    };
    let worker = Worker::start("keyfob-database", connection)
        .map_err(|_| unavailable("the system gives no thread".to_owned()))?;
    Ok(Opened {
        store: SqliteStore { worker },
        set_aside,
    })
}

impl Refused {
    fn into_problem(self, path: &Path) -> Problem {
        match self {
            Self::Corrupted => Problem::with_detail(
                ErrorCode::DatabaseUnavailable,
                "a new database is unreadable too",
            ),
            Self::Newer(version) => Problem::with_detail(
                ErrorCode::DatabaseNewer,
                &format!(
                    "{}: schema {version}, this Keyfob knows {}",
                    path.display(),
                    MIGRATIONS.len()
                ),
            ),
            Self::Unavailable(why) => Problem::with_detail(ErrorCode::DatabaseUnavailable, &why),
        }
    }
}

fn open_checked(path: &Path, now: Timestamp) -> Result<Connection, Refused> {
    make_private(path).map_err(Refused::Unavailable)?;
    let mut connection = Connection::open(path)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A renewal intent has to be on the disk before the request is on the wire (SECURITY 107).
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // A deleted row is overwritten, not only forgotten (SECURITY 72).
    connection.pragma_update(None, "secure_delete", true)?;
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(Refused::Corrupted);
    }
    migrate(&mut connection)?;
    summaries::purge(&connection, now)?;
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> Result<(), Refused> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = usize::try_from(version)
        .ok()
        .filter(|version| *version <= MIGRATIONS.len());
    let Some(done) = known else {
        return Err(Refused::Newer(version));
    };
    for (number, migration) in MIGRATIONS.iter().enumerate().skip(done) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(
            None,
            "user_version",
            i64::try_from(number + 1).unwrap_or(i64::MAX),
        )?;
        transaction.commit()?;
    }
    Ok(())
}

/// Creates the file with its final mode before SQLite opens it; -wal and -shm inherit it.
pub(super) fn make_private(path: &Path) -> Result<(), String> {
    let said = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
    match std::fs::symlink_metadata(path) {
        Ok(facts) if !facts.is_file() => return Err(said(&"is not a plain file")),
        Ok(facts) => {
            #[cfg(unix)]
            if std::os::unix::fs::MetadataExt::mode(&facts) & 0o077 != 0 {
                return Err(said(
                    &"other users can get at it; take the rights away with `chmod 600`",
                ));
            }
            let _ = facts;
            return Ok(());
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(said(&error)),
    }
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ()).map_err(|error| said(&error))
}

/// Renames a broken database and what belongs to it; nothing is deleted.
fn set_aside(data_dir: &Path, now: Timestamp) -> std::io::Result<PathBuf> {
    let suffix = format!("broken-{}", now.millis());
    let kept = data_dir.join(format!("{FILE}.{suffix}"));
    std::fs::rename(data_dir.join(FILE), &kept)?;
    for extra in ["-wal", "-shm"] {
        let beside = data_dir.join(format!("{FILE}{extra}"));
        if beside.exists() {
            std::fs::rename(beside, data_dir.join(format!("{FILE}.{suffix}{extra}")))?;
        }
    }
    Ok(kept)
}
