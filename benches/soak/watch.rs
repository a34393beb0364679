//! A run as it passes: its clock, and a line each minute.

use crate::accounts::{counted, renewals, rows};
use crate::shown::Shown;
use crate::world::World;
use anyhow::Result;
use keyfob_test_support::KeyfobWindow;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

const MINUTE: Duration = Duration::from_secs(60);

/// The clock of a run. It shows real time, since that is what a long run is about.
pub(crate) struct Watch {
    begun: Instant,
    pub(crate) shown: Shown,
}

impl Watch {
    pub(crate) fn begin(shown: Shown) -> Self {
        let begun = Instant::now();
        Self { begun, shown }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Lets the time pass up to this point of the run, with a line each minute and one there.
    pub(crate) async fn pass_until(
        &self,
        point: Duration,
        world: &World,
        window: &KeyfobWindow,
    ) -> Result<()> {
        while self.elapsed() < point {
            let next_minute = MINUTE * (minutes(self.elapsed()) + 1);
            sleep_until(self.begun + next_minute.min(point)).await;
            self.tell(world, window).await?;
        }
        Ok(())
    }

    /// Prints how things stand.
    pub(crate) async fn tell(&self, world: &World, window: &KeyfobWindow) -> Result<()> {
        let states = counted(&rows(window).await?);
        let (renewals, failures) = (renewals(world), failures(window));
        let prompts = self.shown.so_far()?.total();
        self.say(&format!(
            "{states}; renewals {renewals}, failed tries {failures}, prompts {prompts}"
        ));
        Ok(())
    }

    /// Prints something that happens.
    pub(crate) fn say(&self, what: &str) {
        println!("{:>6}  {what}", clock(self.elapsed()));
    }
}

/// How many renewals failed so far, by the app's own log.
pub(crate) fn failures(window: &KeyfobWindow) -> usize {
    window.log().matches("a renewal failed").count()
}

/// Minutes and seconds, as a stopwatch shows them.
pub(crate) fn clock(time: Duration) -> String {
    format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60)
}

fn minutes(time: Duration) -> u32 {
    u32::try_from(time.as_secs() / 60).unwrap_or(u32::MAX)
}
