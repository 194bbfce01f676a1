//! Tasks as `Task/Detail` and `Task/List` tell them (`PROTOCOL.md` section 7), and the outputs they made.
//!
//! Decoding never fails for a JSON object: fields are lenient, what is not known is kept in [`Task::extra`], and a task
//! is written again as it came ([`crate::wire`]).

mod control;
mod delivery;
mod output;
mod request;
mod wait;

use std::fmt;

use rust_decimal::Decimal;
use serde_json::Value;

use crate::error::ErrorItem;
use crate::lenient;
use crate::secret::Secret;
use crate::wire::codec::{
    Amount, Codec, CountText, Entries, Flag, Json, Many, Text, TimeMs, Token,
};
use crate::wire::{Found, Record, Shape, record};

pub use control::StopOutcome;
pub use delivery::RunDelivery;
pub use output::{Output, OutputText};
pub use request::{TaskListRequest, TaskRequest};
pub use wait::{Wait, WaitError};

/// A status as the service says it, known or not.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct TaskStatus(String);

impl TaskStatus {
    /// Takes the service's word.
    pub fn new(status: impl Into<String>) -> Self {
        Self(status.into())
    }

    /// The service's word.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether polling ends here (`PROTOCOL.md` section 7.1 rule 1). Unknown words never end it (D-04).
    pub fn is_terminal_polled(&self) -> bool {
        matches!(
            self.as_str(),
            "task_postprocess_end" | "task_cancel" | "task_error"
        )
    }
}

impl fmt::Display for TaskStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What became of a task, as polled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskOutcome {
    /// Not over, or not known to be.
    Running,
    /// Over with `pexit "0"`.
    Succeeded,
    /// Over in any other way.
    Failed,
    /// Cancelled in the queue or killed.
    Cancelled,
}

/// Names a task: by its id, by its token, or by both.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskRef {
    /// The service's id.
    pub id: Option<String>,
    /// The token that was given when it was started.
    pub token: Option<Secret<String>>,
}

impl TaskRef {
    /// By id.
    pub fn id(id: impl Into<String>) -> Self {
        Self {
            id: Some(id.into()),
            token: None,
        }
    }

    /// By token.
    pub const fn token(token: Secret<String>) -> Self {
        Self {
            id: None,
            token: Some(token),
        }
    }

    /// The body of `Task/Detail` (`PROTOCOL.md` section 7.2); `None` when nothing names the task.
    pub(crate) fn body(&self) -> Option<Value> {
        let id = self.id.clone().filter(|id| !id.is_empty());
        let token = self
            .token
            .clone()
            .filter(|token| !token.expose().is_empty());
        let request = TaskRequest {
            task_id: id,
            token,
            ..TaskRequest::default()
        };
        let names_it = request.task_id.is_some() || request.token.is_some();
        names_it.then(|| request.to_value())
    }
}

/// A question to `Task/List` (`PROTOCOL.md` section 7.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskQuery {
    /// Slug of a model or part of a name.
    pub model: Option<String>,
    /// Offset of the first task.
    pub start: u32,
    /// How many; the service takes at most 100.
    pub limit: u32,
}

impl Default for TaskQuery {
    fn default() -> Self {
        Self {
            model: None,
            start: 0,
            limit: 20,
        }
    }
}

impl TaskQuery {
    /// The body to post, newest first.
    pub fn body(&self) -> Value {
        TaskListRequest::from(self).to_value()
    }
}

/// A page of tasks, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TaskPage {
    /// The tasks of the page.
    pub tasks: Vec<Task>,
    /// How many there are in all.
    pub total: u64,
}

record! {
    /// A task (`PROTOCOL.md` section 7.2).
    pub struct Task {
        /// The service's id.
        pub id: Option<String> = Text["id", "taskid"],
        /// Opens its events; a secret.
        pub token: Option<Secret<String>> = Token["socketaccesstoken", "tasktoken"],
        /// Where it stands.
        pub status: TaskStatus = Status["status"],
        /// Exit code as text; `"0"` is success, absent while unfinished.
        pub pexit: Option<String> = Text["pexit"],
        /// What was submitted.
        pub parameters: Value = Json["parameters"],
        /// Standard output; for LLMs the merged answer.
        pub debug_output: Option<String> = Text["debugoutput"],
        /// Standard error, or why it failed.
        pub debug_error: Option<String> = Text["debugerror"],
        /// Unix milliseconds.
        pub start_time_ms: Option<i64> = TimeMs["starttime"],
        /// Unix milliseconds.
        pub end_time_ms: Option<i64> = TimeMs["endtime"],
        /// Seconds the service counted; not the difference of the two times.
        pub elapsed_seconds: Option<Decimal> = Amount["elapsedseconds"],
        /// Charged, in USD; `0` when it failed.
        pub total_cost: Option<Decimal> = Amount["totalcost"],
        /// Owner and project, when both are told.
        pub model: Option<(String, String)> = OwnerAndProject["modelslugowner", "modelslugproject"],
        /// The model's description.
        pub model_description: Option<String> = Text["modeldescription"],
        /// What it made; one address alone counts as one output.
        pub outputs: Vec<Output> = Many["outputs", "output"],
        /// The folder of its outputs; `0` once the files are deleted.
        pub output_folder_id: Option<String> = Text["outputfolderid"],
        /// The team it belongs to.
        pub team_guid: Option<String> = Text["teamguid"],
    }
}

record! {
    /// The answer of `Task/Detail`, `Task/List` and the calls that control tasks.
    pub struct TaskAnswer [wrapped] {
        /// Whether it succeeded.
        pub result: Option<bool> = Flag["result"],
        /// What went wrong.
        pub errors: Vec<ErrorItem> = Many["errors"],
        /// How many tasks there are in all; text on the wire.
        pub total: Option<u64> = CountText["total"],
        /// The tasks at hand.
        pub tasks: Vec<Task> = Many["tasklist"],
    }
}

impl From<TaskAnswer> for TaskPage {
    fn from(answer: TaskAnswer) -> Self {
        let at_hand = answer.tasks.len() as u64;
        Self {
            total: answer.total.unwrap_or(at_hand),
            tasks: answer.tasks,
        }
    }
}

/// A status; absent is the empty one.
struct Status;

impl Codec<TaskStatus> for Status {
    fn read(found: &Found<'_>, shape: &mut Shape) -> TaskStatus {
        TaskStatus(Text::read(found, shape).unwrap_or_default())
    }

    fn write(value: &TaskStatus, keys: &[&'static str]) -> Entries {
        let text = (!value.0.is_empty()).then(|| value.0.clone());
        Text::write(&text, keys)
    }
}

/// Both halves of a model's name, or neither.
struct OwnerAndProject;

impl Codec<Option<(String, String)>> for OwnerAndProject {
    fn read(found: &Found<'_>, _shape: &mut Shape) -> Option<(String, String)> {
        lenient::text(found.at(0)).zip(lenient::text(found.at(1)))
    }

    fn write(value: &Option<(String, String)>, keys: &[&'static str]) -> Entries {
        let halves = value.iter().flat_map(|(owner, project)| [owner, project]);
        let halves = halves.map(|half| Value::from(half.as_str()));
        keys.iter().copied().zip(halves).collect()
    }
}

impl Task {
    /// Reads a task. Anything but an object is `None`.
    pub fn from_value(value: &Value) -> Option<Self> {
        let fields = value.as_object()?;
        Some(Self::from_fields(fields, &mut Shape::default()))
    }

    /// Outcome as polled (`PROTOCOL.md` section 7.1 rule 3): success is `pexit == "0"` and nothing else.
    pub fn outcome(&self) -> TaskOutcome {
        match self.status.as_str() {
            "task_cancel" => TaskOutcome::Cancelled,
            "task_postprocess_end" if self.pexit.as_deref().map(str::trim) == Some("0") => {
                TaskOutcome::Succeeded
            }
            "task_error" | "task_postprocess_end" => TaskOutcome::Failed,
            _ => TaskOutcome::Running,
        }
    }

    /// Both names of the task.
    pub fn reference(&self) -> TaskRef {
        TaskRef {
            id: self.id.clone(),
            token: self.token.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
