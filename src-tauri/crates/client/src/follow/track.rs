//! One followed task: what was heard and answered becomes what is known and when to ask next. Pure: frames, answers and
//! the time come from outside.

use std::sync::Arc;

use tokio::time::Instant;

use super::board::{Board, Cursor};
use super::schedule::{Care, Schedule};
use super::{Ending, Pace, TaskUpdate};
use crate::llm::LlmText;
use crate::socket::{TaskEvent, TaskFrame};
use crate::tasks::{Output, Task, TaskOutcome};

/// After so many answers in a row that told nothing the reader is told.
const SILENT_ANSWERS: u32 = 3;

/// What asking brought.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// How the task stands.
    Task(Box<Task>),
    /// The service knows no such task.
    NotFound,
    /// There is no answer.
    Failed {
        /// In plain words.
        reason: String,
        /// Whether asking again will not help.
        refused: bool,
    },
}

/// What the socket told of the end.
#[derive(Debug)]
struct Told {
    /// `None` when it did not say how.
    outcome: Option<TaskOutcome>,
    outputs: Vec<Output>,
    /// Believed from then on.
    believed_at: Instant,
}

/// Everything about one followed task.
#[derive(Debug)]
pub(crate) struct Track {
    board: Board,
    schedule: Schedule,
    pace: Pace,
    connected: bool,
    /// Whether the socket has spoken of it since it is connected.
    heard: bool,
    ever_heard: bool,
    told: Option<Told>,
    silent_answers: u32,
    not_found: u32,
    exit_code_looks: u32,
    trouble_told: bool,
}

impl Track {
    pub(crate) fn new(pace: Pace, now: Instant, spread: f64) -> Self {
        Self {
            board: Board::default(),
            schedule: Schedule::new(&pace, now, spread),
            pace,
            connected: false,
            heard: false,
            ever_heard: false,
            told: None,
            silent_answers: 0,
            not_found: 0,
            exit_code_looks: 0,
            trouble_told: false,
        }
    }

    pub(crate) const fn ending(&self) -> Option<&Arc<Ending>> {
        self.board.ending()
    }

    pub(crate) const fn text(&self) -> &LlmText {
        self.board.text()
    }

    pub(super) fn read(&self, cursor: &mut Cursor) -> Option<TaskUpdate> {
        self.board.read(cursor)
    }

    /// When to ask; `None` while an answer is awaited or when it is over.
    pub(crate) fn next_check(&self) -> Option<Instant> {
        self.schedule.next().filter(|_| self.ending().is_none())
    }

    /// It is being asked for.
    pub(crate) const fn begin_check(&mut self) {
        self.schedule.begin();
    }

    pub(crate) const fn check_now(&mut self, now: Instant) {
        self.schedule.ask_now(now);
    }

    /// What happened while there was no connection is not told again.
    pub(crate) fn connected(&mut self, now: Instant) {
        self.connected = true;
        self.heard = false;
        self.check_now(now);
    }

    /// A task that is followed while there is a connection has not been told of it.
    pub(crate) const fn note_connection(&mut self, connected: bool) {
        self.connected = connected;
    }

    pub(crate) fn disconnected(&mut self, now: Instant) {
        self.connected = false;
        self.heard = false;
        self.check_now(now);
    }

    /// Takes what the socket says; whether a reader has something new.
    pub(crate) fn heard(&mut self, frame: TaskFrame, now: Instant) -> bool {
        if self.ending().is_some() {
            return false;
        }
        if !self.heard && self.told.is_none() {
            self.schedule.relax(&self.pace, now);
        }
        self.heard = true;
        self.ever_heard = true;
        let news = match frame.event {
            TaskEvent::Finished { outputs, pexit } => {
                let outcome = pexit.map(|pexit| match pexit.trim() {
                    "0" => TaskOutcome::Succeeded,
                    _ => TaskOutcome::Failed,
                });
                self.told_end(outcome, outputs, now);
                false
            }
            TaskEvent::Cancelled => {
                self.told_end(Some(TaskOutcome::Cancelled), Vec::new(), now);
                false
            }
            TaskEvent::Status(status) => {
                if status.as_str() == "task_end" {
                    self.schedule.ask_by(now + self.pace.end_grace);
                }
                self.board.note_status(status)
            }
            TaskEvent::Text { message, .. } => self.board.hear_text(message.text()),
            TaskEvent::OutputFull {
                raw,
                answer,
                thinking,
            } => self.take_output(raw, answer, thinking),
            TaskEvent::Unknown { kind } => {
                let fields = frame.extra;
                self.push(TaskUpdate::Unknown { kind, fields })
            }
            event => self.push(TaskUpdate::Event(event)),
        };
        if self.told.is_none() && self.board.is_preparing() {
            self.schedule.hurry(now);
        }
        news
    }

    fn push(&mut self, update: TaskUpdate) -> bool {
        self.board.push(update);
        true
    }

    fn take_output(&mut self, raw: String, answer: Vec<String>, thinking: Vec<String>) -> bool {
        let text = LlmText {
            thinking: thinking.clone(),
            answer: answer.clone(),
        };
        if !text.is_empty() {
            self.board.settle_text(text);
        }
        self.push(TaskUpdate::Event(TaskEvent::OutputFull {
            raw,
            answer,
            thinking,
        }))
    }

    /// The first word counts, unless only a later one says how it ended.
    fn told_end(&mut self, outcome: Option<TaskOutcome>, outputs: Vec<Output>, now: Instant) {
        let knows = self
            .told
            .as_ref()
            .is_some_and(|told| told.outcome.is_some());
        if self.told.is_some() && (knows || outcome.is_none()) {
            return;
        }
        let believed_at = now + self.pace.confirm_within;
        self.told = Some(Told {
            outcome,
            outputs,
            believed_at,
        });
        self.schedule.expect_end(&self.pace, now);
    }

    /// Takes an answer; whether a reader has something new.
    pub(crate) fn answered(&mut self, answer: Answer, now: Instant, spread: f64) -> bool {
        if self.ending().is_some() {
            return false;
        }
        let news = match answer {
            Answer::Task(task) => {
                (self.silent_answers, self.not_found) = (0, 0);
                self.trouble_told = false;
                self.take_task(task)
            }
            Answer::NotFound => {
                self.not_found += 1;
                let gone = !self.ever_heard && self.not_found >= self.pace.not_found_looks;
                if gone {
                    self.board.end(Ending::NotFound);
                }
                gone || self.silent("the service does not find the task", false)
            }
            Answer::Failed { reason, refused } => self.silent(&reason, refused),
        };
        let believed = self.ending().is_none() && self.believe(now);
        let care = self.care(now);
        self.schedule.answered(&self.pace, care, now, spread);
        news || believed
    }

    fn silent(&mut self, reason: &str, refused: bool) -> bool {
        self.silent_answers += 1;
        if self.trouble_told || !(refused || self.silent_answers >= SILENT_ANSWERS) {
            return false;
        }
        self.trouble_told = true;
        self.push(TaskUpdate::Trouble {
            reason: reason.to_owned(),
        })
    }

    fn take_task(&mut self, task: Box<Task>) -> bool {
        if task.outcome() == TaskOutcome::Running {
            // While the socket speaks it tells every status in order; an answer that overtakes it would leave some out.
            return !self.heard && self.board.note_status(task.status);
        }
        // The exit code may come a moment later than the status.
        if task.status.as_str() == "task_postprocess_end"
            && task.pexit.is_none()
            && self.exit_code_looks < self.pace.exit_code_looks
        {
            if self.exit_code_looks == 0 {
                self.schedule.shorten(&self.pace);
            }
            self.exit_code_looks += 1;
            return false;
        }
        self.board.note_status(task.status.clone());
        let mut texts = task
            .outputs
            .iter()
            .filter_map(|output| output.content.as_ref());
        if let Some(text) = texts.next() {
            self.board.settle_text(LlmText::from_output(text));
        }
        self.board.end(Ending::Confirmed(task));
        true
    }

    /// Believes what the socket told when nothing else was learnt in time.
    fn believe(&mut self, now: Instant) -> bool {
        let Some(told) = self
            .told
            .take_if(|told| told.outcome.is_some() && told.believed_at <= now)
        else {
            return false;
        };
        let outcome = told.outcome.unwrap_or(TaskOutcome::Failed);
        self.board.end(Ending::Told {
            outcome,
            outputs: told.outputs,
        });
        true
    }

    fn care(&self, now: Instant) -> Care {
        if self.told.is_some() || self.exit_code_looks > 0 {
            Care::Ending
        } else if !self.connected
            || !self.heard
            || self.board.is_preparing()
            || self.schedule.is_overdue(now)
        {
            Care::Quiet
        } else {
            Care::Usual
        }
    }
}

#[cfg(test)]
mod tests;
