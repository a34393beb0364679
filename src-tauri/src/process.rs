//! What is done to the process before anything else runs in it.

use crate::second_process;
use std::path::Path;

/// Prepares the process: arguments that aren't text are dropped, WebKit is told how to draw. A
/// process that isn't the first hands its arguments over and ends; so does, with a sentence, one
/// without a display.
///
/// Has to be called before any thread is started.
pub fn prepare_process() {
    // Whatever this process creates is for its user only (SECURITY 109).
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    no_core_dumps();
    drop_arguments_that_are_not_text();
    choose_rendering();
    if second_process::handed_over() {
        std::process::exit(0);
    }
    need_display();
}

/// A crash leaves no image of the memory, tokens included (SECURITY 111). No more is done here: a
/// process that can't be looked into breaks the desktop portals.
fn no_core_dumps() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        if let Err(error) = setrlimit(Resource::Core, none) {
            eprintln!("Core dumps can't be switched off: {error}");
        }
    }
}

/// The deep-link plug-in reads arguments in a way that panics on bytes that aren't UTF-8. No such
/// argument can be a callback (SECURITY 29), so the process starts afresh without it.
fn drop_arguments_that_are_not_text() {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        let all: Vec<_> = std::env::args_os().collect();
        if all.iter().all(|argument| argument.to_str().is_some()) {
            return;
        }
        let text = all
            .iter()
            .skip(1)
            .filter(|argument| argument.to_str().is_some());
        if let Ok(program) = std::env::current_exe() {
            let error = std::process::Command::new(program).args(text).exec();
            eprintln!(
                "Keyfob was started with an argument that isn't text and can't start without it: {error}"
            );
        }
        std::process::exit(2);
    }
}

/// Without a usable GPU, WebKit's DMABUF renderer only costs time and memory. WebDriver takes no
/// screenshots without it, so automation keeps the default.
fn choose_rendering() {
    const VARIABLE: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    let chosen = std::env::var_os(VARIABLE).is_some()
        || std::env::var_os("TAURI_WEBVIEW_AUTOMATION").is_some();
    if cfg!(target_os = "linux") && !chosen && !has_render_node(Path::new("/dev/dri")) {
        #[expect(
            unsafe_code,
            reason = "the process has one thread, as the caller promises"
        )]
        // SAFETY: `main` calls this first; nobody else reads or writes the environment yet.
        unsafe {
            std::env::set_var(VARIABLE, "1");
        }
    }
}

/// The window library panics where there is no display; here it is asked first.
fn need_display() {
    #[cfg(target_os = "linux")]
    if gtk::init().is_err() {
        eprintln!(
            "Keyfob can't open a window: no display answers. Start it from a desktop, or set DISPLAY or \
             WAYLAND_DISPLAY to one that runs. Nothing was changed."
        );
        std::process::exit(2);
    }
}

fn has_render_node(dir: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return false;
    };
    entries.filter_map(Result::ok).any(|entry| {
        let render = entry.file_name().to_string_lossy().starts_with("renderD");
        render
            && std::fs::OpenOptions::new()
                .read(true)
                .write(true)
                .open(entry.path())
                .is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_render_node_counts_only_if_it_can_be_opened() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!has_render_node(&dir.path().join("absent")));
        std::fs::write(dir.path().join("card0"), "").unwrap();
        assert!(!has_render_node(dir.path()));
        std::fs::write(dir.path().join("renderD128"), "").unwrap();
        assert!(has_render_node(dir.path()));
    }
}
