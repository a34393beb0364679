//! No keychain, a locked one, one that is unlocked by the button.

use crate::world::{CONNECTED, World, shown, shown_code};
use anyhow::Result;
use keyfob_test_support::Desktop;

#[tokio::test(flavor = "multi_thread")]
async fn security_103_without_a_keychain_nothing_is_connected_and_it_is_said_why() -> Result<()> {
    let world = World::on(Desktop::builder().without_secret_service().start()?).await?;
    let window = world.window().await?;
    window
        .wait_until(
            "the banner",
            "document.querySelector('[data-testid=keychain-banner]')?.dataset.kind === 'missing'",
        )
        .await?;
    world.begin(&window).await?;
    window
        .wait_until(
            "the sentence",
            &shown_code("sheet-error", "keychain_missing"),
        )
        .await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn security_103_a_locked_keychain_is_unlocked_by_the_button() -> Result<()> {
    let world = World::new().await?;
    let window = world.window().await?;
    world.connect(&window, "ada").await?;
    window.close().await?;
    world.desktop.lock_keychain()?;

    let window = world.window().await?;
    window
        .wait_until(
            "the banner",
            "document.querySelector('[data-testid=keychain-banner]')?.dataset.kind === 'locked'",
        )
        .await?;
    window.click("keychain-unlock").await?;
    let desktop = world.desktop.clone();
    tokio::task::spawn_blocking(move || desktop.dismiss_keychain_prompt()).await??;
    window
        .wait_until(
            "the banner to stay",
            "document.querySelector('[data-testid=keychain-banner]')?.dataset.kind === 'locked'",
        )
        .await?;
    window.click("keychain-unlock").await?;
    let desktop = world.desktop.clone();
    tokio::task::spawn_blocking(move || desktop.answer_keychain_prompt("test")).await??;
    window
        .wait_until(
            "the banner to go",
            "!document.querySelector('[data-testid=keychain-banner]')",
        )
        .await?;
    window.wait_until("the connection", CONNECTED).await?;
    window
        .type_into("question-input", "What is due next?")
        .await?;
    window.click("question-send").await?;
    window.wait_until("the answer", &shown("answer")).await?;
    window.close().await
}
