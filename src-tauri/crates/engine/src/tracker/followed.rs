//! What the tracker remembers of one run.

use std::time::Duration;

use rand::Rng;
use tokio::time::Instant;
use wiro_client::secret::Secret;
use wiro_client::socket::{LogStream as SocketStream, TaskEvent};
use wiro_client::tasks::{Task, TaskRef};

use crate::dto::{LogStream, Progress, RunState};
use crate::engine::Engine;
use crate::error::Error;
use crate::events::{RunEvent, log_lines};
use crate::view::now_ms;

/// While the socket is silent about a task it is asked for after 2 s, 4 s, 8 s, then every 10 s.
const FIRST_QUIET_CHECK: Duration = Duration::from_secs(2);
const LONGEST_QUIET_CHECK: Duration = Duration::from_secs(10);
/// Beside a socket that speaks, as a safety net.
const SAFETY_CHECK: Duration = Duration::from_mins(1);

/// One followed run.
#[derive(Debug)]
pub(crate) struct Followed {
    task: TaskRef,
    last_status: Option<String>,
    answer: String,
    heard: bool,
    check_at: Option<Instant>,
    check_again: bool,
    checking: bool,
    quiet_pause: Duration,
    exit_code_looks: u32,
}

impl Followed {
    pub(crate) fn new(task: TaskRef) -> Self {
        Self {
            task,
            last_status: None,
            answer: String::new(),
            heard: false,
            check_at: Some(Instant::now()),
            check_again: false,
            checking: false,
            quiet_pause: FIRST_QUIET_CHECK,
            exit_code_looks: 0,
        }
    }

    pub(crate) fn token(&self) -> Option<&Secret<String>> {
        self.task.token.as_ref()
    }

    pub(crate) fn next_check(&self) -> Option<Instant> {
        self.check_at.filter(|_| !self.checking)
    }

    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.next_check().is_some_and(|at| at <= now)
    }

    /// Asks as soon as possible; a check under way may have been answered before what happened since.
    pub(crate) fn check_now(&mut self) {
        self.check_again = self.checking;
        self.check_at = Some(Instant::now());
    }

    pub(crate) fn begin_check(&mut self) -> TaskRef {
        self.checking = true;
        self.check_again = false;
        self.task.clone()
    }

    pub(crate) fn end_check(&mut self, connected: bool) {
        self.checking = false;
        if self.check_again {
            self.check_at = Some(Instant::now());
            return;
        }
        let pause = if connected && self.heard {
            SAFETY_CHECK.mul_f64(rand::rng().random_range(0.8..1.2))
        } else {
            let pause = self.quiet_pause;
            self.quiet_pause = (self.quiet_pause * 2).min(LONGEST_QUIET_CHECK);
            pause
        };
        self.check_at = Some(Instant::now() + pause);
    }

    pub(crate) fn heard(&mut self, connected: bool) {
        if !self.heard && connected && !self.checking {
            self.check_at =
                Some(Instant::now() + SAFETY_CHECK.mul_f64(rand::rng().random_range(0.8..1.2)));
        }
        self.heard = true;
        self.quiet_pause = FIRST_QUIET_CHECK;
    }

    pub(crate) fn unheard(&mut self) {
        self.heard = false;
        self.check_now();
    }

    /// Keeps ids the answer told; true when the token is new.
    pub(crate) fn learn(&mut self, task: &Task) -> bool {
        if self.task.id.is_none() {
            self.task.id.clone_from(&task.id);
        }
        if self.task.token.is_some() {
            return false;
        }
        self.task.token.clone_from(&task.token);
        self.task.token.is_some()
    }

    /// A finished task may tell its exit code a moment later: asks again a few times before believing there is none.
    pub(crate) fn wait_for_exit_code(&mut self, task: &Task, looks: u32, pause: Duration) -> bool {
        if task.status.as_str() != "task_postprocess_end" || self.exit_code_looks >= looks {
            return false;
        }
        self.exit_code_looks += 1;
        self.check_at = Some(Instant::now() + pause);
        true
    }
}

impl Engine {
    /// Writes down and tells what a frame says, unless it ends the run.
    pub(crate) async fn take_hint(
        &self,
        run_id: &str,
        followed: &mut Followed,
        event: TaskEvent,
    ) -> Result<(), Error> {
        match event {
            TaskEvent::Status(status) => self.note_status(run_id, followed, status.as_str()).await,
            TaskEvent::Progress(steps) => {
                let progress = Progress {
                    task: steps.task,
                    percentage: steps.percentage,
                    step: steps.step,
                    steps: steps.steps,
                    remaining: steps.remaining,
                };
                let json = serde_json::to_string(&progress).map_err(std::io::Error::other)?;
                self.inner.library.note_progress(run_id, &json).await?;
                self.inner
                    .events
                    .publish(run_id, RunEvent::Progress(progress));
                Ok(())
            }
            TaskEvent::Log { stream, text } => {
                let stream = match stream {
                    SocketStream::Stdout => LogStream::Stdout,
                    SocketStream::Stderr => LogStream::Stderr,
                };
                self.note_log(run_id, stream, &text).await
            }
            TaskEvent::Text { answer, .. } => {
                if let Some(delta) = answer.strip_prefix(followed.answer.as_str())
                    && !delta.is_empty()
                {
                    self.inner.events.publish(
                        run_id,
                        RunEvent::Text {
                            delta: delta.to_owned(),
                        },
                    );
                }
                followed.answer = answer;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    pub(crate) async fn note_status(
        &self,
        run_id: &str,
        followed: &mut Followed,
        status: &str,
    ) -> Result<(), Error> {
        if followed.last_status.as_deref() == Some(status) {
            return Ok(());
        }
        followed.last_status = Some(status.to_owned());
        self.inner
            .library
            .note_status(run_id, status, now_ms())
            .await?;
        self.inner
            .events
            .publish(run_id, RunEvent::Status(status.to_owned()));
        Ok(())
    }

    pub(crate) async fn note_log(
        &self,
        run_id: &str,
        stream: LogStream,
        text: &str,
    ) -> Result<(), Error> {
        let lines: Vec<_> = log_lines(stream, text).collect();
        self.inner
            .library
            .append_log(run_id, lines.iter().map(crate::view::log_row).collect())
            .await?;
        for line in lines {
            self.inner.events.publish(run_id, RunEvent::Log(line));
        }
        Ok(())
    }

    pub(crate) fn tell_settled(&self, run_id: &str, state: RunState) {
        self.inner.events.publish(run_id, RunEvent::Settled(state));
    }
}
