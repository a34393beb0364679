//! Generates the context of the bare window from its own `tauri.conf.json`.

fn main() {
    tauri_build::build();
}
