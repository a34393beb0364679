//! Every state the window can show by now, photographed once its words are in the page, and
//! looked at by a test for what a test can see: there, not blank, no two alike.

use crate::camera::{Theme, photograph, turn};
use crate::portal::Portal;
use crate::world::{CONNECTED, NO_SHEET, World, condition, fill_in, shown, shown_code};
use anyhow::{Context, Result, ensure};
use keyfob_sandbox::{Endpoint, Gate, Scripted};
use keyfob_test_support::screens::verify_screens;
use keyfob_test_support::{Desktop, KeyfobWindow};
use std::fs::File;
use std::path::PathBuf;

const SCREENS: &[&str] = &[
    "first-run-light",
    "first-run-dark",
    "choose-provider",
    "set-up",
    "set-up-faults",
    "sheet-waiting",
    "sheet-doubt",
    "sheet-denied",
    "connections-light",
    "connections-dark",
    "connections-480",
    "connections-200-percent",
    "detail-480",
    "answer",
    "rename",
    "renewing",
    "waiting",
    "needs-sign-in",
    "needs-sign-in-dark",
    "summary-empty",
    "summary-failed",
    "revoke-dialog",
    "close-dialog",
    "keychain-locked",
    "keychain-trouble",
    "keychain-missing",
    "notice",
    "thousand-rows",
    "broken-owner",
    "broken-newer",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_state_has_its_picture() -> Result<()> {
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    connecting(&world, &portal).await?;
    living(&world, &portal).await?;
    troubled_keychain(&world).await?;
    many_and_broken(&world).await?;
    without_keychain().await?;
    verify_screens(SCREENS)
}

async fn connecting(world: &World, portal: &Portal) -> Result<()> {
    let window = world.window().await?;
    window
        .wait_until("the first screen", &shown("first-run"))
        .await?;
    window
        .wait_until(
            "light",
            "document.documentElement.dataset.theme === 'light'",
        )
        .await?;
    photograph(&window, "first-run-light").await?;
    turn(&window, portal, Theme::Dark).await?;
    photograph(&window, "first-run-dark").await?;
    turn(&window, portal, Theme::Light).await?;

    window.click("connect-button").await?;
    window
        .wait_until("the providers", &shown("provider-mio"))
        .await?;
    photograph(&window, "choose-provider").await?;
    window.click("provider-mio").await?;
    window
        .wait_until("the form", &shown("setup-client-id"))
        .await?;
    photograph(&window, "set-up").await?;
    window.type_into("setup-client-id", "with space").await?;
    window.click("setup-save").await?;
    window
        .wait_until(
            "the faults",
            "document.querySelectorAll('[aria-invalid=true]').length > 0",
        )
        .await?;
    photograph(&window, "set-up-faults").await?;
    window.click("setup-cancel").await?;
    window.wait_until("the sheet to go", NO_SHEET).await?;

    world.sandbox.manners(|mio| mio.wrong_state = true);
    world.begin(&window).await?;
    let browser = world.browser().await?;
    browser.visit(&world.opened_url().await?).await?;
    window.wait_until("the waiting", "document.querySelector('[data-testid=sheet-step-waiting]')?.dataset.state === 'current'").await?;
    photograph(&window, "sheet-waiting").await?;
    browser.click_id("allow").await?;
    window
        .wait_until("the doubt", &shown_code("sheet-doubt", "state_mismatch"))
        .await?;
    photograph(&window, "sheet-doubt").await?;
    world.sandbox.manners(|mio| mio.wrong_state = false);
    window.click("sheet-open-again").await?;
    browser.visit(&world.opened_url().await?).await?;
    browser.click_id("deny").await?;
    window
        .wait_until("the sentence", &shown_code("sheet-error", "access_denied"))
        .await?;
    photograph(&window, "sheet-denied").await?;
    window.click("sheet-close").await?;
    browser.close().await?;
    window.close().await
}

async fn living(world: &World, portal: &Portal) -> Result<()> {
    let window = world.window().await?;
    world.connect(&window, "grace").await?;
    world.connect(&window, "noor").await?;
    window
        .wait_until("the honest empty state", &shown("summary-empty"))
        .await?;
    photograph(&window, "summary-empty").await?;
    world.connect(&window, "ada").await?;
    window
        .wait_until("the summary", &shown("summary-text"))
        .await?;
    photograph(&window, "connections-light").await?;
    turn(&window, portal, Theme::Dark).await?;
    photograph(&window, "connections-dark").await?;
    turn(&window, portal, Theme::Light).await?;

    window
        .type_into("question-input", "Who is her manager?")
        .await?;
    window.click("question-send").await?;
    window.wait_until("the answer", &shown("answer")).await?;
    window
        .execute(
            "document.querySelector('[data-testid=answer]').scrollIntoView({ block: 'center' })",
        )
        .await?;
    photograph(&window, "answer").await?;
    top(&window).await?;
    window.click("rename").await?;
    window
        .wait_until("the field", &shown("rename-input"))
        .await?;
    photograph(&window, "rename").await?;
    window.click("rename-cancel").await?;

    world
        .sandbox
        .script(Endpoint::Summary, Scripted::json(503, "{}"));
    window.click("summary-reload").await?;
    window
        .wait_until(
            "the failure",
            "document.querySelector('[data-testid=summary-status]')?.dataset.status === 'failed'",
        )
        .await?;
    photograph(&window, "summary-failed").await?;

    let gate = Gate::closed();
    world
        .sandbox
        .script(Endpoint::Token, Scripted::Gate(gate.clone()));
    window.click("renew").await?;
    window
        .wait_until("the renewal", &condition("renewing"))
        .await?;
    photograph(&window, "renewing").await?;
    gate.open();
    window.wait_until("its end", &condition("active")).await?;
    // A refusal of the set-up is shown at once and tried rarely.
    world.sandbox.script(
        Endpoint::Token,
        Scripted::json(401, r#"{"error":"invalid_client"}"#),
    );
    window.click("renew").await?;
    window
        .wait_until("the waiting", &condition("waiting"))
        .await?;
    photograph(&window, "waiting").await?;
    // A corrected set-up is tried at once.
    world.sandbox.revoke_all();
    let (client_id, client_secret) = world.client()?;
    window.click("set-up").await?;
    fill_in(&window, &client_id, &client_secret).await?;
    window
        .wait_until("the request to sign in", &condition("needsSignIn"))
        .await?;
    photograph(&window, "needs-sign-in").await?;
    turn(&window, portal, Theme::Dark).await?;
    photograph(&window, "needs-sign-in-dark").await?;
    turn(&window, portal, Theme::Light).await?;

    window.click("revoke").await?;
    window
        .wait_until("the dialog", &shown("revoke-dialog"))
        .await?;
    photograph(&window, "revoke-dialog").await?;
    window.click("revoke-cancel").await?;
    window
        .wait_until(
            "the dialog to go",
            "!document.querySelector('[data-testid=revoke-dialog]')",
        )
        .await?;
    world
        .deliver("dev.keyfob.desktop:/callback/mio?code=x&state=y")
        .await?;
    window
        .wait_until("the notice", &shown_code("notice", "redirect_unrelated"))
        .await?;
    photograph(&window, "notice").await?;
    window.click("notice-dismiss").await?;
    window
        .wait_until(
            "the notice to go",
            "!document.querySelector('[data-testid=notice]')",
        )
        .await?;

    window
        .execute("document.documentElement.style.fontSize = '200%'")
        .await?;
    photograph(&window, "connections-200-percent").await?;
    window
        .execute("document.documentElement.style.fontSize = ''")
        .await?;
    window.driver()?.set_window_rect(0, 0, 480, 640).await?;
    window
        .wait_until("the narrow window", "window.innerWidth <= 480")
        .await?;
    photograph(&window, "detail-480").await?;
    window.click("back").await?;
    window
        .wait_until(
            "the list",
            "!document.querySelector('[data-testid=detail]')?.checkVisibility()",
        )
        .await?;
    photograph(&window, "connections-480").await?;
    window.driver()?.set_window_rect(0, 0, 960, 640).await?;

    let mut close = world.desktop.command("wmctrl");
    close.args(["-c", "Keyfob"]);
    world
        .desktop
        .run(close, std::time::Duration::from_secs(10))?;
    window
        .wait_until("the question", &shown("close-dialog"))
        .await?;
    photograph(&window, "close-dialog").await?;
    window.close().await
}

async fn troubled_keychain(world: &World) -> Result<()> {
    let window = world.window().await?;
    window
        .wait_until(
            "the list",
            "document.querySelectorAll('[data-testid^=row-]').length === 3",
        )
        .await?;
    window
        .execute("document.querySelector('[data-testid^=row-][data-condition=active]').click()")
        .await?;
    window.wait_until("an active one", CONNECTED).await?;
    // Nobody has to press anything: the keychain says it.
    world.desktop.lock_keychain()?;
    window
        .wait_until("the trouble", &condition("keychain"))
        .await?;
    top(&window).await?;
    photograph(&window, "keychain-trouble").await?;
    window.close().await?;
    let window = world.window().await?;
    window
        .wait_until(
            "the banner",
            "document.querySelector('[data-testid=keychain-banner]')?.dataset.kind === 'locked'",
        )
        .await?;
    photograph(&window, "keychain-locked").await?;
    window.close().await
}

async fn many_and_broken(world: &World) -> Result<()> {
    let data_dir = world.desktop.data_dir().join("keyfob");
    let path = data_dir.join("keyfob.sqlite3");
    multiply(&path)?;
    let window = world.window().await?;
    window
        .wait_until(
            "the rows",
            "document.querySelectorAll('[data-testid^=row-]').length > 5",
        )
        .await?;
    let count = window.text_of("count").await?;
    ensure!(count.contains('1'), "{count}");
    photograph(&window, "thousand-rows").await?;
    window.close().await?;

    let lock = File::options()
        .write(true)
        .open(data_dir.join("owner.lock"))?;
    lock.lock()?;
    let window = world.window().await?;
    window
        .wait_until("the sentence", &shown_code("broken", "owner_elsewhere"))
        .await?;
    photograph(&window, "broken-owner").await?;
    window.close().await?;
    drop(lock);

    rusqlite::Connection::open(&path)?.pragma_update(None, "user_version", 999)?;
    let window = world.window().await?;
    window
        .wait_until("the sentence", &shown_code("broken", "database_newer"))
        .await?;
    photograph(&window, "broken-newer").await?;
    window.close().await
}

async fn without_keychain() -> Result<()> {
    let world = World::on(Desktop::builder().without_secret_service().start()?).await?;
    let window = world.window().await?;
    window
        .wait_until(
            "the banner",
            "document.querySelector('[data-testid=keychain-banner]')?.dataset.kind === 'missing'",
        )
        .await?;
    photograph(&window, "keychain-missing").await?;
    window.close().await
}

/// Scrolls the detail to its beginning.
async fn top(window: &KeyfobWindow) -> Result<()> {
    window
        .execute(
            "document.querySelector('[data-testid=rename]').scrollIntoView({ block: 'center' })",
        )
        .await
        .map(drop)
}

/// Makes a thousand rows of the ones there are: rows only, their keychain items don't exist.
fn multiply(path: &PathBuf) -> Result<()> {
    let database = rusqlite::Connection::open(path)?;
    let mut statement = database.prepare("SELECT name FROM pragma_table_info('connections')")?;
    let columns: Vec<String> = statement
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let copied = columns
        .iter()
        .map(|column| match column.as_str() {
            "id" => "printf('019f0000-0000-7000-8000-%012d', number)".to_owned(),
            "name" => "printf('Account %d', number)".to_owned(),
            "ordinal" => "number + 3".to_owned(),
            "due_at" => "NULL".to_owned(),
            other => format!("connections.{other}"),
        })
        .collect::<Vec<_>>()
        .join(", ");
    let first: String = database
        .query_row("SELECT id FROM connections LIMIT 1", [], |row| row.get(0))
        .context("no row")?;
    let sql = format!(
        "WITH RECURSIVE numbers(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < 997)
         INSERT INTO connections SELECT {copied} FROM connections, numbers WHERE connections.id = ?1"
    );
    ensure!(database.execute(&sql, [first])? == 997);
    Ok(())
}
