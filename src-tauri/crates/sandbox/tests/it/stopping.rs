//! `Task/Cancel` and `Task/Kill` under every name and in every status that lasts.

use serde_json::{Value, json};

use crate::support::{Lab, Task, lab};

const NOT_CANCELLABLE: &str = "Task is not in a cancellable state.";

fn done() -> Value {
    json!({ "result": true, "errors": [], "tasklist": [] })
}

/// One after the other what a request may call a task.
fn names(task: &Task) -> [Value; 3] {
    [
        json!({ "taskid": task.id }),
        json!({ "tasktoken": task.token }),
        json!({ "socketaccesstoken": task.token }),
    ]
}

async fn started(lab: &Lab) -> Task {
    let task = lab.run("sandbox/slow", json!({ "seconds": 300 })).await;
    lab.until(&task, |status| status == "task_start").await;
    task
}

#[tokio::test]
async fn a_queued_task_is_cancelled_and_a_running_one_killed_by_every_name() {
    let lab = lab(|config| config.workers(1));
    for index in 0..3 {
        let running = started(&lab).await;
        let queued = lab.run("sandbox/slow", json!({ "seconds": 300 })).await;
        let (kill, cancel) = (&names(&running)[index], &names(&queued)[index]);
        let refused = lab.refusal("Task/Cancel", kill.clone()).await;
        assert_eq!(refused, (1, NOT_CANCELLABLE.to_owned()), "{index}");
        let refused = lab.refusal("Task/Kill", cancel.clone()).await;
        let reason = "Task could not be killed: it is in task_queue";
        assert_eq!(refused, (1, reason.to_owned()), "{index}");

        assert_eq!(lab.call("Task/Cancel", cancel.clone()).await, done());
        assert_eq!(lab.call("Task/Kill", kill.clone()).await, done());
        for task in [&running, &queued] {
            let detail = lab.detail(task).await;
            assert_eq!(
                (&detail["status"], &detail["pexit"], &detail["totalcost"]),
                (&json!("task_cancel"), &json!(""), &json!("0")),
                "{index}"
            );
        }
    }
    assert_eq!(lab.stats().await["balance"], "100");
}

#[tokio::test]
async fn what_has_ended_can_be_neither_cancelled_nor_killed() {
    let lab = lab(|config| config);
    let completed = lab.run("sandbox/failing", json!({})).await;
    let gone = lab
        .sandbox
        .api_url()
        .replace("/v1", "/files/1/nothing/a.png");
    let broken = lab
        .run("sandbox/upscale", json!({ "inputImageUrl": gone }))
        .await;
    let killed = started(&lab).await;
    lab.call("Task/Kill", json!({ "taskid": killed.id })).await;
    for (task, status) in [
        (completed, "task_postprocess_end"),
        (broken, "task_error"),
        (killed, "task_cancel"),
    ] {
        assert_eq!(lab.ended(&task).await["status"], status);
        let before = lab.detail(&task).await;
        for name in names(&task) {
            let cancel = lab.refusal("Task/Cancel", name.clone()).await;
            assert_eq!(cancel, (1, NOT_CANCELLABLE.to_owned()), "{status}");
            let kill = lab.refusal("Task/Kill", name).await;
            let reason = format!("Task could not be killed: it is in {status}");
            assert_eq!(kill, (1, reason), "{status}");
        }
        assert_eq!(lab.detail(&task).await, before, "{status}");
    }
}

#[tokio::test]
async fn a_task_that_waits_for_its_input_can_be_killed() {
    let lab = lab(|config| config.workers(1));
    // Takes connections and never answers.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/a.png", silent.local_addr().unwrap());
    let task = lab
        .run("sandbox/upscale", json!({ "inputImageUrl": url }))
        .await;
    lab.until(&task, |status| status == "task_preprocess_start")
        .await;
    let cancel = lab
        .refusal("Task/Cancel", json!({ "taskid": task.id }))
        .await;
    assert_eq!(cancel, (1, NOT_CANCELLABLE.to_owned()));
    let kill = lab.call("Task/Kill", json!({ "taskid": task.id })).await;
    assert_eq!(kill, done());
    let next = lab.run("sandbox/failing", json!({})).await;
    assert_eq!(lab.ended(&next).await["pexit"], "1", "the worker is free");
}

#[tokio::test]
async fn stopping_wants_a_name_that_exists() {
    let lab = lab(|config| config);
    for path in ["Task/Cancel", "Task/Kill"] {
        let missing = (1, "There is no task yet.".to_owned());
        for body in [
            json!({ "taskid": "1" }),
            json!({ "taskid": "x" }),
            json!({ "tasktoken": "x" }),
            json!({ "socketaccesstoken": "x" }),
        ] {
            assert_eq!(lab.refusal(path, body.clone()).await, missing, "{body}");
        }
        let nameless = (0, "taskid or socketaccesstoken is required".to_owned());
        assert_eq!(lab.refusal(path, json!({})).await, nameless);
    }
}

#[tokio::test]
async fn f40_of_cancel_and_kill_at_most_one_wins() {
    let lab = lab(|config| config.workers(1));
    let mut stopped = 0;
    for round in 0..12 {
        let mut socket = lab.socket().await;
        let body = json!({ "seconds": 300 });
        // The worker has just become free and takes it about now: the two calls come in either order.
        let task = lab.run_followed("sandbox/slow", body, &mut socket).await;
        let name = json!({ "taskid": task.id });
        let (cancel, kill) = if round % 2 == 0 {
            tokio::join!(
                lab.call("Task/Cancel", name.clone()),
                lab.call("Task/Kill", name.clone())
            )
        } else {
            let (kill, cancel) = tokio::join!(
                lab.call("Task/Kill", name.clone()),
                lab.call("Task/Cancel", name.clone())
            );
            (cancel, kill)
        };
        let wins = u32::from(cancel["result"] == true) + u32::from(kill["result"] == true);
        assert!(wins <= 1, "{cancel} {kill}");
        stopped += wins;
        if wins == 0 {
            // Kill came too early and Cancel too late: the task runs, and Kill tried once more gets it.
            assert_eq!(lab.call("Task/Kill", name).await, done());
        }
        assert_eq!(lab.detail(&task).await["status"], "task_cancel");
        let frames = socket.frames_until("task_cancel").await;
        let ends = frames.iter().filter(|frame| frame["type"] == "task_cancel");
        assert_eq!(ends.count(), 1, "{frames:?}");
    }
    assert!(stopped > 0, "no round decided anything");
    let next = lab.run("sandbox/failing", json!({})).await;
    assert_eq!(lab.ended(&next).await["pexit"], "1", "the worker is free");
    assert_eq!(lab.stats().await["balance"], "100");
}
