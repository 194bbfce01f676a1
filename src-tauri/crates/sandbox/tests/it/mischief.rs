//! Sockets that a fault plan leads astray.

use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Lab, Socket, Task, lab, plan};

fn astray(action: &Value) -> Lab {
    let plan = plan(&json!([{ "on": { "path": "socket" }, "do": action }]));
    lab(|config| config.fault_plan(plan).workers(1))
}

/// A task that ends by itself, followed from its queue on.
async fn followed(lab: &Lab) -> (Socket, Task) {
    let mut socket = lab.socket().await;
    let task = lab
        .run_followed("sandbox/failing", json!({}), &mut socket)
        .await;
    (socket, task)
}

fn types(frames: &[Value]) -> Vec<&str> {
    let kinds = frames.iter().map(|frame| frame["type"].as_str());
    kinds.map(|kind| kind.unwrap_or("none")).collect()
}

#[tokio::test]
async fn pings_come_as_often_as_planned_and_are_answered() {
    let lab = astray(&json!({ "ping_ms": 50 }));
    let mut socket = lab.socket().await;
    assert!(matches!(socket.message().await, Some(Message::Text(_))));
    for _ in 0..3 {
        assert!(matches!(socket.message().await, Some(Message::Ping(_))));
    }
}

#[tokio::test]
async fn f29_pings_come_without_events() {
    let lab = astray(&json!({ "stall": "frames", "ping_ms": 50 }));
    let mut socket = lab.socket().await;
    let task = lab.run("sandbox/failing", json!({})).await;
    socket.follow(&task).await;
    assert_eq!(lab.ended(&task).await["pexit"], "1");
    for _ in 0..10 {
        assert!(matches!(socket.message().await, Some(Message::Ping(_))));
    }
}

#[tokio::test]
async fn f29_silence_begins_at_a_status() {
    for (stall, pings) in [("frames", true), ("headers", false)] {
        let lab = astray(&json!({ "stall": stall, "stall_after": "task_start", "ping_ms": 50 }));
        let (mut socket, task) = followed(&lab).await;
        socket.frames_until("task_start").await;
        assert_eq!(lab.ended(&task).await["pexit"], "1");
        let next = tokio::time::timeout(Duration::from_millis(400), async {
            match socket.message().await {
                Some(Message::Text(text)) => panic!("{text}"),
                message => matches!(message, Some(Message::Ping(_))),
            }
        });
        assert_eq!(next.await.unwrap_or(false), pings, "{stall}");
    }
}

#[tokio::test]
async fn sockets_say_goodbye_or_drop_after_a_while() {
    let lab = astray(&json!({ "drop_after": "connected", "close_code": 1011 }));
    let mut socket = lab.socket().await;
    assert!(matches!(socket.message().await, Some(Message::Text(_))));
    match socket.message().await {
        Some(Message::Close(Some(frame))) => assert_eq!(u16::from(frame.code), 1011),
        other => panic!("{other:?}"),
    }
    let lab = astray(&json!({ "drop_after_ms": 100 }));
    let mut socket = lab.socket().await;
    assert_eq!(socket.frame().await.unwrap()["type"], "connected");
    assert_eq!(socket.frame().await, None);
}

#[tokio::test]
async fn f33_frames_are_lost_late_and_doubled() {
    let table = [
        (
            json!({ "withhold": [{ "frames": "task_preprocess_*" }, { "frames": "task_error*" }] }),
            "task_accept task_assign task_start task_output_full task_end task_postprocess_start task_postprocess_end",
        ),
        (
            json!({ "withhold": [
                { "frames": "task_accept", "until": "task_end" }, { "frames": "task_start", "until": "task_end" },
                { "frames": "task_preprocess_*" }, { "frames": "task_error*" },
            ] }),
            "task_assign task_output_full task_end task_accept task_start task_postprocess_start task_postprocess_end",
        ),
        (
            json!({
                "withhold": [{ "frames": "task_preprocess_*" }, { "frames": "task_error*" }],
                "inject": { "after": "task_end", "frames": ["{frame}", "{frame}"] },
            }),
            "task_accept task_assign task_start task_output_full task_end task_end task_end task_postprocess_start \
             task_postprocess_end",
        ),
        (
            json!({
                "withhold": [{ "frames": "task_preprocess_*" }, { "frames": "task_error*" }],
                "edit": [{ "frames": "task_assign", "set": { "/type": "task_dream" } }],
            }),
            "task_accept task_dream task_start task_output_full task_end task_postprocess_start task_postprocess_end",
        ),
    ];
    for (action, expected) in table {
        let lab = astray(&action);
        let (mut socket, task) = followed(&lab).await;
        let frames = socket.frames_until("task_postprocess_end").await;
        assert_eq!(types(&frames).join(" "), expected, "{action}");
        assert!(
            frames.iter().all(|frame| frame["id"] == json!(task.id)),
            "{frames:?}"
        );
    }
}

#[tokio::test]
async fn c12_frames_come_without_ids_and_final_ones_without_files() {
    let lab = astray(&json!({ "edit": [
        { "frames": "task_postprocess_end", "remove": ["/message"] },
        { "remove": ["/id", "/tasktoken", "/result"] },
    ] }));
    let mut socket = lab.socket().await;
    let task = lab.run("sandbox/slow", json!({ "seconds": 0.3 })).await;
    socket.follow(&task).await;
    let frames = socket.frames_until("task_postprocess_end").await;
    assert!(
        frames
            .iter()
            .all(|frame| frame.get("tasktoken").is_none() && frame.get("id").is_none())
    );
    assert_eq!(
        frames.last(),
        Some(&json!({ "type": "task_postprocess_end" }))
    );
    assert_eq!(
        lab.detail(&task).await["outputs"].as_array().unwrap().len(),
        1
    );
}

#[tokio::test]
async fn f33_frames_can_be_larger_than_anybody_takes() {
    let frame = "{\"type\":\"task_output\",\"message\":\"{fill:9000000}\"}";
    let lab = astray(&json!({ "inject": { "after": "connected", "frames": [frame] } }));
    let mut socket = lab.socket().await;
    socket.frame().await.unwrap();
    assert_eq!(
        socket.text().await.unwrap().len(),
        frame.len() - "{fill:9000000}".len() + 9_000_000
    );
}

#[tokio::test]
async fn agent_tokens_are_unknown_here() {
    let lab = lab(|config| config);
    let mut socket = lab.socket().await;
    socket.frame().await.unwrap();
    let unknown = json!({ "type": "agent_subscribed", "agenttoken": "x", "status": "unknown", "result": true });
    let required = json!({ "type": "error", "message": "agenttoken-required", "result": false });
    for (frame, answer) in [
        (
            json!({ "type": "agent_info", "agenttoken": "x" }),
            Some(unknown),
        ),
        // Held already: no second answer, so the next one is the next frame's.
        (json!({ "type": "agent_info", "agenttoken": "x" }), None),
        (json!({ "type": "agent_info" }), Some(required)),
    ] {
        socket.say(frame).await;
        if let Some(answer) = answer {
            assert_eq!(socket.frame().await, Some(answer));
        }
    }
}
