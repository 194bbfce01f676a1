//! From an answer to a file on disk.

use wiro_engine::RunOptions;
use wiro_engine::dto::{AppError, ErrorCode, OutputFilter, OutputState, RunFilter, RunState};

use crate::stage::{Stage, pattern, run, settled, submission, submit, texts, wait_for, with_file};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_language_model_says_is_its_answer_and_not_its_log() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    let prompt = texts(&[("prompt", "I remember my boat")]);
    let detail = run(&engine, submission("sandbox/eliza", prompt)).await;
    assert_eq!(detail.summary.state, RunState::Succeeded);
    let said = detail.text.expect("an answer");
    assert!(said.contains("your boat"), "{said}");
    assert_eq!(detail.log, [], "it is told once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_leaves_a_whole_file_a_timeline_and_a_cost() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    let detail = run(&engine, pattern(1)).await;
    assert_eq!(
        detail.summary.state,
        RunState::Succeeded,
        "{:?}",
        detail.error
    );
    assert_eq!(detail.pexit.as_deref(), Some("0"));
    assert!(
        detail.summary.cost_usd.is_some(),
        "a successful run has a cost"
    );
    let output = &detail.outputs[0];
    assert_eq!(
        (output.width, output.height, output.content_type.as_str()),
        (Some(64), Some(64), "image/png")
    );
    let path = output.path.as_deref().expect("a path");
    let on_disk = fs_err::metadata(path).expect("on disk").len();
    assert_eq!(on_disk.to_string(), output.bytes.to_string());
    let statuses: Vec<&str> = detail
        .timeline
        .iter()
        .map(|step| step.status.as_str())
        .collect();
    assert_eq!(
        statuses.last(),
        Some(&"task_postprocess_end"),
        "{statuses:?}"
    );
    engine.close().await.expect("closed");

    let reopened = stage.engine().await;
    let page = reopened
        .output_list(&OutputFilter {
            limit: 10,
            ..OutputFilter::default()
        })
        .await
        .expect("a page");
    assert_eq!(
        page.outputs
            .iter()
            .map(|output| output.path.as_deref())
            .collect::<Vec<_>>(),
        [Some(path)]
    );
    let runs = reopened
        .run_list(&RunFilter {
            limit: 10,
            ..RunFilter::default()
        })
        .await
        .expect("a page");
    assert_eq!((runs.total, runs.active), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_comes_back_twice_as_large_and_into_the_folder_asked_for() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    let photo = stage.picture("photo.jpg", 120, 80);
    let mut answers = with_file(&engine, "inputImage", photo).await;
    answers.extend(texts(&[("scale", "2")]));
    let folder = stage.path("results");
    let options = RunOptions {
        output_dir: Some(folder.clone()),
        origin: "cli".to_owned(),
        ..RunOptions::default()
    };
    let run_id = engine
        .run_submit(submission("sandbox/upscale", answers), options)
        .await
        .expect("written")
        .id;
    let detail = settled(&engine, &run_id).await;
    assert_eq!(
        detail.summary.state,
        RunState::Succeeded,
        "{:?}",
        detail.error
    );
    assert_eq!(
        (detail.outputs[0].width, detail.outputs[0].height),
        (Some(240), Some(160))
    );
    let exported: Vec<_> = fs_err::read_dir(&folder).expect("the folder").collect();
    assert_eq!(exported.len(), 1, "one result was put into the folder");
    let input = detail
        .inputs
        .iter()
        .find(|input| input.id == "inputImage")
        .expect("the input");
    assert_eq!(
        (input.value.as_str(), input.file_ids.len()),
        ("photo.jpg", 1),
        "the input is kept and named"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_fails_costs_nothing_and_says_why() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    let answers = texts(&[("exitcode", "3"), ("message", "the kernel is out of tea")]);
    let detail = run(&engine, submission("sandbox/failing", answers)).await;
    assert_eq!(detail.summary.state, RunState::Failed);
    assert_eq!(detail.pexit.as_deref(), Some("3"));
    let error = detail.error.expect("an error");
    assert_eq!(error.code, ErrorCode::RunFailed);
    assert!(error.message.contains("out of tea"), "{}", error.message);
    assert!(
        detail
            .summary
            .cost_usd
            .is_none_or(|cost| cost.parse::<f64>() == Ok(0.0))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_input_is_told_and_nothing_is_sent() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    let refused = engine
        .run_submit(
            submission("sandbox/upscale", texts(&[])),
            RunOptions::default(),
        )
        .await;
    let error = AppError::from(refused.expect_err("the picture is missing"));
    assert_eq!(
        (error.code, error.field.as_deref()),
        (ErrorCode::InputInvalid, Some("inputImage"))
    );
    assert_eq!(stage.requests("Run").await, 0);
    assert_eq!(
        engine
            .run_list(&RunFilter::default())
            .await
            .expect("a page")
            .total,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_intent_twice_is_one_run() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    let once = pattern(2);
    let first = submit(&engine, once.clone()).await;
    let second = submit(&engine, once).await;
    assert_eq!(first, second);
    settled(&engine, &first).await;
    assert_eq!(stage.requests("Run").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_on_after_a_restart_of_the_app() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    let run_id = submit(
        &engine,
        submission("sandbox/slow", texts(&[("seconds", "2")])),
    )
    .await;
    wait_for(&engine, &run_id, "to be accepted", |state| {
        state == RunState::Running
    })
    .await;
    engine.close().await.expect("closed");
    drop(engine);

    let engine = stage.engine().await;
    engine.resume().await.expect("resumed");
    let detail = settled(&engine, &run_id).await;
    assert_eq!(
        detail.summary.state,
        RunState::Succeeded,
        "{:?}",
        detail.error
    );
    assert!(
        detail
            .outputs
            .iter()
            .all(|output| output.state == OutputState::Published)
    );
    assert_eq!(stage.requests("Run").await, 1);
}
