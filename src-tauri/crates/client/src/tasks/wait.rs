//! Waiting for a task by asking again and again, as the official client does (`PROTOCOL.md` section 7.7).
//!
//! Whoever has a socket need not wait like this; a script may. Waiting neither starts nor stops anything: after an error
//! the task goes on, and the same wait may be begun again.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use super::{Task, TaskRef};
use crate::client::Client;
use crate::error::{Error, ErrorKind};

/// Told of every answer about the task.
type OnPoll = Arc<dyn Fn(&Task) + Send + Sync>;

/// How to wait; the defaults are the official client's.
#[derive(Clone)]
pub struct Wait {
    /// How long at most; 120 s.
    pub timeout: Duration,
    /// A fixed pause between two questions. Otherwise 2 s within the first 15 s, 5 s within the first minute, then 10 s.
    pub interval: Option<Duration>,
    /// After so many failures in a row it gives up; 5. Any answer about the task sets the count back.
    pub most_failures: u32,
    /// Told of every answer about the task, the last one included.
    pub on_poll: Option<OnPoll>,
    /// Ends the wait at once.
    pub cancel: CancellationToken,
}

impl Default for Wait {
    fn default() -> Self {
        Self {
            timeout: Duration::from_mins(2),
            interval: None,
            most_failures: 5,
            on_poll: None,
            cancel: CancellationToken::new(),
        }
    }
}

impl fmt::Debug for Wait {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Wait")
            .field("timeout", &self.timeout)
            .field("interval", &self.interval)
            .field("most_failures", &self.most_failures)
            .finish_non_exhaustive()
    }
}

/// Why there is no final state. None of these says that the task ended.
#[derive(Debug, thiserror::Error)]
pub enum WaitError {
    /// Asking again would not help: HTTP 4xx other than 408 and 429, nothing to ask with, or stopped by the caller
    /// ([`ErrorKind::Cancelled`]).
    #[error("stopped waiting: {0}")]
    Stopped(#[source] Error),
    /// The time was up.
    #[error("the task did not end within {} s", .timeout.as_secs_f64())]
    TimedOut {
        /// How long it was waited.
        timeout: Duration,
        /// The task as it was last seen.
        last: Option<Box<Task>>,
        /// What last went wrong.
        #[source]
        error: Option<Error>,
    },
    /// Too many failures in a row: no connection, HTTP 408, 429 or 5xx, a refusal, or no such task.
    #[error("asking about the task failed again and again: {error}")]
    Polling {
        /// The task as it was last seen.
        last: Option<Box<Task>>,
        /// The last failure.
        #[source]
        error: Error,
    },
}

/// What is known so far.
#[derive(Default)]
struct Seen {
    last: Option<Box<Task>>,
    error: Option<Error>,
    failures: u32,
}

impl Client {
    /// Asks until the task is over: `task_postprocess_end`, `task_cancel` or a polled `task_error` (section 7.1).
    /// Whether it succeeded is said by [`Task::outcome`].
    pub async fn wait(&self, task: &TaskRef, how: &Wait) -> Result<Task, WaitError> {
        if how.timeout.is_zero() {
            let error = Error::new(ErrorKind::Local, "there is no time to wait in");
            return Err(WaitError::Stopped(error));
        }
        tokio::select! {
            biased;
            () = how.cancel.cancelled() => {
                Err(WaitError::Stopped(Error::new(ErrorKind::Cancelled, "the wait was stopped")))
            }
            // On the heap: it would make every future that awaits this one large.
            ended = Box::pin(self.poll(task, how)) => ended,
        }
    }

    async fn poll(&self, task: &TaskRef, how: &Wait) -> Result<Task, WaitError> {
        let begun = Instant::now();
        let deadline = begun + how.timeout;
        let mut seen = Seen::default();
        while Instant::now() < deadline {
            let Ok(answer) = timeout_at(deadline, self.task_once(task)).await else {
                break;
            };
            match answer {
                Ok(Some(answer)) => {
                    if let Some(on_poll) = &how.on_poll {
                        on_poll(&answer);
                    }
                    if answer.status.is_terminal_polled() {
                        return Ok(answer);
                    }
                    seen.last = Some(Box::new(answer));
                    seen.failures = 0;
                }
                Ok(None) => {
                    let missing = Error::new(ErrorKind::NotFound, "the service knows no such task");
                    seen.note(missing.with_status(200), how)?;
                }
                Err(error) => seen.note(error, how)?,
            }
            let pause = how.interval.unwrap_or_else(|| pause_after(begun.elapsed()));
            sleep(pause.min(deadline.saturating_duration_since(Instant::now()))).await;
        }
        Err(WaitError::TimedOut {
            timeout: how.timeout,
            last: seen.last,
            error: seen.error,
        })
    }
}

impl Seen {
    /// Counts a failure, or ends the wait for it.
    fn note(&mut self, error: Error, how: &Wait) -> Result<(), WaitError> {
        if is_final(&error) {
            return Err(WaitError::Stopped(error));
        }
        self.failures += 1;
        if self.failures >= how.most_failures {
            let last = self.last.take();
            return Err(WaitError::Polling { last, error });
        }
        self.error = Some(error);
        Ok(())
    }
}

/// Whether another question would be answered alike.
fn is_final(error: &Error) -> bool {
    match error.http_status() {
        Some(408 | 429) => false,
        Some(status) => matches!(status, 400..=499),
        None => matches!(error.kind(), ErrorKind::Local | ErrorKind::Auth),
    }
}

fn pause_after(elapsed: Duration) -> Duration {
    let seconds = match elapsed.as_secs() {
        0..15 => 2,
        15..60 => 5,
        _ => 10,
    };
    Duration::from_secs(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_as_the_official_clients_do() {
        for (elapsed_ms, pause) in [
            (0, 2),
            (14_999, 2),
            (15_000, 5),
            (59_999, 5),
            (60_000, 10),
            (600_000, 10),
        ] {
            let elapsed = Duration::from_millis(elapsed_ms);
            assert_eq!(
                pause_after(elapsed),
                Duration::from_secs(pause),
                "{elapsed_ms}"
            );
        }
    }
}
