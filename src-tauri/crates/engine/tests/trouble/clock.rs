//! The computer's clocks, which a row can set ahead: what comes after half a minute or a day is
//! tried without waiting for it.

use futures_util::future::BoxFuture;
use keyfob_domain::time::{Moment, Timestamp};
use keyfob_engine::clock::SystemClock;
use keyfob_engine::ports::Clock;
use std::time::Duration;
use tokio::sync::watch;

pub(crate) struct ClockAhead(watch::Sender<Duration>);

impl ClockAhead {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(Duration::ZERO))
    }

    /// Lets time pass. Whoever sleeps looks at the clock again, as after a suspend.
    pub(crate) fn pass(&self, time: Duration) {
        self.0.send_modify(|ahead| *ahead += time);
    }

    fn ahead(&self) -> Duration {
        *self.0.borrow()
    }
}

impl Clock for ClockAhead {
    fn now(&self) -> Timestamp {
        SystemClock.now().after(self.ahead())
    }

    fn moment(&self) -> Moment {
        SystemClock.moment().after(self.ahead())
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        let mut set = self.0.subscribe();
        let slept = SystemClock.sleep_until(at.before(self.ahead()));
        Box::pin(async move {
            tokio::select! {
                () = slept => {}
                // The sender is gone with the engine, and so is whoever waits.
                _ = set.changed() => {}
            }
        })
    }
}
