//! The scenario `away`: nobody is at the computer. The provider is switched off for a while, later
//! the keychain is locked, and the user comes for one thing only, to unlock it.

use crate::accounts::{self, COUNT, count_of, renewals, rows};
use crate::shown::Shown;
use crate::verdict::{Troubles, Verdict};
use crate::watch::{Watch, clock, failures};
use crate::world::World;
use anyhow::Result;
use keyfob_test_support::{Desktop, KeyfobWindow};
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::Instant;

/// How long an access token lives.
const LIFE: Duration = Duration::from_secs(30);

/// When what happens, counted from the beginning.
struct Plan {
    off_at: Duration,
    on_at: Duration,
    lock_at: Duration,
    unlock_at: Duration,
    end: Duration,
}

impl Plan {
    /// In an hour the sandbox is off for five minutes and the keychain locked for two. A shorter run
    /// keeps the proportions, but each trouble lasts for the life of a token, so that it is felt.
    fn of(minutes: u32) -> Self {
        let end = Duration::from_secs(60) * minutes;
        let (off_at, lock_at) = (end / 4, end * 3 / 5);
        Self {
            off_at,
            on_at: off_at + (end / 12).max(LIFE),
            lock_at,
            unlock_at: lock_at + (end / 30).max(LIFE),
            end,
        }
    }
}

/// Connects the accounts, lives through the time, and judges.
pub(crate) async fn run(minutes: u32) -> Result<ExitCode> {
    // High enough for the rows of all accounts.
    let desktop = Desktop::builder().screen(1280, 1400).start()?;
    let mut world = World::on(desktop).await?;
    world.sandbox.set_access_token_lifetime(LIFE);
    // The same people again and again would be recognised, and asked about.
    world.sandbox.manners(|mio| mio.issue_id_token = false);
    let plain = world.add_plain()?;
    let window = world.window().await?;
    window.driver()?.set_window_rect(0, 0, 1200, 1360).await?;
    let begun = Instant::now();
    accounts::connect_all(&world, &window, &plain).await?;
    let connected = rows(&window).await?;
    let taken = clock(begun.elapsed());
    println!("{COUNT} accounts were connected in {taken}; now the time begins");

    let watch = Watch::begin(Shown::watch(&world.desktop)?);
    watch.tell(&world, &window).await?;
    let troubles = pass(&Plan::of(minutes), &mut world, &window, &watch).await?;
    watch.say("the time is over; each account proves that it is connected");
    let outcome = accounts::prove(&world, &window, &connected).await?;
    window.screenshot("soak-end").await?;
    let verdict = Verdict {
        minutes,
        renewals: renewals(&world),
        troubles,
        outcome,
        shown: watch.shown.so_far()?,
    };
    window.close().await?;
    verdict.keep()?;
    Ok(verdict.print())
}

/// Lets the time pass with its two troubles.
async fn pass(
    plan: &Plan,
    world: &mut World,
    window: &KeyfobWindow,
    watch: &Watch,
) -> Result<Troubles> {
    watch.pass_until(plan.off_at, world, window).await?;
    let before = failures(window);
    let port = world.stop_sandbox().await?;
    watch.say("the sandbox is off");
    watch.pass_until(plan.on_at, world, window).await?;
    window.screenshot("soak-off").await?;
    let failures = failures(window) - before;
    world.start_sandbox(port)?;
    watch.say("the sandbox is on again");
    let back_after = pass_after(plan.lock_at, world, window, watch).await?;

    world.desktop.lock_keychain()?;
    watch.say("the keychain is locked");
    watch.pass_until(plan.unlock_at, world, window).await?;
    window.screenshot("soak-locked").await?;
    let held_up = count_of(&rows(window).await?, "keychain");
    window.click("keychain-unlock").await?;
    let desktop = world.desktop.clone();
    tokio::task::spawn_blocking(move || desktop.answer_keychain_prompt("test")).await??;
    watch.say("the user has unlocked it");
    let unlocked_after = pass_after(plan.end, world, window, watch).await?;
    Ok(Troubles {
        failures,
        back_after,
        held_up,
        unlocked_after,
    })
}

/// Lets the time pass up to this point; gives how long it took until each account was renewed again.
async fn pass_after(
    point: Duration,
    world: &World,
    window: &KeyfobWindow,
    watch: &Watch,
) -> Result<Option<Duration>> {
    let begun = watch.elapsed();
    let limit = point.saturating_sub(begun);
    let renewed = async {
        let renewed = accounts::renewed_once_more(world, limit).await;
        Ok(renewed.then(|| watch.elapsed() - begun))
    };
    let ((), renewed) = tokio::try_join!(watch.pass_until(point, world, window), renewed)?;
    Ok(renewed)
}
