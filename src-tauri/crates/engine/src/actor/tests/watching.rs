//! What subscribers see.

use super::MIO;
use crate::Update;
use crate::testing::World;
use keyfob_domain::error::ErrorCode;

fn revision(update: &Update) -> Option<u64> {
    match update {
        Update::Connection(overview) => Some(overview.revision),
        Update::Attempt(attempt) => Some(attempt.revision),
        Update::Snapshot { .. }
        | Update::ConnectionRemoved(_)
        | Update::Provider(_)
        | Update::ProviderRemoved(_)
        | Update::AttemptRemoved(_)
        | Update::Keychain(_)
        | Update::Notice(_)
        | Update::NoticeRemoved(_) => None,
    }
}

#[tokio::test]
async fn revisions_grow_with_every_change() {
    let mut world = World::start().await;
    let id = world.connect().await;
    for name in ["a", "b", "c"] {
        world
            .engine
            .rename(id, Some(name.to_owned()))
            .await
            .unwrap();
    }
    world.engine.renew(id).await.unwrap();
    world.settle().await;
    let revisions: Vec<u64> = world.seen.iter().filter_map(revision).collect();
    assert!(revisions.len() > 8, "{revisions:?}");
    assert!(revisions.is_sorted_by(|a, b| a < b), "{revisions:?}");
}

#[tokio::test]
async fn a_subscriber_gets_a_snapshot_first_and_everything_is_in_it() {
    let mut world = World::start().await;
    let id = world.connect().await;
    let (attempt, _) = world.begin(MIO).await;
    world.deliver("nobody", "code=c&state=s").await;
    world.settle().await;
    let last = world.seen.iter().filter_map(revision).max().unwrap();
    let mut updates = world.engine.subscribe().await.unwrap();
    let Some(Update::Snapshot {
        connections,
        providers,
        attempts,
        notices,
        ..
    }) = updates.recv().await
    else {
        panic!("no snapshot came first");
    };
    assert_eq!(connections[0].connection.id, id);
    assert!(
        connections[0].revision > last,
        "it is newer than what came before"
    );
    assert_eq!(
        providers[0].client_id.as_deref(),
        Some("client-of-mio-sandbox")
    );
    assert!(attempts.iter().any(|known| known.id == attempt));
    assert_eq!(notices[0].problem.code, ErrorCode::RedirectUnrelated);
}

#[tokio::test]
async fn a_subscriber_that_falls_behind_is_let_go_and_comes_back_to_a_new_snapshot() {
    let mut world = World::start().await;
    let id = world.connect().await;
    let mut slow = world.engine.subscribe().await.unwrap();
    for number in 0..400 {
        world
            .engine
            .rename(id, Some(format!("name {number}")))
            .await
            .unwrap();
        world.settle().await;
    }
    let mut read = 0;
    while slow.recv().await.is_some() {
        read += 1;
    }
    assert!(
        read <= 256,
        "{read} updates were kept for one that doesn't read"
    );
    let mut again = world.engine.subscribe().await.unwrap();
    let Some(Update::Snapshot { connections, .. }) = again.recv().await else {
        panic!("no snapshot came first");
    };
    assert_eq!(connections[0].connection.name.as_deref(), Some("name 399"));
    assert_eq!(
        world.connection(id).name.as_deref(),
        Some("name 399"),
        "others saw all of it"
    );
}

#[tokio::test]
async fn a_notice_is_shown_until_it_is_dismissed() {
    let mut world = World::start().await;
    world.deliver("nobody", "code=c&state=s").await;
    world.deliver("nobody", "code=c&state=s").await;
    world.settle().await;
    let notices = world.notices();
    assert_eq!(notices.len(), 1, "the same thing twice is one notice");
    world.engine.dismiss_notice(notices[0].id).await.unwrap();
    world.settle().await;
    assert_eq!(world.notices(), []);
}
