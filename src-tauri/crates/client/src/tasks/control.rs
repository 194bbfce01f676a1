//! Stopping tasks and deleting their files (`PROTOCOL.md` sections 7.4, 7.5 and 7.6). None of these calls charges, and
//! none is repeated here: whoever sees a connection fail may ask again.

use serde_json::{Value, json};

use super::{Task, TaskRef, TaskStatus};
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::secret::Secret;

/// What became of a task that was to be stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopOutcome {
    /// It was taken out of the queue.
    Cancelled,
    /// It was running and was killed.
    Killed,
    /// It had ended by itself, in this status.
    AlreadyOver(TaskStatus),
}

/// The two ways to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Cancel,
    Kill,
}

impl Way {
    /// The likelier one. Between the queue and the assignment neither is defined (D-07), so Cancel goes first: it can
    /// stop nothing that already computes.
    fn first(status: Option<&TaskStatus>) -> Self {
        match status.map(TaskStatus::as_str) {
            Some(
                "task_assign"
                | "task_start"
                | "task_output"
                | "task_output_full"
                | "task_error_full"
                | "task_end"
                | "task_postprocess_start"
                | "task_stream_ready"
                | "task_stream_end"
                | "task_cost",
            ) => Self::Kill,
            _ => Self::Cancel,
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::Cancel => Self::Kill,
            Self::Kill => Self::Cancel,
        }
    }

    const fn outcome(self) -> StopOutcome {
        match self {
            Self::Cancel => StopOutcome::Cancelled,
            Self::Kill => StopOutcome::Killed,
        }
    }
}

impl Client {
    /// Takes a queued task out of the queue (`PROTOCOL.md` section 7.4). The service wants the id, which is asked for
    /// when only a token is known. A task that has left the queue is [`ErrorKind::WrongState`]. Sent once.
    pub async fn cancel_task(&self, task: &TaskRef) -> Result<(), Error> {
        let named = match id_of(task) {
            Some(_) => task.clone(),
            None => self.existing_task(task).await?.reference(),
        };
        let id = id_of(&named).ok_or_else(|| missing("the service names no id for this task"))?;
        self.control("Cancel", &json!({ "taskid": id }), task).await
    }

    /// Stops a task that a worker has (`PROTOCOL.md` section 7.5), by its id when that is known, else by its token. A
    /// task that cannot be killed is [`ErrorKind::WrongState`]. Sent once.
    pub async fn kill_task(&self, task: &TaskRef) -> Result<(), Error> {
        let body = match (id_of(task), token_of(task)) {
            (Some(id), _) => json!({ "taskid": id }),
            (None, Some(token)) => json!({ "socketaccesstoken": token.expose() }),
            (None, None) => return Err(nameless()),
        };
        self.control("Kill", &body, task).await
    }

    /// Stops a task wherever it is (`PROTOCOL.md` D-07): Cancel while it waits, Kill once a worker has it, by what
    /// `last_status` says; on a refusal the other way exactly once; then the service is asked where the task stands.
    ///
    /// A task that runs on although both ways were refused is the error of the second. A connection that fails says
    /// nothing about the task; the same call may be made again.
    pub async fn stop_task(
        &self,
        task: &TaskRef,
        last_status: Option<&TaskStatus>,
    ) -> Result<StopOutcome, Error> {
        // On the heap: four calls in a row would make every future that awaits this one large.
        Box::pin(self.stop(task, last_status)).await
    }

    async fn stop(
        &self,
        task: &TaskRef,
        last_status: Option<&TaskStatus>,
    ) -> Result<StopOutcome, Error> {
        let mut named = task.clone();
        let mut status = last_status.cloned();
        if id_of(task).is_none() {
            let found = self.existing_task(task).await?;
            if found.status.is_terminal_polled() {
                return Ok(StopOutcome::AlreadyOver(found.status));
            }
            named.id = found.id;
            status = Some(found.status);
        }
        let first = Way::first(status.as_ref());
        match self.stop_by(first, &named).await {
            Ok(()) => return Ok(first.outcome()),
            Err(refusal) if !is_about_state(&refusal) => return Err(refusal),
            Err(refusal) => tracing::debug!(%refusal, ?first, "a task is stopped the other way"),
        }
        let refusal = match self.stop_by(first.other(), &named).await {
            Ok(()) => return Ok(first.other().outcome()),
            Err(refusal) if !is_about_state(&refusal) => return Err(refusal),
            Err(refusal) => refusal,
        };
        let now = self.existing_task(&named).await?;
        if now.status.is_terminal_polled() {
            return Ok(StopOutcome::AlreadyOver(now.status));
        }
        Err(refusal.with_kind(ErrorKind::WrongState))
    }

    async fn stop_by(&self, way: Way, task: &TaskRef) -> Result<(), Error> {
        match way {
            Way::Cancel => self.cancel_task(task).await,
            Way::Kill => self.kill_task(task).await,
        }
    }

    /// Deletes what a task was given and what it made from the service (`PROTOCOL.md` section 7.6). The service wants
    /// the token, which is asked for when only an id is known. A task that is not over is [`ErrorKind::WrongState`].
    /// Doing it again is no error. Sent once.
    pub async fn delete_task_files(&self, task: &TaskRef) -> Result<(), Error> {
        let named = match token_of(task) {
            Some(_) => task.clone(),
            None => self.existing_task(task).await?.reference(),
        };
        let token =
            token_of(&named).ok_or_else(|| missing("the service names no token for this task"))?;
        let body = json!({ "tasktoken": token.expose() });
        self.control("InputOutputDelete", &body, &named).await
    }

    /// The task as the service has it; none is an error.
    async fn existing_task(&self, task: &TaskRef) -> Result<Task, Error> {
        self.task(task)
            .await?
            .ok_or_else(|| missing("the service knows no such task"))
    }

    async fn control(&self, call: &str, body: &Value, task: &TaskRef) -> Result<(), Error> {
        self.require_credentials()?;
        self.call_once(&["Task", call], body, token_of(task))
            .await
            .map(|_| ())
    }
}

fn id_of(task: &TaskRef) -> Option<&str> {
    task.id.as_deref().filter(|id| !id.is_empty())
}

fn token_of(task: &TaskRef) -> Option<&Secret<String>> {
    task.token
        .as_ref()
        .filter(|token| !token.expose().is_empty())
}

fn nameless() -> Error {
    Error::new(ErrorKind::Local, "neither id nor token names the task")
}

fn missing(message: &str) -> Error {
    Error::new(ErrorKind::NotFound, message).with_status(200)
}

/// Whether a refusal may mean that the task is elsewhere than thought. Code 1 stands for a wrong state as well as for a
/// missing task, and some refusals say nothing at all.
fn is_about_state(error: &Error) -> bool {
    error.is_refusal()
        && error.http_status() == Some(200)
        && matches!(
            error.kind(),
            ErrorKind::WrongState
                | ErrorKind::NotFound
                | ErrorKind::Validation { .. }
                | ErrorKind::Service
                | ErrorKind::Protocol
        )
}
