//! A thread that owns one thing and does one job after the other on it: SQLite and the keychain
//! both want to be called from one place, and both block.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;
use tokio::sync::oneshot;

type Job<T> = Box<dyn FnOnce(&mut T) + Send>;

/// The far end of such a thread. The thread ends when the last clone is dropped.
pub(crate) struct Worker<T> {
    jobs: mpsc::Sender<Job<T>>,
}

impl<T> Clone for Worker<T> {
    fn clone(&self) -> Self {
        Self {
            jobs: self.jobs.clone(),
        }
    }
}

/// The thread is gone: it panicked, or could not be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WorkerGone;

/// Why a job gave no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// The thread is gone; what became of the job is unknown.
    Gone,
    /// Its time was over before its turn came. It will never be done.
    NotBegun,
    /// Its time was over while it was being done. It may yet come to its end, before any later job.
    Begun,
}

impl<T: Send + 'static> Worker<T> {
    /// Starts the thread around what it owns.
    ///
    /// # Errors
    /// [`WorkerGone`] when the system gives no thread.
    pub(crate) fn start(name: &str, mut owned: T) -> Result<Self, WorkerGone> {
        let (jobs, queue) = mpsc::channel::<Job<T>>();
        let run = move || {
            for job in queue {
                job(&mut owned);
            }
        };
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(run)
            .map_err(|_| WorkerGone)?;
        Ok(Self { jobs })
    }

    /// Does one job and gives its result. A caller that stops waiting doesn't stop the job.
    ///
    /// # Errors
    /// [`WorkerGone`].
    pub(crate) async fn call<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut T) -> R + Send + 'static,
    ) -> Result<R, WorkerGone> {
        let (reply, answer) = oneshot::channel();
        let job: Job<T> = Box::new(move |owned| {
            // The caller may have gone away; the job is done all the same.
            let _ = reply.send(job(owned));
        });
        self.jobs.send(job).map_err(|_| WorkerGone)?;
        answer.await.map_err(|_| WorkerGone)
    }

    /// Does one job and gives its result, or gives it up after `limit`. A caller that goes away
    /// before then doesn't stop the job.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub(crate) async fn call_within<R: Send + 'static>(
        &self,
        limit: Duration,
        job: impl FnOnce(&mut T) -> R + Send + 'static,
    ) -> Result<R, Unanswered> {
        // Thread and caller both set it; whoever comes first decides.
        let decided = Arc::new(AtomicBool::new(false));
        let at_the_thread = decided.clone();
        let call = self
            .call(move |owned| (!at_the_thread.swap(true, Ordering::AcqRel)).then(|| job(owned)));
        match tokio::time::timeout(limit, call).await {
            Ok(Ok(Some(result))) => Ok(result),
            Ok(Err(WorkerGone)) => Err(Unanswered::Gone),
            // Only a caller that gave up makes the thread skip a job.
            Ok(Ok(None)) => Err(Unanswered::NotBegun),
            Err(_) if decided.swap(true, Ordering::AcqRel) => Err(Unanswered::Begun),
            Err(_) => Err(Unanswered::NotBegun),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn jobs_are_done_in_order_on_what_the_thread_owns() {
        let worker = Worker::start("numbers", Vec::new()).unwrap();
        for number in 0..10 {
            worker
                .call(move |owned: &mut Vec<i32>| owned.push(number))
                .await
                .unwrap();
        }
        assert_eq!(
            worker.call(|owned| owned.clone()).await.unwrap(),
            (0..10).collect::<Vec<_>>()
        );
    }

    #[tokio::test]
    async fn a_thread_that_died_is_told_apart_from_an_answer() {
        let worker = Worker::start("short-lived", ()).unwrap();
        assert_eq!(
            worker.call(|()| std::panic::panic_any(())).await,
            Err::<(), _>(WorkerGone)
        );
        assert_eq!(worker.call(|()| 1).await, Err(WorkerGone));
    }

    #[tokio::test]
    async fn a_job_that_was_given_up_before_its_turn_is_never_done() {
        const LIMIT: Duration = Duration::from_secs(10);
        let worker = Worker::start("held-up", Vec::new()).unwrap();
        let (begun, has_begun) = oneshot::channel();
        let (go_on, held) = mpsc::channel::<()>();
        let at_work = worker.clone();
        let first = tokio::spawn(async move {
            let job = move |done: &mut Vec<&str>| {
                begun.send(()).unwrap();
                held.recv().unwrap();
                done.push("first");
            };
            at_work.call_within(LIMIT, job).await
        });
        has_begun.await.unwrap();
        // From here on time passes as soon as nothing else can happen.
        tokio::time::pause();
        let second = worker.call_within(LIMIT, |done| done.push("second"));
        assert_eq!(second.await, Err(Unanswered::NotBegun));
        assert_eq!(first.await.unwrap(), Err(Unanswered::Begun));
        go_on.send(()).unwrap();
        let third = worker.call(|done| {
            done.push("third");
            done.clone()
        });
        assert_eq!(third.await, Ok(vec!["first", "third"]));
    }
}
