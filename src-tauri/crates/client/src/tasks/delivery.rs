//! What the service posts to a run's `callbackUrl` (`PROTOCOL.md` section 8). Its shape is not documented, so it only
//! names a task; the truth is asked for.

use serde_json::Value;

use super::{Task, TaskAnswer, TaskRef};
use crate::client::Client;
use crate::error::Error;
use crate::lenient;
use crate::wire::{Expected, Shape, Wire};

/// A delivery in one of the shapes that are accepted (D-08).
#[derive(Debug, Clone, PartialEq)]
pub enum RunDelivery {
    /// The answer of `Task/Detail`.
    Answer(TaskAnswer),
    /// A task alone, or a frame of the socket, which names a task by the same keys.
    Task(Box<Task>),
}

impl RunDelivery {
    /// Reads a posted body; `None` when it is no JSON object.
    pub fn from_slice(body: &[u8]) -> Option<Self> {
        let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
        let value = lenient::json(Some(&serde_json::from_slice(body).ok()?))?;
        Self::read(&value, &mut Shape::default())
    }

    /// The task it names. Anybody can post here: believe nothing else of it, and ignore a task you do not know.
    pub fn task(&self) -> Option<TaskRef> {
        let task = match self {
            Self::Answer(answer) => answer.tasks.first()?,
            Self::Task(task) => task,
        };
        (task.id.is_some() || task.token.is_some()).then(|| task.reference())
    }
}

impl Wire for RunDelivery {
    fn read(value: &Value, shape: &mut Shape) -> Option<Self> {
        let Value::Object(fields) = value else {
            shape.mismatch(Expected::Record("RunDelivery"), value);
            return None;
        };
        let wrapped = fields.get("data").filter(|data| data.is_object());
        let is_answer = |place: &Value| place.get("tasklist").is_some();
        if is_answer(value) || wrapped.is_some_and(is_answer) {
            return TaskAnswer::read(value, shape).map(Self::Answer);
        }
        Task::read(value, shape).map(|task| Self::Task(Box::new(task)))
    }

    fn to_value(&self) -> Value {
        match self {
            Self::Answer(answer) => answer.to_value(),
            Self::Task(task) => task.to_value(),
        }
    }
}

impl Client {
    /// What has really become of a delivered task, from `Task/Detail`; `None` when it names none, or one that the
    /// service does not know. A delivery may come twice: so may this answer.
    pub async fn delivered_task(&self, delivery: &RunDelivery) -> Result<Option<Task>, Error> {
        match delivery.task() {
            Some(named) => self.task(&named).await,
            None => Ok(None),
        }
    }
}
