//! What of Mavio outlives a restart, and state files from before there was a Mavio.

use std::fs;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keyfob_sandbox::{Config, Face, IssuedClient};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Mavio, SCOPES, refresh_token};
use crate::world::{REDIRECT, START, World, text};

fn kept_in(path: &Path) -> Config {
    Config {
        state_file: Some(path.to_owned()),
        ..Config::default()
    }
}

#[tokio::test]
async fn grants_of_mavio_outlive_a_restart_with_their_scope_and_their_thirty_days() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.json");
    let mavio = Mavio::configured(kept_in(&path)).await;
    let granted = ["meetings:read", "summaries:read"];
    let code = mavio.code_for("grace", &granted).await;
    let (_, tokens) = mavio.token(&mavio.exchange_form(&code)).await;
    mavio.clock.advance(Duration::from_secs(10));
    let renewed = mavio.renewed(refresh_token(&tokens)).await;
    let kept = fs::read_to_string(&path).unwrap();
    let app = mavio.app.clone();
    let secrets = [
        &code,
        &app.client_secret,
        refresh_token(&tokens),
        text(&tokens, "access_token"),
        text(&renewed, "access_token"),
    ];
    for secret in secrets {
        assert!(!kept.contains(secret), "a secret is in the state file");
    }
    mavio.end().await;

    let mut mavio = Mavio::configured(kept_in(&path)).await;
    mavio.app = app;

    assert_eq!(mavio.sandbox.notices(), []);
    let app = &mavio.app.client_id;
    assert!(mavio.sandbox.has_client(Face::Mavio, app));
    assert!(!mavio.sandbox.has_client(Face::Mio, app));
    let facts = &mavio.sandbox.grants()[0];
    assert_eq!(
        (facts.face, facts.user.as_str()),
        (Face::Mavio, "grace@novak.example")
    );
    assert_eq!(facts.scope, granted);
    let access_token = text(&renewed, "access_token");
    for (path, expected) in [("/meetings", 200), ("/action-items", 403)] {
        let answer = mavio.get(access_token, path).await;
        assert_eq!(answer.status().as_u16(), expected, "{path}");
    }
    // Ten seconds after the start it was last used.
    let end = START + 10_000 + 30 * 86_400_000;
    mavio.clock.set(end);
    let (status, _) = mavio.refresh(refresh_token(&tokens)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    mavio.clock.set(end - 1);
    mavio.renewed(refresh_token(&tokens)).await;
    mavio.end().await;
}

fn digest(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(secret.as_bytes()))
}

/// A state file as it was written while Mio was the only face.
fn before_mavio() -> Value {
    json!({
        "version": 1,
        "clients": {
            "mio_client_old": {
                "face": "mio",
                "name": "Keyfob",
                "secret_sha256": digest("mio_secret_old"),
                "redirect_uris": [REDIRECT],
            },
        },
        "grants": {
            "1": {
                "client_id": "mio_client_old",
                "user": "ada",
                "scope": ["openid", "offline_access"],
                "nonce": null,
                "granted_at": START - 1000,
                "refreshes": 2,
                "revoked": false,
                "access_tokens": [
                    { "sha256": digest("atk_old"), "expires_at": START + 60_000 },
                ],
                "refresh_tokens": [{ "sha256": digest("rtk_old"), "used_at": START - 1000 }],
                "spent_refresh_tokens": [
                    { "sha256": digest("rtk_older"), "spent_at": START - 1000 },
                ],
            },
        },
    })
}

#[tokio::test]
async fn a_state_file_from_before_mavio_keeps_its_clients_and_grants() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.json");
    fs::write(&path, before_mavio().to_string()).unwrap();

    let mut world = World::configured(kept_in(&path)).await;
    world.client = IssuedClient {
        client_id: "mio_client_old".to_owned(),
        client_secret: "mio_secret_old".to_owned(),
    };

    assert_eq!(world.sandbox.notices(), []);
    assert!(world.sandbox.has_client(Face::Mio, "mio_client_old"));
    let facts = &world.sandbox.grants()[0];
    assert_eq!((facts.face, facts.refreshes), (Face::Mio, 2));
    assert_eq!(world.summary("atk_old").await.status(), StatusCode::OK);
    let (status, answer) = world.refresh("rtk_old").await;
    assert_eq!(status, StatusCode::OK, "{answer}");

    let mavio = Mavio::beside(world);
    let tokens = mavio.tokens_for("ada", &SCOPES).await;
    let meetings = mavio.get(text(&tokens, "access_token"), "/meetings").await;
    assert_eq!(
        meetings.status(),
        StatusCode::OK,
        "and Mavio works beside it"
    );
    let at_mavio = mavio.get("atk_old", "/meetings").await;
    assert_eq!(at_mavio.status(), StatusCode::UNAUTHORIZED);
    mavio.end().await;
}
