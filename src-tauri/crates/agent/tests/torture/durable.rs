//! What a killed agent has left: the keychain's item, the database's row and intent; and which step of
//! SECURITY 107 that shows.
//!
//! It must not change what it looks at: the next agent has to find the database as the last one left it,
//! log and all, so a copy is looked at.

use crate::relay::{Refresh, Token};
use crate::world::World;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension};
use std::path::Path;

const DATABASE: &str = "keyfob.sqlite3";

/// How far the renewal had come that was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// There was none, or its end was on the disk already.
    Rest,
    /// ①: the intent was there, and no request had been sent.
    Intent,
    /// ②: the request was on its way, or the provider had it in hands.
    Post,
    /// ③: it was granted and answered, and the keychain had the old item.
    Answered,
    /// ④: the keychain had the new item, and the row was the old one.
    Saved,
}

/// See the module. There is one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Left {
    /// What the keychain's item is the answer of.
    pub(crate) generation: i64,
    pub(crate) refresh_token: Token,
    row_generation: i64,
    /// The generation that was asked for, if the row says that one was.
    pub(crate) intent: Option<i64>,
}

/// Has the row wait to be written until this is dropped, as another program does that reads or copies the
/// database for a while. The log is left as it is.
pub(crate) fn hold_row(world: &World) -> Connection {
    let database = Connection::open(world.data_dir().join(DATABASE)).unwrap();
    let as_it_is = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
    database.set_db_config(as_it_is, true).unwrap();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    database
}

/// Looks at everything; the error says why the database is broken.
pub(crate) async fn left(world: &World) -> Result<Left, String> {
    let (row_generation, intent) = rows(&world.data_dir())?;
    let items = world.connection_items().await;
    let [item] = items.as_slice() else {
        panic!("{} items of one connection", items.len());
    };
    Ok(Left {
        generation: item["generation"].as_i64().unwrap(),
        refresh_token: Token(item["refresh_token"].as_str().unwrap().to_owned()),
        row_generation,
        intent,
    })
}

impl Left {
    /// Gives the step that an agent was in when it left this, after such requests.
    pub(crate) fn step(&self, refreshes: &[Refresh]) -> Step {
        let with_this = |refresh: &&Refresh| refresh.sent.as_ref() == Some(&self.refresh_token);
        match refreshes.iter().rev().find(with_this) {
            Some(refresh) if !refresh.answered => Step::Post,
            Some(refresh) if refresh.granted => Step::Answered,
            // It was refused: nothing is on its way to the keychain.
            Some(_) => Step::Rest,
            None if self.generation > self.row_generation => Step::Saved,
            None if self.intent.is_some() => Step::Intent,
            None => Step::Rest,
        }
    }
}

/// The row's generation, and that of the intent.
fn rows(data_dir: &Path) -> Result<(i64, Option<i64>), String> {
    let set_aside = |name: &str| name.contains(".broken-");
    for entry in std::fs::read_dir(data_dir).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if set_aside(&name) {
            return Err(format!("{name} was set aside"));
        }
    }
    let copy = tempfile::tempdir().unwrap();
    for end in ["", "-wal"] {
        let name = format!("{DATABASE}{end}");
        if data_dir.join(&name).exists() {
            std::fs::copy(data_dir.join(&name), copy.path().join(&name)).unwrap();
        }
    }
    read(&copy.path().join(DATABASE))
}

fn read(path: &Path) -> Result<(i64, Option<i64>), String> {
    let broken = |error: rusqlite::Error| error.to_string();
    let database = Connection::open(path).map_err(broken)?;
    let verdict: String = database
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .map_err(broken)?;
    if verdict != "ok" {
        return Err(verdict);
    }
    let row = database.query_row("SELECT generation FROM connections", [], |row| row.get(0));
    let intent = database.query_row("SELECT generation FROM renewal_intents", [], |row| {
        row.get(0)
    });
    let intent = intent.optional().map_err(broken)?;
    Ok((row.map_err(broken)?, intent))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(generation: i64, row_generation: i64, intent: Option<i64>) -> Left {
        Left {
            generation,
            refresh_token: Token("present".to_owned()),
            row_generation,
            intent,
        }
    }

    fn refresh(sent: &str, granted: bool, answered: bool) -> Refresh {
        Refresh {
            sent: Some(Token(sent.to_owned())),
            granted,
            answered,
        }
    }

    #[test]
    fn security_107_what_is_left_tells_the_step() {
        let earlier = refresh("earlier", true, true);
        let rows = [
            ("nothing was begun", left(2, 2, None), vec![], Step::Rest),
            (
                "one is done",
                left(2, 2, None),
                vec![earlier.clone()],
                Step::Rest,
            ),
            (
                "①",
                left(2, 2, Some(3)),
                vec![earlier.clone()],
                Step::Intent,
            ),
            (
                "② in hands",
                left(2, 2, Some(3)),
                vec![earlier.clone(), refresh("present", false, false)],
                Step::Post,
            ),
            (
                "② honoured",
                left(2, 2, Some(3)),
                vec![refresh("present", true, false)],
                Step::Post,
            ),
            (
                "③",
                left(2, 2, Some(3)),
                vec![refresh("present", true, true)],
                Step::Answered,
            ),
            (
                "refused",
                left(2, 2, Some(3)),
                vec![refresh("present", false, true)],
                Step::Rest,
            ),
            ("④", left(3, 2, Some(3)), vec![earlier.clone()], Step::Saved),
            (
                "② of the next, where the row has missed one",
                left(3, 2, Some(4)),
                vec![earlier, refresh("present", true, false)],
                Step::Post,
            ),
        ];
        for (row, left, refreshes, step) in rows {
            assert_eq!(left.step(&refreshes), step, "{row}");
        }
    }
}
