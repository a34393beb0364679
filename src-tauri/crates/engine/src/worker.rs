//! A thread that owns one thing and does one job after the other on it: SQLite and the keychain
//! both want to be called from one place, and both block.

use std::sync::mpsc;
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
}
