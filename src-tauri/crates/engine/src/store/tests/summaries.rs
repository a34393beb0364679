//! Summaries on the disk: their forms, their end, and those an older Keyfob left.

use super::*;
use keyfob_domain::summary::{ActionItem, Decision, Meeting, Meetings, SUMMARY_LIFE};

/// What must be found in no file once it is gone.
const MARK: &str = "Zeppelin launch, MARKED-4711";

fn meetings() -> Content {
    Content::meetings(Meetings {
        latest: vec![Meeting {
            title: Some(MARK.to_owned()),
            started_at: Some(now()),
            duration: Some(Duration::from_secs(1_800)),
            platform: Some("zoom".to_owned()),
            participants: 3,
            // Longer than a page, so that it spills over into pages of its own.
            overview: Some(MARK.repeat(130)),
            decisions: vec![Decision {
                text: "Brass it is".to_owned(),
                decided_by: Some("Ada".to_owned()),
            }],
        }],
        open_items: vec![ActionItem {
            title: Some("Order brass".to_owned()),
            due: Some("2026-06-01".to_owned()),
            ..ActionItem::default()
        }],
        more_items: true,
        withheld: vec!["transcripts:read".to_owned()],
        host: Some("ada@lovelace.example".to_owned()),
    })
}

fn raw(dir: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(dir.join("keyfob.sqlite3")).unwrap()
}

/// Names the files in which the mark is found.
fn marked_files(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        if bytes
            .windows(MARK.len())
            .any(|window| window == MARK.as_bytes())
        {
            found.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    found
}

#[tokio::test]
async fn every_form_of_a_summary_survives_a_restart() {
    let forms = [
        ("nothing", Content::Nothing),
        ("text", Content::Text("She builds\nan engine.".to_owned())),
        ("meetings", meetings()),
    ];
    for (row, content) in forms {
        let dir = tempfile::tempdir().unwrap();
        let summary = ContextSummary::new(content, now());
        let saved = connection(1);
        {
            let store = open(dir.path()).unwrap().store;
            store.save(saved.clone(), recorded(), false).await.unwrap();
            store.save_summary(saved.id, summary.clone()).await.unwrap();
        }
        let rows = open(dir.path()).unwrap().store.load().await.unwrap();
        assert_eq!(rows[0].summary, Some(summary), "{row}");
    }
}

#[tokio::test]
async fn texts_of_the_first_schema_survive_its_migration() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("keyfob.sqlite3");
    open::make_private(&path).unwrap();
    let old = raw(dir.path());
    old.execute_batch(include_str!("version_1.sql")).unwrap();
    drop(old);

    let opened = open(dir.path()).unwrap();
    assert!(opened.set_aside.is_none());
    let rows = opened.store.load().await.unwrap();
    let text = "She \"builds\" an engine\nof brass: ä{}[]\\".to_owned();
    let expected = [
        (Content::Text(text), 1_779_999_950_000),
        (Content::Nothing, 1_779_999_960_000),
    ];
    let expected = expected
        .map(|(content, as_of)| Some(ContextSummary::new(content, Timestamp::from_millis(as_of))));
    let summaries: Vec<_> = rows.iter().map(|row| row.summary.clone()).collect();
    assert_eq!(summaries[..2], expected);
    assert_eq!(summaries[2..], [None]);
    assert_eq!(rows[0].connection.name.as_deref(), Some("Work"));
    assert_eq!(rows[0].connection.life.generation, 3);
    let clients = opened.store.load_clients().await.unwrap();
    assert_eq!(clients.len(), 1, "the client id is still there");
    let fresh = tempfile::tempdir().unwrap();
    let _newest = open(fresh.path()).unwrap();
    let version = |dir: &Path| -> i64 {
        raw(dir)
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .unwrap()
    };
    assert_eq!(version(dir.path()), version(fresh.path()));

    // The new table hangs on its connection as the old one did.
    let newer = ContextSummary::new(meetings(), now());
    let id = rows[0].connection.id;
    opened.store.save_summary(id, newer).await.unwrap();
    opened.store.delete(id).await.unwrap();
    let left: i64 = raw(dir.path())
        .query_row("SELECT count(*) FROM summaries", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 1);
}

#[tokio::test]
async fn a_summary_that_cannot_be_read_costs_no_connection() {
    let unreadable = [
        ("no JSON", "She builds"),
        ("a later kind", r#"{"kind":"calendar","value":{}}"#),
        ("empty", ""),
    ];
    for (row, content) in unreadable {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path()).unwrap().store;
        let saved = connection(1);
        store.save(saved.clone(), recorded(), false).await.unwrap();
        let summary = ContextSummary::new(meetings(), now());
        store.save_summary(saved.id, summary).await.unwrap();
        raw(dir.path())
            .execute("UPDATE summaries SET content = ?1", [content])
            .unwrap();
        let rows = store.load().await.unwrap();
        assert_eq!(rows[0].connection, saved, "{row}");
        assert_eq!(rows[0].summary, None, "{row}");
    }
}

#[tokio::test]
async fn security_117_a_summary_older_than_thirty_days_is_gone_at_the_next_start() {
    let second = Duration::from_secs(1);
    for (row, later, kept) in [
        ("thirty days", SUMMARY_LIFE, true),
        ("a second more", SUMMARY_LIFE + second, false),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let opened = open(dir.path()).unwrap();
        let saved = connection(1);
        let summary = ContextSummary::new(meetings(), now());
        opened
            .store
            .save(saved.clone(), recorded(), false)
            .await
            .unwrap();
        opened.store.save_summary(saved.id, summary).await.unwrap();
        close(opened, dir.path()).await;
        let opened = SqliteStore::open(dir.path(), now().after(later)).unwrap();
        let rows = opened.store.load().await.unwrap();
        assert_eq!(rows[0].summary.is_some(), kept, "{row}");
        assert_eq!(!marked_files(dir.path()).is_empty(), kept, "{row}");
    }
}

#[tokio::test]
async fn security_117_nothing_of_a_meeting_is_on_the_disk_after_its_connection() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap().store;
    let (kept, revoked) = (connection(1), connection(2));
    for saved in [&kept, &revoked] {
        store.save(saved.clone(), recorded(), false).await.unwrap();
    }
    // Read twice: the first version is replaced, then the second one deleted.
    for as_of in [now(), now().after(Duration::from_secs(60))] {
        let summary = ContextSummary::new(meetings(), as_of);
        store.save_summary(revoked.id, summary).await.unwrap();
    }
    assert!(!marked_files(dir.path()).is_empty(), "the search finds it");
    store.delete(revoked.id).await.unwrap();
    assert_eq!(marked_files(dir.path()), Vec::<String>::new());
    assert_eq!(store.load().await.unwrap().len(), 1);
    let late = ContextSummary::new(meetings(), now());
    store.save_summary(revoked.id, late).await.unwrap();
    assert_eq!(marked_files(dir.path()), Vec::<String>::new());
}
