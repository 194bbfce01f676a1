//! Following a run on the terminal, and how it ended.

use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use wiro_engine::dto::{AppError, LogStream, OutputState, Progress, RunDetail, RunState};
use wiro_engine::{Engine, RunEvent};

use crate::exit::Exit;
use crate::printer::Printer;

/// How long to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// Until the service has the run.
    Accepted,
    /// Until nothing more happens by itself.
    Settled,
}

/// Prints the steps of a run and how it ended.
pub(crate) async fn run(
    engine: &Engine,
    mut events: Receiver<(String, RunEvent)>,
    run_id: &str,
    until: Until,
    printer: Printer,
) -> Result<Exit, AppError> {
    let model = engine.run_show(run_id).await?.summary.model;
    loop {
        let event = match events.recv().await {
            Ok((id, event)) if id == run_id => event,
            Ok(_) => continue,
            Err(RecvError::Lagged(_)) => match settled_meanwhile(engine, run_id).await? {
                Some(state) => RunEvent::Settled(state),
                None => continue,
            },
            Err(RecvError::Closed) => {
                RunEvent::Settled(engine.run_show(run_id).await?.summary.state)
            }
        };
        print_step(&event, &model, printer);
        match event {
            RunEvent::Submitted { .. } if until == Until::Accepted => return Ok(Exit::Success),
            RunEvent::Settled(_) => return conclude(&engine.run_show(run_id).await?, printer),
            _ => {}
        }
    }
}

async fn settled_meanwhile(engine: &Engine, run_id: &str) -> Result<Option<RunState>, AppError> {
    let state = engine.run_show(run_id).await?.summary.state;
    Ok(state.is_settled().then_some(state))
}

pub(crate) fn print_step(event: &RunEvent, model: &str, printer: Printer) {
    match event {
        RunEvent::Submitted { task_id } => {
            let object = json!({"event": "submitted", "taskid": task_id, "model": model});
            printer.step(&object, || {
                format!(
                    "{model}: accepted as task {}",
                    task_id.as_deref().unwrap_or("?")
                )
            });
        }
        RunEvent::Status(status) => {
            printer.step(&json!({"event": "status", "status": status}), || {
                format!("{model}: {status}")
            });
        }
        RunEvent::Progress(progress) => {
            printer.step(&progress_object(progress), || {
                format!("{model}: {}", progress_in_words(progress))
            });
        }
        RunEvent::Log(line) => {
            let stream = match line.stream {
                LogStream::Stdout => "stdout",
                LogStream::Stderr => "stderr",
            };
            printer.step(
                &json!({"event": "log", "stream": stream, "text": line.text}),
                || line.text.clone(),
            );
        }
        RunEvent::Text { delta } => {
            printer.step(&json!({"event": "text", "delta": delta}), || delta.clone());
        }
        RunEvent::Uploaded { .. } | RunEvent::Settled(_) => {}
    }
}

fn progress_object(progress: &Progress) -> Value {
    json!({
        "event": "progress",
        "task": progress.task,
        "percentage": progress.percentage,
        "step": progress.step,
        "steps": progress.steps,
        "remaining": progress.remaining,
    })
}

fn progress_in_words(progress: &Progress) -> String {
    let percentage = progress
        .percentage
        .map(|value| format!("{value:.0} %"))
        .unwrap_or_default();
    match (progress.step, progress.steps) {
        (Some(step), Some(steps)) => format!("{percentage} (step {step} of {steps})"),
        _ => percentage,
    }
}

/// Prints how a run ended; the exit code says the same.
pub(crate) fn conclude(detail: &RunDetail, printer: Printer) -> Result<Exit, AppError> {
    match detail.summary.state {
        RunState::Succeeded | RunState::Failed | RunState::Cancelled => {}
        _ => {
            return Err(detail
                .error
                .clone()
                .unwrap_or_else(|| crate::exit::usage("the run did not end")));
        }
    }
    printer.result(&result_object(detail), || result_in_words(detail));
    if let Some(failed) = detail
        .outputs
        .iter()
        .find(|output| output.state == OutputState::Failed)
    {
        printer.note(&format!(
            "`{}`: {}",
            failed.label,
            failed.problem.as_deref().unwrap_or("could not be fetched")
        ));
        return Ok(Exit::Network);
    }
    Ok(if detail.summary.state == RunState::Succeeded {
        Exit::Success
    } else {
        Exit::TaskFailed
    })
}

pub(crate) fn result_object(detail: &RunDetail) -> Value {
    let success = detail.summary.state == RunState::Succeeded;
    let files: Vec<Value> = detail
        .outputs
        .iter()
        .filter(|output| output.state == OutputState::Published)
        .map(|output| json!({"path": output.path, "content_type": output.content_type, "bytes": whole(output.bytes)}))
        .collect();
    json!({
        "event": "result",
        "success": success,
        "status": detail.summary.status,
        "pexit": detail.pexit,
        "reason": detail.error.as_ref().filter(|_| !success).map(|error| error.message.clone()),
        "cost_usd": detail.summary.cost_usd,
        "seconds": detail.summary.seconds,
        "files": files,
        "text": detail.text,
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes are whole and not negative"
)]
fn whole(bytes: f64) -> u64 {
    bytes as u64
}

fn result_in_words(detail: &RunDetail) -> String {
    let mut lines = Vec::new();
    lines.extend(detail.text.clone());
    lines.extend(
        detail
            .outputs
            .iter()
            .filter_map(|output| output.path.clone()),
    );
    if let Some(error) = &detail.error {
        lines.push(error.message.clone());
    }
    lines.join("\n")
}
