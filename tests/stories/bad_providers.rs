//! Providers that can't be saved as they are: what is wrong stands beside its field or names its line, and
//! nothing is saved by halves. One in use doesn't move to another host unasked.

use crate::camera::{photograph, photograph_both};
use crate::portal::Portal;
use crate::provider_form::{
    Five, NO_DIALOG, add, beside, copy_from, fill_in_five, go_there, leave, lines, paste_into,
    value_of,
};
use crate::world::{World, says, shown};
use anyhow::{Result, ensure};
use keyfob_sandbox::Face;
use keyfob_test_support::KeyfobWindow;
use keyfob_test_support::screens::verify_screens;

/// A condition for the page: the label of the first field isn't behind the head of the sheet.
const FIRST_LABEL: &str = "document.querySelector('[data-testid=form-sheet] label').getBoundingClientRect().top\
    >= document.querySelector('[data-testid=form-sheet] .head').getBoundingClientRect().bottom";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_stands_beside_its_field_and_nothing_is_saved() -> Result<()> {
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    let client = world.registered(Face::Oauth, "acme")?;
    let window = world.window().await?;
    go_there(&window).await?;
    broken_files(&window).await?;

    copy_ten_kilobytes(&window).await?;
    window.click("import-back").await?;
    window.click("add-hand").await?;
    fill_in_five(&window, &Five::of_acme(&world, &client)).await?;
    window.type_into("form-name", "mAVIO").await?;
    window
        .type_into("form-tokenEndpoint", "http://acme.example/token")
        .await?;
    paste_into(&window, "form-scopes").await?;
    window.click_css("[data-testid=form-more] summary").await?;
    window.click("parameter-add").await?;
    window.type_into("parameter-name-0", "state").await?;
    window.type_into("parameter-value-0", "mine").await?;
    window.click("form-save").await?;
    for (field, words) in [
        ("form-name", "Another provider has this name."),
        (
            "form-tokenEndpoint",
            "Use an https address without user name and fragment. Plain http is for 127.0.0.1 only.",
        ),
        (
            "form-scopes",
            "Use at most 100 scopes, with 4,096 characters in all.",
        ),
    ] {
        window.wait_until(field, &beside(field, words)).await?;
    }
    window
        .wait_until(
            "the protected parameter",
            &says("form-sheet", "Keyfob sets state itself. Leave it out."),
        )
        .await?;
    window
        .wait_until("the label of the first one", FIRST_LABEL)
        .await?;
    ensure!(
        value_of(&window, "form-clientSecret").await? == client.client_secret,
        "nothing was sent, so it stays"
    );
    photograph_both(&window, &portal, "provider-faults").await?;
    ensure!(world.keychain()?.is_empty(), "not even the client secret");
    ensure!(!folder(&world).exists(), "nor a file");
    leave(&window, "form-cancel").await?;
    ensure!(!window.has("provider-row-acme").await?);
    window.close().await?;
    verify_screens(&[
        "provider-file-unknown-key",
        "provider-faults-light",
        "provider-faults-dark",
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn security_37_a_provider_in_use_moves_only_where_the_user_says_so() -> Result<()> {
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    let client = world.add_plain()?;
    let window = world.window().await?;
    world.connect_plain(&window, &client).await?;
    let file = folder(&world).join("plain.toml");
    let before = std::fs::read_to_string(&file)?;
    go_there(&window).await?;
    window.click("provider-row-plain").await?;
    window.click("provider-edit").await?;
    window.wait_until("the form", &shown("form-name")).await?;
    window
        .type_into(
            "form-tokenEndpoint",
            "https://tokens.attacker.example/token",
        )
        .await?;
    window.click("form-save").await?;
    for words in [
        "1 account is connected here",
        "127.0.0.1:",
        "tokens.attacker.example",
    ] {
        window
            .wait_until("both hosts", &says("moves-dialog", words))
            .await?;
    }
    photograph_both(&window, &portal, "provider-moves").await?;
    ensure!(std::fs::read_to_string(&file)? == before, "not yet");
    window.click("moves-back").await?;
    window.click("form-cancel").await?;
    window.wait_until("the sheet to go", NO_DIALOG).await?;
    ensure!(std::fs::read_to_string(&file)? == before, "no is no");

    window.click("provider-edit").await?;
    window.wait_until("the form", &shown("form-name")).await?;
    window
        .type_into(
            "form-tokenEndpoint",
            "https://tokens.attacker.example/token",
        )
        .await?;
    window.click("form-save").await?;
    leave(&window, "moves-save").await?;
    let after = std::fs::read_to_string(&file)?;
    ensure!(after.contains("tokens.attacker.example"), "{after}");
    window.close().await?;
    verify_screens(&["provider-moves-light", "provider-moves-dark"])
}

/// Files with a key that nobody knows and without one that is needed.
async fn broken_files(window: &KeyfobWindow) -> Result<()> {
    add(window, "add-file").await?;
    for (text, words) in [
        (
            "slug = \"acme\"\n  colour = \"red\"",
            "line 2, column 3: unknown field `colour`",
        ),
        (
            "slug = \"acme\"\nname = \"Acme\"",
            "line 1, column 1: missing field `authorization_endpoint`",
        ),
    ] {
        window.type_into("import-text", &lines(text)).await?;
        window.click("import-read").await?;
        window
            .wait_until(words, &says("import-error", words))
            .await?;
        if text.contains("colour") {
            photograph(window, "provider-file-unknown-key").await?;
        }
    }
    Ok(())
}

/// Puts ten kilobytes of scopes into the clipboard, one to a line. Typed key by key they would take a minute.
async fn copy_ten_kilobytes(window: &KeyfobWindow) -> Result<()> {
    let script = "document.querySelector('[data-testid=import-text]').value =\
                  Array.from({ length: 1000 }, (_, place) => `scope:${1000 + place}`).join('\\n')";
    window.execute(script).await?;
    copy_from(window, "import-text").await
}

fn folder(world: &World) -> std::path::PathBuf {
    world.desktop.config_dir().join("keyfob/providers")
}
