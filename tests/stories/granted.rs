//! A sign-in that its provider ends after a month, whatever is renewed: shown from the first day,
//! warned of days ahead, and mended by signing in again.

use crate::camera::photograph_both;
use crate::portal::Portal;
use crate::world::{CONNECTED, NO_SHEET, World, fill_in, says, shown};
use anyhow::{Result, ensure};
use keyfob_test_support::screens::verify_screens;
use std::time::Duration;

const DAY: i64 = 24 * 3600 * 1000;

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_ends_is_told_days_ahead() -> Result<()> {
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    let client = world.add_plain()?;
    world.sandbox.oauth_manners(|manners| {
        manners.refresh_token_absolute_lifetime = Some(Duration::from_secs(30 * 24 * 3600));
    });
    let window = world.window().await?;
    window
        .wait_until("the first screen", &shown("first-run"))
        .await?;
    window.click("connect-button").await?;
    window.click("provider-plain").await?;
    fill_in(&window, &client.client_id, &client.client_secret).await?;
    let browser = world.allow_as("ada", &[]).await?;
    window.wait_until("the connection", CONNECTED).await?;
    window.wait_until("the sheet to go", NO_SHEET).await?;
    browser.close().await?;
    window
        .wait_until(
            "the end of the sign-in",
            &says("grant-ends", "each renewal moves it on"),
        )
        .await?;

    // The first renewal shows that it doesn't.
    window.click("renew").await?;
    window
        .wait_until(
            "what a renewal does to it",
            &says("grant-ends", "then you sign in again"),
        )
        .await?;
    ensure!(!window.has("queue").await?, "a month is long");
    window.close().await?;

    let_days_pass(&world, 28)?;
    let window = world.window().await?;
    window
        .wait_until("the warning", &says("status", "Sign in again by"))
        .await?;
    window
        .wait_until("the queue", &says("queue", "Plain ends this sign-in on"))
        .await?;
    photograph_both(&window, &portal, "grant-ends").await?;

    window.click("reconnect").await?;
    let browser = world.allow_as("ada", &[]).await?;
    window
        .wait_until(
            "a new month",
            "!document.querySelector('[data-testid=queue]')",
        )
        .await?;
    window.wait_until("the sheet to go", NO_SHEET).await?;
    browser.close().await?;
    window
        .wait_until("no warning", &says("status", "Renews by itself"))
        .await?;
    ensure!(
        world.connection_items()?.len() == 1,
        "it is the same connection"
    );
    window.close().await?;
    verify_screens(&["grant-ends-light", "grant-ends-dark"])
}

/// Leaves the database as it would be if the account had been connected so many days earlier, but
/// for the access token.
fn let_days_pass(world: &World, days: i64) -> Result<()> {
    let database = world.desktop.data_dir().join("keyfob/keyfob.sqlite3");
    let database = rusqlite::Connection::open(database)?;
    let changed = database.execute(
        "UPDATE connections SET connected_at = connected_at - ?1, grant_ends_at = grant_ends_at - ?1,
            grant_end_told_at = grant_end_told_at - ?1",
        [days * DAY],
    )?;
    ensure!(changed == 1, "{changed} rows");
    Ok(())
}
