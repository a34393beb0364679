//! The shell: knows Tauri, decides nothing. This file is the composition root: plugins in
//! order, adapters, engine, window.
//!
//! Hazard: whatever reaches this process from outside (arguments, another process's arguments,
//! the web view) is hostile until the engine has judged it.

mod appearance;
mod browser;
mod clipboard;
mod command_list;
mod commands;
mod deep_link;
mod events;
mod keyfob;
mod process;
mod provider_commands;
mod sandbox;
mod second_process;
mod start;
pub mod view;
mod window;

pub use process::prepare_process;

use keyfob_engine::logging::Log;
use tauri::{Manager, RunEvent};

/// Runs the app until it quits.
pub fn run() {
    let log = Log::start(std::env::var("KEYFOB_LOG").ok().as_deref());
    let built = tauri::Builder::default()
        // First of all: it takes what second processes hand over.
        .plugin(tauri_plugin_single_instance::init(|app, arguments, _| {
            deep_link::second_process(app, &arguments)
        }))
        .plugin(tauri_plugin_deep_link::init())
        .plugin(window::state_plugin())
        .invoke_handler(command_list::handler())
        .setup(move |app| {
            let keyfob = keyfob::Keyfob::new(app.handle());
            app.manage(keyfob.clone());
            window::open(app.handle())?;
            start::begin(app.handle(), keyfob, log);
            Ok(())
        })
        .build(tauri::generate_context!());
    let app = match built {
        Ok(app) => app,
        Err(error) => {
            tracing::error!(%error, "the window system can't be used");
            eprintln!("Keyfob can't open its window: {error}. Nothing was changed.");
            std::process::exit(2);
        }
    };
    app.run(|app, event| {
        if let RunEvent::ExitRequested {
            code: None, api, ..
        } = event
        {
            // The last window was destroyed; what is on the wire is finished first.
            api.prevent_exit();
            keyfob::Keyfob::of(app).quit();
        }
    });
}
