//! The real clocks. The only place that reads them.

#[cfg(target_os = "linux")]
mod alarm;

use crate::ports::Clock;
use futures_util::future::BoxFuture;
use keyfob_domain::time::{Moment, Timestamp};
use std::time::Duration;

/// The longest wait without an alarm of the system's: a clock that was set meanwhile, or a suspend,
/// is noticed by then at the latest.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The computer's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the room that reads the wall clock"
    )]
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let millis = since_epoch.map_or(0, |elapsed| {
            i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
        });
        Timestamp::from_millis(millis)
    }

    fn moment(&self) -> Moment {
        Moment::from_start(since_boot())
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        let wait = at.since(self.now()).min(LONGEST_WAIT);
        Box::pin(async move {
            #[cfg(target_os = "linux")]
            match alarm::wait_until(at).await {
                Ok(_) => return,
                Err(error) => {
                    tracing::warn!(%error, "no alarm from the system; a minute's sleep instead")
                }
            }
            tokio::time::sleep(wait).await;
        })
    }
}

/// CLOCK_BOOTTIME counts the time in suspend, which `Instant` doesn't (SECURITY 22, 63).
#[cfg(target_os = "linux")]
fn since_boot() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

#[cfg(not(target_os = "linux"))]
#[expect(
    clippy::disallowed_methods,
    reason = "this is the room that reads the clocks"
)]
fn since_boot() -> Duration {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

#[cfg(test)]
mod tests;
