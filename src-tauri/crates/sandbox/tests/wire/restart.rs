//! What outlives a restart, and what the state file may hold.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use keyfob_sandbox::{Config, Face, Notice, Sandbox, SandboxError};
use reqwest::StatusCode;

use crate::world::{World, registration, text};

fn kept_in(path: &Path) -> Config {
    Config {
        state_file: Some(path.to_owned()),
        ..Config::default()
    }
}

/// A sandbox started on the same state file, used by the client of the first.
async fn restarted(path: &Path, before: World) -> World {
    let client = before.client.clone();
    before.end().await;
    let mut world = World::configured(kept_in(path)).await;
    world.client = client;
    world
}

#[tokio::test]
async fn a_connection_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.json");
    let world = World::configured(kept_in(&path)).await;
    let first = world.tokens().await;
    let (_, second) = world.refresh(text(&first, "refresh_token")).await;

    let world = restarted(&path, world).await;

    assert!(world.sandbox.has_client(Face::Mio, &world.client.client_id));
    assert_eq!(world.sandbox.notices(), []);
    let summary = world.summary(text(&second, "access_token")).await;
    assert_eq!(summary.status(), StatusCode::OK, "the access token");
    let (status, third) = world.refresh(text(&second, "refresh_token")).await;
    assert_eq!(status, StatusCode::OK, "the refresh token: {third}");

    let world = restarted(&path, world).await;
    let (status, refused) = world.refresh(text(&first, "refresh_token")).await;
    assert_eq!(
        status,
        StatusCode::BAD_REQUEST,
        "reuse is seen across restarts: {refused}"
    );

    let world = restarted(&path, world).await;
    let (status, _) = world.refresh(text(&third, "refresh_token")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "and so is what it ended");
    assert!(!world.sandbox.grants()[0].live);
    world.end().await;
}

#[tokio::test]
async fn a_code_does_not_outlive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.json");
    let world = World::configured(kept_in(&path)).await;
    let code = world.code().await;

    let world = restarted(&path, world).await;

    let (status, answer) = world.token(&world.exchange_body(&code)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(answer["error"], "invalid_grant");
    world.end().await;
}

#[tokio::test]
async fn the_state_file_holds_no_secret_in_any_spelling() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.json");
    let world = World::configured(kept_in(&path)).await;
    let code = world.code().await;
    let (_, first) = world.token(&world.exchange_body(&code)).await;
    let (_, second) = world.refresh(text(&first, "refresh_token")).await;

    let kept = fs::read_to_string(&path).unwrap();

    assert!(
        kept.contains(&world.client.client_id),
        "the file was written: {kept}"
    );
    let mut secrets = vec![code, world.client.client_secret.clone()];
    for answer in [&first, &second] {
        for name in ["access_token", "refresh_token", "id_token"] {
            secrets.push(text(answer, name).to_owned());
        }
    }
    for secret in secrets {
        let random = secret.rsplit('_').next().unwrap().to_owned();
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        let spellings = [
            STANDARD.encode(&secret),
            URL_SAFE_NO_PAD.encode(&secret),
            hex,
            random,
            secret,
        ];
        for spelling in spellings.iter().filter(|spelling| spelling.len() > 8) {
            assert!(
                !kept.contains(spelling.as_str()),
                "a secret is in the state file"
            );
        }
    }
    world.end().await;
}

#[cfg(unix)]
#[tokio::test]
async fn the_state_file_is_its_owners_alone_and_replaced_whole() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.json");
    let world = World::configured(kept_in(&path)).await;
    let metadata = fs::metadata(&path).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);

    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    world.tokens().await;

    let replaced = fs::metadata(&path).unwrap();
    assert_eq!(
        replaced.permissions().mode() & 0o777,
        0o600,
        "an open file is closed again"
    );
    assert_ne!(replaced.ino(), metadata.ino(), "a new file took its place");
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing is left beside it"
    );
    world.end().await;
}

#[tokio::test]
async fn a_broken_state_file_is_kept_aside_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.json");
    fs::write(&path, "{\"version\":1,\"clients\":").unwrap();

    let world = World::configured(kept_in(&path)).await;

    let [Notice::BrokenStateFile { kept_at }] = &world.sandbox.notices()[..] else {
        panic!("{:?}", world.sandbox.notices());
    };
    assert_eq!(
        fs::read_to_string(kept_at).unwrap(),
        "{\"version\":1,\"clients\":"
    );
    assert_eq!(kept_at, &folder.path().join("sandbox.json.broken"));
    world.tokens().await;
    assert!(path.exists(), "a new one was begun");
    world.end().await;
}

#[tokio::test]
async fn a_state_that_cannot_be_saved_is_told_and_stops_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state").join("sandbox.json");
    fs::create_dir(path.parent().unwrap()).unwrap();
    let world = World::configured(kept_in(&path)).await;
    fs::remove_dir_all(path.parent().unwrap()).unwrap();

    let tokens = world.tokens().await;

    assert!(!text(&tokens, "access_token").is_empty());
    let notices = world.sandbox.notices();
    assert!(
        matches!(notices[..], [Notice::StateNotSaved { .. }]),
        "{notices:?}"
    );
    let refused = world.sandbox.issue_client(registration());
    assert!(
        matches!(refused, Err(SandboxError::StateUnwritable { .. })),
        "{refused:?}"
    );

    fs::create_dir(path.parent().unwrap()).unwrap();
    world.tokens().await;
    assert_eq!(
        world.sandbox.notices(),
        [],
        "told no longer than it is true"
    );
    world.end().await;
}

#[test]
fn a_state_file_that_cannot_be_read_is_an_error() {
    let folder = tempfile::tempdir().unwrap();

    let failure = Sandbox::new(kept_in(folder.path()));

    assert!(
        matches!(failure, Err(SandboxError::StateUnreadable { .. })),
        "{failure:?}"
    );
}
