//! The search after each story is a search that finds: it looks where the app writes and speaks.

use crate::leak_scan::{PLANTED, planted, searched, secrets_of};
use crate::provider_form::{Five, add, fill_in_five, go_there, leave, save_new};
use crate::world::World;
use anyhow::{Context, Result, ensure};
use keyfob_sandbox::Face;
use keyfob_test_support::leaks::search;

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
        "the fields: ",
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

#[tokio::test(flavor = "multi_thread")]
async fn security_94_a_client_secret_typed_into_a_providers_form_is_searched_for() -> Result<()> {
    let world = World::new().await?;
    let client = world.registered(Face::Oauth, "acme")?;
    let window = world.window().await?;
    go_there(&window).await?;
    add(&window, "add-hand").await?;
    fill_in_five(&window, &Five::of_acme(&world, &client)).await?;
    let secrets = secrets_of(&world);
    let typed = window.held().await?;
    let hits = search(&[], &[("the fields", typed.as_bytes())], &secrets)?.hits;
    ensure!(hits.len() == 1, "in its own field: {hits:?}");

    save_new(&window).await?;
    leave(&window, "saved-done").await?;
    let crossed = "return window.__KEYFOB_TRANSCRIPT__.join('\\n')";
    let crossed = window.execute(crossed).await?;
    let crossed = crossed.as_str().context("no transcript")?;
    ensure!(
        crossed.contains(&client.client_secret),
        "it went inward, and where it goes outward it is seen as well"
    );
    let items = world.keychain()?;
    ensure!(
        items.iter().any(|(_, text)| *text == client.client_secret),
        "it is where it belongs"
    );
    window.close().await?;
    let outcome = searched(&world.desktop, &secrets)?;
    ensure!(outcome.hits.is_empty(), "{:?}", outcome.hits);
    Ok(())
}
