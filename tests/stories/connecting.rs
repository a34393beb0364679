//! Connecting, asking, revoking: the way it should go, and the user's own no.

use crate::world::{CONNECTED, MIO, NO_SHEET, World, says, shown, shown_code};
use anyhow::{Result, ensure};
use keyfob_sandbox::Endpoint;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn someone_connects_mio_asks_a_question_and_revokes() -> Result<()> {
    let world = World::new().await?;
    let window = world.window().await?;
    world.connect(&window, "ada").await?;
    window
        .wait_until("the account's name", &says("detail", "ada@byron.example"))
        .await?;
    window
        .wait_until(
            "the summary",
            "document.querySelector('[data-testid=summary-text]')?.innerText.length > 100",
        )
        .await?;
    window
        .wait_until(
            "a countdown",
            "/1 d|23 h/.test(document.querySelector('[data-testid=countdown]')?.innerText)",
        )
        .await?;

    window
        .type_into("question-input", "Which project is she working on?")
        .await?;
    window.click("question-send").await?;
    window
        .wait_until(
            "the answer",
            "document.querySelector('[data-testid=answer]')?.innerText.length > 40",
        )
        .await?;
    ensure!(world.connection_items()?.len() == 1);

    window.click("revoke").await?;
    window
        .wait_until("what will happen", &says("revoke-dialog", "Mio"))
        .await?;
    window.click("revoke-confirm").await?;
    window
        .wait_until("the first screen", &shown("first-run"))
        .await?;
    ensure!(
        world.connection_items()?.is_empty(),
        "security_72: nothing is left in the keychain"
    );
    let violations: Vec<String> = window
        .console()
        .await?
        .into_iter()
        .filter(|line| line.starts_with("policy"))
        .collect();
    ensure!(violations.is_empty(), "security_88: {violations:?}");
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn someone_says_no_and_is_told_what_that_means() -> Result<()> {
    let world = World::new().await?;
    let window = world.window().await?;
    world.begin(&window).await?;
    let browser = world.decide("deny").await?;
    window
        .wait_until("the sentence", &shown_code("sheet-error", "access_denied"))
        .await?;
    ensure!(world.sandbox.request_count(Endpoint::Token) == 0);
    ensure!(world.connection_items()?.is_empty());

    // One click starts again.
    window.click("sheet-retry").await?;
    browser.visit(&world.opened_url().await?).await?;
    browser.click_id("allow").await?;
    window.wait_until("the connection", CONNECTED).await?;
    browser.close().await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_accounts_of_one_provider_stand_side_by_side() -> Result<()> {
    let world = World::new().await?;
    let window = world.window().await?;
    world.connect(&window, "ada").await?;
    world.connect(&window, "grace").await?;
    window
        .wait_until(
            "two rows",
            "document.querySelectorAll('[data-testid^=row-]').length === 2",
        )
        .await?;
    window.wait_until("both names", "['ada@byron.example','grace@novak.example'].every((name) => document.body.innerText.includes(name))").await?;
    let items = world.connection_items()?;
    ensure!(items.len() == 2 && items[0]["refresh_token"] != items[1]["refresh_token"]);
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn security_15_an_account_connects_over_loopback() -> Result<()> {
    let world = World::new().await?;
    let dir = world.desktop.config_dir().join("keyfob/providers");
    std::fs::create_dir_all(&dir)?;
    let file = include_str!("../../src-tauri/providers/mio-sandbox.toml")
        .replace("{sandbox}", &world.origin)
        .replace("slug = \"mio-sandbox\"", "slug = \"mio-loopback\"")
        .replace("Mio (sandbox)", "Mio over loopback")
        .replace("sandbox = true\n", "")
        .replace("[\"scheme\", \"loopback\"]", "[\"loopback\"]");
    std::fs::write(dir.join("mio-loopback.toml"), file)?;
    std::fs::write(dir.join("zz-broken.toml"), "slug = \"x\"\nname = \n")?;
    let window = world.window().await?;
    window
        .wait_until(
            "the broken file's place",
            &shown_code("notice", "provider_file_broken"),
        )
        .await?;
    window.click("connect-button").await?;
    window.click("provider-mio-loopback").await?;
    let client = world.client()?;
    window.type_into("setup-client-id", &client.0).await?;
    window.type_into("setup-client-secret", &client.1).await?;
    window.click("setup-save").await?;
    let browser = world.decide("allow").await?;
    window.wait_until("the connection", CONNECTED).await?;
    browser
        .wait_until(
            "the page of Keyfob's own",
            "document.title === 'Return to Keyfob'",
        )
        .await?;
    ensure!(
        !browser.url().await?.contains("code="),
        "security_17: the code is out of the browser's history"
    );
    browser.close().await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn someone_sets_up_the_real_mio_with_a_client_of_their_own() -> Result<()> {
    let world = World::new().await?;
    let window = world.window().await?;
    window.click("connect-button").await?;
    window.click("provider-mio").await?;
    window
        .wait_until(
            "the redirect URI to register",
            &says("redirect-uri", "dev.keyfob.desktop:/callback/mio"),
        )
        .await?;
    window.click("setup-save").await?;
    ensure!(world.keychain()?.is_empty(), "nothing is saved half");
    window.type_into("setup-client-id", "my-own-client").await?;
    window
        .type_into("setup-client-secret", "my-own-secret-0123456789")
        .await?;
    window.click("setup-save").await?;
    // The browser of this desktop only notes the address: nothing is sent to the real Mio.
    let url = world.opened_url().await?;
    ensure!(
        url.starts_with("https://app.mio.xyz/connect?response_type=code&client_id=my-own-client&"),
        "{url}"
    );
    ensure!(!url.contains("my-own-secret"), "security_8");
    ensure!(world.keychain()?.contains(&(
        "mio/client-secret".to_owned(),
        "my-own-secret-0123456789".to_owned()
    )));
    let page = window.source().await?;
    ensure!(
        !page.contains("my-own-secret"),
        "security_94: the secret is not kept in the page"
    );
    window.click("sheet-cancel").await?;
    window.wait_until("the sheet to go", NO_SHEET).await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn someone_renames_an_account_and_closes_the_window() -> Result<()> {
    let world = World::new().await?;
    let window = world.window().await?;
    world.connect(&window, "noor").await?;
    window
        .wait_until("the honest empty state", &shown("summary-empty"))
        .await?;
    window.click("rename").await?;
    window.type_into("rename-input", "Work").await?;
    window.click("rename-save").await?;
    window
        .wait_until("the new name", &says("detail", "Work"))
        .await?;

    let pid = app_pid(&world)?;
    let mut close = world.desktop.command("wmctrl");
    close.args(["-c", "Keyfob"]);
    world.desktop.run(close, Duration::from_secs(10))?;
    window
        .wait_until("the question", &shown("close-dialog"))
        .await?;
    window.click("close-stay").await?;
    window
        .wait_until(
            "the window to stay",
            "!document.querySelector('[data-testid=close-dialog]')",
        )
        .await?;
    let mut close = world.desktop.command("wmctrl");
    close.args(["-c", "Keyfob"]);
    world.desktop.run(close, Duration::from_secs(10))?;
    window.driver()?.set_window_rect(40, 40, 700, 520).await?;
    window
        .wait_until("the new size", "window.innerWidth < 800")
        .await?;
    let width = window.execute("return window.innerWidth").await?;
    // The click ends the session that would report it, so the page clicks for itself, and what
    // counts is that the app ends; whether the answer still arrives is chance.
    let click = "setTimeout(() => document.querySelector('[data-testid=close-quit]').click())";
    let _ = window.execute(click).await;
    let desktop = world.desktop.clone();
    tokio::task::spawn_blocking(move || {
        keyfob_test_support::until(Duration::from_secs(10), "the app to end", || {
            !desktop.processes().iter().any(|process| process.pid == pid)
        })
    })
    .await??;
    drop(window);

    let window = world.window().await?;
    window
        .wait_until("the size it had", &format!("window.innerWidth === {width}"))
        .await?;
    window.close().await
}

fn app_pid(world: &World) -> Result<u32> {
    let processes = world.desktop.processes();
    let app = processes
        .iter()
        .find(|process| process.name == "keyfob-desktop");
    app.map(|process| process.pid)
        .ok_or_else(|| anyhow::anyhow!("the app isn't there: {processes:?}; {MIO}"))
}
