//! A provider is added by hand: Midio's guide "Save client credentials", click by click.

use crate::camera::{photograph_both, photograph_narrow};
use crate::portal::Portal;
use crate::provider_form::{
    Five, add, copy_from, fill_in_five, go_there, has_chips, lines, paste_into, save_new, value_of,
};
use crate::world::{CONNECTED, NO_SHEET, World, says, shown};
use anyhow::{Result, ensure};
use keyfob_sandbox::Face;
use keyfob_test_support::KeyfobWindow;
use keyfob_test_support::screens::verify_screens;

const SCOPES: [&str; 3] = ["profile", "email", "offline_access"];
const REDIRECT_URI: &str = "http://127.0.0.1/callback/acme";

#[tokio::test(flavor = "multi_thread")]
async fn midios_guide_is_followed_click_by_click() -> Result<()> {
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    let client = world.registered(Face::Oauth, "acme")?;
    let window = world.window().await?;
    go_there(&window).await?;
    photograph_both(&window, &portal, "providers-begin").await?;

    copy_scopes(&window).await?;
    window.click("import-back").await?;
    window
        .wait_until("the presets", &shown("preset-google"))
        .await?;
    photograph_both(&window, &portal, "provider-add").await?;
    photograph_narrow(&window, "provider-add").await?;
    window.click("add-hand").await?;
    fill_in_five(&window, &Five::of_acme(&world, &client)).await?;
    window
        .wait_until(
            "what to register, before anything is saved",
            &says("form-registration", REDIRECT_URI),
        )
        .await?;
    paste_into(&window, "form-scopes").await?;
    window.wait_until("the chips", &has_chips(&SCOPES)).await?;
    photograph_both(&window, &portal, "provider-form").await?;
    photograph_narrow(&window, "provider-form").await?;
    save_new(&window).await?;
    window
        .wait_until("what to register", &says("saved-sheet", REDIRECT_URI))
        .await?;
    photograph_both(&window, &portal, "provider-saved").await?;
    let copy = "[data-testid=saved-sheet] [data-testid=redirect-uri-copy]";
    window.click_css(copy).await?;

    window.click("saved-go-on").await?;
    let browser = world.allow_as("ada", &[]).await?;
    window.wait_until("the connection", CONNECTED).await?;
    window.wait_until("the sheet to go", NO_SHEET).await?;
    browser.close().await?;
    ensure!(world.connection_items()?.len() == 1);
    go_there(&window).await?;
    window
        .wait_until("its account", &says("provider-row-acme", "1 account"))
        .await?;
    photograph_both(&window, &portal, "provider").await?;
    window.click("provider-row-acme").await?;
    photograph_narrow(&window, "provider").await?;
    paste_into(&window, "filter").await?;
    ensure!(
        value_of(&window, "filter").await? == REDIRECT_URI,
        "the real clipboard has it"
    );
    window.close().await?;
    verify_screens(&[
        "providers-begin-light",
        "providers-begin-dark",
        "provider-add-light",
        "provider-add-dark",
        "provider-add-480",
        "provider-form-light",
        "provider-form-dark",
        "provider-form-480",
        "provider-saved-light",
        "provider-saved-dark",
        "provider-light",
        "provider-dark",
        "provider-480",
    ])
}

/// Puts a list of scopes into the clipboard, one to a line, as documentation has it.
async fn copy_scopes(window: &KeyfobWindow) -> Result<()> {
    add(window, "add-file").await?;
    let list = lines(&SCOPES.join("\n"));
    window.type_into("import-text", &list).await?;
    copy_from(window, "import-text").await
}
