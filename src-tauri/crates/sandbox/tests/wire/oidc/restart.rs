//! What of the OpenID Connect face outlives a restart, and what its keys do to the state file.

use std::fs;
use std::path::Path;

use keyfob_sandbox::{Config, Face, Sandbox};
use serde_json::Value;

use super::judge::Expected;
use super::{Oidc, registration};
use crate::world::text;

fn kept_in(path: &Path) -> Config {
    Config {
        state_file: Some(path.to_owned()),
        ..Config::default()
    }
}

/// A sandbox started on the same state file, used by the client of the first.
async fn restarted(path: &Path, before: Oidc) -> Oidc {
    let app = before.app.clone();
    before.end().await;
    let mut oidc = Oidc::configured(kept_in(path)).await;
    oidc.app = app;
    assert_eq!(oidc.sandbox.notices(), []);
    oidc
}

fn state(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[tokio::test]
async fn a_connection_and_the_keys_that_signed_for_it_outlive_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.json");
    let oidc = Oidc::configured(kept_in(&path)).await;
    let first = oidc.tokens().await;
    let rotated = oidc.sandbox.rotate_keys().unwrap();
    let second = oidc.tokens().await;
    let jwks = oidc.json("/oidc/jwks").await;
    let issuer = oidc.issuer();
    let kept = fs::read_to_string(&path).unwrap();
    for tokens in [&first, &second] {
        for name in ["access_token", "refresh_token", "id_token"] {
            assert!(!kept.contains(text(tokens, name)), "{name} is in the file");
        }
    }

    let oidc = restarted(&path, oidc).await;

    assert_eq!(oidc.json("/oidc/jwks").await, jwks);
    assert!(oidc.sandbox.has_client(Face::Oidc, &oidc.app.client_id));
    assert!(oidc.is_good(&second).await);
    let expected = Expected {
        issuer,
        ..oidc.expected(&second)
    };
    assert_eq!(oidc.judged(&second, &expected).await, "fine");
    let renewed = oidc.renewed(&second).await;
    let (header, _) = super::judge::opened(text(&renewed, "id_token"));
    assert_eq!(header["kid"], rotated.as_str(), "the newest signs on");

    let newest = oidc.sandbox.rotate_keys().unwrap();
    let oidc = restarted(&path, oidc).await;
    assert_eq!(
        oidc.json("/oidc/jwks").await["keys"][0]["kid"],
        newest.as_str()
    );
    oidc.end().await;
}

#[tokio::test]
async fn no_key_is_made_and_kept_before_the_face_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.json");
    let oidc = Oidc::configured(kept_in(&path)).await;
    oidc.world.tokens().await;
    oidc.json("/oidc/.well-known/openid-configuration").await;
    assert!(state(&path).get("signing_keys").is_none());

    oidc.jwks().await;

    assert_eq!(state(&path)["signing_keys"].as_array().unwrap().len(), 1);
    oidc.end().await;
}

#[test]
fn a_key_that_cannot_be_read_sets_the_file_aside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.json");
    let sandbox = Sandbox::new(kept_in(&path)).unwrap();
    sandbox.issue_client(registration()).unwrap();
    sandbox.rotate_keys().unwrap();
    let mut broken = state(&path);
    broken["signing_keys"][0] = "AAAA".into();
    fs::write(&path, broken.to_string()).unwrap();

    let sandbox = Sandbox::new(kept_in(&path)).unwrap();

    assert_eq!(sandbox.notices().len(), 1);
    assert!(!path.exists());
}
