//! Waiting for a condition, the one room of the harness where time is read and a thread pauses.
//!
//! Nothing here may wait without a limit or without saying what it waited for: a test that hangs
//! tells nobody why.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

const PAUSE: Duration = Duration::from_millis(5);

/// Waits until `condition` holds, looking every few milliseconds.
///
/// Blocks the thread; inside of async code that has other tasks on the same thread use
/// [`until_async`].
///
/// # Errors
/// `limit` passed; the error names `what`.
pub fn until(limit: Duration, what: &str, mut condition: impl FnMut() -> bool) -> Result<()> {
    until_some(limit, what, || condition().then_some(()))
}

/// Waits until `probe` gives a value and returns it.
///
/// # Errors
/// `limit` passed; the error names `what`.
pub fn until_some<T>(
    limit: Duration,
    what: &str,
    mut probe: impl FnMut() -> Option<T>,
) -> Result<T> {
    let end = Limit::after(limit);
    loop {
        // The order matters: a probe that is slow still gets its last look after the limit.
        let over = end.is_over();
        if let Some(value) = probe() {
            return Ok(value);
        }
        if over {
            bail!("waited {limit:?} in vain for {what}");
        }
        pause();
    }
}

/// Waits until `probe` gives a value, without blocking the thread between two looks.
///
/// # Errors
/// `limit` passed; the error names `what`.
pub async fn until_async<T>(
    limit: Duration,
    what: &str,
    mut probe: impl AsyncFnMut() -> Option<T>,
) -> Result<T> {
    let end = Limit::after(limit);
    loop {
        let over = end.is_over();
        if let Some(value) = probe().await {
            return Ok(value);
        }
        if over {
            bail!("waited {limit:?} in vain for {what}");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// A point in time after which nobody waits any longer.
#[derive(Clone, Copy)]
struct Limit(Instant);

impl Limit {
    #[expect(
        clippy::disallowed_methods,
        reason = "the harness waits in real time; nothing decides by it"
    )]
    fn after(limit: Duration) -> Self {
        Self(Instant::now() + limit)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the harness waits in real time; nothing decides by it"
    )]
    fn is_over(self) -> bool {
        Instant::now() >= self.0
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the pause between two looks at a condition, which always has a limit"
)]
fn pause() {
    thread::sleep(PAUSE);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_that_comes_true_ends_the_wait() {
        let mut looks = 0;
        until(Duration::from_secs(5), "the third look", || {
            looks += 1;
            looks == 3
        })
        .unwrap();
        assert_eq!(looks, 3);
    }

    #[test]
    fn a_wait_in_vain_says_what_it_waited_for() {
        let error = until(Duration::from_millis(1), "a blue moon", || false).unwrap_err();
        assert!(error.to_string().contains("a blue moon"), "{error}");
    }

    #[test]
    fn a_limit_of_nothing_still_looks_once() {
        assert_eq!(
            until_some(Duration::ZERO, "a value", || Some(7)).unwrap(),
            7
        );
    }

    #[tokio::test]
    async fn an_asynchronous_wait_keeps_to_its_limit() {
        let error = until_async(Duration::from_millis(1), "a blue moon", async || None::<()>)
            .await
            .unwrap_err();
        assert!(error.to_string().contains("a blue moon"), "{error}");
    }
}
