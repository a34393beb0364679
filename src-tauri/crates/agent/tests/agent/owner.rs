//! One process owns a data directory.

use crate::parent::Parent;
use crate::world::AGENT;
use serde_json::json;
use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process::Command;

fn agent(data_dir: &Path) -> Parent {
    let mut command = Command::new(AGENT);
    command
        .args(["--control", "stdio", "--data-dir"])
        .arg(data_dir)
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/at/all");
    Parent::of(command)
}

async fn is_refused(data_dir: &Path) {
    let mut second = agent(data_dir);
    let (status, lines) = second.end().await;
    assert_eq!(status.code(), Some(3), "{}", second.stderr());
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["error"]["code"], json!("owner_elsewhere"));
    assert_eq!(
        lines[0]["error"]["detail"],
        json!(data_dir.display().to_string())
    );
    second.complains("Another Keyfob owns").await;
    second.complains("Quit that one first").await;
}

#[tokio::test]
async fn a_second_agent_is_refused_and_the_first_one_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("keyfob");
    let mut first = agent(&data_dir);
    first.ask("list", json!({})).await.unwrap();
    is_refused(&data_dir).await;
    first.ask("list", json!({})).await.unwrap();
    first.quit().await;
    agent(&data_dir).quit().await;
}

#[tokio::test]
async fn a_desktop_app_that_owns_the_directory_is_not_pushed_aside() {
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("keyfob");
    DirBuilder::new().mode(0o700).create(&data_dir).unwrap();
    // The lock that the desktop app takes, without the rest of it.
    let lock = File::create(data_dir.join("owner.lock")).unwrap();
    lock.lock().unwrap();
    is_refused(&data_dir).await;
    assert!(
        !data_dir.join("keyfob.sqlite3").exists(),
        "nothing was touched"
    );
    drop(lock);
    agent(&data_dir).quit().await;
}

#[tokio::test]
async fn a_directory_that_cannot_be_used_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let taken = dir.path().join("taken");
    std::fs::write(&taken, "a file").unwrap();
    let mut refused = agent(&taken);
    let (status, lines) = refused.end().await;
    assert_eq!(status.code(), Some(1), "{}", refused.stderr());
    assert_eq!(lines[0]["error"]["code"], json!("database_unavailable"));
    refused
        .complains("keyfob-agent: Keyfob can't start: database_unavailable")
        .await;
    assert_eq!(lines.len(), 1, "{lines:?}");
}
