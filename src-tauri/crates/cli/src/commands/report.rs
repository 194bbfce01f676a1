//! Runs as objects for scripts and as text for people.

use serde_json::{Value, json};
use wiro_engine::dto::{AppError, ErrorCode, OutputState, RunDetail, RunState, RunSummary};

use crate::exit::Exit;
use crate::printer::Printer;

/// A run in a list.
pub(crate) fn listed(run: &RunSummary) -> Value {
    json!({
        "taskid": run.task_id,
        "model": run.model,
        "status": run.status,
        "state": run.state,
        "run": run.id,
        "cost_usd": run.cost_usd,
    })
}

/// The same for people.
pub(crate) fn line(run: &RunSummary) -> String {
    let state = json!(run.state);
    format!(
        "{:<12} {:<12} {:<30} {}",
        run.task_id.as_deref().unwrap_or("-"),
        state.as_str().unwrap_or_default(),
        run.model,
        run.caption
    )
}

/// How a run ended, as `wiro run` says it last.
pub(crate) fn result(detail: &RunDetail) -> Value {
    let success = succeeded(detail);
    let files: Vec<Value> = detail
        .outputs
        .iter()
        .filter(|output| output.state == OutputState::Published)
        .map(|output| {
            json!({
                "path": output.path,
                "content_type": output.content_type,
                "bytes": whole(output.bytes),
            })
        })
        .collect();
    json!({
        "event": "result",
        "success": success,
        "status": detail.summary.status,
        "pexit": detail.pexit,
        "reason": detail.error.as_ref().filter(|_| !success).map(|error| &error.message),
        "cost_usd": detail.summary.cost_usd,
        "seconds": detail.summary.seconds,
        "files": files,
        "text": detail.text,
    })
}

/// The same with what names the run, for commands that tell of several.
pub(crate) fn named_result(detail: &RunDetail) -> Value {
    let mut object = result(detail);
    if let (Some(object), Value::Object(named)) = (object.as_object_mut(), listed(&detail.summary))
    {
        object.extend(named);
        if !detail.candidates.is_empty() {
            object.insert("candidates".to_owned(), json!(detail.candidates));
        }
    }
    object
}

/// Everything about a run. What has not ended is neither success nor failure.
pub(crate) fn shown(detail: &RunDetail) -> Value {
    let mut object = named_result(detail);
    if let Some(object) = object.as_object_mut() {
        object.shift_remove("event");
        if !detail.summary.state.is_settled() {
            object.insert("success".to_owned(), Value::Null);
            object.insert("reason".to_owned(), Value::Null);
        }
        object.insert("log".to_owned(), json!(detail.log));
        object.insert("timeline".to_owned(), json!(detail.timeline));
    }
    object
}

/// The same for people.
pub(crate) fn page(detail: &RunDetail) -> String {
    let mut lines = vec![line(&detail.summary)];
    let statuses = detail.timeline.iter();
    lines.extend(statuses.map(|step| format!("  {}", step.status)));
    lines.extend(detail.log.iter().map(|entry| format!("  | {}", entry.text)));
    lines.push(in_words(detail));
    lines.join("\n")
}

/// A run that ended among others, for people.
pub(crate) fn ended(detail: &RunDetail) -> String {
    format!("{}\n{}", line(&detail.summary), in_words(detail))
}

/// What people want of a run that ended: its text, its files, or why there are none.
pub(crate) fn in_words(detail: &RunDetail) -> String {
    let paths = detail
        .outputs
        .iter()
        .filter_map(|output| output.path.clone());
    let ended = detail.summary.state.is_settled() && !succeeded(detail);
    let problem = detail.error.as_ref().filter(|_| ended);
    let lines: Vec<String> = detail
        .text
        .clone()
        .into_iter()
        .chain(paths)
        .chain(problem.map(|error| error.message.clone()))
        .collect();
    lines.join("\n")
}

/// How the program ends because of this run: an exit code, or the error to end with.
pub(crate) fn verdict(detail: &RunDetail, printer: Printer) -> Result<Exit, AppError> {
    match detail.summary.state {
        RunState::Succeeded | RunState::Failed | RunState::Cancelled => {}
        _ => return Err(error_of(detail)),
    }
    for output in detail.outputs.iter().filter(|output| output.type_differs) {
        printer.note(&format!(
            "`{}` is not of the type the service said; it was kept as {}",
            output.label, output.content_type
        ));
    }
    let lost = detail
        .outputs
        .iter()
        .find(|output| output.state == OutputState::Failed);
    if let Some(lost) = lost.filter(|_| succeeded(detail)) {
        let why = lost.problem.as_deref().unwrap_or("it could not be fetched");
        return Err(crate::exit::made(
            ErrorCode::OutputUnavailable,
            wiro_engine::dto::SuggestedAction::OpenRun,
            format!("`{}` was not kept: {why}", lost.label),
        ));
    }
    Ok(if succeeded(detail) {
        Exit::Success
    } else {
        Exit::TaskFailed
    })
}

fn error_of(detail: &RunDetail) -> AppError {
    let mut error = detail.error.clone().unwrap_or_else(|| {
        let state = json!(detail.summary.state);
        crate::exit::internal(&format!("the run is still {state}"))
    });
    if error.code == ErrorCode::RunUnconfirmed {
        let fitting = match detail.candidates.len() {
            0 => "no task of the service fits".to_owned(),
            count => format!("{count} tasks of the service fit"),
        };
        error.message = format!(
            "it is not known whether the run started ({}); {fitting}, and nothing is sent again",
            error.message
        );
    }
    error
}

fn succeeded(detail: &RunDetail) -> bool {
    detail.summary.state == RunState::Succeeded
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes are whole and not negative"
)]
fn whole(bytes: f64) -> u64 {
    bytes as u64
}
