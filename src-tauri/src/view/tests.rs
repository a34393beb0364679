//! Writes the TypeScript bindings and fails when they were not up to date.

use super::*;
use ts_rs::Config;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/src/lib/ipc/bindings.ts");

fn bindings() -> String {
    let config = Config::default();
    let codes: Vec<String> = ErrorCode::ALL
        .iter()
        .map(|code| format!("  | \"{code}\""))
        .collect();
    let declarations = [
        WireError::decl(&config),
        Condition::decl(&config),
        Expiry::decl(&config),
        SummaryStatus::decl(&config),
        SummaryView::decl(&config),
        ConnectionView::decl(&config),
        Reads::decl(&config),
        ProviderView::decl(&config),
        AttemptStep::decl(&config),
        AttemptView::decl(&config),
        KeychainView::decl(&config),
        NoticeView::decl(&config),
        Startup::decl(&config),
        UiEvent::decl(&config),
        Link::decl(&config),
    ];
    let mut text = String::from("// Written by `cargo test bindings`; do not edit.\n\n");
    text.push_str(&format!("export type ErrorCode =\n{};\n", codes.join("\n")));
    for declaration in declarations {
        text.push_str(&format!("\nexport {declaration}\n"));
    }
    text
}

#[test]
fn the_bindings_are_up_to_date() {
    let written = std::fs::read_to_string(PATH).unwrap_or_default();
    let fresh = bindings();
    if written != fresh {
        std::fs::write(PATH, &fresh).unwrap();
        panic!(
            "the bindings were out of date and have been written anew; look at them and commit them"
        );
    }
}
