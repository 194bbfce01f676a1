//! What a person does about a run, over real HTTP and sockets.

use std::time::Duration;

use rust_decimal::Decimal;
use serde_json::json;
use wiro_engine::dto::{
    AnswerInput, AppError, ErrorCode, FileInput, OutputState, RunDetail, RunState,
};
use wiro_engine::{Engine, Error};

use crate::stage::{
    Stage, pattern, run, settled, submission, submit, texts, wait_for, wait_until, with_file,
};

fn slow(seconds: &str) -> wiro_engine::dto::RunSubmission {
    submission("sandbox/slow", texts(&[("seconds", seconds)]))
}

async fn running(engine: &Engine, run_id: &str) -> RunDetail {
    wait_until(engine, run_id, "to be computed", |detail| {
        detail.summary.status.as_deref() == Some("task_start")
    })
    .await
}

async fn retry(engine: &Engine, run_id: &str) -> Result<String, Error> {
    let intent_id = uuid::Uuid::now_v7().to_string();
    let summary = engine.run_retry(run_id, &intent_id, "test").await?;
    Ok(summary.id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_task_is_killed_and_a_queued_one_cancelled() {
    let stage = Stage::with(|config| config.workers(1));
    let engine = stage.engine().await;
    let first = submit(&engine, slow("60")).await;
    running(&engine, &first).await;
    let second = submit(&engine, slow("60")).await;
    wait_until(&engine, &second, "to be queued", |detail| {
        detail.summary.status.as_deref() == Some("task_queue")
    })
    .await;
    for run_id in [&second, &first] {
        assert!(engine.run_show(run_id).await.expect("the run").actions.stop);
        engine.run_stop(run_id).await.expect("stopped");
        let ended = settled(&engine, run_id).await;
        assert_eq!(ended.summary.state, RunState::Cancelled);
        assert_eq!(
            ended.summary.cost_usd.as_deref().unwrap_or("0"),
            "0",
            "nothing was charged"
        );
        assert!(!ended.is_stopping && !ended.actions.stop);
    }
    assert_eq!(
        (
            stage.requests("Task/Cancel").await > 0,
            stage.requests("Task/Kill").await > 0
        ),
        (true, true)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_waits_for_a_slot_is_stopped_without_being_sent() {
    let stage = Stage::with(|config| config.balance(Decimal::from(10)));
    let engine = stage.engine().await;
    let first = submit(&engine, slow("60")).await;
    running(&engine, &first).await;
    let second = submit(&engine, pattern(51)).await;
    let waiting = wait_for(&engine, &second, "to wait", |state| {
        state == RunState::Waiting
    })
    .await;
    let refusal = waiting.error.expect("it says what it waits for");
    assert_eq!(refusal.code, ErrorCode::LimitConcurrent);
    assert!(
        refusal.message.contains("$10.00") && refusal.message.contains("1 tasks"),
        "{}",
        refusal.message
    );
    engine.run_stop(&second).await.expect("stopped");
    let ended = settled(&engine, &second).await;
    assert_eq!(ended.summary.state, RunState::NotSent);
    assert_eq!(
        ended.error.map(|error| error.code),
        Some(ErrorCode::Interrupted)
    );
    engine.run_stop(&first).await.expect("stopped");
    settled(&engine, &first).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f18_a_run_stopped_while_the_service_is_silent_is_unconfirmed_or_stopped_and_never_sent_twice()
 {
    // The service takes the run and answers late: it is stopped meanwhile.
    let plan = json!([{"on": {"path": "Run/*", "nth": 1}, "do": {"stall": "headers"}}]);
    let stage = Stage::with_faults(&plan);
    let engine = stage.engine().await;
    let run_id = submit(&engine, slow("60")).await;
    wait_for(&engine, &run_id, "to be sent", |state| {
        state == RunState::Sending
    })
    .await;
    let posted = async {
        while stage.requests("Run").await == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), posted)
        .await
        .expect("it is on its way");
    let asked = std::time::Instant::now();
    engine.run_stop(&run_id).await.expect("stopped");
    let ended = settled(&engine, &run_id).await;
    assert!(
        asked.elapsed() < Duration::from_secs(30),
        "stopping does not wait for the service"
    );
    assert!(
        matches!(
            ended.summary.state,
            RunState::Unconfirmed | RunState::Cancelled | RunState::NotSent
        ),
        "{:?}",
        ended.summary.state
    );
    assert_eq!(stage.requests("Run").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_repeated_with_its_files_and_knows_what_it_repeats() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    let picture = stage.picture("photo.png", 40, 30);
    let mut answers = with_file(&engine, "inputImage", picture.clone()).await;
    answers.extend(texts(&[("scale", "2")]));
    let first = run(&engine, submission("sandbox/upscale", answers)).await;
    // The copy in the library is sent again, whatever became of the original.
    fs_err::remove_file(picture).expect("removed");
    let second = retry(&engine, &first.summary.id).await.expect("repeated");
    let done = settled(&engine, &second).await;
    assert_eq!(done.summary.state, RunState::Succeeded);
    assert_eq!(done.retry_of.as_deref(), Some(first.summary.id.as_str()));
    assert_eq!(done.outputs[0].width, Some(80));
    assert_eq!(stage.requests("Run").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn f27_a_large_file_that_changed_since_is_not_sent_again() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    // Over the size up to which files are copied into the library.
    let path = stage.path("large.bin");
    fs_err::write(&path, vec![7_u8; 17 * 1_048_576]).expect("written");
    let answers = with_file(&engine, "inputImage", path.clone()).await;
    let failed = run(&engine, submission("sandbox/upscale", answers)).await;
    assert_eq!(failed.summary.state, RunState::Failed, "it is no picture");
    fs_err::write(&path, vec![8_u8; 17 * 1_048_576]).expect("written");
    let error: AppError = retry(&engine, &failed.summary.id)
        .await
        .expect_err("other bytes")
        .into();
    assert_eq!(error.code, ErrorCode::FileChanged);
    assert_eq!(stage.requests("Run").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_may_still_become_something_is_not_repeated() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    let run_id = submit(&engine, slow("60")).await;
    running(&engine, &run_id).await;
    retry(&engine, &run_id)
        .await
        .expect_err("it could be paid for twice");
    engine.run_stop(&run_id).await.expect("stopped");
    settled(&engine, &run_id).await;
    assert_eq!(stage.requests("Run").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_services_copies_are_deleted_and_the_librarys_stay() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    let picture = stage.picture("photo.png", 20, 20);
    let answers = with_file(&engine, "inputImage", picture).await;
    let done = run(&engine, submission("sandbox/upscale", answers)).await;
    assert!(done.actions.delete_files);
    let after = engine
        .run_delete_files(&done.summary.id)
        .await
        .expect("deleted");
    assert!(after.files_deleted_at_ms.is_some() && !after.actions.delete_files);
    let path = engine
        .output_file(&done.outputs[0].id)
        .await
        .expect("the result stays");
    assert!(path.is_file());
    assert_eq!(stage.requests("Task/InputOutputDelete").await, 1);
    engine
        .run_delete_files(&done.summary.id)
        .await
        .expect_err("there is nothing left to delete");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_run_leaves_nothing_behind_and_is_never_adopted() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    let done = run(&engine, pattern(61)).await;
    let path = engine
        .output_file(&done.outputs[0].id)
        .await
        .expect("on disk");
    engine
        .run_forget(&done.summary.id)
        .await
        .expect("forgotten");
    assert!(!path.exists(), "its result is gone");
    engine
        .run_show(&done.summary.id)
        .await
        .expect_err("no such run");

    // The same request, whose answer is lost before the service has it: the forgotten task is not taken for it.
    let plan = json!([{"on": {"path": "Run/*", "nth": 1}, "do": {"close": "answer"}}]);
    let other = Stage::with_faults(&plan);
    let engine = other.engine().await;
    let lost = run(&engine, pattern(61)).await;
    assert_eq!(lost.summary.state, RunState::Unconfirmed);
    let first = run(&engine, pattern(61)).await;
    engine
        .run_forget(&first.summary.id)
        .await
        .expect("forgotten");
    let looked = crate::stage::looked_again(&engine, &lost.summary.id).await;
    assert_eq!(
        (looked.summary.state, looked.candidates.len()),
        (RunState::Unconfirmed, 0),
        "a forgotten task is known"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn f39_a_run_that_never_ends_can_be_forgotten_while_it_runs() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    let run_id = submit(&engine, slow("60")).await;
    running(&engine, &run_id).await;
    engine.run_forget(&run_id).await.expect("forgotten");
    engine.run_show(&run_id).await.expect_err("no such run");
    engine.resume().await.expect("nothing comes back");
    engine.run_show(&run_id).await.expect_err("nor later");
}

#[tokio::test(flavor = "multi_thread")]
async fn f41_a_result_that_could_not_be_fetched_is_fetched_again() {
    let plan = json!([{"on": {"path": "files/*", "nth": [1, 2, 3, 4, 5, 6, 7, 8]}, "do": {"status": 404}}]);
    let stage = Stage::with_faults(&plan);
    let engine = stage.engine().await;
    let done = run(&engine, pattern(71)).await;
    assert_eq!(done.summary.state, RunState::Succeeded);
    assert_eq!(done.outputs[0].state, OutputState::Failed);
    assert!(done.outputs[0].can_retry);
    let mut state = OutputState::Failed;
    // The plan answers 404 a few more times: each look is one press of the person.
    for _ in 0..4 {
        engine
            .output_retry(&done.outputs[0].id)
            .await
            .expect("asked again");
        let detail = wait_until(&engine, &done.summary.id, "to fetch", |detail| {
            detail.outputs[0].state != OutputState::Pending
                && !engine.is_in_care(&detail.summary.id)
        })
        .await;
        state = detail.outputs[0].state;
        if state == OutputState::Published {
            break;
        }
    }
    assert_eq!(state, OutputState::Published);
    engine
        .output_retry(&done.outputs[0].id)
        .await
        .expect_err("it is there");
}

#[tokio::test(flavor = "multi_thread")]
async fn pasted_addresses_are_sent_again_as_they_were() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    let url = FileInput::Url {
        url: stage.sandbox.api_url().replace("/v1", "/files/none.png"),
    };
    let answers = [(
        "inputImage".to_owned(),
        AnswerInput::Files { files: vec![url] },
    )]
    .into();
    let failed = run(&engine, submission("sandbox/upscale", answers)).await;
    assert_eq!(failed.summary.state, RunState::Failed);
    let again = retry(&engine, &failed.summary.id).await.expect("repeated");
    let again = settled(&engine, &again).await;
    assert_eq!(again.inputs, failed.inputs);
}
