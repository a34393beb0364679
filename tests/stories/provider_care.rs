//! What can be done with a provider of the user's own: edited, duplicated, given away as a file and taken in
//! again, deleted once nothing depends on it.

use crate::camera::{photograph, photograph_both};
use crate::portal::Portal;
use crate::provider_form::{
    Five, NO_DIALOG, add, beside, fill_in_five, go_there, has_chips, leave, paste_into, save_new,
    value_of,
};
use crate::world::{CONNECTED, NO_SHEET, World, says, shown};
use anyhow::{Context, Result, ensure};
use keyfob_sandbox::{Face, IssuedClient};
use keyfob_test_support::KeyfobWindow;
use keyfob_test_support::screens::verify_screens;

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_is_edited_duplicated_given_away_and_deleted() -> Result<()> {
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    let client = world.registered(Face::Oauth, "acme")?;
    let window = world.window().await?;
    go_there(&window).await?;
    add(&window, "add-hand").await?;
    fill_in_five(&window, &Five::of_acme(&world, &client)).await?;
    window
        .type_into("form-scopes", "profile, offline_access")
        .await?;
    save_new(&window).await?;
    window.click("saved-go-on").await?;
    let browser = world.allow_as("ada", &[]).await?;
    window.wait_until("the connection", CONNECTED).await?;
    window.wait_until("the sheet to go", NO_SHEET).await?;
    browser.close().await?;
    go_there(&window).await?;

    edit(&window).await?;
    read_a_text(&world, &window).await?;
    duplicate(&window).await?;
    give_away(&world, &window, &portal, &client).await?;
    delete(&world, &window, &portal).await?;
    window.close().await?;
    verify_screens(&[
        "provider-context",
        "provider-text",
        "provider-export-light",
        "provider-export-dark",
        "provider-name-taken",
        "provider-in-use-light",
        "provider-in-use-dark",
        "provider-delete",
    ])
}

/// Its name and its scopes change; its address on the way back does not, nor what is in the keychain.
async fn edit(window: &KeyfobWindow) -> Result<()> {
    window.click("provider-edit").await?;
    window
        .wait_until("its scopes", &has_chips(&["profile", "offline_access"]))
        .await?;
    ensure!(
        value_of(window, "form-clientSecret").await?.is_empty(),
        "security_94: it can't be read back"
    );
    window.type_into("form-name", "Acme Works").await?;
    window.type_into("form-scopes", "email").await?;
    leave(window, "form-save").await?;
    window
        .wait_until("the new name", &says("provider-row-acme", "Acme Works"))
        .await?;
    window
        .wait_until("the old address", &says("redirect-uri", "/callback/acme"))
        .await
}

/// A text at an address of the provider's own becomes what is known of its accounts.
async fn read_a_text(world: &World, window: &KeyfobWindow) -> Result<()> {
    window.click("provider-edit").await?;
    window.click_css("[data-testid=form-more] summary").await?;
    window
        .click_css("[data-testid=form-context] option[value=http]")
        .await?;
    let address = format!("{}/oauth/api/ping", world.origin);
    window.type_into("form-contextAddress", &address).await?;
    window.type_into("form-contextPointer", "/sub").await?;
    photograph(window, "provider-context").await?;
    // The access tokens of an account go to one more address: that is asked about.
    window.click("form-save").await?;
    leave(window, "moves-save").await?;
    window.click("screen-connections").await?;
    window
        .wait_until("the text", &says("summary-text", "ada"))
        .await?;
    photograph(window, "provider-text").await?;
    go_there(window).await
}

/// The copy has a name and a way back of its own, and no client.
async fn duplicate(window: &KeyfobWindow) -> Result<()> {
    window.click("provider-duplicate").await?;
    window.wait_until("the form", &shown("form-name")).await?;
    ensure!(value_of(window, "form-name").await? == "Acme Works copy");
    ensure!(value_of(window, "form-clientId").await?.is_empty());
    save_new(window).await?;
    window
        .wait_until(
            "its own way back",
            &says("saved-sheet", "/callback/acme-works-copy"),
        )
        .await?;
    leave(window, "saved-done").await
}

/// The file has nothing of the client's in it, and becomes a provider again under another name.
async fn give_away(
    world: &World,
    window: &KeyfobWindow,
    portal: &Portal,
    client: &IssuedClient,
) -> Result<()> {
    window.click("provider-row-acme").await?;
    window.click("provider-export").await?;
    window.wait_until("the text", &shown("export-text")).await?;
    let text = window.text_of("export-text").await?;
    ensure!(
        text.contains("/oauth/token") && text.contains("\"email\""),
        "{text}"
    );
    for secret in [&client.client_id, &client.client_secret] {
        ensure!(!text.contains(secret), "given away: {text}");
    }
    photograph_both(window, portal, "provider-export").await?;
    window.click("export-copy").await?;
    leave(window, "export-close").await?;

    add(window, "add-file").await?;
    window
        .wait_until("the field", &shown("import-text"))
        .await?;
    paste_into(window, "import-text").await?;
    window.click("import-read").await?;
    window.wait_until("the form", &shown("form-name")).await?;
    ensure!(value_of(window, "form-name").await? == "Acme Works");
    window.click("form-save").await?;
    window
        .wait_until(
            "two of one name",
            &beside("form-name", "Another provider has this name."),
        )
        .await?;
    photograph(window, "provider-name-taken").await?;
    ensure!(files(world)?.len() == 2, "nothing was saved");
    window.type_into("form-name", "Acme Three").await?;
    save_new(window).await?;
    leave(window, "saved-done").await?;
    ensure!(files(world)? == ["acme-three.toml", "acme-works-copy.toml", "acme.toml"]);
    for file in files(world)? {
        let text = std::fs::read_to_string(folder(world).join(file))?;
        ensure!(!text.contains(&client.client_id), "{text}");
    }
    Ok(())
}

/// One in use stays until its account is revoked; then it goes with its client and its file.
async fn delete(world: &World, window: &KeyfobWindow, portal: &Portal) -> Result<()> {
    window.click("provider-row-acme").await?;
    window.click("provider-delete").await?;
    window
        .wait_until(
            "what depends on it",
            &says("delete-dependents", "Acme Works account 1"),
        )
        .await?;
    photograph_both(window, portal, "provider-in-use").await?;
    window.click("delete-show").await?;
    window.click("revoke").await?;
    window.click("revoke-confirm").await?;
    window
        .wait_until(
            "no account",
            "!document.querySelector('[data-testid^=row-]')",
        )
        .await?;
    go_there(window).await?;
    let has_client = |world: &World| -> Result<bool> {
        let items = world.keychain()?;
        Ok(items.iter().any(|(account, _)| account.contains("acme")))
    };
    ensure!(has_client(world)?, "what is deleted has to be there before");
    for slug in ["acme", "acme-works-copy", "acme-three"] {
        window.click(&format!("provider-row-{slug}")).await?;
        window.click("provider-delete").await?;
        window
            .wait_until("the question", &shown("delete-confirm"))
            .await?;
        if slug == "acme" {
            photograph(window, "provider-delete").await?;
        }
        window.click("delete-confirm").await?;
        window.wait_until("the sheet to go", NO_DIALOG).await?;
        let gone = format!("!({})", shown(&format!("provider-row-{slug}")));
        window.wait_until("it to go", &gone).await?;
    }
    ensure!(!has_client(world)?, "the client secret is gone as well");
    ensure!(files(world)?.is_empty());
    Ok(())
}

fn folder(world: &World) -> std::path::PathBuf {
    world.desktop.config_dir().join("keyfob/providers")
}

/// The provider files, by name.
fn files(world: &World) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder(world))? {
        let name = entry?.file_name().into_string();
        names.push(name.ok().context("a strange name")?);
    }
    names.sort();
    Ok(names)
}
