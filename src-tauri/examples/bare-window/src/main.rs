//! The least a Tauri window can be: the baseline that start-up time and memory of Keyfob are
//! measured against.
//!
//! It must stay comparable, not useful: the same rendering switch, the same hidden-then-shown
//! window and the same release profile as Keyfob, and nothing else. Anything added here makes
//! Keyfob look better than it is.

use std::{env, io::Write};

use tauri::{WebviewUrl, WebviewWindowBuilder, webview::PageLoadEvent};

const PAINTED: &str = "Bare window, painted";

fn main() -> tauri::Result<()> {
    choose_renderer();
    tauri::Builder::default()
        .setup(|app| {
            WebviewWindowBuilder::new(app, "main", WebviewUrl::default())
                .title("Bare window")
                .inner_size(960.0, 640.0)
                .visible(false)
                .on_page_load(|window, load| {
                    // `requestAnimationFrame` never fires in a window that was never shown.
                    if load.event() == PageLoadEvent::Finished
                        && let Err(error) = window.show()
                    {
                        report(&format!("the window can't be shown: {error}"));
                    }
                })
                .on_document_title_changed(|_, title| {
                    if title == PAINTED {
                        report("first paint");
                    }
                })
                .build()?;
            Ok(())
        })
        .run(tauri::generate_context!())
}

/// Turns WebKit's DMABUF renderer off, which nearly halves the time to first paint where there is
/// no GPU. A value set by the user wins, and under WebDriver screenshots would hang.
fn choose_renderer() {
    const SWITCH: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if env::var_os(SWITCH).is_some() || env::var_os("TAURI_WEBVIEW_AUTOMATION").is_some() {
        return;
    }
    #[expect(
        unsafe_code,
        reason = "the only thread there is: GTK hasn't started yet"
    )]
    // SAFETY: called first in `main`, before anything could read or write the environment.
    unsafe {
        env::set_var(SWITCH, "1");
    }
}

/// Writes one line to stdout at once; a closed pipe means nobody measures any more.
fn report(line: &str) {
    let mut stdout = std::io::stdout().lock();
    if writeln!(stdout, "{line}")
        .and_then(|()| stdout.flush())
        .is_err()
    {
        std::process::exit(1);
    }
}
