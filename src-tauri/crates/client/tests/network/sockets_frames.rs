//! Frames of every area, and every frame that is documented.

use std::path::Path;

use serde_json::{Value, json};
use wiro_client::llm::LlmMessage;
use wiro_client::socket::{ClientFrame, Frame, SocketEvent, TaskSocket};

use crate::sockets::{Peer, next, quick, token};

/// The documented frames, with their names.
fn documented() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/payloads");
    let mut found: Vec<(String, Value)> = fs_err::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.to_owned();
            let text = fs_err::read_to_string(&path).unwrap();
            let is_frame = name.starts_with("ws.");
            is_frame.then(|| (name, serde_json::from_str(&text).unwrap()))
        })
        .collect();
    found.sort_by(|(first, _), (second, _)| first.cmp(second));
    found
}

#[test]
fn every_documented_frame_is_read_and_written_without_loss() {
    let found = documented();
    assert!(found.len() > 40, "{} frames", found.len());
    for (name, value) in found {
        let again = if name.contains(".request.") {
            ClientFrame::from_value(&value).unwrap().to_value()
        } else if name.contains("_body_partial.") {
            LlmMessage::from_value(&value).unwrap().to_value()
        } else {
            Frame::decode(&value.to_string()).unwrap().to_value()
        };
        assert_eq!(again, value, "{name}");
    }
}

#[tokio::test]
async fn agents_share_the_connection_and_the_unknown_is_kept() {
    let peer = Peer::start().await;
    let (socket, mut events) = TaskSocket::open(&peer.endpoints(), quick());
    socket.follow_agent(token("a"));
    // Another kind of token, so another subscription.
    socket.follow(token("a"));
    socket.follow_agent(token("b"));
    socket.unfollow_agent("b");
    assert_eq!(socket.followed(), 2);
    let mut connection = peer.accept().await;
    let mut kinds = Vec::new();
    for _ in 0..2 {
        let frame = connection.next().await;
        let name = match frame["type"].as_str().unwrap() {
            "agent_info" => "agenttoken",
            _ => "tasktoken",
        };
        assert_eq!(frame[name], "a", "{frame}");
        kinds.push(frame["type"].clone());
    }
    kinds.sort_by_key(Value::to_string);
    assert_eq!(kinds, ["agent_info", "task_info"]);
    assert_eq!(next(&mut events).await, SocketEvent::Connected);
    let ours =
        json!({"type": "agent_output", "agenttoken": "a", "message": {"raw": "Hi", "new": [1]}});
    let new = json!({"type": "flow_start", "flowtoken": "f"});
    let foreign = json!({"type": "agent_output", "agenttoken": "b"});
    for frame in [&foreign, &ours, &new] {
        connection.send(&frame.to_string()).await;
    }
    for expected in [ours, new] {
        match next(&mut events).await {
            SocketEvent::Other(frame) => assert_eq!(frame.to_value(), expected),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(socket.dropped(), 1);
}
