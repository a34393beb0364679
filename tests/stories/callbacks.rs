//! Callbacks that aren't what they should be: each has its sentence, none makes a request.

use crate::world::{CONNECTED, MAVIO, MIO, World, parameter, says, shown, shown_code};
use anyhow::{Result, ensure};
use keyfob_sandbox::Endpoint;

#[tokio::test(flavor = "multi_thread")]
async fn security_20_a_wrong_state_is_refused_and_the_sign_in_goes_on() -> Result<()> {
    let world = World::new().await?;
    let window = world.window().await?;
    world.sandbox.manners(|mio| mio.wrong_state = true);
    world.begin(&window).await?;
    let url = world.opened_url().await?;
    let browser = world.browser().await?;
    browser.visit(&url).await?;
    browser.click_id("allow").await?;
    window
        .wait_until("the sentence", &shown_code("sheet-doubt", "state_mismatch"))
        .await?;
    ensure!(world.sandbox.request_count(Endpoint::Token) == 0);

    // The honest answer still counts.
    world.sandbox.manners(|mio| mio.wrong_state = false);
    window.click("sheet-open-again").await?;
    browser.visit(&world.opened_url().await?).await?;
    browser.click_id("allow").await?;
    window.wait_until("the connection", CONNECTED).await?;
    browser.close().await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn security_20_where_state_is_known_to_come_back_a_missing_one_is_refused() -> Result<()> {
    let world = World::new().await?;
    let window = world.window().await?;
    world
        .sandbox
        .mavio_manners(|mavio| mavio.echo_state = false);
    world.begin_at(MAVIO, &window).await?;
    let browser = world.decide("allow").await?;
    window
        .wait_until("the sentence", &shown_code("sheet-doubt", "state_missing"))
        .await?;
    ensure!(world.sandbox.request_count(Endpoint::MavioToken) == 0);
    ensure!(world.connection_items()?.is_empty());
    browser.close().await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn security_21_a_replayed_callback_changes_nothing() -> Result<()> {
    let world = World::new().await?;
    let window = world.window().await?;
    world.begin(&window).await?;
    let url = world.opened_url().await?;
    let browser = world.browser().await?;
    browser.visit(&url).await?;
    browser.click_id("allow").await?;
    window.wait_until("the connection", CONNECTED).await?;
    browser.close().await?;
    let code = world.sent_to_token_endpoint("code")?;
    let replay = format!(
        "dev.keyfob.desktop:/callback/{MIO}?code={code}&state={}",
        parameter(&url, "state")?
    );
    for _ in 0..3 {
        world.deliver(&replay).await?;
    }
    // A forged one after them shows when all have been judged.
    world
        .deliver("dev.keyfob.desktop:/callback/nobody?code=x&state=y")
        .await?;
    window
        .wait_until(
            "the last one's notice",
            &shown_code("notice", "redirect_unrelated"),
        )
        .await?;
    ensure!(world.sandbox.request_count(Endpoint::Token) == 1);
    ensure!(world.connection_items()?.len() == 1);
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn security_19_a_callback_nobody_asked_for_is_a_notice_and_no_more() -> Result<()> {
    let world = World::new().await?;
    let window = world.window().await?;
    window
        .wait_until("the first screen", &shown("first-run"))
        .await?;
    world
        .deliver(&format!(
            "dev.keyfob.desktop:/callback/{MIO}?code=x&state=y"
        ))
        .await?;
    window
        .wait_until("the notice", &shown_code("notice", "redirect_unrelated"))
        .await?;
    window.click("notice-dismiss").await?;
    world
        .deliver("dev.keyfob.desktop:/callback/mio?code=x&code=y")
        .await?;
    window
        .wait_until("the notice", &shown_code("notice", "redirect_malformed"))
        .await?;
    ensure!(world.sandbox.request_count(Endpoint::Token) == 0);
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn security_19_a_flood_of_second_processes_ends_cleanly_and_leaves_one_notice() -> Result<()>
{
    let world = World::new().await?;
    let window = world.window().await?;
    window
        .wait_until("the first screen", &shown("first-run"))
        .await?;
    for number in 0..60 {
        // Fails when the process ends in anything but success: a crash, say.
        world
            .deliver(&format!(
                "dev.keyfob.desktop:/callback/{MIO}?code={number}&state=y"
            ))
            .await?;
    }
    let arrived = window.log().matches("a callback arrived").count();
    ensure!(arrived == 60, "{arrived} of 60 arrived");
    window
        .wait_until("the notice", &shown_code("notice", "redirect_unrelated"))
        .await?;
    let notices = "return document.querySelectorAll('[data-testid=notice]').length";
    ensure!(window.execute(notices).await? == 1);
    ensure!(world.sandbox.request_count(Endpoint::Token) == 0);
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn security_32_a_callback_that_starts_keyfob_offers_to_start_again() -> Result<()> {
    let world = World::new().await?;
    let raw = format!("dev.keyfob.desktop:/callback/{MIO}?code=x&state=y");
    let window = world.window_started_by(&raw).await?;
    window
        .wait_until("the notice", &shown_code("notice", "sign_in_interrupted"))
        .await?;
    window
        .wait_until("its sentence", &says("notice", "Connect again"))
        .await?;
    window.click("notice-action").await?;
    let browser = world.decide("allow").await?;
    window.wait_until("the connection", CONNECTED).await?;
    browser.close().await?;
    window.close().await
}
