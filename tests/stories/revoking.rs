//! Revoking at a provider that can be told, while it is away.

use crate::camera::photograph_both;
use crate::portal::Portal;
use crate::world::{World, says, shown, shown_code};
use anyhow::{Result, ensure};
use keyfob_sandbox::{Endpoint, Face, Scripted};
use keyfob_test_support::screens::verify_screens;

#[tokio::test(flavor = "multi_thread")]
async fn security_71_a_provider_that_is_away_is_told_later() -> Result<()> {
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    let client = world.add_plain()?;
    let window = world.window().await?;
    window
        .wait_until("the first screen", &shown("first-run"))
        .await?;
    world.connect_plain(&window, &client).await?;

    world
        .sandbox
        .script_forever(Endpoint::OauthRevoke, Scripted::json(503, "{}"));
    window.click("revoke").await?;
    window
        .wait_until("what will happen", &says("revoke-dialog", "will be told"))
        .await?;
    window.click("revoke-confirm").await?;
    window
        .wait_until("the failure", &shown_code("revoke-error", "provider_error"))
        .await?;
    photograph_both(&window, &portal, "revoke-away").await?;
    window.click("revoke-later").await?;
    window
        .wait_until("the notice", &shown_code("notice", "revocation_pending"))
        .await?;
    photograph_both(&window, &portal, "revoke-pending").await?;
    ensure!(world.connection_items()?.is_empty());
    let pending = |(account, _): &(String, String)| account.ends_with("/pending-revocation");
    let waiting = world.keychain()?;
    ensure!(waiting.iter().filter(|item| pending(item)).count() == 1);

    // The provider is back: the next try, in some seconds, ends it.
    world.sandbox.clear_script(Endpoint::OauthRevoke);
    window
        .wait_until(
            "the notice to go",
            "!document.querySelector('[data-testid=notice]')",
        )
        .await?;
    let grants = world.sandbox.grants();
    let mut live = grants
        .iter()
        .filter(|grant| grant.face == Face::Oauth && grant.live);
    ensure!(live.next().is_none(), "the access is over at the provider");
    window.close().await?;
    ensure!(!world.keychain()?.iter().any(pending), "security_72");
    verify_screens(&[
        "revoke-away-light",
        "revoke-away-dark",
        "revoke-pending-light",
        "revoke-pending-dark",
    ])
}
