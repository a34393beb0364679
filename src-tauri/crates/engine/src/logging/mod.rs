//! The log: typed fields on the standard error stream and, once the data directory is owned, in
//! files beside the database (SECURITY 115).
//!
//! Nothing that is logged should hold a secret: events carry typed fields, never bodies or
//! addresses with a query. The scrubber is the last line behind that, not the reason for it.

mod files;
mod scrub;

pub use scrub::scrub;

use files::Files;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

/// A started log.
#[derive(Clone, Default)]
pub struct Log {
    files: Arc<Mutex<Option<Files>>>,
}

impl Log {
    /// Starts logging for this process: Keyfob's own targets at `level` (`info` when it is absent or no level),
    /// everything else at warnings. A panic is logged with its place and without its text, which
    /// may hold anything.
    ///
    /// A second start in one process changes nothing.
    #[must_use]
    pub fn start(level: Option<&str>) -> Self {
        let log = Self::default();
        let own = level
            .and_then(|level| level.parse::<LevelFilter>().ok())
            .unwrap_or(LevelFilter::INFO);
        // Libraries that see requests say nothing below a warning, whatever the level.
        let ours = ["desktop", "agent", "engine", "domain", "sandbox"];
        let ours = ours.map(|name| format!(",keyfob_{name}={own}")).concat();
        let started = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(format!("warn{ours}")))
            .with_writer(log.clone())
            .with_ansi(false)
            .try_init();
        if started.is_ok() {
            std::panic::set_hook(Box::new(|panic| {
                let place = panic.location().map(ToString::to_string);
                tracing::error!(place = place.as_deref().unwrap_or("?"), "a panic");
            }));
        }
        log
    }

    /// Keeps a copy in this directory from now on: five files of 1 MiB, for their user only.
    ///
    /// # Errors
    /// When the directory or the first file can't be made; logging goes on without files.
    pub fn keep_in(&self, dir: &Path) -> io::Result<()> {
        let files = Files::open(dir)?;
        *self.files.lock().unwrap_or_else(PoisonError::into_inner) = Some(files);
        Ok(())
    }

    fn write(&self, text: &str) {
        let text = scrub(text);
        // A closed error stream or a full disk is no reason to stop working.
        let _ = io::stderr().lock().write_all(text.as_bytes());
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(files) = files.as_mut() {
            let _ = files.write(&text);
        }
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Event;

    fn make_writer(&'a self) -> Event {
        Event {
            log: self.clone(),
            text: Vec::new(),
        }
    }
}

/// One event, gathered so that it can be scrubbed as a whole.
pub struct Event {
    log: Log,
    text: Vec<u8>,
}

impl Write for Event {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        self.log.write(&String::from_utf8_lossy(&self.text));
    }
}
