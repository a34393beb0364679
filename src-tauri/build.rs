//! Puts every command of `src/command_names.rs` under the access control list (SECURITY 85, 86).

include!("src/command_names.rs");

fn main() {
    println!("cargo::rerun-if-changed=src-tauri/src/command_names.rs");
    println!("cargo::rerun-if-changed=src-tauri/capabilities");
    let attributes = tauri_build::Attributes::new()
        .capabilities_path_pattern("src-tauri/capabilities/*.json")
        .app_manifest(tauri_build::AppManifest::new().commands(COMMAND_NAMES));
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={error:#}");
        std::process::exit(1);
    }
}
