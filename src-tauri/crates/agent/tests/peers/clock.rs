//! Keyfob's clocks, which stand still until they are set ahead: however slow the machine is, nothing is
//! renewed before the test lets time pass.

use futures_util::future::BoxFuture;
use keyfob_domain::time::{Moment, Timestamp};
use keyfob_engine::clock::SystemClock;
use keyfob_engine::ports::Clock;
use std::time::Duration;
use tokio::sync::watch;

pub(crate) struct StandingClock {
    began: Timestamp,
    began_moment: Moment,
    ahead: watch::Sender<Duration>,
}

impl StandingClock {
    /// Stands at the present time.
    pub(crate) fn new() -> Self {
        Self {
            began: SystemClock.now(),
            began_moment: SystemClock.moment(),
            ahead: watch::Sender::new(Duration::ZERO),
        }
    }

    /// Lets time pass, all at once.
    pub(crate) fn pass(&self, time: Duration) {
        self.ahead.send_modify(|ahead| *ahead += time);
    }
}

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        self.began.after(*self.ahead.borrow())
    }

    fn moment(&self) -> Moment {
        self.began_moment.after(*self.ahead.borrow())
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        let (began, mut ahead) = (self.began, self.ahead.subscribe());
        Box::pin(async move {
            // The sender is gone with the engine, and so is whoever waits.
            let _ = ahead.wait_for(|ahead| began.after(*ahead) >= at).await;
        })
    }
}
