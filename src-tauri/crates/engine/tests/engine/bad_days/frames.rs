//! Odd words about a task: statuses and events nobody knows, frames doubled, shuffled, late, foreign or broken.

use serde_json::{Value, json};
use wiro_engine::dto::{ErrorCode, LogStream, RunDetail, RunState};

use crate::bad_days::relay::Relay;
use crate::bad_days::{code, deaf, slow, task};
use crate::stage::{Stage, pattern, run, settled, submit, wait_until};

/// A Sandbox that says more over its socket than it should, after a frame of this type.
fn talkative(after: &str, frames: &Value) -> Stage {
    let inject = json!({"after": after, "frames": frames});
    Stage::with_faults(&json!([{"on": {"path": "socket"}, "do": {"inject": inject}}]))
}

fn statuses(detail: &RunDetail) -> Vec<&str> {
    let steps = detail.timeline.iter();
    steps.map(|step| step.status.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn f23a_a_status_nobody_knows_is_shown_as_it_is_and_ends_nothing() {
    let stage = deaf(&[]);
    let relay = Relay::before(&stage, |path, nth, answer| {
        if path == "Task/Detail"
            && nth <= 2
            && let Some(task) = task(answer)
        {
            task["status"] = json!("task_dreaming");
            task["pexit"] = json!("0");
        }
    })
    .await;
    let engine = relay.engine(&stage).await;
    let run_id = submit(&engine, slow("1")).await;
    let dreaming = wait_until(&engine, &run_id, "to dream", |detail| {
        detail.summary.status.as_deref() == Some("task_dreaming")
    })
    .await;
    assert_eq!(dreaming.summary.state, RunState::Running);
    let done = settled(&engine, &run_id).await;
    assert_eq!(done.summary.state, RunState::Succeeded);
    assert!(
        statuses(&done).contains(&"task_dreaming"),
        "{:?}",
        done.timeline
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn f23b_an_event_nobody_knows_is_shown_as_it_is_and_ends_nothing() {
    let stage = talkative(
        "task_start",
        &json!([
            {"type": "task_rendering", "tasktoken": "{tasktoken}", "id": "{id}", "message": {"new": true}},
            {"type": "weather", "tasktoken": "{tasktoken}", "message": "rain"},
            {"type": 7, "tasktoken": "{tasktoken}"},
            {"kind": "task_end"},
        ]),
    );
    let engine = stage.engine().await;
    let done = run(&engine, slow("0.5")).await;
    assert_eq!(done.summary.state, RunState::Succeeded);
    let seen = statuses(&done);
    let place = |status: &str| seen.iter().position(|one| *one == status);
    assert!(place("task_start") < place("task_rendering"), "{seen:?}");
    assert!(place("task_rendering") < place("task_end"), "{seen:?}");
    assert_eq!(
        place("weather"),
        None,
        "what is no step of the task is none"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn f33_doubled_shuffled_late_foreign_and_broken_frames_change_nothing() {
    let own = |kind: &str| json!({"type": kind, "tasktoken": "{tasktoken}", "id": "{id}", "message": {}, "result": true});
    let foreign =
        |kind: &str| json!({"type": kind, "tasktoken": "another", "id": "4711", "pexit": "1"});
    let oversize =
        json!({"type": "task_output", "tasktoken": "{tasktoken}", "message": "x".repeat(9 << 20)});
    for (after, frames) in [
        (
            "task_start",
            json!([
                own("task_start"),
                own("task_queue"),
                own("task_accept"),
                own("task_start")
            ]),
        ),
        (
            "task_start",
            json!([
                own("task_postprocess_end"),
                own("task_end"),
                own("task_cancel"),
                own("task_start")
            ]),
        ),
        (
            "task_queue",
            json!([foreign("task_postprocess_end"), foreign("task_cancel"), {"type": "task_cancel"}]),
        ),
        (
            "task_postprocess_start",
            json!([
                own("task_start"),
                own("task_end"),
                own("task_postprocess_start")
            ]),
        ),
        (
            "task_postprocess_end",
            json!([
                own("task_postprocess_end"),
                own("task_start"),
                own("task_cancel")
            ]),
        ),
        (
            "task_accept",
            json!(["{", "", "[]", "null", "\u{feff}{}", {"type": "task_end", "tasktoken": 5}]),
        ),
        ("task_start", json!([oversize])),
    ] {
        let what = format!(
            "after {after}: {}",
            frames.to_string().chars().take(200).collect::<String>()
        );
        let stage = talkative(after, &frames);
        let engine = stage.engine().await;
        let done = run(&engine, pattern(33)).await;
        assert_eq!(
            done.summary.state,
            RunState::Succeeded,
            "{what}: {:?}",
            done.error
        );
        let seen = statuses(&done);
        let order: Vec<Option<usize>> = seen
            .iter()
            .map(|status| ORDER.iter().position(|known| known == status))
            .collect();
        assert!(
            order.is_sorted() && !order.contains(&None),
            "{what}: {seen:?}"
        );
        let mut once = seen.clone();
        once.dedup();
        assert_eq!(once, seen, "{what}");
        assert_eq!(done.outputs.len(), 1, "{what}");
        assert_eq!(stage.requests("files").await, 1, "{what}: fetched once");
    }
}

/// The statuses of a task as the service passes them.
const ORDER: [&str; 9] = [
    "task_queue",
    "task_accept",
    "task_preprocess_start",
    "task_preprocess_end",
    "task_assign",
    "task_start",
    "task_end",
    "task_postprocess_start",
    "task_postprocess_end",
];

#[tokio::test(flavor = "multi_thread")]
async fn f37a_an_error_on_the_socket_is_a_line_of_the_log() {
    let warning =
        json!({"type": "task_error", "tasktoken": "{tasktoken}", "message": "nearly out of paint"});
    let stage = talkative("task_start", &json!([warning]));
    let engine = stage.engine().await;
    let done = run(&engine, pattern(37)).await;
    assert_eq!(
        (done.summary.state, code(&done)),
        (RunState::Succeeded, None)
    );
    let line = done
        .log
        .iter()
        .find(|line| line.text == "nearly out of paint");
    assert_eq!(
        line.map(|line| line.stream),
        Some(LogStream::Stderr),
        "{:?}",
        done.log
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn f37b_an_error_in_the_answer_ends_the_run() {
    let stage = deaf(&[]);
    let relay = Relay::before(&stage, |path, _, answer| {
        if path == "Task/Detail"
            && let Some(task) = task(answer)
        {
            task["status"] = json!("task_error");
            task["debugerror"] = json!("the worker burnt down");
        }
    })
    .await;
    let engine = relay.engine(&stage).await;
    let failed = run(&engine, slow("60")).await;
    assert_eq!(
        (failed.summary.state, code(&failed)),
        (RunState::Failed, Some(ErrorCode::RunFailed))
    );
    assert!(
        format!("{:?}", failed.error).contains("burnt down"),
        "{:?}",
        failed.error
    );
}
