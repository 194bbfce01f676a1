//! Tasks as `Task/Detail` and `Task/List` tell them (`PROTOCOL.md` section 7), and the outputs they made.
//!
//! Decoding never fails for a JSON object: fields are lenient, what is not known is kept in [`Task::extra`].

mod control;
mod output;

use std::fmt;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use crate::lenient;
use crate::secret::Secret;

pub use control::StopOutcome;
pub use output::{Output, OutputText};

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
        let mut body = Map::new();
        if let Some(id) = self.id.as_deref().filter(|id| !id.is_empty()) {
            body.insert("taskid".to_owned(), id.into());
        }
        if let Some(token) = self
            .token
            .as_ref()
            .filter(|token| !token.expose().is_empty())
        {
            body.insert("tasktoken".to_owned(), token.expose().as_str().into());
        }
        (!body.is_empty()).then_some(Value::Object(body))
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
    /// The body to post, newest first. Offsets are strings.
    pub fn body(&self) -> Value {
        let mut body = json!({
            "type": "model",
            "sort": "id",
            "order": "DESC",
            "start": self.start.to_string(),
            "limit": self.limit.clamp(1, 100).to_string(),
        });
        if let Some(model) = &self.model {
            body["modelName"] = model.as_str().into();
        }
        body
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

/// A task (`PROTOCOL.md` section 7.2).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Task {
    /// The service's id.
    pub id: Option<String>,
    /// Opens its events; a secret.
    pub token: Option<Secret<String>>,
    /// Where it stands.
    pub status: TaskStatus,
    /// Exit code as text; `"0"` is success, absent while unfinished.
    pub pexit: Option<String>,
    /// What was submitted.
    pub parameters: Value,
    /// Standard output; for LLMs the merged answer.
    pub debug_output: Option<String>,
    /// Standard error, or why it failed.
    pub debug_error: Option<String>,
    /// Unix milliseconds.
    pub start_time_ms: Option<i64>,
    /// Unix milliseconds.
    pub end_time_ms: Option<i64>,
    /// Seconds the service counted; not the difference of the two times.
    pub elapsed_seconds: Option<Decimal>,
    /// Charged, in USD; `0` when it failed.
    pub total_cost: Option<Decimal>,
    /// Owner and project, when told.
    pub model: Option<(String, String)>,
    /// What it made.
    pub outputs: Vec<Output>,
    /// Every field that has no place above, as it came.
    pub extra: Map<String, Value>,
}

impl Task {
    /// Reads a task. Anything but an object is `None`.
    pub fn from_value(value: &Value) -> Option<Self> {
        let mut fields = value.as_object()?.clone();
        let mut take = |names: &[&str]| take_first(&mut fields, names);
        let id = lenient::text(take(&["id", "taskid"]).as_ref());
        let token =
            lenient::text(take(&["socketaccesstoken", "tasktoken"]).as_ref()).map(Secret::new);
        let status = TaskStatus(lenient::text(take(&["status"]).as_ref()).unwrap_or_default());
        let pexit = lenient::text(take(&["pexit"]).as_ref());
        let parameters = lenient::json(take(&["parameters"]).as_ref()).unwrap_or_default();
        let debug_output = lenient::text(take(&["debugoutput"]).as_ref());
        let debug_error = lenient::text(take(&["debugerror"]).as_ref());
        let start_time_ms = lenient::time_ms(take(&["starttime"]).as_ref());
        let end_time_ms = lenient::time_ms(take(&["endtime"]).as_ref());
        let elapsed_seconds = lenient::decimal(take(&["elapsedseconds"]).as_ref());
        let total_cost = lenient::decimal(take(&["totalcost"]).as_ref());
        let owner = lenient::text(take(&["modelslugowner"]).as_ref());
        let project = lenient::text(take(&["modelslugproject"]).as_ref());
        let outputs = Output::list(take(&["outputs", "output"]).as_ref());
        Some(Self {
            id,
            token,
            status,
            pexit,
            parameters,
            debug_output,
            debug_error,
            start_time_ms,
            end_time_ms,
            elapsed_seconds,
            total_cost,
            model: owner.zip(project),
            outputs,
            extra: fields,
        })
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

/// Takes all spellings of a field out; the first that holds something counts.
fn take_first(fields: &mut Map<String, Value>, names: &[&str]) -> Option<Value> {
    let mut found = None;
    for name in names {
        let value = fields.shift_remove(*name);
        if found.is_none() {
            found = value.filter(|value| !value.is_null() && value.as_str() != Some(""));
        }
    }
    found
}

#[cfg(test)]
mod tests;
