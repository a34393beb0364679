//! The clipboard: links, summaries, redirect URIs. Never a token (SECURITY 113).

use arboard::Clipboard as System;
use keyfob_domain::error::{ErrorCode, Problem};
use std::sync::{Mutex, PoisonError};

/// Holds the clipboard's connection: on X11 the text is gone when its owner is.
#[derive(Default)]
pub(crate) struct Clipboard {
    system: Mutex<Option<System>>,
}

impl Clipboard {
    /// Puts a text there.
    pub(crate) fn set(&self, text: String) -> Result<(), Problem> {
        let failed =
            |error: arboard::Error| Problem::with_detail(ErrorCode::Internal, &error.to_string());
        let mut system = self.system.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = match system.take() {
            Some(opened) => opened,
            None => System::new().map_err(failed)?,
        };
        system.insert(opened).set_text(text).map_err(failed)
    }
}
