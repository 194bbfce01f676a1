//! `wiro tasks list` and `show`.

use serde_json::json;
use wiro_engine::dto::{AppError, RunFilter};

use super::{control, report, resume};
use crate::args::TasksCommand;
use crate::context::Context;
use crate::exit::Exit;
use crate::session::Need;

/// The most the library gives at once.
const PAGE: u32 = 500;

pub(crate) async fn run(context: &Context, command: TasksCommand) -> Result<Exit, AppError> {
    match command {
        TasksCommand::List {
            remote: false,
            limit,
        } => list(context, limit).await,
        TasksCommand::List {
            remote: true,
            limit,
        } => list_remote(context, limit).await,
        TasksCommand::Show { id } => show(context, &id).await,
        TasksCommand::Resume => resume::run(context).await,
        TasksCommand::Cancel { id } | TasksCommand::Kill { id } => {
            control::stop(context, &id).await
        }
        TasksCommand::DeleteFiles { id } => control::delete_files(context, &id).await,
        TasksCommand::Forget { id } => control::forget(context, &id).await,
    }
}

async fn list(context: &Context, limit: u32) -> Result<Exit, AppError> {
    let session = context.open(Need::Library).await?;
    let mut start = 0;
    while start < limit {
        let filter = RunFilter {
            active_only: false,
            start,
            limit: PAGE.min(limit - start),
        };
        let page = session.engine.run_list(&filter).await?;
        for run in &page.runs {
            context
                .printer
                .result(&report::listed(run), || report::line(run));
        }
        if page.runs.is_empty() {
            break;
        }
        start = start.saturating_add(PAGE);
    }
    Ok(Exit::Success)
}

async fn list_remote(context: &Context, limit: u32) -> Result<Exit, AppError> {
    let session = context.open(Need::Catalogue).await?;
    for task in session.engine.remote_tasks(limit).await? {
        let object = json!({"taskid": task.task_id, "model": task.model, "status": task.status});
        context.printer.result(&object, || {
            format!(
                "{:<12} {:<24} {}",
                task.task_id,
                task.status,
                task.model.as_deref().unwrap_or("")
            )
        });
    }
    Ok(Exit::Success)
}

async fn show(context: &Context, id: &str) -> Result<Exit, AppError> {
    let session = context.open(Need::Library).await?;
    let run_id = control::run_id_of(&session.engine, id).await?;
    let detail = session.engine.run_show(&run_id).await?;
    context
        .printer
        .result(&report::shown(&detail), || report::page(&detail));
    Ok(Exit::Success)
}
