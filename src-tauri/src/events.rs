//! Engine updates on their way to the web view: snapshot first, then one event per change, all
//! over the channel that the web view handed in.

use crate::keyfob::Keyfob;
use crate::view::{Startup, UiEvent};
use crate::window;
use keyfob_domain::authorization::Step;
use keyfob_engine::Update;
use tauri::AppHandle;
use tauri::ipc::Channel;

/// Starts forwarding to a channel. It ends with the channel: when the page is gone, or has
/// subscribed anew.
pub(crate) fn forward(app: &AppHandle, keyfob: &Keyfob, channel: Channel<UiEvent>) {
    let (app, keyfob) = (app.clone(), keyfob.clone());
    tauri::async_runtime::spawn(async move {
        let data_dir = keyfob.data_dir.display().to_string();
        let mut of_shell = keyfob.shell_events();
        let running = match keyfob.running().await {
            Ok(running) => running,
            Err(problem) => {
                // Nothing can be done about a web view that is gone.
                let _ = channel.send(UiEvent::Broken {
                    error: problem.into(),
                    data_dir,
                });
                return;
            }
        };
        let startup = Startup {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            data_dir,
        };
        // A subscription that fell behind ends; the next one begins with a fresh snapshot.
        while let Ok(mut updates) = running.engine.subscribe().await {
            loop {
                let event = tokio::select! {
                    update = updates.recv() => match update {
                        Some(update) => {
                            come_forward(&app, &update);
                            UiEvent::of(update, &startup)
                        }
                        None => break,
                    },
                    Ok(event) = of_shell.recv() => event,
                };
                if channel.send(event).is_err() {
                    return;
                }
            }
        }
    });
}

/// The window comes forward when the browser has come back. A callback of the scheme starts a
/// process, which does that; one over loopback doesn't.
fn come_forward(app: &AppHandle, update: &Update) {
    if let Update::Attempt(overview) = update
        && matches!(overview.step, Step::Confirming)
        && overview.redirect_uri.starts_with("http:")
    {
        window::show(app);
    }
}
