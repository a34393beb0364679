//! A run as it passes: everything is connected and settles, then time goes by under the eyes of a
//! footprint each second, with a line each minute.

use crate::crowd::{COUNT, Crowd};
use crate::parent::Parent;
use crate::verdict::{Limits, Verdict};
use crate::world::World;
use anyhow::{Result, ensure};
use keyfob_test_support::footprint::{Course, Footprint};
use std::time::Duration;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

/// How long an access token lives.
pub(crate) const LIFE: Duration = Duration::from_secs(5);

/// How often each connection is renewed before the agent counts as settled: its pools, caches and
/// threads are there by then. The time begins only now, since a busy machine takes long for it.
const SETTLED: u64 = 8;
/// How long that may take; half a minute is usual.
const SETTLING: Duration = Duration::from_secs(600);

/// How often the agent is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// A busy machine looks less often; fewer looks than these at either end say nothing.
const FEWEST_LOOKS: usize = 5;

const MINUTE: Duration = Duration::from_secs(60);

/// The first and the last so many of these parts of the time are compared.
const PARTS: u32 = 6;

/// Connects, lets the time pass, and gives what was seen.
pub(crate) async fn run(minutes: u32, limits: Limits) -> Result<Verdict> {
    let world = World::new().await;
    world.sandbox.set_access_token_lifetime(LIFE);
    // The same person again and again would be recognised, and asked about.
    world.sandbox.manners(|mio| mio.issue_id_token = false);
    let mut agent = world.agent_set_up().await;
    let watch = Watch::begin(agent.pid());
    let mut crowd = Crowd::connect(&world, &mut agent).await?;
    watch.say(&format!("{COUNT} connections are made"));
    settle(&watch, &mut crowd, &mut agent).await?;
    watch.say("they have settled; now the time begins");

    let before = crowd.renewals();
    let watch = Watch::begin(agent.pid());
    let course = pass(MINUTE * minutes, &watch, &mut crowd, &mut agent).await?;
    let elapsed = watch.begun.elapsed();
    let renewals = crowd.renewals_since(&before);
    watch.say("the time is over; each connection proves that it is there");
    let connected = crowd.prove(&mut agent).await;
    let failed_tries = agent.stderr().matches("a renewal failed").count();
    agent.quit().await;

    let part = elapsed / PARTS;
    Ok(Verdict {
        minutes,
        limits,
        elapsed,
        renewals,
        failed_tries,
        calls: crowd.calls,
        refused: crowd.refused,
        connected,
        lost: crowd.lost,
        faults: crowd.faults,
        first: course.stretch(Duration::ZERO, part, FEWEST_LOOKS)?,
        last: course.stretch(elapsed - part, elapsed, FEWEST_LOOKS)?,
    })
}

async fn settle(watch: &Watch, crowd: &mut Crowd<'_>, agent: &mut Parent) -> Result<()> {
    let before = crowd.renewals();
    let mut looks = looks();
    loop {
        looks.tick().await;
        crowd.look(agent).await;
        let renewals = crowd.renewals_since(&before);
        if renewals.iter().all(|times| *times >= SETTLED) {
            return Ok(());
        }
        ensure!(
            watch.begun.elapsed() < SETTLING,
            "each connection was to be renewed {SETTLED} times; renewals: {renewals:?}"
        );
    }
}

async fn pass(
    time: Duration,
    watch: &Watch,
    crowd: &mut Crowd<'_>,
    agent: &mut Parent,
) -> Result<Course> {
    let before = crowd.renewals();
    let mut course = Course::default();
    let mut looks = looks();
    let mut next_line = MINUTE;
    while watch.begun.elapsed() < time {
        looks.tick().await;
        let footprint = Footprint::of(watch.pid)?;
        course.add(watch.begun.elapsed(), footprint);
        crowd.look(agent).await;
        if watch.begun.elapsed() >= next_line {
            next_line += MINUTE;
            let renewals: u64 = crowd.renewals_since(&before).iter().sum();
            watch.say(&format!(
                "renewals {renewals}, {} lost; {footprint}",
                crowd.lost.len()
            ));
        }
    }
    Ok(course)
}

fn looks() -> Interval {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    looks
}

/// The clock of a run. It shows real time, since that is what a long run is about.
struct Watch {
    begun: Instant,
    /// The process that is watched.
    pid: u32,
}

impl Watch {
    fn begin(pid: u32) -> Self {
        let begun = Instant::now();
        Self { begun, pid }
    }

    /// Prints something that happens.
    fn say(&self, what: &str) {
        let seconds = self.begun.elapsed().as_secs();
        println!("{:>3}:{:02}  {what}", seconds / 60, seconds % 60);
    }
}
