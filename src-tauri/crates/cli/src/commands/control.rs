//! `wiro tasks cancel`, `kill`, `delete-files` and `forget`.

use serde_json::json;
use wiro_engine::Engine;
use wiro_engine::dto::{AppError, ErrorCode, RunSummary};

use super::follow::Follower;
use super::report;
use crate::context::Context;
use crate::exit::Exit;
use crate::session::{Need, Session};

/// The run that an id names: a run's own, or the service's of its task.
pub(crate) async fn run_id_of(engine: &Engine, id: &str) -> Result<String, AppError> {
    let by_task = engine.run_by_task(id).await?;
    Ok(by_task.unwrap_or_else(|| id.to_owned()))
}

/// Stops a run and tells how it ended; a task this library does not know is stopped in the account in use.
pub(crate) async fn stop(context: &Context, id: &str) -> Result<Exit, AppError> {
    let session = context.open(Need::Everything).await?;
    let engine = &session.engine;
    let run_id = run_id_of(engine, id).await?;
    let mut follower = Follower::new(engine, context.printer);
    match engine.run_stop(&run_id).await.map_err(AppError::from) {
        Err(error) if error.code == ErrorCode::RunUnknown => {
            stop_remote(context, session, id).await
        }
        Err(error) => Err(error),
        Ok(detail) => {
            follower.add(&detail.summary, true);
            while follower.next().await?.is_some() {}
            let run = engine.run_show(&run_id).await?.summary;
            tell(context, &run);
            Ok(Exit::Success)
        }
    }
}

async fn stop_remote(
    context: &Context,
    session: &Session,
    task_id: &str,
) -> Result<Exit, AppError> {
    let status = session.engine.remote_stop(task_id).await?;
    let object = json!({"taskid": task_id, "model": null, "status": status});
    context
        .printer
        .result(&object, || format!("{task_id:<12} {status}"));
    Ok(Exit::Success)
}

pub(crate) async fn delete_files(context: &Context, id: &str) -> Result<Exit, AppError> {
    let session = context.open(Need::Everything).await?;
    let run_id = run_id_of(&session.engine, id).await?;
    let detail = session.engine.run_delete_files(&run_id).await?;
    tell(context, &detail.summary);
    Ok(Exit::Success)
}

pub(crate) async fn forget(context: &Context, id: &str) -> Result<Exit, AppError> {
    let session = context.open(Need::Library).await?;
    let run_id = run_id_of(&session.engine, id).await?;
    let run = session.engine.run_show(&run_id).await?.summary;
    session.engine.run_forget(&run_id).await?;
    tell(context, &run);
    Ok(Exit::Success)
}

fn tell(context: &Context, run: &RunSummary) {
    context
        .printer
        .result(&report::listed(run), || report::line(run));
}
