//! Staying connected: renewals in the background, on a 401, and when the provider is down.

use crate::world::{World, condition, says, shown};
use anyhow::{Result, ensure};
use keyfob_sandbox::{Endpoint, Scripted};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_20_seconds_is_renewed_in_sight() -> Result<()> {
    let world = World::new().await?;
    world
        .sandbox
        .set_access_token_lifetime(Duration::from_secs(20));
    let window = world.window().await?;
    world.connect(&window, "ada").await?;
    let before = world.connection_items()?.remove(0);
    window.wait_until("the countdown", "/^0?0:[01]\\d$/.test(document.querySelector('[data-testid=countdown]')?.innerText.trim())").await?;
    // Connecting was the first token request, the renewal is the second.
    tokio::time::timeout(
        Duration::from_secs(25),
        world.sandbox.wait_for_requests(Endpoint::Token, 2),
    )
    .await?;
    window
        .wait_until(
            "the renewal's time",
            "!document.querySelector('[data-testid=detail]').innerText.includes('Not yet')",
        )
        .await?;
    window.wait_until("all well", &shown("detail")).await?;
    let after = world.connection_items()?.remove(0);
    ensure!(after["generation"] == 2, "{}", after["generation"]);
    ensure!(
        before["refresh_token"] != after["refresh_token"],
        "the rotated refresh token is in the keychain"
    );
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn security_63_a_401_leads_to_one_renewal_and_one_retry() -> Result<()> {
    let world = World::new().await?;
    let window = world.window().await?;
    world.connect(&window, "ada").await?;
    window
        .wait_until("the summary", &shown("summary-text"))
        .await?;
    world.sandbox.expire_access_tokens();
    let summaries = world.sandbox.request_count(Endpoint::Summary);
    window.click("summary-reload").await?;
    tokio::time::timeout(
        Duration::from_secs(20),
        world
            .sandbox
            .wait_for_requests(Endpoint::Summary, summaries + 2),
    )
    .await?;
    window
        .wait_until(
            "the summary again",
            "document.querySelector('[data-testid=summary-status]')?.dataset.status !== 'loading'",
        )
        .await?;
    ensure!(
        world.sandbox.request_count(Endpoint::Token) == 2,
        "one exchange, one renewal"
    );
    ensure!(world.sandbox.request_count(Endpoint::Summary) == summaries + 2);
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_down_is_waited_out_with_everything_kept() -> Result<()> {
    let world = World::new().await?;
    let window = world.window().await?;
    world.connect(&window, "ada").await?;
    let before = world.connection_items()?;
    let down = Scripted::Answer {
        status: 503,
        content_type: Some("application/json".into()),
        headers: vec![("retry-after".into(), "600".into())],
        body: br#"{"error":"temporarily_unavailable"}"#.to_vec(),
    };
    world.sandbox.script_forever(Endpoint::Token, down);
    // The first failure is nobody's business while the token works; the second is shown.
    window.click("renew").await?;
    tokio::time::timeout(
        Duration::from_secs(20),
        world.sandbox.wait_for_requests(Endpoint::Token, 2),
    )
    .await?;
    window
        .wait_until(
            "the first failure's end",
            "!document.querySelector('[data-testid=renew]').disabled",
        )
        .await?;
    window.click("renew").await?;
    window
        .wait_until(
            "the waiting",
            "!!document.querySelector('[data-testid=status][data-condition=waiting]')",
        )
        .await?;
    ensure!(
        world.connection_items()? == before,
        "security_62: nothing was touched"
    );
    // Whoever asks again at once is told of the next try, which comes long before the provider's 600 s.
    world.sandbox.clear_script(Endpoint::Token);
    window.click("renew").await?;
    window
        .wait_until("the next try", &says("status", "Next try in 0:"))
        .await?;
    ensure!(
        world.sandbox.request_count(Endpoint::Token) == 3,
        "security_59"
    );
    tokio::time::timeout(
        Duration::from_secs(40),
        world.sandbox.wait_for_requests(Endpoint::Token, 4),
    )
    .await?;
    window
        .wait_until(
            "all well",
            "!!document.querySelector('[data-testid=status][data-condition=active]')",
        )
        .await?;
    ensure!(world.connection_items()?[0]["generation"] == 2);
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_was_switched_off_finds_everything_as_it_was() -> Result<()> {
    let mut world = World::new().await?;
    let window = world.window().await?;
    world.connect(&window, "ada").await?;
    let before = world.connection_items()?;
    let requests = world.sandbox.request_count(Endpoint::Token);
    let port = world.stop_sandbox().await?;
    // The second failure is shown; it comes by itself, some seconds after the first.
    window.click("renew").await?;
    window
        .wait_until("the waiting", &condition("waiting"))
        .await?;
    ensure!(
        world.connection_items()? == before,
        "security_62: nothing was touched"
    );
    ensure!(world.sandbox.request_count(Endpoint::Token) == requests);
    world.start_sandbox(port)?;
    window.click("renew").await?;
    window.wait_until("all well", &condition("active")).await?;
    ensure!(world.connection_items()?[0]["generation"] == 2);
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn security_61_an_ended_grant_asks_to_sign_in_again_and_reconnects_in_place() -> Result<()> {
    let world = World::new().await?;
    let window = world.window().await?;
    world.connect(&window, "ada").await?;
    world.sandbox.revoke_all();
    window.click("renew").await?;
    window
        .wait_until(
            "the request to sign in",
            "!!document.querySelector('[data-testid=status][data-condition=needsSignIn]')",
        )
        .await?;
    ensure!(
        world.connection_items()?.len() == 1,
        "the old item is kept until the user decides"
    );
    window.click("reconnect").await?;
    let browser = world.decide("allow").await?;
    window
        .wait_until(
            "all well",
            "!!document.querySelector('[data-testid=status][data-condition=active]')",
        )
        .await?;
    ensure!(
        world.connection_items()?.len() == 1,
        "the same connection, not a second one"
    );
    browser.close().await?;
    window.close().await
}
