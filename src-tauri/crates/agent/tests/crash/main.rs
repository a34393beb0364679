//! What is left of a connection when the process dies, or a call fails, at any step of connecting,
//! renewing and revoking (SECURITY 107, 108).
//!
//! The test command takes some cases at random; `cargo xtask crash-points` takes them all.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests may fail loudly, as tests do"
)]

mod child;
mod faulty;
#[path = "../agent/parent.rs"]
#[expect(dead_code, reason = "the agent's own tests use more of it")]
mod parent;
mod verdict;
mod world;

use faulty::Kind;
use keyfob_sandbox::Rotation;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;
use verdict::{Case, expected};
use world::{Course, Found, World};

/// Set to `all` by `cargo xtask crash-points`.
const CHOICE: &str = "KEYFOB_CRASH_POINTS";
/// So many of each server's cases are taken otherwise.
const SOME: usize = 14;

#[tokio::test]
async fn obeys_its_parent() {
    child::obey().await;
}

#[tokio::test]
async fn security_108_a_strictly_rotating_server() {
    all_is_kept("strict", Rotation::Strict).await;
}

#[tokio::test]
async fn security_108_a_rotating_server_with_grace() {
    all_is_kept("grace", Rotation::Grace(Duration::from_secs(60))).await;
}

#[tokio::test]
async fn security_108_a_server_that_does_not_rotate() {
    all_is_kept("unrotated", Rotation::None).await;
}

async fn all_is_kept(name: &str, rotation: Rotation) {
    let world = World::new(rotation).await;
    let dirs = tempfile::tempdir().unwrap();
    let mut all = Vec::new();
    for later in [false, true] {
        let dir = dirs.path().join(format!("whole-{later}"));
        let whole = world.run(&dir, later, 0, Kind::Abort).await;
        assert!(whole.survived && whole.ended, "{whole:?}");
        assert_eq!(world.reopen(&dir, 0).await, Found::Nothing);
        all.extend(cases(&whole, later));
    }
    let chosen = chosen(all.clone());
    let mut wrong = Vec::new();
    for (place, case) in chosen.iter().enumerate() {
        let dir = dirs.path().join(place.to_string());
        let (items, grants) = (world.items().await, world.live_grants());
        let course = world.run(&dir, case.later, case.step, case.kind).await;
        // Of a sign-in that was cut off, grant and item are left: nobody knows of them any more.
        let cut_off = case.phase == "connect";
        let found = world
            .reopen(&dir, if cut_off { usize::MAX } else { grants })
            .await;
        let items = world.items().await - items;
        // A course that was all well may have ended before the step came.
        let died = !course.ended || course.survived;
        let as_told = case.kind == Kind::Error || died;
        let nothing_left = found != Found::Nothing || items == 0 || cut_off;
        if found != expected(case, rotation) || !as_told || !nothing_left {
            wrong.push(format!("{case:?}: {found:?}, {items} items, {course:?}"));
        }
    }
    eprintln!(
        "crash points: {name}, {} of {} cases, {} wrong",
        chosen.len(),
        all.len(),
        wrong.len()
    );
    assert!(wrong.is_empty(), "{name}: {wrong:#?}");
}

/// Every step of a course, dying and failing. How a revocation that comes later begins is known already.
fn cases(whole: &Course, later: bool) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut told = false;
    for (phase, line) in &whole.steps {
        let mut words = line.splitn(3, ' ');
        let [number, side, call] = [words.next(), words.next(), words.next()].map(Option::unwrap);
        for kind in [Kind::Abort, Kind::Error] {
            if later && phase != "revoke" {
                continue;
            }
            cases.push(Case {
                step: number.parse().unwrap(),
                phase: phase.clone(),
                side: side.to_owned(),
                call: call.to_owned(),
                told,
                later,
                kind,
            });
        }
        let told_by = if later {
            "database save-pending"
        } else {
            "provider revoke"
        };
        told |= (side, call) == ("after", told_by);
    }
    cases
}

/// All of them, or some by chance.
fn chosen(mut cases: Vec<Case>) -> Vec<Case> {
    if std::env::var(CHOICE).is_ok_and(|choice| choice == "all") {
        return cases;
    }
    let chance = RandomState::new();
    cases.sort_by_key(|case| chance.hash_one((case.step, case.later, case.kind == Kind::Abort)));
    cases.truncate(SOME);
    cases
}
