//! What is done to the process before anything else happens in it (SECURITY 109, 111).

/// Makes this process hard to look into for other programs of the same user: what it creates is for
/// its user only, it leaves no core dump, nobody may trace it or read its memory.
///
/// A desktop app can't do as much: a process that can't be looked into breaks the desktop's portals.
///
/// # Errors
/// The system's refusal; or somebody traces this process already, and it is too late.
pub(crate) fn harden() -> Result<(), String> {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    secmem_proc::harden_process()
        .map_err(|error| format!("the process can't be protected from others: {error}"))
}
