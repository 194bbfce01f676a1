//! Section 7.1: the statuses in order, over the socket and polled.

use crate::support::listener::{Listener, of_type, types};
use crate::support::{FINAL, Sandbox};
use serde_json::{Value, json};

/// The normal order; realtime statuses are no part of it.
const ORDER: [&str; 11] = [
    "task_queue",
    "task_accept",
    "task_preprocess_start",
    "task_preprocess_end",
    "task_assign",
    "task_start",
    "task_output",
    "task_output_full",
    "task_end",
    "task_postprocess_start",
    "task_postprocess_end",
];

/// What no task of a computing model leaves out; preprocessing is skipped by some.
const ALWAYS: [&str; 8] = [
    "task_accept",
    "task_assign",
    "task_start",
    "task_output",
    "task_output_full",
    "task_end",
    "task_postprocess_start",
    "task_postprocess_end",
];

fn place(status: &str) -> usize {
    let place = ORDER.iter().position(|known| *known == status);
    place.unwrap_or_else(|| panic!("{status}"))
}

/// All frames of a task that somebody subscribed to while it waited for the only worker.
async fn frames_of(
    sandbox: &Sandbox,
    model: &str,
    body: Value,
) -> (crate::support::Run, Vec<Value>) {
    let busy = sandbox.occupy_worker().await;
    let run = sandbox.run(model, body).await;
    let mut listener = Listener::to(sandbox, &[&run]).await;
    sandbox.kill(&busy).await;
    let frames = listener.frames_until_the_end_of(1).await;
    (run, frames)
}

#[tokio::test]
async fn section_7_1_the_socket_tells_every_stage_in_order() {
    let sandbox = Sandbox::key_only(&["--workers", "1"]).await;
    let body = json!({"prompt": "sea", "width": 64, "height": 64});
    let (run, frames) = frames_of(&sandbox, "sandbox/pattern", body).await;
    let told = types(&frames);
    for status in ALWAYS {
        let times = of_type(&frames, status).len();
        let once = status != "task_output";
        assert!(times == 1 || (times > 1 && !once), "{status}: {told:?}");
    }
    assert_eq!(
        told.contains(&"task_preprocess_start"),
        told.contains(&"task_preprocess_end"),
        "{told:?}"
    );
    assert!(told.is_sorted_by_key(|status| place(status)), "{told:?}");
    assert_eq!(sandbox.task(&run).await["status"], "task_postprocess_end");
}

/// stderr on the socket stops nothing, and only a failure is a failure (sections 7.1 and 10.4).
#[tokio::test]
async fn section_7_1_a_failure_goes_the_same_way() {
    let sandbox = Sandbox::key_only(&["--workers", "1"]).await;
    let body = json!({"exitcode": 3, "message": "No paper."});
    let (run, frames) = frames_of(&sandbox, "sandbox/failing", body).await;
    let told = types(&frames);
    let error = of_type(&frames, "task_error");
    assert!(
        error
            .iter()
            .any(|frame| frame["message"].as_str().unwrap().contains("No paper.")),
        "{frames:#?}"
    );
    assert!(
        error.iter().all(|frame| frame["result"] == true),
        "{frames:#?}"
    );
    let full = of_type(&frames, "task_error_full");
    assert_eq!(full.len(), 1, "{told:?}");
    assert!(
        full[0]["message"]["raw"]
            .as_str()
            .unwrap()
            .contains("No paper."),
        "{full:#?}"
    );
    for status in ["task_end", "task_postprocess_start", "task_postprocess_end"] {
        assert_eq!(of_type(&frames, status).len(), 1, "{told:?}");
    }
    let known: Vec<_> = told
        .iter()
        .filter(|status| !status.starts_with("task_error"))
        .collect();
    assert!(known.is_sorted_by_key(|status| place(status)), "{told:?}");
    assert_eq!(sandbox.task(&run).await["pexit"], "3");
}

#[tokio::test]
async fn section_7_1_polled_statuses_never_go_back() {
    let sandbox = Sandbox::start().await;
    let body = json!({"prompt": "sea", "width": 512, "height": 512});
    let run = sandbox.run("sandbox/pattern", body).await;
    let mut seen = Vec::new();
    loop {
        let task = sandbox.task(&run).await;
        let status = task["status"].as_str().unwrap().to_owned();
        let unfinished = !FINAL.contains(&status.as_str());
        assert_eq!(unfinished, task["pexit"] == "", "{task:#}");
        assert_eq!(unfinished, task["endtime"] == "", "{task:#}");
        seen.push(status);
        if !unfinished {
            break;
        }
    }
    assert!(seen.is_sorted_by_key(|status| place(status)), "{seen:?}");
}

/// A model that prints nothing on stderr has no `task_error_full` (section 10.4).
#[tokio::test]
async fn section_10_4_no_stderr_no_frame_of_it() {
    let sandbox = Sandbox::key_only(&["--workers", "1"]).await;
    let body = json!({"prompt": "sea", "width": 64, "height": 64});
    let (_, frames) = frames_of(&sandbox, "sandbox/pattern", body).await;
    assert_eq!(
        of_type(&frames, "task_error_full").len(),
        of_type(&frames, "task_error").len().min(1)
    );
}
