//! Table `connections`: a row per connection.

use crate::ports::{Recorded, Row};
use keyfob_domain::connection::{Condition, Connection, Life};
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::grant::{Grant, Scopes};
use keyfob_domain::grant_end::GrantEnd;
use keyfob_domain::id::{ConnectionId, Epoch, ProviderSlug};
use keyfob_domain::refresh::Expiry;
use keyfob_domain::time::Timestamp;
use keyfob_domain::token::{AccountHint, NonceDigest, SignInClaims};
use rusqlite::{Result, Transaction, named_params};
use url::Url;

pub(super) fn save(
    transaction: &Transaction<'_>,
    connection: &Connection,
    recorded: &Recorded,
) -> Result<()> {
    let (condition, problem) = condition_text(&connection.condition);
    let (expires_at, assumed) = match connection.life.expiry {
        Expiry::At { at, assumed, .. } => (Some(at.millis()), assumed),
        Expiry::Never => (None, false),
    };
    let sign_in = recorded.sign_in.as_ref();
    transaction.execute(
        "INSERT INTO connections (id, provider, name, account_subject, account_label, ordinal, scopes_asked,
            scopes_granted, generation, connected_at, obtained_at, renewed_at, expires_at, expiry_assumed,
            renewable, grant_ends_at, grant_end_told_at, condition, problem_code, problem_detail, failures, tried_at,
            due_at, token_endpoint, client_id, id_token_issuer, id_token_subject, id_token_auth_time,
            id_token_nonce_digest)
         VALUES (:id, :provider, :name, :subject, :label, :ordinal, :asked, :granted, :generation, :connected_at,
            :obtained_at, :renewed_at, :expires_at, :assumed, :renewable, :grant_ends_at, :grant_end_told_at,
            :condition, :code, :detail, :failures, :tried_at, :due_at, :token_endpoint, :client_id, :id_token_issuer,
            :id_token_subject, :id_token_auth_time, :id_token_nonce_digest)
         ON CONFLICT (id) DO UPDATE SET name = :name, account_subject = :subject, account_label = :label,
            scopes_asked = :asked, scopes_granted = :granted, generation = :generation,
            connected_at = :connected_at, obtained_at = :obtained_at, renewed_at = :renewed_at,
            expires_at = :expires_at, expiry_assumed = :assumed, renewable = :renewable,
            grant_ends_at = :grant_ends_at, grant_end_told_at = :grant_end_told_at,
            condition = :condition, problem_code = :code, problem_detail = :detail, failures = :failures,
            tried_at = :tried_at, due_at = :due_at, token_endpoint = :token_endpoint, client_id = :client_id,
            id_token_issuer = :id_token_issuer, id_token_subject = :id_token_subject,
            id_token_auth_time = :id_token_auth_time, id_token_nonce_digest = :id_token_nonce_digest",
        named_params! {
            ":id": connection.id.to_string(),
            ":provider": connection.provider.as_str(),
            ":name": connection.name,
            ":subject": connection.account.subject,
            ":label": connection.account.label,
            ":ordinal": connection.ordinal,
            ":asked": connection.grant.asked.to_string(),
            ":granted": connection.grant.granted.to_string(),
            ":generation": i64::try_from(connection.life.generation).unwrap_or(i64::MAX),
            ":connected_at": connection.life.connected_at.millis(),
            ":obtained_at": connection.life.obtained_at.millis(),
            ":renewed_at": connection.life.renewed_at.map(Timestamp::millis),
            ":expires_at": expires_at,
            ":assumed": assumed,
            ":renewable": connection.life.renewable,
            ":grant_ends_at": connection.life.grant_end.map(|end| end.at.millis()),
            ":grant_end_told_at": connection.life.grant_end.map(|end| end.told_at.millis()),
            ":condition": condition,
            ":code": problem.map(|problem| problem.code.as_str()),
            ":detail": problem.and_then(|problem| problem.detail.as_deref()),
            ":failures": connection.failures,
            ":tried_at": connection.tried_at.map(Timestamp::millis),
            ":due_at": connection.due_at.map(Timestamp::millis),
            ":token_endpoint": recorded.token_endpoint.as_str(),
            ":client_id": recorded.client_id,
            ":id_token_issuer": sign_in.map(|sign_in| &sign_in.issuer),
            ":id_token_subject": sign_in.map(|sign_in| &sign_in.subject),
            ":id_token_auth_time": sign_in.and_then(|sign_in| sign_in.auth_time),
            ":id_token_nonce_digest": sign_in
                .and_then(|sign_in| sign_in.nonce.as_ref())
                .map(NonceDigest::as_str),
        },
    )?;
    Ok(())
}

pub(super) fn delete(database: &rusqlite::Connection, id: ConnectionId) -> Result<()> {
    database.execute("DELETE FROM connections WHERE id = ?1", [id.to_string()])?;
    // What was in the write-ahead log is gone with it (SECURITY 72).
    super::empty_log(database)
}

pub(super) fn load(database: &rusqlite::Connection) -> Result<Vec<Row>> {
    let mut statement = database.prepare(
        "SELECT connections.*, summaries.content AS summary_content, summaries.as_of AS summary_as_of,
            renewal_intents.generation IS NOT NULL AS interrupted
         FROM connections
         LEFT JOIN summaries ON summaries.connection_id = connections.id
         LEFT JOIN renewal_intents ON renewal_intents.connection_id = connections.id
         ORDER BY connections.connected_at, connections.id",
    )?;
    let rows = statement.query_map([], |row| Ok(read(row)))?;
    let mut read = Vec::new();
    for row in rows {
        match row? {
            Ok(row) => read.push(row),
            // The row stays where it is: whoever wrote it may know what it means.
            Err(error) => {
                tracing::error!(%error, "a connection's row can't be read and is passed over")
            }
        }
    }
    Ok(read)
}

fn read(row: &rusqlite::Row<'_>) -> Result<Row> {
    let text = |name: &str| row.get::<_, String>(name);
    let time = |name: &str| {
        row.get::<_, Option<i64>>(name)
            .map(|millis| millis.map(Timestamp::from_millis))
    };
    let instant = |name: &str| row.get::<_, i64>(name).map(Timestamp::from_millis);
    let unreadable = |what: &str| rusqlite::Error::InvalidColumnName(what.to_owned());
    let obtained_at = instant("obtained_at")?;
    let expiry = match time("expires_at")? {
        Some(at) => Expiry::At {
            at,
            lifetime: at.since(obtained_at),
            assumed: row.get("expiry_assumed")?,
        },
        None => Expiry::Never,
    };
    let due_at = time("due_at")?;
    let problem = row
        .get::<_, Option<String>>("problem_code")?
        .map(|code| Problem {
            code: ErrorCode::parse(&code).unwrap_or(ErrorCode::Internal),
            detail: row.get("problem_detail").unwrap_or_default(),
            connection: None,
        });
    let connection = Connection {
        id: ConnectionId::parse(&text("id")?).ok_or_else(|| unreadable("id"))?,
        provider: ProviderSlug::parse(&text("provider")?).ok_or_else(|| unreadable("provider"))?,
        epoch: Epoch::FIRST,
        name: row.get("name")?,
        account: AccountHint {
            subject: row.get("account_subject")?,
            label: row.get("account_label")?,
        },
        ordinal: row.get("ordinal")?,
        grant: Grant {
            asked: Scopes::parse(&text("scopes_asked")?),
            granted: Scopes::parse(&text("scopes_granted")?),
        },
        life: Life {
            generation: u64::try_from(row.get::<_, i64>("generation")?).unwrap_or(0),
            connected_at: instant("connected_at")?,
            obtained_at,
            renewed_at: time("renewed_at")?,
            expiry,
            renewable: row.get("renewable")?,
            grant_end: time("grant_ends_at")?
                .zip(time("grant_end_told_at")?)
                .map(|(at, told_at)| GrantEnd { at, told_at }),
        },
        condition: condition(&text("condition")?, problem, due_at),
        failures: row.get("failures")?,
        tried_at: time("tried_at")?,
        due_at,
    };
    Ok(Row {
        connection,
        recorded: Recorded {
            token_endpoint: Url::parse(&text("token_endpoint")?)
                .map_err(|_| unreadable("token_endpoint"))?,
            client_id: text("client_id")?,
            sign_in: sign_in(row)?,
        },
        summary: super::summaries::read(row),
        interrupted: row.get("interrupted")?,
    })
}

fn sign_in(row: &rusqlite::Row<'_>) -> Result<Option<SignInClaims>> {
    let issuer: Option<String> = row.get("id_token_issuer")?;
    let subject: Option<String> = row.get("id_token_subject")?;
    let Some((issuer, subject)) = issuer.zip(subject) else {
        return Ok(None);
    };
    let nonce: Option<String> = row.get("id_token_nonce_digest")?;
    Ok(Some(SignInClaims {
        issuer,
        subject,
        auth_time: row.get("id_token_auth_time")?,
        nonce: nonce.as_deref().and_then(NonceDigest::parse),
    }))
}

fn condition_text(condition: &Condition) -> (&'static str, Option<&Problem>) {
    match condition {
        // What was under way is found out anew after a restart, from the intents and the keychain.
        Condition::Active
        | Condition::Renewing
        | Condition::Keychain { .. }
        | Condition::Revoking => ("active", None),
        Condition::Waiting { problem, .. } => ("waiting", Some(problem)),
        Condition::NeedsSignIn { problem } => ("needs_sign_in", Some(problem)),
    }
}

fn condition(text: &str, problem: Option<Problem>, due_at: Option<Timestamp>) -> Condition {
    match (text, problem, due_at) {
        ("waiting", Some(problem), Some(next_try_at)) => Condition::Waiting {
            problem,
            next_try_at,
        },
        ("needs_sign_in", Some(problem), _) => Condition::NeedsSignIn { problem },
        _ => Condition::Active,
    }
}
