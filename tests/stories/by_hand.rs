//! The main job as a user does it, without any driver: the bundled sandbox, the keyboard, a
//! visible Chromium opened by the desktop, the scheme on its way back through xdg-open.

use crate::leak_scan;
use crate::world::app;
use anyhow::{Context, Result, ensure};
use keyfob_test_support::{Desktop, until};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);
/// So many pictures in a row without a change: together they take longer than the sheet stays.
const STILL: usize = 25;
/// So many tell that a page is drawn and its window has the keys.
const DRAWN: usize = 5;

#[test]
fn someone_tries_the_sandbox_with_the_keyboard_alone() -> Result<()> {
    let desktop = Desktop::builder().as_users_have_it().start()?;
    // The sandbox would choose a free port; the browser's preference has to name it beforehand.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let data_dir = desktop.data_dir().join("keyfob");
    std::fs::create_dir_all(&data_dir)?;
    std::fs::set_permissions(&data_dir, PermissionsExt::from_mode(0o700))?;
    std::fs::write(data_dir.join("sandbox-port"), port.to_string())?;
    desktop.open_links_in_chromium(&[&format!("http://127.0.0.1:{port}")])?;

    desktop.run_in_background("keyfob", desktop.command(app()))?;
    until(PATIENCE, "the first paint", || {
        desktop.log("keyfob").contains("first paint")
    })?;
    let handler = desktop
        .data_dir()
        .join("applications/keyfob-desktop-handler.desktop");
    until(PATIENCE, "the scheme's handler", || handler.exists())?;
    let first_run = picture(&desktop, "by-hand-1-first-run")?;
    press(&desktop, "^Keyfob$", &["ctrl+n"])?;
    until(PATIENCE, "the sheet", || {
        picture(&desktop, "by-hand-2-choose").is_ok_and(|now| now != first_run)
    })?;
    still(&desktop, "by-hand-2-choose", DRAWN)?;
    // Mio has the focus; Mavio and then the sandbox's Mio come after it.
    press(&desktop, "^Keyfob$", &["Tab", "Tab", "Return"])?;
    until(PATIENCE, "the consent page", || {
        window(&desktop, "Chromium").is_ok()
    })?;
    until(PATIENCE, "the consent page's title", || {
        window(&desktop, "^Connect Keyfob").is_ok()
    })?;
    // The chosen account has the first place in the order of focus, Allow the second. The title
    // stands before the page takes keys, so each step is seen before the next one.
    for place in ["by-hand-3-consent", "by-hand-3-account"] {
        let before = still(&desktop, place, DRAWN)?;
        press(&desktop, "^Connect Keyfob", &["Tab"])?;
        until(PATIENCE, "the focus to move", || {
            picture(&desktop, "by-hand-3-allow").is_ok_and(|now| now != before)
        })?;
    }
    press(&desktop, "^Connect Keyfob", &["Return"])?;
    until(PATIENCE, "the credentials in the keychain", || {
        let items = desktop.keychain_items().unwrap_or_default();
        items.iter().any(|item| {
            item.attributes
                .get("username")
                .is_some_and(|name| name.ends_with("/tokens"))
        })
    })?;
    until(PATIENCE, "the window in front again", || {
        front(&desktop).is_ok_and(|name| name == "Keyfob")
    })?;
    until(PATIENCE, "the summary in the database", || {
        has_summary(&data_dir).unwrap_or(false)
    })?;
    // The sheet closes by itself a moment later; then nothing moves any more.
    still(&desktop, "by-hand-4-connected", STILL)?;
    ensure!(
        !desktop.log("keyfob").contains("panicked"),
        "{}",
        desktop.log("keyfob")
    );
    // The sandbox in the app shows nobody what it drew.
    leak_scan::after_story(&desktop, &leak_scan::secrets_in_keychain(&desktop)?)
}

fn has_summary(data_dir: &Path) -> Result<bool> {
    let database = rusqlite::Connection::open(data_dir.join("keyfob.sqlite3"))?;
    let count: i64 = database.query_row("SELECT count(*) FROM summaries", [], |row| row.get(0))?;
    Ok(count == 1)
}

/// Sends keys to the window with this title, once it has the focus.
fn press(desktop: &Desktop, title: &str, keys: &[&str]) -> Result<()> {
    let id = window(desktop, title)?;
    let mut focus = desktop.command("xdotool");
    focus.args(["windowactivate", "--sync", &id]);
    desktop.run(focus, PATIENCE)?;
    for key in keys {
        let mut press = desktop.command("xdotool");
        press.args(["key", "--clearmodifiers", key]);
        desktop.run(press, PATIENCE)?;
    }
    Ok(())
}

fn window(desktop: &Desktop, title: &str) -> Result<String> {
    let mut search = desktop.command("xdotool");
    search.args(["search", "--onlyvisible", "--name", title]);
    let found = desktop.run(search, PATIENCE)?;
    found
        .lines()
        .next()
        .map(str::to_owned)
        .with_context(|| format!("no window {title}"))
}

fn front(desktop: &Desktop) -> Result<String> {
    let mut active = desktop.command("xdotool");
    active.args(["getactivewindow", "getwindowname"]);
    Ok(desktop.run(active, PATIENCE)?.trim().to_owned())
}

/// Photographs the screen until so many pictures in a row are the same, and gives the last one.
fn still(desktop: &Desktop, name: &str, times: usize) -> Result<Vec<u8>> {
    let (mut last, mut same) = (Vec::new(), 0);
    until(PATIENCE, "a still picture", || {
        let now = picture(desktop, name).unwrap_or_default();
        same = if now == last { same + 1 } else { 0 };
        last = now;
        same == times
    })?;
    Ok(last)
}

/// Photographs the whole screen and gives the picture's bytes.
fn picture(desktop: &Desktop, name: &str) -> Result<Vec<u8>> {
    let path = keyfob_test_support::screens::screen_path(name);
    desktop.screenshot(&path)?;
    Ok(std::fs::read(path)?)
}
