//! Callbacks by the private-use scheme: raw arguments on their way to the engine, which judges
//! them. Linux and Windows start a process with the address as its argument; single-instance
//! hands the arguments over. (macOS delivers an event instead; nothing listens to it yet.)
//!
//! Hazard: any program can start Keyfob with any argument (SECURITY 96, 97).

use crate::keyfob::Keyfob;
use crate::window;
use keyfob_domain::authorization::SCHEME;
use keyfob_engine::Origin;
use tauri::AppHandle;

/// Longer arguments are not handed on; the engine's own limit lies below.
const LONGEST: usize = 64 * 1024;

/// A second process was started: its arguments, its end. The window comes forward.
pub(crate) fn second_process(app: &AppHandle, arguments: &[String]) {
    window::show(app);
    hand_in(app, arguments, Origin::Running);
}

/// This process was started by a callback, perhaps.
pub(crate) fn cold_start(app: &AppHandle) {
    // What isn't text was dropped before anything else ran.
    let arguments: Vec<String> = std::env::args().collect();
    hand_in(app, &arguments, Origin::ColdStart);
}

fn hand_in(app: &AppHandle, arguments: &[String], origin: Origin) {
    let Some(raw) = callback(arguments) else {
        return;
    };
    // The beginning of the span that the benchmark measures; nothing of the callback is said.
    tracing::info!("a callback arrived");
    let keyfob = Keyfob::of(app);
    tauri::async_runtime::spawn(async move {
        if let Ok(running) = keyfob.running().await {
            running.engine.handle_redirect(raw, origin).await;
        }
    });
}

/// A callback is the single argument, and has our scheme.
fn callback(arguments: &[String]) -> Option<Vec<u8>> {
    let [_, argument] = arguments else {
        return None;
    };
    let ours = argument
        .get(..SCHEME.len())
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
        && argument.as_bytes().get(SCHEME.len()) == Some(&b':');
    (ours && argument.len() <= LONGEST).then(|| argument.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_96_a_callback_is_the_single_argument_of_our_scheme() {
        let link = "dev.keyfob.desktop:/callback/mio?code=a";
        let cases: [(&[&str], bool); 8] = [
            (&["keyfob", link], true),
            (&["keyfob"], false),
            (&["keyfob", link, "more"], false),
            (&["keyfob", "--flag", link], false),
            (&["keyfob", "dev.keyfob.desktop"], false),
            (&["keyfob", "dev.keyfob.desktopx:/a"], false),
            (&["keyfob", "https://example.com"], false),
            (&["keyfob", "--inspect=dev.keyfob.desktop:"], false),
        ];
        for (arguments, expected) in cases {
            let arguments: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
            assert_eq!(callback(&arguments).is_some(), expected, "{arguments:?}");
        }
        let long = format!("{link}{}", "a".repeat(LONGEST));
        assert!(callback(&["keyfob".to_owned(), long]).is_none());
    }
}
