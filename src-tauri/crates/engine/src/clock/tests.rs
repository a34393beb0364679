//! The real clock and the real alarm. Nothing here sleeps: what is waited for is the alarm itself.

use super::*;
use futures_util::FutureExt;

/// A test that hangs ends by this.
const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_wait_ends_when_the_wall_clock_shows_its_time_and_not_before() {
    let clock = SystemClock;
    let at = clock.now().after(Duration::from_millis(30));
    let wait = clock.sleep_until(at);
    tokio::time::timeout(LIMIT, wait).await.unwrap();
    assert!(clock.now() >= at, "it ended early");
}

#[tokio::test]
async fn a_time_that_has_passed_is_not_waited_for() {
    for (row, at) in [
        ("1970", Timestamp::from_millis(0)),
        (
            "a moment ago",
            SystemClock.now().before(Duration::from_millis(1)),
        ),
    ] {
        let wait = SystemClock.sleep_until(at);
        assert!(tokio::time::timeout(LIMIT, wait).await.is_ok(), "{row}");
    }
}

#[tokio::test]
async fn a_time_far_away_is_waited_for_without_overflow() {
    for at in [
        SystemClock.now().after(LIMIT * 180),
        Timestamp::from_millis(i64::MAX),
    ] {
        assert!(
            SystemClock.sleep_until(at).now_or_never().is_none(),
            "{at:?}"
        );
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_alarm_says_that_the_time_has_come() {
    let at = SystemClock.now().after(Duration::from_millis(5));
    let woken = tokio::time::timeout(LIMIT, alarm::wait_until(at)).await;
    assert_eq!(woken.unwrap().unwrap(), alarm::Woken::OnTime);
}

#[test]
fn the_clock_for_time_limits_does_not_go_back() {
    let first = SystemClock.moment();
    assert!(SystemClock.moment() >= first);
}
