//! What the tracker remembers of one run.

use std::time::Duration;

use rand::Rng;
use tokio::time::Instant;
use wiro_client::secret::Secret;
use wiro_client::socket::{LogStream as SocketStream, TaskEvent};
use wiro_client::tasks::{Task, TaskRef};
use wiro_library::Error as LibraryError;

use crate::care::Care;
use crate::dto::{AppError, LogStream, Progress, RunState};
use crate::engine::Engine;
use crate::error::Error;
use crate::events::{RunEvent, log_lines};
use crate::view::{WORD_BYTES, now_ms, shorten};

/// While the socket is silent about a task it is asked for after 2 s, 4 s, 8 s, then every 10 s.
const FIRST_QUIET_CHECK: Duration = Duration::from_secs(2);
const LONGEST_QUIET_CHECK: Duration = Duration::from_secs(10);
/// After the socket told the end.
const FIRST_END_CHECK: Duration = Duration::from_millis(150);
const LONGEST_END_CHECK: Duration = Duration::from_secs(2);
/// A finished task whose exit code is not there yet is asked for again this often, about ten seconds in all.
const EXIT_CODE_LOOKS: u32 = 6;
/// Statuses this version does not know are kept, but not without end.
const UNKNOWN_STATUSES: u32 = 100;
/// Beside a socket that speaks, as a safety net.
const SAFETY_CHECK: Duration = Duration::from_mins(1);

/// The statuses in the order a task passes them (`PROTOCOL.md` section 7.1).
const LIFECYCLE: [&str; 9] = [
    "task_queue",
    "task_accept",
    "task_preprocess_start",
    "task_preprocess_end",
    "task_assign",
    "task_start",
    "task_end",
    "task_postprocess_start",
    "task_postprocess_end",
];

/// `task_accept`, in [`LIFECYCLE`].
const FIRST_PREPARING: usize = 1;
/// `task_assign`, in [`LIFECYCLE`].
const LAST_PREPARING: usize = 4;

/// The statuses a run has been seen in.
#[derive(Debug, Default)]
struct Statuses {
    last: Option<String>,
    /// How far along [`LIFECYCLE`] the run is known to be.
    place: Option<usize>,
    unknown: u32,
}

impl Statuses {
    /// Takes a status unless the run is known to be there or further: an answer may be older than a frame that overtook
    /// it. A status that is not known is news whenever it is another than the last.
    fn is_news(&mut self, status: &str) -> bool {
        let place = LIFECYCLE.iter().position(|known| *known == status);
        if self.last.as_deref() == Some(status) || (place.is_some() && place <= self.place) {
            return false;
        }
        if place.is_none() {
            self.unknown += 1;
            if self.unknown > UNKNOWN_STATUSES {
                return false;
            }
        }
        self.place = place.max(self.place);
        self.last = Some(status.to_owned());
        true
    }
}

/// One followed run.
#[derive(Debug)]
pub(crate) struct Followed {
    care: Care,
    task: TaskRef,
    statuses: Statuses,
    answer: String,
    heard: bool,
    check_at: Option<Instant>,
    check_again: bool,
    checking: bool,
    quiet_pause: Duration,
    /// The socket told the end; the answer that says how may be a moment behind.
    has_ended: bool,
    silences: u32,
    exit_code_looks: u32,
}

impl Followed {
    pub(crate) fn new(care: Care, task: TaskRef) -> Self {
        Self {
            care,
            task,
            statuses: Statuses::default(),
            answer: String::new(),
            heard: false,
            check_at: Some(Instant::now()),
            check_again: false,
            checking: false,
            quiet_pause: FIRST_QUIET_CHECK,
            has_ended: false,
            silences: 0,
            exit_code_looks: 0,
        }
    }

    /// What this text adds to what was told of it.
    pub(crate) fn untold(&self, text: &str) -> Option<String> {
        text.strip_prefix(self.answer.as_str())
            .filter(|delta| !delta.is_empty())
            .map(str::to_owned)
    }

    pub(crate) fn token(&self) -> Option<&Secret<String>> {
        self.task.token.as_ref()
    }

    pub(crate) fn task_id(&self) -> Option<&String> {
        self.task.id.as_ref()
    }

    /// Whether an answer can be about this task: it has another id only when it is about another.
    pub(crate) fn may_be(&self, task: &Task) -> bool {
        match (&self.task.id, &task.id) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => true,
        }
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.care.is_lost()
    }

    pub(crate) fn into_care(self) -> Care {
        self.care
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

    /// Takes note of an answer and plans the next question; says how many answers in a row told nothing.
    pub(crate) fn end_check(&mut self, connected: bool, silent: bool) -> u32 {
        self.checking = false;
        self.silences = if silent { self.silences + 1 } else { 0 };
        let pause = if self.check_again {
            Duration::ZERO
        } else if self.has_ended || !connected || !self.heard || self.is_preparing() {
            let longest = if self.has_ended {
                LONGEST_END_CHECK
            } else {
                LONGEST_QUIET_CHECK
            };
            let pause = self.quiet_pause.min(longest);
            self.quiet_pause = (self.quiet_pause * 2).min(LONGEST_QUIET_CHECK);
            pause
        } else {
            SAFETY_CHECK.mul_f64(rand::rng().random_range(0.8..1.2))
        };
        self.check_at = Some(Instant::now() + pause);
        self.silences
    }

    /// The socket told the end: asks how it ended, soon again when the answer is behind.
    pub(crate) fn ended(&mut self) {
        self.has_ended = true;
        self.quiet_pause = FIRST_END_CHECK;
        self.check_now();
    }

    /// The end is near, because the person stopped the task: asks soon and often, like after the end.
    pub(crate) fn expect_end(&mut self) {
        self.ended();
    }

    pub(crate) fn heard(&mut self, connected: bool) {
        if !self.heard && connected && !self.checking {
            self.check_at =
                Some(Instant::now() + SAFETY_CHECK.mul_f64(rand::rng().random_range(0.8..1.2)));
        }
        self.heard = true;
        if !self.has_ended {
            self.quiet_pause = FIRST_QUIET_CHECK;
        }
    }

    /// Whether it is between the queue and its start: a failure there is told by `Task/Detail` alone (`PROTOCOL.md`
    /// section 10.5).
    fn is_preparing(&self) -> bool {
        self.statuses
            .place
            .is_some_and(|place| (FIRST_PREPARING..=LAST_PREPARING).contains(&place))
    }

    /// Asks soon about a task that is being prepared, whatever the socket tells.
    pub(crate) fn watch_preparation(&mut self) {
        if self.is_preparing() && !self.checking {
            let soon = Instant::now() + self.quiet_pause;
            self.check_at = Some(self.check_at.map_or(soon, |at| at.min(soon)));
        }
    }

    /// Whether the socket has told something about it since it was connected.
    pub(crate) const fn is_heard(&self) -> bool {
        self.heard
    }

    pub(crate) fn unheard(&mut self) {
        self.heard = false;
        self.check_now();
    }

    /// Whether a task tells an id or a token that was not known.
    pub(crate) fn has_news(&self, task: &Task) -> bool {
        (self.task.id.is_none() && task.id.is_some())
            || (self.task.token.is_none() && task.token.is_some())
    }

    /// Keeps the names a task told; returns a token that is new.
    pub(crate) fn learn(&mut self, task: &Task) -> Option<Secret<String>> {
        if self.task.id.is_none() {
            self.task.id.clone_from(&task.id);
        }
        if self.task.token.is_some() {
            return None;
        }
        self.task.token.clone_from(&task.token);
        self.task.token.clone()
    }

    /// A finished task may tell its exit code a moment later: asks again a few times before believing there is none.
    pub(crate) fn wait_for_exit_code(&mut self, task: &Task) -> bool {
        if task.status.as_str() != "task_postprocess_end" || self.exit_code_looks >= EXIT_CODE_LOOKS
        {
            return false;
        }
        let pause = FIRST_END_CHECK * 2_u32.pow(self.exit_code_looks);
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
                    task: steps.task.map(|task| shorten(&task, WORD_BYTES)),
                    percentage: steps.percentage,
                    step: steps.step,
                    steps: steps.steps,
                    remaining: steps.remaining.map(|text| shorten(&text, WORD_BYTES)),
                };
                let json = serde_json::to_string(&progress)?;
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
                if let Some(delta) = followed.untold(&answer) {
                    self.tell_text(run_id, delta);
                }
                // A late, shorter text says nothing new.
                if !followed.answer.starts_with(&answer) {
                    followed.answer = answer;
                }
                Ok(())
            }
            // A step of the task that this version does not know: shown as it is, and no end.
            TaskEvent::Unknown { kind } if kind.starts_with("task_") => {
                self.note_status(run_id, followed, &kind).await
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
        let status = shorten(status, WORD_BYTES);
        if !followed.statuses.is_news(&status) {
            return Ok(());
        }
        self.inner
            .library
            .note_status(run_id, &status, now_ms())
            .await?;
        self.inner.events.publish(run_id, RunEvent::Status(status));
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

    pub(crate) fn tell_text(&self, run_id: &str, delta: String) {
        self.inner.events.publish(run_id, RunEvent::Text { delta });
    }

    /// Whoever took the run over meanwhile tells the rest of its story.
    pub(crate) fn tell_paused(&self, run_id: &str, error: Error) {
        if !matches!(error, Error::Library(LibraryError::LeaseLost { .. })) {
            let error = AppError::from(error);
            self.trouble(run_id, &error);
            self.inner.events.publish(run_id, RunEvent::Paused(error));
        }
    }

    pub(crate) fn tell_settled(&self, run_id: &str, state: RunState) {
        self.trouble_over(run_id);
        self.inner.events.publish(run_id, RunEvent::Settled(state));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_only_go_forward() {
        let mut statuses = Statuses::default();
        for (status, news) in [
            ("task_queue", true),
            ("task_queue", false),
            ("task_start", true),
            ("task_accept", false),
            ("task_dreaming", true),
            ("task_dreaming", false),
            ("task_start", false),
            ("task_end", true),
            ("task_cancel", true),
        ] {
            assert_eq!(statuses.is_news(status), news, "{status}");
        }
    }
}
