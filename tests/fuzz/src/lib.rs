//! What must be true of every input that a stranger can send: one check for each door, over the
//! functions that Keyfob itself reads it with. libFuzzer runs them from `fuzz/`; the tests of this
//! crate run them over the committed corpora, on any toolchain.
//!
//! Hazard: a check that nothing can break. Each says what an accepted input has to fulfil, and
//! panics otherwise.

#[path = "../../../src-tauri/src/view/arguments.rs"]
pub mod arguments;
mod callback;
mod id_token;
mod item;
mod loopback;
mod mavio;
mod messages;
mod metadata;
mod mio;
mod provider;
mod shown;
mod times;
mod token;

/// Runs one check on one input; panics when something isn't as it must be.
pub type Check = fn(&[u8]);

/// Every check, by the name of its target and its corpus.
pub const CHECKS: [(&str, Check); 12] = [
    ("callback", callback::check),
    ("loopback_request", loopback::check),
    ("token_answer", token::check_answer),
    ("error_answer", token::check_refusal),
    ("mio_context", mio::check),
    ("mavio_context", mavio::check),
    ("keychain_item", item::check),
    ("provider_file", provider::check),
    ("times", times::check),
    ("ipc_arguments", messages::check),
    ("metadata", metadata::check),
    ("jwks_id_token", id_token::check),
];

/// Runs the check of this name.
///
/// # Panics
/// When there is none, and when the check fails.
pub fn run(name: &str, data: &[u8]) {
    let found = CHECKS.iter().find(|(known, _)| *known == name);
    let Some((_, check)) = found else {
        panic!("there is no check named {name}");
    };
    check(data);
}
