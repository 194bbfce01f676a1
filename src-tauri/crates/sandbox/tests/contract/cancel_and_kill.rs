//! Sections 7.4 and 7.5, by every name of a task (C-08).

use crate::support::listener::Listener;
use crate::support::shape::{assert_keys, payload};
use crate::support::{Run, Sandbox};
use serde_json::{Value, json};

/// The three names that a task has in requests.
fn names(run: &Run) -> [Value; 3] {
    [
        json!({"tasktoken": run.token}),
        json!({"taskid": run.id}),
        json!({"socketaccesstoken": run.token}),
    ]
}

async fn one_worker() -> Sandbox {
    Sandbox::key_only(&["--workers", "1"]).await
}

fn assert_cancelled(task: &Value) {
    assert_eq!(task["status"], "task_cancel", "{task:#}");
    assert_ne!(task["pexit"], "0", "{task:#}");
    assert_eq!(task["outputs"], json!([]), "{task:#}");
    let cost: f64 = task["totalcost"].as_str().unwrap().parse().unwrap();
    assert!(cost == 0.0, "{task:#}");
}

#[tokio::test]
async fn section_7_4_a_queued_task_is_cancelled_by_every_name() {
    let sandbox = one_worker().await;
    sandbox.occupy_worker().await;
    for name in 0..3 {
        let run = sandbox.run("sandbox/slow", json!({"seconds": 1})).await;
        let answer = sandbox
            .post("/Task/Cancel", names(&run)[name].clone())
            .await;
        assert_keys(
            answer.success(),
            &payload!("task.cancel.response.01.json"),
            &[],
        );
        assert_cancelled(&sandbox.finished(&run).await);
    }
}

#[tokio::test]
async fn section_7_4_what_is_not_in_the_queue_is_not_cancelled() {
    let sandbox = one_worker().await;
    let running = sandbox.occupy_worker().await;
    let waiting = sandbox.run("sandbox/slow", json!({"seconds": 1})).await;
    sandbox
        .post("/Task/Cancel", json!({"taskid": waiting.id}))
        .await
        .success();
    for run in [&running, &waiting] {
        for name in names(run) {
            let answer = sandbox.post("/Task/Cancel", name).await;
            answer.refused(1, "Task is not in a cancellable state.");
        }
    }
    let status = sandbox.task(&running).await["status"].clone();
    assert!(
        status == "task_start" || status == "task_output",
        "{status}"
    );
}

#[tokio::test]
async fn section_7_5_a_running_task_is_killed_by_every_name() {
    let sandbox = one_worker().await;
    for name in 0..3 {
        let run = sandbox.occupy_worker().await;
        let answer = sandbox.post("/Task/Kill", names(&run)[name].clone()).await;
        assert_keys(
            answer.success(),
            &payload!("task.kill.response.01.json"),
            &[],
        );
        assert_cancelled(&sandbox.finished(&run).await);
    }
}

#[tokio::test]
async fn section_7_5_what_is_over_cannot_be_killed() {
    let sandbox = one_worker().await;
    let done = sandbox.run("sandbox/pattern", json!({"prompt": "a"})).await;
    sandbox.succeeded(&done).await;
    let failed = sandbox.run("sandbox/failing", json!({})).await;
    sandbox.finished(&failed).await;
    for run in [&done, &failed] {
        let before = sandbox.task(run).await;
        for name in names(run) {
            let answer = sandbox.post("/Task/Kill", name).await;
            let reason = answer.message().strip_prefix("Task could not be killed: ");
            assert!(
                reason.is_some_and(|reason| !reason.is_empty()),
                "{answer:#?}"
            );
            assert_eq!(
                (answer.status, &answer.body["errors"][0]["code"]),
                (200, &json!(1))
            );
        }
        assert_eq!(sandbox.task(run).await, before);
    }
}

#[tokio::test]
async fn section_3_4_a_task_that_nobody_knows() {
    let sandbox = one_worker().await;
    let nobody = Run {
        id: "999999".to_owned(),
        token: "x".repeat(30),
    };
    for path in ["/Task/Cancel", "/Task/Kill"] {
        for name in names(&nobody) {
            let answer = sandbox.post(path, name).await;
            answer.refused(1, "There is no task yet.");
        }
        let nameless = sandbox.post(path, json!({})).await;
        assert!(!nameless.message().is_empty(), "{nameless:#?}");
    }
}

/// Both ends are `task_cancel` on the socket (C-45), and nothing follows.
#[tokio::test]
async fn section_10_4_the_socket_tells_both() {
    let sandbox = one_worker().await;
    let running = sandbox.occupy_worker().await;
    let waiting = sandbox.run("sandbox/slow", json!({"seconds": 1})).await;
    let after = sandbox.run("sandbox/pattern", json!({"prompt": "a"})).await;
    let mut listener = Listener::to(&sandbox, &[&running, &waiting, &after]).await;
    let cancel = json!({"taskid": waiting.id});
    sandbox.post("/Task/Cancel", cancel).await.success();
    sandbox.kill(&running).await;
    let frames = listener.frames_until_the_end_of(3).await;
    for run in [&running, &waiting] {
        let own: Vec<_> = frames
            .iter()
            .filter(|frame| frame["tasktoken"] == run.token.as_str())
            .collect();
        assert_eq!(own.last().unwrap()["type"], "task_cancel", "{frames:#?}");
        let times = own
            .iter()
            .filter(|frame| frame["type"] == "task_cancel")
            .count();
        assert_eq!(times, 1, "{frames:#?}");
    }
    assert_eq!(frames.last().unwrap()["type"], "task_postprocess_end");
}
