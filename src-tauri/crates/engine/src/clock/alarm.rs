//! One wait on a timerfd: absolute, on the wall clock, and cancelled when that clock is set.
//!
//! The kernel counts a resume from suspend as a setting of the clock, so a wait ends then too
//! (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET). Hazard: a wait that ended says only "look
//! again"; what time it is has to be read anew.

use keyfob_domain::time::Timestamp;
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use std::io;
use tokio::io::unix::AsyncFd;
use tokio::io::{Interest, Ready};

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Woken {
    /// The time has come.
    OnTime,
    /// The clock was set, or the computer woke.
    ClockSet,
}

/// Waits until the wall clock shows this time, or is set. One that has passed ends at once.
///
/// # Errors
/// The system's, when it gives no timer.
pub(super) async fn wait_until(at: Timestamp) -> io::Result<Woken> {
    let timer = timerfd_create(
        TimerfdClockId::Realtime,
        TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC,
    )?;
    let never_again = Timespec::default();
    let setting = Itimerspec {
        it_interval: never_again,
        it_value: timespec(at),
    };
    let how = TimerfdTimerFlags::ABSTIME | TimerfdTimerFlags::CANCEL_ON_SET;
    timerfd_settime(&timer, how, &setting)?;
    let timer = watched(timer)?;
    loop {
        let mut ready = timer.readable().await?;
        if let Some(woken) = outcome(read(timer.get_ref()))? {
            return Ok(woken);
        }
        ready.clear_ready_matching(Ready::READABLE);
    }
}

/// Has the reactor watch a timer.
fn watched(timer: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    #[expect(
        unsafe_code,
        reason = "the descriptor has to stay the same and open as long as it is watched"
    )]
    // SAFETY: an `OwnedFd` is one descriptor for ever and closes it when it is dropped, and the
    // `AsyncFd` owns it until then.
    let watched = unsafe { AsyncFd::register_with_interest(timer, Interest::READABLE) };
    Ok(watched?)
}

fn read(timer: &OwnedFd) -> Result<usize, Errno> {
    // How often it expired; once is enough.
    rustix::io::read(timer, &mut [0; 8])
}

/// Says what reading a timer means; `None` is to wait on.
fn outcome(read: Result<usize, Errno>) -> io::Result<Option<Woken>> {
    match read {
        Ok(_) => Ok(Some(Woken::OnTime)),
        Err(Errno::CANCELED) => Ok(Some(Woken::ClockSet)),
        Err(Errno::AGAIN | Errno::INTR) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn timespec(at: Timestamp) -> Timespec {
    let millis = at.millis();
    Timespec {
        tv_sec: millis / 1_000,
        // Zero in both would mean no alarm at all.
        tv_nsec: (millis % 1_000 * 1_000_000).max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_63_a_cancelled_wait_means_to_look_again() {
        let rows = [
            ("expired", Ok(8), Some(Woken::OnTime)),
            (
                "the clock was set",
                Err(Errno::CANCELED),
                Some(Woken::ClockSet),
            ),
            ("not yet", Err(Errno::AGAIN), None),
            ("a signal", Err(Errno::INTR), None),
        ];
        for (row, read, expected) in rows {
            assert_eq!(outcome(read).unwrap(), expected, "{row}");
        }
        assert!(outcome(Err(Errno::BADF)).is_err());
    }

    #[test]
    fn no_time_is_written_as_no_alarm() {
        for (row, millis, seconds, nanos) in [
            ("1970", 0, 0, 1),
            ("a whole second", 5_000, 5, 1),
            ("a millisecond", 5_001, 5, 1_000_000),
            ("the year 9999", i64::MAX, 253_402_300_799, 999_000_000),
        ] {
            let written = timespec(Timestamp::from_millis(millis));
            assert_eq!((written.tv_sec, written.tv_nsec), (seconds, nanos), "{row}");
        }
    }
}
