//! SECURITY 62 and 108 over random lives: whatever fails in whatever order, the stored refresh
//! token is the last one that was received, or the one before it.

use super::HOUR;
use crate::testing::{Wire, World, Write, fault, refused};
use keyfob_domain::error::ErrorCode;
use keyfob_domain::failure::Fault;
use proptest::prelude::*;
use std::time::Duration;

#[derive(Clone, Debug)]
enum Happening {
    Pass(u64),
    Renew,
    Ask,
    Rejected,
    NextAnswer(u8),
    NextWrite(u8),
    KeychainFails(Option<u8>),
    LookAtKeychain,
    DatabaseFails(bool),
    Rename,
    Restart,
    ClockJumps(u64),
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let one = prop_oneof![
        4 => (1u64..7_200).prop_map(Happening::Pass),
        4 => Just(Happening::Renew),
        2 => Just(Happening::Ask),
        1 => Just(Happening::Rejected),
        4 => (0u8..9).prop_map(Happening::NextAnswer),
        3 => (0u8..3).prop_map(Happening::NextWrite),
        2 => proptest::option::of(0u8..3).prop_map(Happening::KeychainFails),
        1 => Just(Happening::LookAtKeychain),
        1 => any::<bool>().prop_map(Happening::DatabaseFails),
        1 => Just(Happening::Rename),
        2 => Just(Happening::Restart),
        1 => (1u64..1_000_000).prop_map(Happening::ClockJumps),
    ];
    proptest::collection::vec(one, 1..40)
}

fn wire(number: u8) -> Wire {
    match number {
        0 => Wire::Fault(fault(false)),
        1 => Wire::Fault(fault(true)),
        2 => Wire::Fault(refused(503, "")),
        3 => Wire::Fault(refused(401, "invalid_client")),
        4 => Wire::Fault(refused(400, "")),
        5 => Wire::Fault(Fault::Redirected),
        6 => Wire::Fault(Fault::Malformed { why: "html" }),
        7 => Wire::WithoutRefreshToken,
        _ => Wire::Lost,
    }
}

fn write(number: u8) -> Write {
    match number {
        0 => Write::Refused(ErrorCode::KeychainFailed),
        1 => Write::TimedOutWritten,
        _ => Write::TimedOutLost,
    }
}

async fn live(life: &[Happening]) -> Result<(), TestCaseError> {
    let mut world = World::start().await;
    let id = world.connect().await;
    let mut generation = 1;
    for (step, happening) in life.iter().enumerate() {
        match happening.clone() {
            Happening::Pass(seconds) => world.clock.advance(Duration::from_secs(seconds)),
            Happening::Renew => drop(world.engine.renew(id).await),
            Happening::Ask => drop(world.engine.ask(id, "Who?".to_owned()).await),
            Happening::Rejected => {
                drop(world.engine.access_token(id, Some(generation)).await);
            }
            Happening::NextAnswer(number) => world.provider.next(wire(number)),
            Happening::NextWrite(number) => world.keychain.next_write(write(number)),
            Happening::KeychainFails(code) => world.keychain.fails_with(code.map(|code| {
                [
                    ErrorCode::KeychainLocked,
                    ErrorCode::KeychainMissing,
                    ErrorCode::KeychainFailed,
                ][usize::from(code)]
            })),
            Happening::LookAtKeychain => world.engine.retry_keychain().await.unwrap(),
            Happening::DatabaseFails(fails) => world.rows.fails(fails),
            Happening::Rename => drop(world.engine.rename(id, Some("n".to_owned())).await),
            Happening::Restart => {
                // A database that can't be read keeps the program from starting at all.
                world.rows.fails(false);
                world.crash_and_restart().await;
            }
            Happening::ClockJumps(seconds) => world.clock.jump(Duration::from_secs(seconds)),
        }
        world.settle().await;
        let received = world.provider.received();
        let (stored_generation, stored) = world.keychain.stored(id).expect("62: never deleted");
        let newest_two = &received[received.len().saturating_sub(2)..];
        prop_assert!(
            newest_two.contains(&stored),
            "62: after {:?} ({step}) {stored} is stored, received were {received:?}; log {:#?}",
            happening,
            world.log.lines()
        );
        prop_assert!(stored_generation >= generation, "a generation went back");
        generation = stored_generation;
        let row = world.rows.row(id).expect("the row is there");
        prop_assert!(
            row.connection.life.generation <= stored_generation,
            "108: the row promises generation {}, the keychain has {stored_generation}",
            row.connection.life.generation
        );
    }
    // Without faults it comes back to life, or says that the user is needed.
    world.rows.fails(false);
    world.keychain.fails_with(None);
    world.engine.retry_keychain().await.unwrap();
    for _ in 0..60 {
        world.pass(HOUR).await;
    }
    let trouble = world.trouble(id);
    prop_assert!(
        ["-", "grant_ended", "renewal_interrupted", "secret_missing"].contains(&trouble),
        "it ended as {trouble}: {:?}; log {:#?}",
        world.condition(id),
        world.log.lines()
    );
    if trouble == "-" {
        let held = world.engine.access_token(id, None).await;
        prop_assert!(held.is_ok(), "it is well and gives no token");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn security_62_the_stored_refresh_token_is_the_last_received_or_the_one_before(life in happenings()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(live(&life))?;
    }
}
