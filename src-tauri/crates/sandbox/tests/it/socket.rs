use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::support::lab;

fn types(frames: &[Value]) -> Vec<&str> {
    frames
        .iter()
        .map(|frame| frame["type"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn the_lifecycle_comes_in_order() {
    let lab = lab(|config| config.workers(1));
    let mut socket = lab.socket().await;
    assert_eq!(
        socket.frame().await,
        Some(json!({ "type": "connected", "version": "1.0" }))
    );
    let body = json!({ "prompt": "tides", "width": 64, "height": 64 });
    let task = lab.run_followed("sandbox/pattern", body, &mut socket).await;
    let frames = socket.frames_until("task_postprocess_end").await;
    let mut order = types(&frames);
    let outputs = order.iter().filter(|kind| **kind == "task_output").count();
    order.dedup();
    let documented = [
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
    assert_eq!((order.as_slice(), outputs), (documented.as_slice(), 20));
    for frame in &frames {
        let keys: Vec<&str> = frame
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(keys, ["type", "id", "tasktoken", "message", "result"]);
        assert_eq!(
            (&frame["id"], &frame["tasktoken"], &frame["result"]),
            (&json!(task.id), &json!(task.token), &json!(true))
        );
    }
    let progress = frames
        .iter()
        .filter(|frame| frame["type"] == "task_output")
        .nth(9)
        .unwrap();
    let message = progress["message"].as_object().unwrap();
    assert!(message.values().all(Value::is_string), "{progress}");
    assert_eq!(
        (
            &message["percentage"],
            &message["stepCurrent"],
            &message["stepTotal"]
        ),
        (&json!("50"), &json!("10"), &json!("20"))
    );
    let detail = lab.detail(&task).await;
    assert_eq!(frames.last().unwrap()["message"], detail["outputs"]);
    let full = frames
        .iter()
        .find(|frame| frame["type"] == "task_output_full")
        .unwrap();
    assert_eq!(full["message"], json!({ "raw": detail["debugoutput"] }));
}

#[tokio::test]
async fn standard_error_is_a_log_and_then_whole() {
    let lab = lab(|config| config.workers(1));
    let mut socket = lab.socket().await;
    let body = json!({ "exitcode": 0, "message": "only a warning" });
    let task = lab.run_followed("sandbox/failing", body, &mut socket).await;
    let frames = socket.frames_until("task_postprocess_end").await;
    let found = |kind: &str| frames.iter().find(|frame| frame["type"] == kind).unwrap();
    assert_eq!(
        (
            &found("task_error")["message"],
            &found("task_error")["result"]
        ),
        (&json!("only a warning"), &json!(true))
    );
    assert_eq!(
        found("task_error_full")["message"],
        json!({ "raw": "only a warning" })
    );
    assert_eq!(lab.detail(&task).await["pexit"], "0");
}

#[tokio::test]
async fn killing_is_heard() {
    let lab = lab(|config| config.workers(1));
    let mut socket = lab.socket().await;
    let body = json!({ "seconds": 300 });
    let task = lab.run_followed("sandbox/slow", body, &mut socket).await;
    socket.frames_until("task_start").await;
    lab.call("Task/Kill", json!({ "taskid": task.id })).await;
    let frames = socket.frames_until("task_cancel").await;
    assert!(!types(&frames).contains(&"task_end"));
}

#[tokio::test]
async fn one_socket_follows_many_tasks_and_many_sockets_one() {
    let lab = lab(|config| config.workers(1));
    let (mut socket, mut other) = (lab.socket().await, lab.socket().await);
    let body = json!({ "seconds": 300 });
    let first = lab.run_followed("sandbox/slow", body, &mut socket).await;
    socket.frames_until("task_start").await;
    let second = lab.run("sandbox/failing", json!({})).await;
    for listener in [&mut socket, &mut other] {
        listener.follow(&second).await;
        let standing = listener.frames_until("task_queue").await;
        assert_eq!(standing.last().unwrap()["id"], json!(second.id));
    }
    lab.call("Task/Kill", json!({ "taskid": first.id })).await;
    let cancelled = socket.frames_until("task_cancel").await;
    assert_eq!(cancelled.last().unwrap()["tasktoken"], json!(first.token));
    for listener in [&mut socket, &mut other] {
        let frames = listener.frames_until("task_postprocess_end").await;
        assert!(
            frames.iter().all(|frame| frame["id"] == json!(second.id)),
            "{frames:?}"
        );
        assert_eq!(
            types(&frames)
                .iter()
                .filter(|kind| **kind == "task_accept")
                .count(),
            1
        );
    }
}

#[tokio::test]
async fn subscribing_twice_changes_nothing_and_nonsense_is_dropped() {
    let lab = lab(|config| config.workers(1));
    let mut socket = lab.socket().await;
    let body = json!({ "seconds": 0.3 });
    let task = lab.run_followed("sandbox/slow", body, &mut socket).await;
    socket.follow(&task).await;
    socket.raw(Message::text("{not json")).await;
    socket.raw(Message::binary(b"token|pcm".to_vec())).await;
    socket
        .say(json!({ "type": "task_dance", "tasktoken": task.token }))
        .await;
    let frames = socket.frames_until("task_postprocess_end").await;
    assert!(!types(&frames).contains(&"task_queue"));
    for kind in ["task_accept", "task_postprocess_end"] {
        assert_eq!(
            types(&frames)
                .iter()
                .filter(|other| **other == kind)
                .count(),
            1,
            "{kind}"
        );
    }
    assert!(!types(&frames).contains(&"error"));
}

#[tokio::test]
async fn bad_subscriptions_are_told_without_the_token() {
    let lab = lab(|config| config);
    let mut socket = lab.socket().await;
    socket.frame().await.unwrap();
    for (body, code) in [
        (json!({ "type": "task_info" }), "tasktoken-required"),
        (
            json!({ "type": "task_info", "tasktoken": 5 }),
            "tasktoken-required",
        ),
        (
            json!({ "type": "task_info", "tasktoken": "unknown" }),
            "tasktoken-invalid",
        ),
    ] {
        socket.say(body).await;
        assert_eq!(
            socket.frame().await,
            Some(json!({ "type": "error", "message": code, "result": false }))
        );
    }
}

#[tokio::test]
async fn a_plain_get_is_no_socket() {
    let lab = lab(|config| config);
    let answer = lab.http.get(lab.sandbox.api_url()).send().await.unwrap();
    assert_eq!(answer.status(), 426);
}
