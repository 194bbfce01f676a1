//! Threads that sleep until a callback or a command has work for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, Thread};
use std::time::Duration;

use crate::error::AudioError;

/// How long the end of a worker is waited for.
const END_TIMEOUT: Duration = Duration::from_secs(5);

/// Wakes a worker. Safe in a callback: a counter and a futex, no lock.
#[derive(Debug, Clone)]
pub(crate) struct Waker {
    thread: Thread,
    turns: Arc<Turns>,
}

/// Work asked for and done: how a test in virtual time knows that everything delivered has been worked on.
#[derive(Debug, Default)]
struct Turns {
    asked: AtomicU64,
    done: AtomicU64,
    stop: AtomicBool,
}

impl Waker {
    pub(crate) fn wake(&self) {
        self.turns.asked.fetch_add(1, Ordering::Release);
        self.thread.unpark();
    }
}

/// A thread that runs a piece of work again and again: when woken, and at the latest after `idle`.
#[derive(Debug)]
pub(crate) struct Worker {
    waker: Waker,
    ended: Receiver<()>,
}

impl Worker {
    /// Starts the thread `name`.
    ///
    /// # Errors
    /// [`AudioError::Backend`] when the system gives no thread.
    pub(crate) fn spawn(
        name: &str,
        idle: Duration,
        mut work: impl FnMut() + Send + 'static,
    ) -> Result<Self, AudioError> {
        let turns = Arc::new(Turns::default());
        let seen = Arc::clone(&turns);
        let (ending, ended) = mpsc::sync_channel(1);
        let join = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                while !seen.stop.load(Ordering::Acquire) {
                    let asked = seen.asked.load(Ordering::Acquire);
                    work();
                    seen.done.store(asked, Ordering::Release);
                    if seen.asked.load(Ordering::Acquire) == asked {
                        thread::park_timeout(idle);
                    }
                }
                // What it worked with is gone before anybody hears of the end.
                drop(work);
                let _ = ending.send(());
            })
            .map_err(|error| AudioError::Backend {
                detail: error.to_string(),
            })?;
        Ok(Self {
            waker: Waker {
                thread: join.thread().clone(),
                turns,
            },
            ended,
        })
    }

    pub(crate) fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// How often it was woken.
    pub(crate) fn asked(&self) -> u64 {
        self.waker.turns.asked.load(Ordering::Acquire)
    }

    /// Whether everything asked for so far is done.
    pub(crate) fn is_settled(&self) -> bool {
        let turns = &self.waker.turns;
        turns.done.load(Ordering::Acquire) == turns.asked.load(Ordering::Acquire)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.waker.turns.stop.store(true, Ordering::Release);
        self.waker.thread.unpark();
        // A thread that panicked has hung up; one that is stuck in a sound server that hangs is left to it.
        let _ = self.ended.recv_timeout(END_TIMEOUT);
    }
}
