//! `Task/*` (`PROTOCOL.md` section 7).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::body::Body;
use super::{Refusal, task_envelope};
use crate::catalogue::Direction;
use crate::documented::Documented;
use crate::frames;
use crate::state::App;
use crate::store::Ending;
use crate::task::{Status, Task};

pub(super) async fn detail(
    State(app): State<Arc<App>>,
    body: Body,
) -> Result<Json<Value>, Refusal> {
    let task = named(&app, &body)?;
    Ok(Json(task_envelope(&[task.wire(&app.origin)], 1)))
}

pub(super) async fn list(State(app): State<Arc<App>>, body: Body) -> Json<Value> {
    let mut ids = app.store.tasks_of(&body.text("modelName"));
    // Newest first unless asked otherwise; the only documented sort is by id.
    if body.direction() != Some(Direction::Ascending) {
        ids.reverse();
    }
    let total = ids.len();
    let tasks = body
        .page(ids)
        .into_iter()
        .filter_map(|id| app.store.task(id));
    let tasks: Vec<Value> = tasks.map(|task| task.wire(&app.origin)).collect();
    Json(task_envelope(&tasks, total))
}

/// Only while it waits in the queue (`PROTOCOL.md` section 7.4).
pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    body: Body,
) -> Result<Json<Value>, Refusal> {
    let task = named(&app, &body)?;
    let ending = Ending::early(Status::Cancel, String::new());
    if !app
        .store
        .finish_if(task.id, Status::can_be_cancelled, ending)?
    {
        return Err(Documented::NotCancellable.into());
    }
    Ok(cancelled(&app, &task))
}

/// Only while a worker has it (`PROTOCOL.md` section 7.5).
pub(super) async fn kill(State(app): State<Arc<App>>, body: Body) -> Result<Json<Value>, Refusal> {
    let task = named(&app, &body)?;
    let ending = Ending::early(Status::Cancel, String::new());
    if !app
        .store
        .finish_if(task.id, Status::can_be_killed, ending)?
    {
        let status = app.store.status(task.id).map_or("gone", Status::name);
        let reason = format!("it is in {status}");
        return Err(Documented::NotKillable.filled(&[("reason", &reason)]));
    }
    app.running.stop(task.id);
    Ok(cancelled(&app, &task))
}

fn cancelled(app: &App, task: &Task) -> Json<Value> {
    let frame = frames::task(Status::Cancel.name(), task.id, &task.token, &Value::Null);
    app.hub.publish(&task.token, frame);
    app.hub.close(&task.token);
    Json(json!({ "result": true, "errors": [], "tasklist": [] }))
}

/// Named by `tasktoken` alone, as documented (`PROTOCOL.md` section 7.6). Files that were uploaded by themselves and only
/// used by the task stay: they may serve others.
pub(super) async fn delete_files(
    State(app): State<Arc<App>>,
    body: Body,
) -> Result<Json<Value>, Refusal> {
    let id = app
        .store
        .id_of(&body.text("tasktoken"))
        .ok_or(Documented::NoTaskFiles)?;
    if !app.store.delete_files(id)? {
        return Err(Documented::FilesInUse.into());
    }
    Ok(Json(json!({ "result": true, "errors": [] })))
}

/// The task named by `taskid`, `tasktoken` or `socketaccesstoken`; several must agree.
fn named(app: &App, body: &Body) -> Result<Task, Refusal> {
    let given = |key: &str| Some(body.text(key)).filter(|text| !text.is_empty());
    let by_id = given("taskid").map(|text| text.parse::<u64>().ok());
    let by_token = ["tasktoken", "socketaccesstoken"]
        .into_iter()
        .filter_map(given)
        .map(|token| app.store.id_of(&token));
    let mut ids = by_id.into_iter().chain(by_token);
    let first = ids.next().ok_or(Documented::TaskUnnamed)?;
    let task = first
        .filter(|id| ids.all(|other| other == Some(*id)))
        .and_then(|id| app.store.task(id));
    task.ok_or_else(|| Documented::NoTask.into())
}
