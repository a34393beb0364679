//! What of the plain face outlives a restart, and state files from before there was one.

use std::fs;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keyfob_sandbox::{Config, Face, IssuedClient, OauthManners, Rotation};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Oauth, SCOPE, refresh_token};
use crate::world::{REDIRECT, START, World, text};

fn kept_in(path: &Path, oauth: OauthManners) -> Config {
    Config {
        oauth,
        state_file: Some(path.to_owned()),
        ..Config::default()
    }
}

/// A sandbox started on the same state file with the same manners, used by the client of the first;
/// its clock begins again.
async fn restarted(path: &Path, manners: &OauthManners, before: Oauth) -> Oauth {
    let app = before.app.clone();
    before.end().await;
    let mut oauth = Oauth::configured(kept_in(path, manners.clone())).await;
    oauth.app = app;
    assert_eq!(oauth.sandbox.notices(), []);
    oauth
}

#[tokio::test]
async fn a_connection_its_rotation_and_its_revocation_outlive_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.json");
    let manners = OauthManners::default();
    let oauth = Oauth::configured(kept_in(&path, manners.clone())).await;
    let code = oauth.code().await;
    let (_, first) = oauth.token(&oauth.exchange_form(&code)).await;
    let second = oauth.renewed(&first).await;
    let bystander = oauth.tokens().await;
    let kept = fs::read_to_string(&path).unwrap();
    for secret in [
        &code,
        &oauth.app.client_secret,
        refresh_token(&first),
        refresh_token(&second),
        text(&second, "access_token"),
    ] {
        assert!(!kept.contains(secret), "a secret is in the state file");
    }

    let oauth = restarted(&path, &manners, oauth).await;
    assert!(oauth.sandbox.has_client(Face::Oauth, &oauth.app.client_id));
    assert!(!oauth.sandbox.has_client(Face::Mavio, &oauth.app.client_id));
    let facts = &oauth.sandbox.grants()[0];
    assert_eq!((facts.face, facts.refreshes), (Face::Oauth, 1));
    assert_eq!(facts.scope.join(" "), SCOPE);
    assert!(oauth.pings(&second).await, "the access token");
    let third = oauth.renewed(&second).await;
    oauth.revoked(refresh_token(&third)).await;

    let oauth = restarted(&path, &manners, oauth).await;
    assert!(!oauth.pings(&third).await, "revoked is revoked");
    oauth.assert_ended(&third, "and its refresh token").await;
    oauth.renewed(&bystander).await;
    oauth.end().await;
}

#[tokio::test]
async fn half_a_revocation_and_the_absolute_life_outlive_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.json");
    let manners = OauthManners {
        revocation_cascades: false,
        rotation: Rotation::None,
        refresh_token_absolute_lifetime: Some(Duration::from_secs(1000)),
        ..OauthManners::default()
    };
    let oauth = Oauth::configured(kept_in(&path, manners.clone())).await;
    let ended = oauth.tokens().await;
    let other = oauth.tokens().await;
    oauth.revoked(refresh_token(&ended)).await;

    let oauth = restarted(&path, &manners, oauth).await;

    oauth.assert_ended(&ended, "the refresh token").await;
    assert!(oauth.pings(&ended).await, "the access token was left");
    oauth.clock.set(START + 999_999);
    oauth.renewed(&other).await;
    oauth.clock.set(START + 1_000_000);
    oauth.assert_ended(&other, "the absolute life").await;
    oauth.end().await;
}

fn digest(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(secret.as_bytes()))
}

/// A state file as it was written while Mio and Mavio were the only faces.
fn before_the_plain_face() -> Value {
    let grant = |face: &str, scope: &[&str]| {
        json!({
            "face": face,
            "client_id": format!("{face}_client_old"),
            "user": "ada",
            "scope": scope,
            "nonce": null,
            "granted_at": START - 1000,
            "refreshes": 2,
            "revoked": false,
            "access_tokens": [
                { "sha256": digest(&format!("{face}_at")), "expires_at": START + 60_000 },
            ],
            "refresh_tokens": [
                { "sha256": digest(&format!("{face}_rt")), "used_at": START - 1000 },
            ],
            "spent_refresh_tokens": [],
        })
    };
    let client = |face: &str| {
        json!({
            "face": face,
            "name": "Keyfob",
            "secret_sha256": digest("secret_old"),
            "redirect_uris": [REDIRECT],
        })
    };
    json!({
        "version": 1,
        "clients": { "mio_client_old": client("mio"), "mavio_client_old": client("mavio") },
        "grants": {
            "1": grant("mio", &["openid", "offline_access"]),
            "2": grant("mavio", &["meetings:read"]),
        },
    })
}

#[tokio::test]
async fn a_state_file_from_before_the_plain_face_keeps_its_clients_and_grants() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.json");
    fs::write(&path, before_the_plain_face().to_string()).unwrap();

    let mut world = World::configured(kept_in(&path, OauthManners::default())).await;
    world.client = IssuedClient {
        client_id: "mio_client_old".to_owned(),
        client_secret: "secret_old".to_owned(),
    };

    assert_eq!(world.sandbox.notices(), []);
    assert!(world.sandbox.has_client(Face::Mavio, "mavio_client_old"));
    let faces: Vec<Face> = world.sandbox.grants().iter().map(|g| g.face).collect();
    assert_eq!(faces, [Face::Mio, Face::Mavio]);
    assert_eq!(world.summary("mio_at").await.status(), StatusCode::OK);
    let (status, answer) = world.refresh("mio_rt").await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let meetings = world.http.get(world.url("/mavio/v1/meetings"));
    let meetings = meetings.bearer_auth("mavio_at").send().await.unwrap();
    assert_eq!(meetings.status(), StatusCode::OK);

    let oauth = Oauth::beside(world);
    let tokens = oauth.tokens().await;
    assert!(
        oauth.pings(&tokens).await,
        "and the plain face works beside them"
    );
    let foreign = oauth.get("mavio_at", "/api/ping").await;
    assert_eq!(foreign.status(), StatusCode::UNAUTHORIZED);
    oauth.end().await;
}
