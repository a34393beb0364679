//! The one window: created hidden, shown when the page has drawn itself, locked to the
//! embedded page (SECURITY 92).

use crate::keyfob::Keyfob;
use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Manager, Url, WebviewUrl, WebviewWindowBuilder, WindowEvent, Wry};
use tauri_plugin_window_state::StateFlags;

const LABEL: &str = "main";

/// Remembers size and place. Whether the window is visible is never remembered: it starts hidden.
pub(crate) fn state_plugin() -> tauri::plugin::TauriPlugin<Wry> {
    tauri_plugin_window_state::Builder::default()
        .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED)
        .build()
}

/// Opens the window, hidden.
pub(crate) fn open(app: &AppHandle) -> tauri::Result<()> {
    let builder = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title("Keyfob")
        .inner_size(960.0, 640.0)
        .min_inner_size(480.0, 420.0)
        .center()
        .visible(false)
        .disable_drag_drop_handler()
        .general_autofill_enabled(false)
        // Not in the data directory: WebKit's files are none of the engine's.
        .data_directory(app.path().app_local_data_dir()?.join("window"))
        .on_navigation(is_own_page)
        .on_new_window(|_, _| NewWindowResponse::Deny);
    let window = recorded(builder).build()?;
    let keyfob = Keyfob::of(app);
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event {
            api.prevent_close();
            keyfob.close_requested();
        }
    });
    Ok(())
}

/// Shows the window and brings it to the front.
pub(crate) fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else {
        return;
    };
    for outcome in [window.show(), window.unminimize(), window.set_focus()] {
        if let Err(error) = outcome {
            tracing::warn!(%error, "the window can't come forward");
        }
    }
}

/// Only the embedded page, wherever the platform serves it from.
fn is_own_page(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        // Windows and Android.
        "http" => url.host_str() == Some("tauri.localhost") && url.port().is_none(),
        _ => false,
    }
}

/// In a debug build, tests may ask for a transcript of everything that crosses between the web
/// view and the core. A release build has no such code.
#[cfg(debug_assertions)]
fn recorded<'a>(
    builder: WebviewWindowBuilder<'a, Wry, AppHandle>,
) -> WebviewWindowBuilder<'a, Wry, AppHandle> {
    if std::env::var_os("KEYFOB_IPC_TRANSCRIPT").is_some() {
        builder.initialization_script(include_str!("window/transcript.js"))
    } else {
        builder
    }
}

#[cfg(not(debug_assertions))]
fn recorded<'a>(
    builder: WebviewWindowBuilder<'a, Wry, AppHandle>,
) -> WebviewWindowBuilder<'a, Wry, AppHandle> {
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_92_no_address_but_the_embedded_page_is_navigated_to() {
        for own in [
            "tauri://localhost",
            "tauri://localhost/index.html",
            "http://tauri.localhost/",
        ] {
            assert!(is_own_page(&Url::parse(own).unwrap()), "{own}");
        }
        for foreign in [
            "https://example.com/",
            "http://tauri.localhost.evil.example/",
            "http://tauri.localhost:8080/",
            "https://tauri.localhost/",
            "tauri://evil.example/",
            "tauri://localhost.evil.example/",
            "http://dev.keyfob.desktop.evil.example/",
            "dev.keyfob.desktop:/callback/mio?code=a",
            "javascript:alert(1)",
            "data:text/html,hello",
            "blob:tauri://localhost/1",
            "file:///etc/passwd",
            "about:blank",
            "ftp://localhost/",
            "ipc://localhost/connect",
        ] {
            assert!(!is_own_page(&Url::parse(foreign).unwrap()), "{foreign}");
        }
    }
}
