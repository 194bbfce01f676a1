//! `wiro tasks`.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;
use wiro_engine::dto::{AppError, RunDetail, RunFilter, RunState, RunSummary};
use wiro_engine::{Engine, RunEvent};

use super::follow::{print_step, result_object};
use crate::args::{Global, TasksCommand};
use crate::exit::Exit;
use crate::printer::Printer;
use crate::session::{Need, Session};

/// How often runs that another process looks after are looked at.
const LOOK_AT_OTHERS: Duration = Duration::from_secs(1);

pub(crate) async fn run(
    global: &Global,
    command: TasksCommand,
    printer: &Printer,
) -> Result<Exit, AppError> {
    match command {
        TasksCommand::List {
            remote: false,
            limit,
        } => list(global, limit, *printer).await,
        TasksCommand::List {
            remote: true,
            limit,
        } => list_remote(global, limit, *printer).await,
        TasksCommand::Show { id } => show(global, &id, *printer).await,
        TasksCommand::Resume => resume(global, *printer).await,
    }
}

async fn list(global: &Global, limit: u32, printer: Printer) -> Result<Exit, AppError> {
    let session = Session::open(global, Need::Library, printer).await?;
    let page = session
        .engine
        .run_list(&RunFilter {
            active_only: false,
            start: 0,
            limit,
        })
        .await?;
    for run in &page.runs {
        printer.result(&listed(run), || line(run));
    }
    session.engine.close().await?;
    Ok(Exit::Success)
}

async fn list_remote(global: &Global, limit: u32, printer: Printer) -> Result<Exit, AppError> {
    let session = Session::open(global, Need::Catalogue, printer).await?;
    for task in session.engine.remote_tasks(limit).await? {
        let object = json!({"taskid": task.task_id, "model": task.model, "status": task.status});
        printer.result(&object, || {
            format!(
                "{:<12} {:<24} {}",
                task.task_id,
                task.status,
                task.model.as_deref().unwrap_or("")
            )
        });
    }
    session.engine.close().await?;
    Ok(Exit::Success)
}

async fn show(global: &Global, id: &str, printer: Printer) -> Result<Exit, AppError> {
    let session = Session::open(global, Need::Library, printer).await?;
    let run_id = session
        .engine
        .run_by_task(id)
        .await?
        .unwrap_or_else(|| id.to_owned());
    let detail = session.engine.run_show(&run_id).await?;
    printer.result(&shown(&detail), || page(&detail));
    session.engine.close().await?;
    Ok(Exit::Success)
}

fn listed(run: &RunSummary) -> Value {
    json!({
        "taskid": run.task_id,
        "model": run.model,
        "status": run.status,
        "state": run.state,
        "run": run.id,
        "cost_usd": run.cost_usd,
    })
}

fn line(run: &RunSummary) -> String {
    let state = json!(run.state);
    format!(
        "{:<12} {:<12} {:<30} {}",
        run.task_id.as_deref().unwrap_or("-"),
        state.as_str().unwrap_or_default(),
        run.model,
        run.caption
    )
}

fn shown(detail: &RunDetail) -> Value {
    let mut object = listed(&detail.summary);
    let result = result_object(detail);
    for key in ["success", "pexit", "reason", "seconds", "files", "text"] {
        object[key] = result[key].clone();
    }
    object["log"] = json!(detail.log);
    object["timeline"] = json!(detail.timeline);
    object["candidates"] = json!(detail.candidates);
    object
}

fn page(detail: &RunDetail) -> String {
    let mut lines = vec![line(&detail.summary)];
    lines.extend(
        detail
            .timeline
            .iter()
            .map(|step| format!("  {}", step.status)),
    );
    lines.extend(detail.log.iter().map(|entry| format!("  | {}", entry.text)));
    lines.extend(
        detail
            .outputs
            .iter()
            .filter_map(|output| output.path.clone()),
    );
    lines.extend(detail.error.iter().map(|error| error.message.clone()));
    lines.join("\n")
}

/// Runs that are waited for, and those that ended.
#[derive(Debug, Default)]
struct Resumed {
    pending: BTreeSet<String>,
    ended: BTreeSet<String>,
}

async fn resume(global: &Global, printer: Printer) -> Result<Exit, AppError> {
    let session = Session::open(global, Need::Everything, printer).await?;
    let engine = &session.engine;
    let mut events = engine.run_events();
    let mut runs = Resumed {
        pending: engine.resumable().await?.into_iter().collect(),
        ..Resumed::default()
    };
    engine.resume().await?;
    let mut look = tokio::time::interval(LOOK_AT_OTHERS);
    while !runs.pending.is_empty() {
        tokio::select! {
            event = events.recv() => match event {
                Ok((run_id, event)) => step(engine, &mut runs, &run_id, &event, printer).await?,
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => break,
            },
            _ = look.tick() => look_at_others(engine, &mut runs).await?,
            _ = tokio::signal::ctrl_c() => {
                printer.note("interrupted; the tasks go on");
                return Ok(Exit::Interrupted);
            }
        }
    }
    let exit = report(engine, &runs, printer).await?;
    engine.close().await?;
    Ok(exit)
}

async fn step(
    engine: &Engine,
    runs: &mut Resumed,
    run_id: &str,
    event: &RunEvent,
    printer: Printer,
) -> Result<(), AppError> {
    if !runs.pending.contains(run_id) {
        return Ok(());
    }
    let model = engine.run_show(run_id).await?.summary.model;
    print_step(event, &model, printer);
    if let RunEvent::Settled(_) = event {
        runs.pending.remove(run_id);
        runs.ended.insert(run_id.to_owned());
    }
    Ok(())
}

/// A run that another process looks after ends without an event here; one whose process died is taken over.
async fn look_at_others(engine: &Engine, runs: &mut Resumed) -> Result<(), AppError> {
    engine.adopt_orphans().await?;
    for run_id in runs.pending.clone() {
        let state = engine.run_show(&run_id).await?.summary.state;
        if state.is_settled() && state != RunState::Unconfirmed {
            runs.pending.remove(&run_id);
            runs.ended.insert(run_id);
        }
    }
    Ok(())
}

async fn report(engine: &Engine, runs: &Resumed, printer: Printer) -> Result<Exit, AppError> {
    let mut worst = Exit::Success;
    for run_id in &runs.ended {
        let detail = engine.run_show(run_id).await?;
        printer.result(&shown(&detail), || page(&detail));
        let exit = match detail.summary.state {
            RunState::Succeeded => Exit::Success,
            RunState::Failed | RunState::Cancelled => Exit::TaskFailed,
            _ => detail.error.as_ref().map_or(Exit::Network, Exit::of),
        };
        if worst == Exit::Success || exit == Exit::Network {
            worst = exit;
        }
    }
    Ok(worst)
}
