//! Bad input at the start: a database that can't be read, a port that is taken.

use crate::camera::photograph_both;
use crate::portal::Portal;
use crate::world::{World, app, says, shown, shown_code};
use anyhow::{Result, ensure};
use keyfob_test_support::screens::verify_screens;
use keyfob_test_support::{Desktop, KeyfobWindow};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_database_is_kept_aside_and_named() -> Result<()> {
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    let window = world.window().await?;
    world.connect(&window, "ada").await?;
    window.close().await?;
    let data_dir = world.desktop.data_dir().join("keyfob");
    for extra in ["-wal", "-shm"] {
        // They may be gone already: SQLite tidies up when it is closed.
        let _ = std::fs::remove_file(data_dir.join(format!("keyfob.sqlite3{extra}")));
    }
    std::fs::write(
        data_dir.join("keyfob.sqlite3"),
        b"a cat walked over this file",
    )?;

    let window = world.window().await?;
    window
        .wait_until("the notice", &shown_code("notice", "database_corrupted"))
        .await?;
    window
        .wait_until("the first screen", &shown("first-run"))
        .await?;
    let kept = std::fs::read_dir(&data_dir)?
        .filter_map(Result::ok)
        .find(|entry| entry.file_name().to_string_lossy().contains(".broken-"));
    let kept = kept.map(|entry| std::fs::read(entry.path())).transpose()?;
    ensure!(
        kept.as_deref() == Some(b"a cat walked over this file".as_slice()),
        "nothing is deleted"
    );
    ensure!(
        world.connection_items()?.len() == 1,
        "nor is the keychain touched"
    );
    photograph_both(&window, &portal, "database-damaged").await?;
    window.close().await?;
    verify_screens(&["database-damaged-light", "database-damaged-dark"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_named_and_nothing_is_lost() -> Result<()> {
    let desktop = Desktop::start()?;
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let port = taken.local_addr()?.port();
    let data_dir = desktop.data_dir().join("keyfob");
    std::fs::create_dir_all(&data_dir)?;
    std::fs::set_permissions(&data_dir, PermissionsExt::from_mode(0o700))?;
    std::fs::write(data_dir.join("sandbox-port"), port.to_string())?;
    let window = KeyfobWindow::open(&desktop, app(), &[]).await?;
    window.click("try-sandbox").await?;
    window
        .wait_until(
            "the sentence",
            &shown_code("sheet-error", "sandbox_not_started"),
        )
        .await?;
    window.click("sheet-close").await?;
    drop(taken);
    window.click("try-sandbox").await?;
    window
        .wait_until("the sign-in", &says("sheet", "Waiting for your approval"))
        .await?;
    window.close().await
}
