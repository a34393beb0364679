//! What can be seen of the app only while it runs, kept for the search after the story.
//!
//! It must not judge. The hazard: an app that a story kills takes its transcript with it; its files
//! and logs remain.

use std::sync::PoisonError;

use anyhow::{Context as _, Result};

use crate::{Desktop, KeyfobWindow, leaks::texts_of_process};

/// What ran as the app: itself and its web view's processes, as the kernel calls them.
const PROGRAMS: [&str; 3] = ["keyfob", "WebKitWebProc", "WebKitNetwork"];

/// A text and where it was seen.
pub type Evidence = (String, Vec<u8>);

/// What has crossed from the core to the web view. What crossed the other way is not asked for: that
/// is how a client secret gets in.
const OUTWARD: &str = "return (window.__KEYFOB_TRANSCRIPT__ ?? [])\
     .filter((line) => JSON.parse(line).direction !== 'in').join('\\n')";

/// What stands in the page's fields, which its document doesn't show, and what the page has put aside.
const HELD: &str = "const fields = [...document.querySelectorAll('input, textarea, select')];\
     return [...fields.map((field) => field.value), JSON.stringify({ ...localStorage }),\
     JSON.stringify({ ...sessionStorage })].join('\\n')";

impl KeyfobWindow {
    /// Returns what the window's page holds without showing it, one line for each field.
    ///
    /// # Errors
    /// The page can't be asked.
    pub async fn held(&self) -> Result<String> {
        let held = self.execute(HELD).await?;
        Ok(held.as_str().context("no text")?.to_owned())
    }
}

impl Desktop {
    /// Returns what was kept of each window that was closed.
    pub fn evidence(&self) -> Vec<Evidence> {
        let kept = self.evidence_kept().lock();
        kept.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep_evidence(&self, evidence: Evidence) {
        let kept = self.evidence_kept().lock();
        kept.unwrap_or_else(PoisonError::into_inner).push(evidence);
    }
}

/// Keeps the window's page, what the core has told it, and the command lines and environments of
/// the app's processes.
///
/// # Errors
/// The page can't be asked any more.
pub(crate) async fn keep_of(window: &KeyfobWindow, desktop: &Desktop) -> Result<()> {
    let transcript = window.execute(OUTWARD).await?;
    let transcript = transcript.as_str().context("no transcript")?;
    desktop.keep_evidence(("the transcript".to_owned(), transcript.into()));
    desktop.keep_evidence(("the page".to_owned(), window.source().await?.into()));
    desktop.keep_evidence(("the fields".to_owned(), window.held().await?.into()));
    for process in desktop.processes() {
        if PROGRAMS.iter().any(|name| process.name.starts_with(name)) {
            // One that has ended since has nothing to show.
            for (place, text) in texts_of_process(process.pid).unwrap_or_default() {
                desktop.keep_evidence((format!("{place} ({})", process.name), text));
            }
        }
    }
    Ok(())
}
