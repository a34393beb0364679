//! The Providers screen and its form, as a user's hands know them.

use crate::world::{World, shown};
use anyhow::{Context, Result};
use keyfob_sandbox::IssuedClient;
use keyfob_test_support::KeyfobWindow;
use thirtyfour::Key;

/// What a provider's documentation tells: enough to add it by hand.
pub(crate) struct Five {
    name: String,
    client_id: String,
    client_secret: String,
    authorization_url: String,
    token_url: String,
}

impl Five {
    /// Acme, which is the sandbox's plain OAuth server.
    pub(crate) fn of_acme(world: &World, client: &IssuedClient) -> Self {
        Self {
            name: "Acme".to_owned(),
            client_id: client.client_id.clone(),
            client_secret: client.client_secret.clone(),
            authorization_url: format!("{}/oauth/authorize", world.origin),
            token_url: format!("{}/oauth/token", world.origin),
        }
    }
}

/// Shows the Providers screen; the first screen has no sidebar, and a button of its own.
pub(crate) async fn go_there(window: &KeyfobWindow) -> Result<()> {
    let ways = ["first-run-providers", "screen-providers"].map(shown);
    window.wait_until("a way there", &ways.join(" || ")).await?;
    if window.has("first-run-providers").await? {
        window.click("first-run-providers").await?;
    } else {
        window.click("screen-providers").await?;
    }
    window.wait_until("the screen", &shown("providers")).await
}

/// Chooses a way to add a provider, like `add-hand`.
pub(crate) async fn add(window: &KeyfobWindow, way: &str) -> Result<()> {
    window.click("provider-add").await?;
    window.click(way).await
}

/// Types what the documentation tells, all but the scopes.
pub(crate) async fn fill_in_five(window: &KeyfobWindow, five: &Five) -> Result<()> {
    for (field, text) in [
        ("form-name", &five.name),
        ("form-clientId", &five.client_id),
        ("form-clientSecret", &five.client_secret),
        ("form-authorizationEndpoint", &five.authorization_url),
        ("form-tokenEndpoint", &five.token_url),
    ] {
        window.type_into(field, text).await?;
    }
    Ok(())
}

/// Copies all that is in a field, as the keyboard does.
pub(crate) async fn copy_from(window: &KeyfobWindow, field: &str) -> Result<()> {
    let field = window.by_test_id(field).await?;
    field.send_keys(Key::Control + "a").await?;
    Ok(field.send_keys(Key::Control + "c").await?)
}

/// Pastes into a field, as the keyboard does.
pub(crate) async fn paste_into(window: &KeyfobWindow, field: &str) -> Result<()> {
    let field = window.by_test_id(field).await?;
    Ok(field.send_keys(Key::Control + "v").await?)
}

/// Gives what stands in a field.
pub(crate) async fn value_of(window: &KeyfobWindow, field: &str) -> Result<String> {
    let script = format!("return document.querySelector('[data-testid=\"{field}\"]').value");
    let value = window.execute(&script).await?;
    Ok(value.as_str().context("no field with a text")?.to_owned())
}

/// A condition for the page: these words, and no others, stand beside a field.
pub(crate) fn beside(field: &str, words: &str) -> String {
    format!(
        "document.getElementById(document.querySelector('[data-testid=\"{field}\"]')\
         ?.getAttribute('aria-describedby'))?.innerText === {}",
        serde_json::json!(words)
    )
}

/// A condition for the page: these are the chips of the scopes.
pub(crate) fn has_chips(scopes: &[&str]) -> String {
    format!(
        "[...document.querySelectorAll('[data-testid=form-scopes-chips] code')]\
         .map((chip) => chip.innerText).join(' ') === {}",
        serde_json::json!(scopes.join(" "))
    )
}

/// A text of several lines as it is typed: the driver doesn't take a line end for a key.
pub(crate) fn lines(text: &str) -> String {
    text.replace('\n', &Key::Enter.value().to_string())
}

/// Presses the form's button, and waits for what comes after a new provider was saved.
pub(crate) async fn save_new(window: &KeyfobWindow) -> Result<()> {
    window.click("form-save").await?;
    window
        .wait_until("what to register", &shown("saved-sheet"))
        .await
}

/// Presses a button of what lies over the screen, and waits until nothing lies there.
pub(crate) async fn leave(window: &KeyfobWindow, button: &str) -> Result<()> {
    window.click(button).await?;
    window.wait_until("the sheet to go", NO_DIALOG).await
}

/// Nothing lies over the screen.
pub(crate) const NO_DIALOG: &str = "!document.querySelector('[role$=dialog]')";
