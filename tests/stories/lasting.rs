//! What stays after a restart.

use crate::world::{World, says, shown};
use anyhow::{Result, ensure};
use keyfob_sandbox::Endpoint;

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_everything() -> Result<()> {
    let world = World::new().await?;
    let window = world.window().await?;
    world.connect(&window, "ada").await?;
    window
        .wait_until("the summary", &shown("summary-text"))
        .await?;
    let summary = window.text_of("summary-text").await?;
    window.click("rename").await?;
    window
        .type_into("rename-input", "Analytical engine")
        .await?;
    window.click("rename-save").await?;
    window
        .wait_until("the name", &says("detail", "Analytical engine"))
        .await?;
    window.close().await?;
    let requests = world.sandbox.requests().len();

    let window = world.window().await?;
    window
        .wait_until("the name", &says("detail", "Analytical engine"))
        .await?;
    ensure!(window.text_of("summary-text").await? == summary);
    ensure!(
        world.sandbox.requests().len() == requests,
        "a start asks nothing of the provider while all is fresh"
    );
    window
        .type_into("question-input", "What does she prefer?")
        .await?;
    window.click("question-send").await?;
    window.wait_until("the answer", &shown("answer")).await?;
    ensure!(
        world.sandbox.request_count(Endpoint::Token) == 1,
        "the token in the keychain was still good"
    );
    window.close().await
}
