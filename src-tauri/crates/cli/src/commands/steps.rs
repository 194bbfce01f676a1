//! The steps of a run, a line each.

use serde_json::{Value, json};
use wiro_engine::RunEvent;
use wiro_engine::dto::{LogStream, Progress};

use crate::printer::Printer;

/// Which run a step belongs to.
#[derive(Debug, Clone)]
pub(crate) struct About {
    pub(crate) model: String,
    pub(crate) task_id: Option<String>,
    /// Whether every line names the task: several runs may be told at once.
    pub(crate) named: bool,
}

/// Prints a step. What ends a run is not a step.
pub(crate) fn print(event: &RunEvent, about: &About, printer: Printer) {
    let (object, text) = match event {
        RunEvent::Submitted { .. } => {
            let object =
                json!({"event": "submitted", "taskid": about.task_id, "model": about.model});
            let task = about.task_id.as_deref().unwrap_or("of unknown id");
            (object, format!("accepted as task {task}"))
        }
        RunEvent::Status(status) => (json!({"event": "status", "status": status}), status.clone()),
        RunEvent::Progress(progress) => (progress_object(progress), progress_in_words(progress)),
        RunEvent::Log(line) => {
            let stream = match line.stream {
                LogStream::Stdout => "stdout",
                LogStream::Stderr => "stderr",
            };
            let object = json!({"event": "log", "stream": stream, "text": line.text});
            (object, format!("| {}", line.text))
        }
        RunEvent::Text { delta } => {
            // People read the whole text at the end.
            if printer.is_json() {
                printer.step(
                    &named(json!({"event": "text", "delta": delta}), about),
                    String::new,
                );
            }
            return;
        }
        RunEvent::Waiting => {
            printer.note(&format!("{}: waiting for a free slot", about.model));
            return;
        }
        RunEvent::Uploaded { .. } | RunEvent::Paused(_) | RunEvent::Settled(_) => return,
    };
    printer.step(&named(object, about), || format!("{}: {text}", about.model));
}

fn named(mut object: Value, about: &About) -> Value {
    if about.named {
        object["taskid"] = json!(about.task_id);
        object["model"] = json!(about.model);
    }
    object
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
