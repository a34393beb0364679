//! The search after each story is a search that finds: it looks where the app writes and speaks.

use crate::leak_scan::{PLANTED, planted, searched, secrets_of};
use crate::world::World;
use anyhow::{Context, Result, ensure};

#[tokio::test(flavor = "multi_thread")]
async fn security_12_94_115_116_the_search_finds_what_it_is_for() -> Result<()> {
    let world = World::new().await?;
    let window = world.window().await?;
    world.connect(&window, "ada").await?;
    window.close().await?;
    let secrets = secrets_of(&world);
    // The client secrets, the ticket, the code, its verifier and the two tokens.
    ensure!(secrets.len() >= PLANTED + 7, "{} secrets", secrets.len());
    let before = searched(&world.desktop, &secrets)?;
    ensure!(before.files > 3, "{} files were read", before.files);
    let evidence = world.desktop.evidence();
    let shown: String = evidence
        .iter()
        .map(|(place, text)| format!("{place}: {}\n", String::from_utf8_lossy(text)))
        .collect();
    for part in [
        "the transcript: ",
        "ipc://localhost/subscribe",
        "\"type\":\"snapshot\"",
        "the page: <html",
        "cmdline (keyfob",
        "environ (keyfob",
        "environ (WebKitWebProc",
    ] {
        let plain = shown.replace("\\\"", "\"");
        ensure!(plain.contains(part), "nothing has {part}: {shown}");
    }
    ensure!(
        !shown.contains("\"direction\":\"in\""),
        "what goes inward is no leak"
    );

    let token = world.connection_items()?.remove(0);
    let token = token["access_token"].as_str().context("no token")?;
    let data = world.desktop.data_dir().join("keyfob/keyfob.sqlite3");
    let database = rusqlite::Connection::open(data)?;
    database.execute_batch("CREATE TABLE planted (text TEXT)")?;
    database.execute("INSERT INTO planted VALUES (?1)", [token])?;
    let log = world.desktop.log_dir().join("planted.log");
    std::fs::write(&log, &planted()[0].1)?;
    let hits = searched(&world.desktop, &secrets)?.hits;
    for part in ["sqlite3-wal", "planted.log"] {
        ensure!(
            hits.iter().any(|hit| hit.place.ends_with(part)),
            "not found in {part}: {hits:?}"
        );
    }
    database.execute_batch("DROP TABLE planted; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")?;
    std::fs::remove_file(log)?;
    Ok(())
}
