//! The desktop app's process. What has to happen before GTK or a thread starts, happens here.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

fn main() {
    keyfob_desktop::prepare_process();
    keyfob_desktop::run();
}
