//! No display: a sentence, an exit code, nothing changed.

use crate::world::app;
use anyhow::{Result, ensure};
use keyfob_test_support::Desktop;

#[test]
fn without_a_display_keyfob_says_so_and_changes_nothing() -> Result<()> {
    let desktop = Desktop::start()?;
    for display in [None, Some(":9999")] {
        let mut command = desktop.command(app());
        command
            .env_remove("DISPLAY")
            .envs(display.map(|display| ("DISPLAY", display)));
        let output = command.output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.code() == Some(2),
            "{display:?}: {:?}, {said}",
            output.status
        );
        ensure!(said.contains("no display answers"), "{display:?}: {said}");
        ensure!(!said.contains("panicked"), "{display:?}: {said}");
    }
    ensure!(
        !desktop.data_dir().join("keyfob").exists(),
        "nothing was made"
    );
    Ok(())
}
