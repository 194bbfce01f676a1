//! Bad days of the service and of the line: odd answers, odd frames, refusals in the middle of a run.

mod frames;
mod kills;
mod relay;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wiro_engine::dto::{ErrorCode, OutputState, RunDetail, RunState};

use crate::bad_days::relay::Relay;
use crate::stage::{Stage, pattern, run, settled, submission, submit, texts, wait_for, wait_until};

fn slow(seconds: &str) -> wiro_engine::dto::RunSubmission {
    submission("sandbox/slow", texts(&[("seconds", seconds)]))
}

/// A Sandbox whose socket takes nobody: everything is asked for.
fn deaf(rules: &[Value]) -> Stage {
    let socket = json!({"on": {"path": "socket"}, "do": {"status": 503}});
    let all: Vec<&Value> = rules.iter().chain([&socket]).collect();
    Stage::with_faults(&json!(all))
}

fn code(detail: &RunDetail) -> Option<ErrorCode> {
    detail.error.as_ref().map(|error| error.code)
}

/// The first task of an answer.
fn task(answer: &mut Value) -> Option<&mut Value> {
    answer.pointer_mut("/tasklist/0")
}

#[tokio::test(flavor = "multi_thread")]
async fn f04b_a_key_revoked_in_the_middle_of_a_run_is_told_and_the_run_waits_for_it() {
    for status in [401, 403] {
        let refusal =
            json!({"on": {"path": "Task/Detail", "nth": {"to": 4}}, "do": {"status": status}});
        let stage = deaf(&[refusal]);
        let engine = stage.engine().await;
        let run_id = submit(&engine, slow("1")).await;
        let told = wait_until(&engine, &run_id, "to be refused", |detail| {
            detail.error.is_some()
        })
        .await;
        assert_eq!(
            told.summary.state,
            RunState::Running,
            "{status}: it is not over"
        );
        assert_eq!(code(&told), Some(ErrorCode::AuthRejected), "{status}");
        // The key is good again.
        let done = settled(&engine, &run_id).await;
        assert_eq!(done.summary.state, RunState::Succeeded, "{status}");
        assert_eq!(
            (code(&done), stage.requests("Run").await),
            (None, 1),
            "{status}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f09a_faults_of_the_service_in_the_middle_of_a_run_pass_and_show_no_markup() {
    for fault in [
        json!({"status": 500}),
        json!({"status": 502}),
        json!({"status": 503, "retry_after": "1"}),
        json!({"status": 504}),
        json!({"truncate": 20}),
    ] {
        let rule = json!({"on": {"path": "Task/Detail", "nth": {"to": 2}}, "do": fault});
        let stage = deaf(&[rule]);
        let engine = stage.engine().await;
        let done = run(&engine, pattern(91)).await;
        assert_eq!(
            done.summary.state,
            RunState::Succeeded,
            "{fault}: {:?}",
            done.error
        );
        assert!(!format!("{done:?}").contains("<html"), "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f09b_a_fault_in_answer_to_a_run_leaves_it_unconfirmed_and_shows_no_markup() {
    for status in [500, 502, 503, 504] {
        let rule = json!({"on": {"path": "Run/*"}, "do": {"status": status}});
        let stage = Stage::with_faults(&json!([rule]));
        let engine = stage.engine().await;
        let run_id = submit(&engine, pattern(92)).await;
        let told = wait_for(&engine, &run_id, "to be unclear", |state| {
            state == RunState::Unconfirmed
        })
        .await;
        assert!(!format!("{told:?}").contains("<html"), "{status}: {told:?}");
        assert_eq!(stage.requests("Run").await, 1, "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f24a_a_run_answered_with_one_of_its_names_is_followed_by_it() {
    for missing in ["taskid", "socketaccesstoken"] {
        let stage = Stage::new();
        let relay = Relay::before(&stage, move |path, _, answer| {
            if path.starts_with("Run/")
                && let Some(answer) = answer.as_object_mut()
            {
                answer.remove(missing);
            }
        })
        .await;
        let engine = relay.engine(&stage).await;
        let done = run(&engine, slow("1")).await;
        assert_eq!(done.summary.state, RunState::Succeeded, "no {missing}");
        assert!(done.summary.task_id.is_some(), "no {missing}: it is learnt");
        assert_eq!(stage.requests("Run").await, 1, "no {missing}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f24b_a_run_answered_without_a_name_is_looked_for() {
    let stage = Stage::new();
    let relay = Relay::before(&stage, |path, _, answer| {
        if path.starts_with("Run/") {
            *answer = json!({"result": true, "errors": []});
        }
    })
    .await;
    let engine = relay.engine(&stage).await;
    let run_id = submit(&engine, pattern(24)).await;
    let done = wait_for(&engine, &run_id, "to be found", |state| {
        state == RunState::Succeeded
    })
    .await;
    assert_eq!((done.outputs.len(), stage.requests("Run").await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn f38a_only_an_exit_code_of_zero_is_success() {
    for (pexit, state) in [
        (json!("0"), RunState::Succeeded),
        (json!(0), RunState::Succeeded),
        (json!("137"), RunState::Failed),
        (json!(1), RunState::Failed),
        (json!("00"), RunState::Failed),
        (json!("killed"), RunState::Failed),
    ] {
        let stage = Stage::new();
        let told = pexit.clone();
        let relay = Relay::before(&stage, move |path, _, answer| {
            if path == "Task/Detail"
                && let Some(task) = task(answer)
                && task["status"] == json!("task_postprocess_end")
            {
                task["pexit"] = told.clone();
            }
        })
        .await;
        let engine = relay.engine(&stage).await;
        let done = run(&engine, pattern(38)).await;
        assert_eq!(done.summary.state, state, "{pexit}");
        assert_eq!(code(&done).is_some(), state == RunState::Failed, "{pexit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f38b_an_exit_code_that_comes_late_is_waited_for_and_one_that_never_comes_is_no_success() {
    for (late, state) in [(3, RunState::Succeeded), (u64::MAX, RunState::Failed)] {
        let stage = Stage::new();
        let ends = std::sync::atomic::AtomicU64::new(0);
        let relay = Relay::before(&stage, move |path, _, answer| {
            if path == "Task/Detail"
                && let Some(task) = task(answer)
                && task["status"] == json!("task_postprocess_end")
            {
                let seen = ends.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
                if seen <= late
                    && let Some(task) = task.as_object_mut()
                {
                    task.remove("pexit");
                }
            }
        })
        .await;
        let engine = relay.engine(&stage).await;
        let began = Instant::now();
        let done = run(&engine, pattern(39)).await;
        assert_eq!(done.summary.state, state, "{late}");
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "{late}: it is believed in the end"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f38c_a_success_without_files_is_a_success() {
    for nothing in [json!([]), json!(null), json!("")] {
        let stage = Stage::new();
        let told = nothing.clone();
        let relay = Relay::before(&stage, move |path, _, answer| {
            if path == "Task/Detail"
                && let Some(task) = task(answer)
            {
                task["outputs"] = told.clone();
            }
        })
        .await;
        let engine = relay.engine(&stage).await;
        let done = run(&engine, pattern(40)).await;
        assert_eq!(
            (done.summary.state, code(&done)),
            (RunState::Succeeded, None),
            "{nothing}"
        );
        assert_eq!(
            (done.outputs.len(), stage.requests("files").await),
            (0, 0),
            "{nothing}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f39b_a_run_that_does_not_end_is_followed_after_a_restart() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    let run_id = submit(&engine, slow("60")).await;
    wait_for(&engine, &run_id, "to run", |state| {
        state == RunState::Running
    })
    .await;
    engine.close().await.expect("closed");
    let engine = stage.engine().await;
    engine.resume().await.expect("taken up");
    wait_until(&engine, &run_id, "to compute", |detail| {
        detail.summary.status.as_deref() == Some("task_start") && detail.actions.stop
    })
    .await;
    engine.run_stop(&run_id).await.expect("stopped");
    let ended = settled(&engine, &run_id).await;
    assert_eq!(
        (ended.summary.state, stage.requests("Run").await),
        (RunState::Cancelled, 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn f40a_a_task_that_moved_on_is_stopped_the_other_way() {
    // What is known of the task is older than the task: Cancel comes too late, Kill too early.
    let refusal = json!({"result": false, "errors": [{"code": 1, "message": "Task is not in a cancellable state."}]});
    let stage = Stage::with_faults(&json!([
        {"on": {"path": "Task/Cancel"}, "do": {"body": refusal.to_string()}},
    ]));
    let relay = Relay::before(&stage, |_, _, _| {}).await;
    let engine = relay.engine(&stage).await;
    let run_id = submit(&engine, slow("60")).await;
    wait_for(&engine, &run_id, "to run", |state| {
        state == RunState::Running
    })
    .await;
    // Pressed at once: whatever status is known by now, the task ends.
    engine.run_stop(&run_id).await.expect("stopped");
    let ended = settled(&engine, &run_id).await;
    assert_eq!(ended.summary.state, RunState::Cancelled);
    assert!(stage.requests("Task/Kill").await <= 2 && stage.requests("Task/Cancel").await <= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn f40b_a_task_that_ended_meanwhile_shows_how_it_ended() {
    let refusal =
        json!({"result": false, "errors": [{"code": 1, "message": "Task could not be killed"}]});
    let stage = Stage::with_faults(&json!([
        {"on": {"path": "Task/Cancel"}, "do": {"body": refusal.to_string()}},
        {"on": {"path": "Task/Kill"}, "do": {"body": refusal.to_string()}},
    ]));
    let engine = stage.engine().await;
    let run_id = submit(&engine, slow("2")).await;
    wait_until(&engine, &run_id, "to compute", |detail| {
        detail.summary.status.as_deref() == Some("task_start")
    })
    .await;
    engine
        .run_stop(&run_id)
        .await
        .expect_err("it runs on, and that is said");
    let shown = engine.run_show(&run_id).await.expect("the run");
    assert_eq!(
        (shown.summary.state, shown.is_stopping),
        (RunState::Running, false)
    );
    let done = settled(&engine, &run_id).await;
    assert_eq!(done.summary.state, RunState::Succeeded, "the true end");
    assert_eq!(
        (
            stage.requests("Task/Kill").await,
            stage.requests("Task/Cancel").await
        ),
        (1, 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn f50a_a_captive_portal_is_not_believed_and_passes() {
    let page = "<html><body>Welcome to the airport</body></html>";
    for fault in [
        json!({"status": 200, "body": page, "headers": {"content-type": "text/html"}}),
        json!({"status": 302, "headers": {"location": "http://127.0.0.1:9/login"}}),
    ] {
        let rule = json!({"on": {"path": "Task/Detail", "nth": {"to": 3}}, "do": fault});
        let stage = deaf(&[rule]);
        let engine = stage.engine().await;
        let run_id = submit(&engine, slow("1")).await;
        let told = wait_until(&engine, &run_id, "to be in trouble", |detail| {
            detail.error.is_some()
        })
        .await;
        assert_eq!(told.summary.state, RunState::Running, "{fault}");
        assert!(
            !format!("{told:?}").contains("airport"),
            "{fault}: {:?}",
            told.error
        );
        let done = settled(&engine, &run_id).await;
        assert_eq!(
            (done.summary.state, code(&done)),
            (RunState::Succeeded, None),
            "{fault}"
        );
        assert_eq!(done.outputs[0].state, OutputState::Published, "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f50b_clocks_a_day_apart_do_not_matter_to_a_run_and_a_lost_one_is_asked_about() {
    const DAY_S: i64 = 24 * 60 * 60;
    for shift_s in [DAY_S, -DAY_S] {
        let plan = json!([{"on": {"path": "Run/*", "nth": 2}, "do": {"close": "answer", "when": "after"}}]);
        let stage = Stage::with_faults(&plan);
        let relay = Relay::before(&stage, move |path, _, answer| {
            if path.starts_with("Task/") {
                shift(answer, shift_s);
            }
        })
        .await;
        let engine = relay.engine(&stage).await;
        let followed = run(&engine, pattern(50)).await;
        assert_eq!(followed.summary.state, RunState::Succeeded, "{shift_s}");
        // Its task seems to be of another day: it is not taken for it.
        let lost = run(&engine, pattern(51)).await;
        assert_eq!(lost.summary.state, RunState::Unconfirmed, "{shift_s}");
        assert_eq!(stage.requests("Run").await, 2, "{shift_s}");
    }
}

/// Moves every time of an answer.
fn shift(value: &mut Value, seconds: i64) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| shift(item, seconds)),
        Value::Object(fields) => {
            for (name, field) in fields {
                let time = field.as_str().and_then(|text| text.parse::<i64>().ok());
                let time = time.or(field.as_i64());
                match time.filter(|_| name.ends_with("time")) {
                    Some(time) => *field = json!((time + seconds).to_string()),
                    None => shift(field, seconds),
                }
            }
        }
        _ => {}
    }
}
