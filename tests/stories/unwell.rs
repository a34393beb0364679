//! A keychain that falls silent, doesn't take new credentials or was restored; and a Keyfob that died
//! while it renewed.

use crate::camera::{photograph_both, photograph_narrow};
use crate::portal::Portal;
use crate::world::{APP, CONNECTED, KEYCHAIN, World, condition, says, shown};
use anyhow::{Context, Result, ensure};
use keyfob_sandbox::{Endpoint, Gate, Scripted};
use keyfob_test_support::screens::verify_screens;
use keyfob_test_support::{KeyfobWindow, until_async};
use rustix::process::Signal;
use std::time::Duration;

/// How long the sandbox may take to renew.
const ANSWER: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn security_103_a_silent_keychain_holds_nothing_up_and_is_found_again() -> Result<()> {
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    let window = world.window().await?;
    world.connect(&window, "grace").await?;
    world.connect(&window, "ada").await?;
    window
        .wait_until("the summary", &shown("summary-text"))
        .await?;

    world.signal(KEYCHAIN, Signal::STOP)?;
    window.click("renew").await?;
    window
        .wait_until("the trouble", &condition("keychain"))
        .await?;
    window
        .wait_until("its cause", &keychain_is("failed"))
        .await?;
    photograph_both(&window, &portal, "keychain-silent").await?;
    photograph_narrow(&window, "keychain-silent").await?;
    rename(&window, "Analytical engine").await?;
    world.signal(KEYCHAIN, Signal::CONT)?;
    window.wait_until("all well", CONNECTED).await?;
    window.wait_until("no trouble", NO_TROUBLE).await?;
    window.close().await?;

    world.signal(KEYCHAIN, Signal::STOP)?;
    let asked = world.sandbox.request_count(Endpoint::Token);
    let window = world.window().await?;
    window.wait_until("the list", &rows("", 2)).await?;
    rename(&window, "Difference engine").await?;
    window
        .wait_until("the trouble of both", &rows("[data-condition=keychain]", 2))
        .await?;
    photograph_both(&window, &portal, "keychain-silent-start").await?;
    world.signal(KEYCHAIN, Signal::CONT)?;
    window
        .wait_until("both to be well", &rows("[data-condition=active]", 2))
        .await?;
    window.wait_until("no trouble", NO_TROUBLE).await?;
    ensure!(
        world.sandbox.request_count(Endpoint::Token) == asked,
        "what is fresh stays as it is"
    );
    window.close().await?;
    verify_screens(&[
        "keychain-silent-light",
        "keychain-silent-dark",
        "keychain-silent-480",
        "keychain-silent-start-light",
        "keychain-silent-start-dark",
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn security_107_credentials_that_a_locked_keychain_does_not_take_are_saved_later()
-> Result<()> {
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    let window = world.window().await?;
    world.connect(&window, "ada").await?;
    let gate = renew_until_the_answer(&world, &window).await?;
    world.desktop.lock_keychain()?;
    gate.open();
    window
        .wait_until(
            "what is not saved",
            &says("status", "New credentials not saved yet"),
        )
        .await?;
    window
        .wait_until("the warning", &says("need-keychain", "Keep Keyfob open"))
        .await?;
    photograph_both(&window, &portal, "credentials-unsaved").await?;
    photograph_narrow(&window, "credentials-unsaved").await?;

    window.click("keychain-unlock").await?;
    window
        .wait_until("the hint at the prompt", &keychain_is("unlocking"))
        .await?;
    photograph_both(&window, &portal, "keychain-unlocking").await?;
    let desktop = world.desktop.clone();
    tokio::task::spawn_blocking(move || desktop.answer_keychain_prompt("test")).await??;
    window.wait_until("all well", CONNECTED).await?;
    window.wait_until("no trouble", NO_TROUBLE).await?;
    ensure!(generation(&world)? == 2, "it is saved now");
    ensure!(
        world.sandbox.request_count(Endpoint::Token) == 2,
        "and was not asked for again"
    );
    window.close().await?;

    let window = world.window().await?;
    window.wait_until("the connection", CONNECTED).await?;
    window.click("renew").await?;
    world.asked(Endpoint::Token, 3).await?;
    window
        .wait_until("the renewal's end", RENEWAL_POSSIBLE)
        .await?;
    ensure!(generation(&world)? == 3, "what was saved is what works");
    ensure!(world.sandbox.grants().iter().all(|grant| grant.live));
    window.close().await?;
    verify_screens(&[
        "credentials-unsaved-light",
        "credentials-unsaved-dark",
        "credentials-unsaved-480",
        "keychain-unlocking-light",
        "keychain-unlocking-dark",
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn security_107_a_renewal_that_died_with_keyfob_needs_the_user_at_a_strict_provider()
-> Result<()> {
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    die_while_renewing(&world).await?;
    let window = world.window().await?;
    window
        .wait_until("the request to sign in", &condition("needsSignIn"))
        .await?;
    window
        .wait_until(
            "its reason",
            &says("status", "the last renewal was interrupted"),
        )
        .await?;
    photograph_both(&window, &portal, "renewal-interrupted").await?;
    photograph_narrow(&window, "renewal-interrupted").await?;
    ensure!(
        world.sandbox.request_count(Endpoint::Token) == 3,
        "the exchange, the renewal whose answer was lost, one try"
    );
    ensure!(generation(&world)? == 1, "what is there is kept");
    window.close().await?;
    verify_screens(&[
        "renewal-interrupted-light",
        "renewal-interrupted-dark",
        "renewal-interrupted-480",
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn security_107_a_renewal_that_died_with_keyfob_is_made_again_where_there_is_grace()
-> Result<()> {
    let world = World::new().await?;
    world
        .sandbox
        .manners(|mio| mio.rotation_grace = Some(Duration::from_secs(60)));
    die_while_renewing(&world).await?;
    let window = world.window().await?;
    window.wait_until("the connection", CONNECTED).await?;
    world.asked(Endpoint::Token, 3).await?;
    window
        .wait_until("the renewal's end", RENEWAL_POSSIBLE)
        .await?;
    ensure!(generation(&world)? == 2);
    window.click("renew").await?;
    world.asked(Endpoint::Token, 4).await?;
    window
        .wait_until("the renewal's end", RENEWAL_POSSIBLE)
        .await?;
    ensure!(generation(&world)? == 3);
    ensure!(world.sandbox.grants().iter().all(|grant| grant.live));
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn security_118_the_token_of_a_restored_keychain_is_never_sent() -> Result<()> {
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    let window = world.window().await?;
    world.connect(&window, "ada").await?;
    window
        .wait_until("the summary", &shown("summary-text"))
        .await?;
    let copies = world.desktop.keychain_items()?;
    window.click("renew").await?;
    world.asked(Endpoint::Token, 2).await?;
    window
        .wait_until("the renewal's end", RENEWAL_POSSIBLE)
        .await?;
    ensure!(generation(&world)? == 2);
    window.close().await?;
    for copy in &copies {
        world.desktop.restore_keychain_item(copy)?;
    }
    ensure!(generation(&world)? == 1, "the copy is in its place");
    let requests = world.sandbox.requests().len();

    let window = world.window().await?;
    window.wait_until("the connection", CONNECTED).await?;
    window.click("summary-reload").await?;
    window
        .wait_until("the request to sign in", &condition("needsSignIn"))
        .await?;
    photograph_both(&window, &portal, "keychain-restored").await?;
    ensure!(
        world.sandbox.requests().len() == requests,
        "nothing was sent"
    );
    window.click("reconnect").await?;
    let browser = world.allow_as("ada", &[]).await?;
    window.wait_until("all well", CONNECTED).await?;
    browser.close().await?;
    ensure!(generation(&world)? == 3);
    window.close().await?;
    verify_screens(&["keychain-restored-light", "keychain-restored-dark"])
}

/// The keychain is in nobody's way.
const NO_TROUBLE: &str = "!document.querySelector('[data-testid=keychain-banner]')";

/// No renewal of the connection in the detail is under way.
const RENEWAL_POSSIBLE: &str = "document.querySelector('[data-testid=renew]')?.disabled === false";

/// A condition for the page: the keychain's entry is of this kind.
fn keychain_is(kind: &str) -> String {
    format!("!!document.querySelector('[data-testid=keychain-banner][data-kind={kind}]')")
}

/// A condition for the page: so many rows of the list match.
fn rows(selector: &str, count: usize) -> String {
    format!("document.querySelectorAll('[data-testid^=row-]{selector}').length === {count}")
}

/// The generation of the one connection's item.
fn generation(world: &World) -> Result<u64> {
    let items = world.connection_items()?;
    ensure!(items.len() == 1, "{} connections", items.len());
    items[0]["generation"].as_u64().context("no generation")
}

/// Gives the account in the detail another name.
async fn rename(window: &KeyfobWindow, name: &str) -> Result<()> {
    window.click("rename").await?;
    window.type_into("rename-input", name).await?;
    window.click("rename-save").await?;
    window.wait_until("the name", &says("detail", name)).await
}

/// Has the sandbox hold back its answer to a renewal, and waits until it is asked for one.
async fn renew_until_the_answer(world: &World, window: &KeyfobWindow) -> Result<Gate> {
    let gate = Gate::closed();
    world
        .sandbox
        .script(Endpoint::Token, Scripted::Gate(gate.clone()));
    window.click("renew").await?;
    tokio::time::timeout(ANSWER, gate.reached_by(1)).await?;
    Ok(gate)
}

/// Connects an account and kills the app when the provider has renewed and nobody has heard of it.
async fn die_while_renewing(world: &World) -> Result<()> {
    let window = world.window().await?;
    world.connect(&window, "ada").await?;
    let gate = renew_until_the_answer(world, &window).await?;
    // It doesn't get to take the answer that is on its way to it.
    world.signal(APP, Signal::STOP)?;
    gate.open();
    until_async(ANSWER, "the renewal at the provider", async || {
        let grants = world.sandbox.grants();
        grants
            .iter()
            .any(|grant| grant.refreshes == 1)
            .then_some(())
    })
    .await?;
    world.signal(APP, Signal::KILL)?;
    drop(window);
    Ok(())
}
