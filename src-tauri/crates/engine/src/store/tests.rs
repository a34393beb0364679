//! The store on real files.

mod summaries;

use super::*;
use crate::ports::Recorded;
use keyfob_domain::connection::{Condition, Obtained};
use keyfob_domain::grant::Scopes;
use keyfob_domain::grant_end::GrantEnd;
use keyfob_domain::refresh::{Draw, Expiry};
use keyfob_domain::summary::Content;
use keyfob_domain::token::{AccountHint, NonceDigest, SignInClaims};
use std::time::Duration;
use url::Url;

fn now() -> Timestamp {
    Timestamp::from_millis(1_780_000_000_000)
}

fn connection(number: u8) -> Connection {
    let obtained = Obtained {
        generation: 1,
        obtained_at: now(),
        expiry: Expiry::At {
            at: now().after(Duration::from_secs(60)),
            lifetime: Duration::from_secs(60),
            assumed: false,
        },
        renewable: true,
        grant_end: Some(GrantEnd {
            at: now().after(Duration::from_secs(3600)),
            told_at: now(),
        }),
        granted: Some(Scopes::parse("a")),
        saved: Ok(()),
    };
    let account = AccountHint {
        subject: Some("sub".into()),
        label: Some("ada@lovelace.example".into()),
    };
    let slug = ProviderSlug::parse("mio").unwrap();
    let id = ConnectionId::new(now(), [number; 10]);
    Connection::connected(
        id,
        slug,
        account,
        1,
        Scopes::parse("a b"),
        &obtained,
        Draw::from_bits(0),
    )
}

fn recorded() -> Recorded {
    Recorded {
        token_endpoint: Url::parse("https://a.example/token").unwrap(),
        client_id: "client".into(),
        sign_in: Some(SignInClaims {
            issuer: "https://a.example".into(),
            subject: "u-1".into(),
            auth_time: Some(1_780_000_000),
            nonce: Some(NonceDigest::of("n")),
        }),
    }
}

fn open(dir: &Path) -> Result<Opened, Problem> {
    SqliteStore::open(dir, now())
}

/// Drops the store and waits until its thread has closed the file, which ends the log.
async fn close(opened: Opened, dir: &Path) {
    drop(opened);
    let log = dir.join("keyfob.sqlite3-wal");
    let closed = async {
        while log.exists() {
            tokio::task::yield_now().await;
        }
    };
    let limit = Duration::from_secs(20);
    tokio::time::timeout(limit, closed).await.unwrap();
}

#[tokio::test]
async fn a_row_survives_a_restart_with_everything_that_hangs_on_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut saved = connection(1);
    saved.name = Some("Work".into());
    let summary = ContextSummary::new(Content::Text("She builds an engine.".to_owned()), now());
    {
        let store = open(dir.path()).unwrap().store;
        store.save(saved.clone(), recorded(), false).await.unwrap();
        store.save_summary(saved.id, summary.clone()).await.unwrap();
        store
            .save_client(saved.provider.clone(), "client".into())
            .await
            .unwrap();
        store.begin_renewal(saved.id, 2, now()).await.unwrap();
    }
    let opened = open(dir.path()).unwrap();
    assert!(opened.set_aside.is_none());
    let rows = opened.store.load().await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].connection, saved);
    assert_eq!(rows[0].recorded, recorded());
    assert_eq!(rows[0].summary, Some(summary));
    assert!(
        rows[0].interrupted,
        "security_107: the intent is on the disk"
    );
    assert_eq!(
        opened.store.load_clients().await.unwrap(),
        [(saved.provider.clone(), "client".to_owned())]
    );

    opened
        .store
        .save(saved.clone(), recorded(), false)
        .await
        .unwrap();
    assert!(
        !opened.store.load().await.unwrap()[0].interrupted,
        "saving the row clears the intent"
    );

    opened.store.delete(saved.id).await.unwrap();
    opened
        .store
        .save_summary(
            saved.id,
            ContextSummary::new(Content::Text("late".to_owned()), now()),
        )
        .await
        .unwrap();
    assert!(opened.store.load().await.unwrap().is_empty());
}

#[tokio::test]
async fn conditions_that_only_this_process_knows_are_loaded_as_active() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap().store;
    let problem = || Problem::with_detail(ErrorCode::GrantEnded, "invalid_grant");
    let rows = [
        (Condition::Renewing, Condition::Active),
        (
            Condition::Keychain {
                problem: problem(),
                unsaved: true,
            },
            Condition::Active,
        ),
        (
            Condition::NeedsSignIn { problem: problem() },
            Condition::NeedsSignIn { problem: problem() },
        ),
        (
            Condition::Waiting {
                problem: problem(),
                next_try_at: now(),
            },
            Condition::Waiting {
                problem: problem(),
                next_try_at: now(),
            },
        ),
    ];
    for (number, (saved, expected)) in rows.into_iter().enumerate() {
        let mut row = connection(u8::try_from(number).unwrap());
        row.condition = saved.clone();
        row.due_at = Some(now());
        store.save(row.clone(), recorded(), false).await.unwrap();
        let loaded = store.load().await.unwrap();
        let loaded = loaded
            .iter()
            .find(|loaded| loaded.connection.id == row.id)
            .unwrap();
        assert_eq!(loaded.connection.condition, expected, "{saved:?}");
    }
}

#[tokio::test]
async fn a_corrupted_database_is_kept_aside_and_named() {
    let dir = tempfile::tempdir().unwrap();
    close(open(dir.path()).unwrap(), dir.path()).await;
    let path = dir.path().join("keyfob.sqlite3");
    std::fs::write(&path, b"this is no database, whatever its name says").unwrap();
    let opened = open(dir.path()).unwrap();
    let problem = opened.set_aside.unwrap();
    assert_eq!(problem.code, ErrorCode::DatabaseCorrupted);
    let kept = problem.detail.unwrap();
    assert_eq!(
        std::fs::read(&kept).unwrap(),
        b"this is no database, whatever its name says"
    );
    assert!(opened.store.load().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_newer_database_is_refused_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    close(open(dir.path()).unwrap(), dir.path()).await;
    let path = dir.path().join("keyfob.sqlite3");
    rusqlite::Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 999)
        .unwrap();
    let before = std::fs::read(&path).unwrap();
    let refused = open(dir.path()).err().unwrap();
    assert_eq!(refused.code, ErrorCode::DatabaseNewer);
    assert!(refused.detail.unwrap().contains("schema 999"));
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[cfg(unix)]
#[tokio::test]
async fn security_109_database_files_are_for_their_owner_only() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap().store;
    store.save(connection(1), recorded(), false).await.unwrap();
    let mut seen = 0;
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(
            entry.metadata().unwrap().permissions().mode() & 0o777,
            0o600,
            "{:?}",
            entry.path()
        );
        seen += 1;
    }
    assert!(seen >= 2, "the database and its log are there");
    drop(store);

    let path = dir.path().join("keyfob.sqlite3");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    assert!(
        open(dir.path())
            .err()
            .unwrap()
            .detail
            .unwrap()
            .contains("chmod 600")
    );

    let other = tempfile::tempdir().unwrap();
    symlink(&path, other.path().join("keyfob.sqlite3")).unwrap();
    assert!(
        open(other.path())
            .err()
            .unwrap()
            .detail
            .unwrap()
            .contains("not a plain file")
    );
}

#[tokio::test]
async fn security_71_a_pending_revocation_outlives_its_connection_and_the_process() {
    let dir = tempfile::tempdir().unwrap();
    let pending = PendingRevocation {
        id: connection(1).id,
        provider: ProviderSlug::parse("acme").unwrap(),
        endpoint: Url::parse("https://acme.example/revoke").unwrap(),
        client_id: "client".to_owned(),
        since: now(),
        failures: 2,
        next_try_at: now().after(Duration::from_secs(90)),
    };
    {
        let store = open(dir.path()).unwrap().store;
        let row = connection(1);
        store.save(row.clone(), recorded(), false).await.unwrap();
        store.save_pending(pending.clone()).await.unwrap();
        store.delete(row.id).await.unwrap();
    }
    let store = open(dir.path()).unwrap().store;
    let loaded = store.load_pending().await.unwrap();
    assert_eq!(loaded, std::slice::from_ref(&pending));
    let later = PendingRevocation {
        failures: 3,
        ..pending
    };
    store.save_pending(later.clone()).await.unwrap();
    let loaded = store.load_pending().await.unwrap();
    assert_eq!(loaded, std::slice::from_ref(&later));
    store.delete_pending(later.id).await.unwrap();
    assert_eq!(store.load_pending().await.unwrap(), []);
}
