//! A provider is added by its issuer URL: at the sandbox, and at two servers that nobody here has written.
//! What the issuer says of itself fills in the form, and the account ends as a connected row that can be
//! renewed.

use crate::camera::{photograph, photograph_both, photograph_narrow};
use crate::identity::asked;
use crate::leak_scan;
use crate::portal::Portal;
use crate::provider_form::{add, go_there, has_chips, save_new, value_of};
use crate::world::{CONNECTED, NO_SHEET, World, says, shown};
use anyhow::{Result, ensure};
use keyfob_sandbox::{Endpoint, Face};
use keyfob_test_support::peers::{Kind, Server};
use keyfob_test_support::screens::verify_screens;
use keyfob_test_support::{Browser, KeyfobWindow};

/// In seconds: nothing is renewed here but by a click.
const LIFETIME: u64 = 3600;

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_fills_in_the_form() -> Result<()> {
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    let client = world.registered(Face::Oidc, "orbit")?;
    let window = world.window().await?;
    go_there(&window).await?;
    add(&window, "add-issuer").await?;
    let issuer = format!("{}/oidc", world.origin);
    window.type_into("issuer-url", &issuer).await?;
    photograph_both(&window, &portal, "issuer").await?;
    window.click("issuer-look-up").await?;
    let scopes = ["openid", "profile", "email", "offline_access"];
    window.wait_until("the scopes", &has_chips(&scopes)).await?;
    window.click_css("[data-testid=form-more] summary").await?;
    for (field, path) in [
        ("authorizationEndpoint", "/authorize"),
        ("tokenEndpoint", "/token"),
        ("revocationEndpoint", "/revoke"),
        ("userinfoEndpoint", "/userinfo"),
        ("issuer", ""),
        ("jwksUri", "/jwks"),
    ] {
        let value = value_of(&window, &format!("form-{field}")).await?;
        ensure!(value == format!("{issuer}{path}"), "{field}: {value}");
    }
    photograph_both(&window, &portal, "issuer-more").await?;
    photograph_narrow(&window, "issuer-more").await?;
    window.type_into("form-name", "Orbit").await?;
    connect(&world, &window, &client.client_id, &client.client_secret).await?;
    let browser = world.allow_as("ada", &[]).await?;
    connected(&window, "ada@byron.example").await?;
    browser.close().await?;
    photograph_both(&window, &portal, "issuer-connected").await?;
    window.click("renew").await?;
    world.asked(Endpoint::OidcToken, 2).await?;
    window.wait_until("the connection", CONNECTED).await?;
    tells_accounts_apart(&world, &window).await?;
    photograph(&window, "issuer-two").await?;
    window.close().await?;
    verify_screens(&[
        "issuer-light",
        "issuer-dark",
        "issuer-more-light",
        "issuer-more-dark",
        "issuer-more-480",
        "issuer-connected-light",
        "issuer-connected-dark",
        "issuer-two",
    ])
}

/// Another account gets a row of its own under its own name; the same one once more is noticed.
async fn tells_accounts_apart(world: &World, window: &KeyfobWindow) -> Result<()> {
    world.begin_at("orbit", window).await?;
    let browser = world.allow_as("grace", &[]).await?;
    connected(window, "grace@novak.example").await?;
    browser.close().await?;
    world.begin_at("orbit", window).await?;
    let browser = world.allow_as("ada", &[]).await?;
    window
        .wait_until("the question", &asked("alreadyConnected"))
        .await?;
    window.click("question-decline").await?;
    window.wait_until("the sheet to go", NO_SHEET).await?;
    browser.close().await?;
    ensure!(world.connection_items()?.len() == 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_provider_is_added_by_its_issuer() -> Result<()> {
    added(Kind::Oidc, "ada@oidc.example", async |browser| {
        browser.click_css("button[value=allow]").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn django_oauth_toolkit_is_added_by_its_issuer() -> Result<()> {
    added(Kind::DjangoStrict, "django account 1", async |browser| {
        browser.type_into_css("[name=username]", "ada").await?;
        let password = "difference engine";
        browser.type_into_css("[name=password]", password).await?;
        browser.click_css("form button").await?;
        browser.click_css("[name=allow]").await
    })
    .await
}

/// Adds a server by its issuer, connects an account there, which is then named so, and renews it.
async fn added(
    kind: Kind,
    account: &str,
    allow: impl AsyncFn(&Browser) -> Result<()>,
) -> Result<()> {
    let world = World::new().await?;
    let mut server = Server::begin(&world.desktop, kind, LIFETIME)?;
    let window = world.window().await?;
    go_there(&window).await?;
    add(&window, "add-issuer").await?;
    server.is_ready()?;
    window.type_into("issuer-url", &server.issuer()).await?;
    window.click("issuer-look-up").await?;
    window.wait_until("the form", &shown("form-name")).await?;
    // The slug, and with it the way back, comes from the name.
    window.type_into("form-name", server.slug()).await?;
    connect(&world, &window, &server.client_id, &server.client_secret).await?;
    let browser = world.browser().await?;
    browser.visit(&world.opened_url().await?).await?;
    allow(&browser).await?;
    connected(&window, account).await?;
    browser.close().await?;
    let mut secrets = leak_scan::secrets_in_keychain(&world.desktop)?;
    let first = server.view().await?;
    ensure!(first.live() == [1, 1, 1], "{first:?}");

    let never_renewed = says("life", "Not yet");
    window.wait_until("a new one", &never_renewed).await?;
    window.click("renew").await?;
    let renewed = format!("!({never_renewed})");
    window.wait_until("the renewal", &renewed).await?;
    window.wait_until("the connection", CONNECTED).await?;
    photograph(&window, &format!("by-issuer-{}", server.slug())).await?;
    secrets.extend(leak_scan::secrets_in_keychain(&world.desktop)?);
    window.close().await?;
    let asked = server.view().await?.requests;
    let granted = asked.iter().filter(|seen| seen.status == 200);
    let granted: Vec<_> = granted
        .filter_map(|seen| seen.grant_type.as_deref())
        .collect();
    ensure!(
        granted == ["authorization_code", "refresh_token"] && asked.len() == 2,
        "{asked:?}"
    );
    leak_scan::after_story(&world.desktop, &secrets)
}

/// Enters the client, saves the form, and goes on to connect.
async fn connect(world: &World, window: &KeyfobWindow, id: &str, secret: &str) -> Result<()> {
    window.type_into("form-clientId", id).await?;
    window.type_into("form-clientSecret", secret).await?;
    save_new(window).await?;
    ensure!(world.connection_items()?.is_empty());
    window.click("saved-go-on").await
}

async fn connected(window: &KeyfobWindow, account: &str) -> Result<()> {
    window.wait_until("the connection", CONNECTED).await?;
    window.wait_until("the sheet to go", NO_SHEET).await?;
    window
        .wait_until("whose it is", &says("detail", account))
        .await
}
