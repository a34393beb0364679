//! Whose account it is, where only the user can tell: asked before anything is saved.

use crate::camera::photograph_both;
use crate::portal::Portal;
use crate::world::{CONNECTED, MAVIO, MIO, NO_SHEET, World, condition, says, shown, shown_code};
use anyhow::{Result, ensure};
use keyfob_sandbox::{Endpoint, MioManners};
use keyfob_test_support::KeyfobWindow;
use keyfob_test_support::screens::verify_screens;

/// A condition for the page: this kind of question is asked.
pub(crate) fn asked(kind: &str) -> String {
    format!("document.querySelector('[data-testid=question]')?.dataset.kind === '{kind}'")
}

fn rows(count: usize) -> String {
    format!("document.querySelectorAll('[data-testid^=row-]').length === {count}")
}

/// Waits until a sign-in has come to its end and these many accounts are there.
async fn settled(window: &KeyfobWindow, count: usize) -> Result<()> {
    window.wait_until("the sheet to go", NO_SHEET).await?;
    window.wait_until("the accounts", &rows(count)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn security_20_a_provider_that_proves_nothing_is_answered_for_by_the_user() -> Result<()> {
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    let window = world.window().await?;
    world.sandbox.manners(|mio| *mio = MioManners::pessimist());

    world.begin(&window).await?;
    let browser = world.allow_as("ada", &[]).await?;
    window
        .wait_until("the question", &asked("isThisYou"))
        .await?;
    window
        .wait_until(
            "whose account it is",
            &says("question", "ada@byron.example"),
        )
        .await?;
    photograph_both(&window, &portal, "question-is-this-you").await?;
    ensure!(
        world.connection_items()?.is_empty(),
        "before anything is saved"
    );
    window.click("question-decline").await?;
    settled(&window, 0).await?;
    ensure!(
        world.connection_items()?.is_empty(),
        "declining leaves nothing"
    );
    browser.close().await?;

    world.begin(&window).await?;
    let browser = world.decide("deny").await?;
    window
        .wait_until("the denial", &shown_code("sheet-error", "access_denied"))
        .await?;
    window.click("sheet-close").await?;
    browser.close().await?;

    world.begin(&window).await?;
    let browser = world.allow_as("ada", &[]).await?;
    window
        .wait_until("the question", &asked("isThisYou"))
        .await?;
    window.click("question-take").await?;
    window.wait_until("the connection", CONNECTED).await?;
    ensure!(world.connection_items()?.len() == 1);
    browser.close().await?;
    window.close().await?;
    verify_screens(&["question-is-this-you-light", "question-is-this-you-dark"])
}

#[tokio::test(flavor = "multi_thread")]
async fn security_33_reconnecting_as_somebody_else_asks_first() -> Result<()> {
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    let window = world.window().await?;
    world.connect(&window, "ada").await?;
    window.click("rename").await?;
    window.type_into("rename-input", "Work").await?;
    window.click("rename-save").await?;
    window
        .wait_until("the name", &says("detail", "Work"))
        .await?;
    let before = world.connection_items()?;
    world.sandbox.revoke_all();
    window.click("renew").await?;
    window
        .wait_until("the reason", &condition("needsSignIn"))
        .await?;

    window.click("reconnect").await?;
    let browser = world.allow_as("grace", &[]).await?;
    window
        .wait_until("the question", &asked("otherAccount"))
        .await?;
    window
        .wait_until("the one found", &says("question", "grace@"))
        .await?;
    photograph_both(&window, &portal, "question-other-account").await?;
    window.click("question-decline").await?;
    settled(&window, 1).await?;
    ensure!(
        world.connection_items()? == before,
        "the old credentials are as they were"
    );
    browser.close().await?;

    window.click("reconnect").await?;
    let browser = world.allow_as("ada", &[]).await?;
    window.wait_until("the connection", CONNECTED).await?;
    settled(&window, 1).await?;
    window
        .wait_until("the name it had", &says("detail", "Work"))
        .await?;
    browser.close().await?;

    // The same account once more, as if it were a new one.
    world.begin(&window).await?;
    let browser = world.allow_as("ada", &[]).await?;
    window
        .wait_until("the question", &asked("alreadyConnected"))
        .await?;
    photograph_both(&window, &portal, "question-already-connected").await?;
    window.click("question-take").await?;
    settled(&window, 1).await?;
    ensure!(world.connection_items()?.len() == 1);
    browser.close().await?;
    window.close().await?;
    verify_screens(&[
        "question-other-account-light",
        "question-other-account-dark",
        "question-already-connected-light",
        "question-already-connected-dark",
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn at_mavio_the_meetings_host_is_compared_and_only_asked_about() -> Result<()> {
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    let window = world.window().await?;
    world.connect_at(MAVIO, &window, "ada", &[]).await?;
    window
        .wait_until("the suggestion", &shown("use-suggestion"))
        .await?;
    world.begin_at(MAVIO, &window).await?;
    let browser = world.allow_as("ada", &[]).await?;
    window
        .wait_until("the question", &asked("alreadyConnected"))
        .await?;
    window
        .wait_until("a guess", &says("question", "looks like"))
        .await?;
    photograph_both(&window, &portal, "question-looks-like").await?;
    window.click("question-separately").await?;
    settled(&window, 2).await?;
    browser.close().await?;

    // Without a meeting there is no hint, and without a hint no question.
    world.begin_at(MAVIO, &window).await?;
    let browser = world.allow_as("noor", &[]).await?;
    settled(&window, 3).await?;
    ensure!(world.connection_items()?.len() == 3);
    ensure!(world.sandbox.request_count(Endpoint::MavioToken) == 3);
    browser.close().await?;
    window.close().await?;
    verify_screens(&["question-looks-like-light", "question-looks-like-dark"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_nobody_answers_leaves_nothing_when_keyfob_ends() -> Result<()> {
    let world = World::new().await?;
    let window = world.window().await?;
    world.sandbox.manners(|mio| mio.echo_state = false);
    world.begin_at(MIO, &window).await?;
    let browser = world.allow_as("ada", &[]).await?;
    window
        .wait_until("the question", &asked("isThisYou"))
        .await?;
    browser.close().await?;
    window.close().await?;
    ensure!(world.connection_items()?.is_empty());
    let window = world.window().await?;
    window
        .wait_until("the first screen", &shown("first-run"))
        .await?;
    window.close().await
}
