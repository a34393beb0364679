//! A clock that stands still until a test moves it.

use crate::ports::Clock;
use futures_util::future::BoxFuture;
use keyfob_domain::time::{Moment, Timestamp};
use std::time::Duration;
use tokio::sync::watch;

/// Where every test begins.
const START: i64 = 1_780_000_000_000;

/// Wall clock and suspend-counting clock; they can be moved together or apart.
pub(crate) struct ManualClock {
    time: watch::Sender<(Timestamp, Duration)>,
}

impl ManualClock {
    pub(crate) fn new() -> Self {
        let start = (Timestamp::from_millis(START), Duration::from_secs(5_000));
        Self {
            time: watch::Sender::new(start),
        }
    }

    /// Lets time pass on both clocks.
    pub(crate) fn advance(&self, by: Duration) {
        self.time.send_modify(|(wall, elapsed)| {
            *wall = wall.after(by);
            *elapsed += by;
        });
    }

    /// Sets the wall clock forward as a user would: no time passes.
    pub(crate) fn jump(&self, by: Duration) {
        self.time.send_modify(|(wall, _)| *wall = wall.after(by));
    }

    /// Sets the wall clock back.
    pub(crate) fn jump_back(&self, by: Duration) {
        self.time.send_modify(|(wall, _)| *wall = wall.before(by));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.time.borrow().0
    }

    fn moment(&self) -> Moment {
        Moment::from_start(self.time.borrow().1)
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        let mut time = self.time.subscribe();
        let (began, moment) = *time.borrow();
        // A clock that is set ends every wait, as the system's alarm does.
        let was_set = move |(wall, now): &(Timestamp, Duration)| {
            *wall != began.after(now.saturating_sub(moment))
        };
        Box::pin(async move {
            // The sender lives as long as the ports; without it nothing is due any more.
            let over = time.wait_for(|time| time.0 >= at || was_set(time));
            if over.await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}
