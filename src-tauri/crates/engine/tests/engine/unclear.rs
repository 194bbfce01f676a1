//! Answers that get lost, sockets that drop: nothing is sent twice and nothing accepted is lost.

use serde_json::json;
use wiro_engine::dto::{ErrorCode, RunState};

use crate::stage::{Stage, pattern, run, settled, submission, submit, texts};

#[tokio::test(flavor = "multi_thread")]
async fn f25a_a_run_whose_answer_was_lost_is_found_and_followed() {
    for fault in [
        json!({"close": "answer", "when": "after"}),
        json!({"status": 502, "when": "after"}),
        json!({"truncate": 10, "when": "after"}),
    ] {
        let stage = Stage::with_faults(&json!([{"on": {"path": "Run/*", "nth": 1}, "do": fault}]));
        let engine = stage.engine().await;
        let run_id = submit(&engine, pattern(7)).await;
        let detail = crate::stage::wait_for(&engine, &run_id, "to be found", |state| {
            state == RunState::Succeeded
        })
        .await;
        assert_eq!(detail.outputs.len(), 1, "{fault}");
        assert_eq!(stage.requests("Run").await, 1, "{fault}: sent once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f25b_a_run_that_never_arrived_stays_unconfirmed_until_the_person_decides() {
    let stage = Stage::with_faults(&json!([{"on": {"path": "Run/*"}, "do": {"close": "answer"}}]));
    let engine = stage.engine().await;
    let detail = run(&engine, pattern(8)).await;
    assert_eq!(detail.summary.state, RunState::Unconfirmed);
    assert_eq!(
        detail.error.as_ref().map(|error| error.code),
        Some(ErrorCode::RunUnconfirmed)
    );
    let again = crate::stage::looked_again(&engine, &detail.summary.id).await;
    assert_eq!(
        (again.summary.state, again.candidates.len()),
        (RunState::Unconfirmed, 0)
    );
    let dismissed = engine
        .run_dismiss(&detail.summary.id)
        .await
        .expect("dismissed");
    assert_eq!(dismissed.summary.state, RunState::NotSent);
    assert_eq!(
        stage.requests("Run").await,
        1,
        "looking and deciding send nothing"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn f25c_two_tasks_that_fit_are_for_the_person_to_choose_from() {
    let plan = json!([{"on": {"path": "Run/*", "nth": [1, 2]}, "do": {"close": "answer", "when": "after"}}]);
    let stage = Stage::with_faults(&plan);
    let engine = stage.engine().await;
    let (first, second) = (
        submit(&engine, pattern(9)).await,
        submit(&engine, pattern(9)).await,
    );
    let (one, two) = (
        settled(&engine, &first).await,
        settled(&engine, &second).await,
    );
    assert_eq!(
        (one.summary.state, two.summary.state),
        (RunState::Unconfirmed, RunState::Unconfirmed)
    );
    let looked = crate::stage::looked_again(&engine, &first).await;
    assert_eq!(looked.candidates.len(), 2, "both tasks fit");
    engine
        .run_adopt(&first, "no such task")
        .await
        .expect_err("only what was found can be chosen");
    engine
        .run_adopt(&first, &looked.candidates[0])
        .await
        .expect("adopted");
    let done = crate::stage::wait_for(&engine, &first, "to succeed", |state| {
        state == RunState::Succeeded
    })
    .await;
    assert_eq!(
        done.summary.task_id.as_deref(),
        Some(looked.candidates[0].as_str())
    );
    // It may be found by itself meanwhile: then looking again has nothing to do.
    let _ = engine.run_recheck(&second).await;
    let done = crate::stage::wait_for(&engine, &second, "to succeed", |state| {
        state == RunState::Succeeded
    })
    .await;
    assert_eq!(
        done.summary.task_id.as_deref(),
        Some(looked.candidates[1].as_str()),
        "the other one is left"
    );
    assert_eq!(stage.requests("Run").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn f26a_a_service_that_is_not_there_leaves_the_run_unsent() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    // The form is known from before; then the service goes away.
    engine
        .model_show("sandbox/pattern")
        .await
        .expect("the form");
    stage.sandbox.shutdown().await;
    let detail = run(&engine, pattern(10)).await;
    assert_eq!(detail.summary.state, RunState::NotSent);
    assert_eq!(
        detail.error.map(|error| error.code),
        Some(ErrorCode::NetworkOffline)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn f29_a_socket_that_drops_at_any_stage_loses_nothing() {
    for stage_name in [
        "connected",
        "task_queue",
        "task_accept",
        "task_start",
        "task_output",
        "task_end",
        "task_postprocess_start",
    ] {
        let plan = json!([{"on": {"path": "socket", "nth": 1}, "do": {"drop_after": stage_name}}]);
        let stage = Stage::with_faults(&plan);
        let engine = stage.engine().await;
        let detail = run(&engine, pattern(11)).await;
        assert_eq!(
            detail.summary.state,
            RunState::Succeeded,
            "dropped after {stage_name}: {:?}",
            detail.error
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f29b_a_socket_that_refuses_or_stays_silent_is_replaced_by_asking() {
    for fault in [json!({"status": 503}), json!({"stall": "headers"})] {
        let stage = Stage::with_faults(&json!([{"on": {"path": "socket"}, "do": fault}]));
        let engine = stage.engine().await;
        let detail = run(
            &engine,
            submission("sandbox/slow", texts(&[("seconds", "1")])),
        )
        .await;
        assert_eq!(
            detail.summary.state,
            RunState::Succeeded,
            "{fault}: {:?}",
            detail.error
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f25d_one_task_that_two_unclear_runs_may_be_is_adopted_by_neither() {
    // The first answer is lost after the task was made, the second request never arrives.
    let stage = Stage::with_faults(&json!([
        {"on": {"path": "Run/*", "nth": 1}, "do": {"close": "answer", "when": "after"}},
        {"on": {"path": "Run/*", "nth": 2}, "do": {"close": "answer"}},
        // Nobody looks before both are unclear.
        {"on": {"path": "Task/List", "nth": [1, 2, 3, 4, 5, 6]}, "do": {"status": 401}},
    ]));
    let engine = stage.engine().await;
    let first = submit(&engine, pattern(12)).await;
    let second = submit(&engine, pattern(12)).await;
    for run_id in [&first, &second] {
        crate::stage::wait_for(&engine, run_id, "to be unclear", |state| {
            state == RunState::Unconfirmed
        })
        .await;
    }
    for run_id in [&first, &second] {
        let looked = crate::stage::looked_again(&engine, run_id).await;
        assert_eq!(looked.summary.state, RunState::Unconfirmed);
        assert_eq!(looked.candidates.len(), 1, "the person is shown the task");
    }
    let task = engine.run_show(&second).await.expect("the run").candidates[0].clone();
    engine
        .run_adopt(&second, &task)
        .await
        .expect("the person decides");
    let done = crate::stage::wait_for(&engine, &second, "to succeed", |state| {
        state == RunState::Succeeded
    })
    .await;
    assert_eq!(done.summary.task_id.as_deref(), Some(task.as_str()));
    let left = crate::stage::looked_again(&engine, &first).await;
    assert_eq!(
        (left.summary.state, left.candidates.len()),
        (RunState::Unconfirmed, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn f18_a_result_that_cannot_be_fetched_now_is_fetched_later() {
    let failing: Vec<u64> = (1..=8).collect();
    let stage = Stage::with_faults(
        &json!([{"on": {"path": "files/*", "nth": failing}, "do": {"status": 503}}]),
    );
    let engine = stage.engine().await;
    let run_id = submit(&engine, pattern(13)).await;
    let troubled = crate::stage::wait_until(&engine, &run_id, "to be in trouble", |detail| {
        detail.summary.state == RunState::Collecting && detail.error.is_some()
    })
    .await;
    assert_eq!(
        troubled.error.map(|error| error.code),
        Some(ErrorCode::OutputUnavailable)
    );
    let detail = crate::stage::wait_for(&engine, &run_id, "to succeed", |state| {
        state == RunState::Succeeded
    })
    .await;
    assert!(detail.error.is_none() && detail.outputs[0].path.is_some());
}
