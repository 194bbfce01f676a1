//! Section 10: the socket.

use crate::support::listener::{Listener, of_type};
use crate::support::shape::{assert_keys, payload};
use crate::support::{Run, Sandbox};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

/// A Sandbox whose only worker is busy, and a small run behind it.
async fn waiting_run() -> (Sandbox, Run, Run) {
    let sandbox = Sandbox::key_only(&["--workers", "1"]).await;
    let busy = sandbox.occupy_worker().await;
    let run = small(&sandbox).await;
    (sandbox, busy, run)
}

async fn small(sandbox: &Sandbox) -> Run {
    let body = json!({"prompt": "sea", "width": 64, "height": 64});
    sandbox.run("sandbox/pattern", body).await
}

fn belonging_to<'a>(frames: &'a [Value], run: &Run) -> Vec<&'a Value> {
    frames
        .iter()
        .filter(|frame| frame["tasktoken"] == run.token.as_str())
        .collect()
}

/// Base shape of section 10.4: `type`, `id`, `tasktoken`, `message`, `result`.
#[tokio::test]
async fn section_10_4_the_shape_of_the_frames() {
    let (sandbox, busy, run) = waiting_run().await;
    let mut listener = Listener::to(&sandbox, &[&run]).await;
    sandbox.kill(&busy).await;
    let frames = listener.frames_until_the_end_of(1).await;
    for frame in &frames {
        let base = json!({"type": "", "id": "", "tasktoken": "", "result": true});
        assert_keys(frame, &base, &["message", "pexit", "totalcost"]);
        assert_eq!(
            (&frame["id"], &frame["tasktoken"]),
            (&json!(run.id), &json!(run.token))
        );
        assert_eq!(frame["result"], true);
    }
    let silent = [
        "task_accept",
        "task_assign",
        "task_start",
        "task_end",
        "task_postprocess_start",
    ];
    for name in silent {
        assert_eq!(of_type(&frames, name)[0]["message"], Value::Null, "{name}");
    }
    let full = of_type(&frames, "task_output_full")[0];
    assert_keys(&full["message"], &json!({"raw": ""}), &[]);
    let last = of_type(&frames, "task_postprocess_end")[0];
    let task = sandbox.task(&run).await;
    assert_eq!(last["message"], task["outputs"]);
    assert!(last.get("pexit").is_none_or(|exit| exit == "0"), "{last:#}");
    assert_eq!(full["message"]["raw"], task["debugoutput"]);
}

/// Progress is an object of strings; everything else that a model prints is a string.
#[tokio::test]
async fn section_10_4_progress() {
    let (sandbox, busy, run) = waiting_run().await;
    let mut listener = Listener::to(&sandbox, &[&run]).await;
    sandbox.kill(&busy).await;
    let frames = listener.frames_until_the_end_of(1).await;
    let documented = payload!("ws.task_output.event.05.json");
    let mut steps = Vec::new();
    for frame in of_type(&frames, "task_output") {
        if frame["message"].is_string() {
            continue;
        }
        assert_keys(&frame["message"], &documented["message"], &[]);
        assert_eq!(frame["message"]["type"], "progressGenerate");
        let number = |name: &str| {
            frame["message"][name]
                .as_str()
                .unwrap()
                .parse::<f64>()
                .unwrap()
        };
        assert!((0.0..=100.0).contains(&number("percentage")), "{frame:#}");
        assert!(number("stepCurrent") <= number("stepTotal"), "{frame:#}");
        steps.push(number("stepCurrent"));
    }
    assert!(steps.len() > 1 && steps.is_sorted(), "{steps:?}");
}

#[tokio::test]
async fn section_10_3_several_tasks_on_one_socket_and_several_sockets_on_one_task() {
    let (sandbox, busy, first) = waiting_run().await;
    let second = small(&sandbox).await;
    let third = small(&sandbox).await;
    let mut both = Listener::to(&sandbox, &[&first, &second]).await;
    let mut alone = Listener::to(&sandbox, &[&second]).await;
    sandbox.kill(&busy).await;
    let of_both = both.frames_until_the_end_of(2).await;
    let of_alone = alone.frames_until_the_end_of(1).await;
    assert!(belonging_to(&of_both, &third).is_empty(), "{of_both:#?}");
    assert!(!belonging_to(&of_both, &first).is_empty(), "{of_both:#?}");
    let whole: Vec<_> = of_alone.iter().collect();
    assert_eq!(belonging_to(&of_both, &second), whole);
}

/// A token that is held already is a no-op: nothing is told twice (section 10.3).
#[tokio::test]
async fn section_10_3_subscribing_again_doubles_nothing() {
    let (sandbox, busy, run) = waiting_run().await;
    let mut once = Listener::to(&sandbox, &[&run]).await;
    let mut twice = Listener::to(&sandbox, &[&run, &run, &run]).await;
    sandbox.kill(&busy).await;
    let of_once = once.frames_until_the_end_of(1).await;
    assert_eq!(twice.frames_until_the_end_of(1).await, of_once);
}

/// Unknown types are dropped without a reply, binary without a pipe too; a bad subscription may be told as `error`
/// (sections 10.2, 10.4 and 10.6). None of it ends the socket.
#[tokio::test]
async fn section_10_2_what_the_service_does_not_know() {
    let (sandbox, busy, run) = waiting_run().await;
    let mut listener = Listener::connect(&sandbox).await;
    let token = run.token.as_str();
    for name in [
        "nonsense",
        "task_output",
        "",
        "task_session_end",
        "task_session_interrupt",
    ] {
        listener
            .send(&json!({"type": name, "tasktoken": token}))
            .await;
    }
    listener.send_bytes(&b"no pipe"[..]).await;
    listener.send_bytes(&b"nobody|audio"[..]).await;
    listener.subscribe(token).await;
    listener.settle().await;
    sandbox.kill(&busy).await;
    let frames = listener.frames_until_the_end_of(1).await;
    assert_eq!(
        belonging_to(&frames, &run).len(),
        frames.len(),
        "{frames:#?}"
    );
}

#[tokio::test]
async fn section_10_2_an_unknown_token_does_not_spoil_the_socket() {
    let (sandbox, busy, run) = waiting_run().await;
    let mut listener = Listener::connect(&sandbox).await;
    listener.subscribe(&"x".repeat(30)).await;
    listener.send(&json!({"type": "task_info"})).await;
    listener.send(&json!({"type": "agent_info"})).await;
    listener.subscribe(&run.token).await;
    listener.settle().await;
    sandbox.kill(&busy).await;
    let frames = listener.frames_until_the_end_of(1).await;
    for frame in &frames {
        let about_the_task = frame["tasktoken"] == run.token.as_str();
        let refusal =
            frame["result"] == false && frame["type"] == "error" && frame["message"].is_string();
        let unknown = frame["tasktoken"] != run.token.as_str() && frame["result"] == false;
        assert!(about_the_task || refusal || unknown, "{frame:#}");
    }
}

/// A task that is over may say nothing to a late listener (section 10.5); other tasks go on.
#[tokio::test]
async fn section_10_5_a_late_subscription() {
    let sandbox = Sandbox::key_only(&["--workers", "1"]).await;
    let over = small(&sandbox).await;
    sandbox.succeeded(&over).await;
    let busy = sandbox.occupy_worker().await;
    let run = small(&sandbox).await;
    let mut listener = Listener::to(&sandbox, &[&over, &run]).await;
    sandbox.kill(&busy).await;
    let mut told = Vec::new();
    while told.last() != Some(&json!("task_postprocess_end")) {
        let frame = listener.frame().await;
        if frame["tasktoken"] == run.token.as_str() {
            told.push(frame["type"].clone());
        }
    }
}

/// Losing the socket does nothing to an ordinary task (section 10.1).
#[tokio::test]
async fn section_10_1_a_lost_socket_leaves_the_task_alone() {
    let (sandbox, busy, run) = waiting_run().await;
    drop(Listener::to(&sandbox, &[&run]).await);
    sandbox.kill(&busy).await;
    sandbox.succeeded(&run).await;
}

/// A ping every 30 s; whoever does not answer is dropped within seconds, whoever does is kept (section 10.1).
#[tokio::test]
async fn section_10_1_pings() {
    let sandbox = Sandbox::start().await;
    let mut answering = Listener::connect(&sandbox).await;
    let mut silent = raw_socket(&sandbox).await;
    let ping = timeout(PATIENCE, answering.message())
        .await
        .expect("no ping");
    assert!(matches!(ping, Some(Message::Ping(_))), "{ping:?}");
    let dropped = async {
        let mut buffer = [0; 1024];
        while silent.read(&mut buffer).await.is_ok_and(|bytes| bytes > 0) {}
    };
    // Reading is what answers the ping.
    let reading = async {
        while let Some(message) = answering.message().await {
            assert!(message.is_ping(), "{message:?}");
        }
    };
    tokio::select! {
        () = dropped => {}
        () = reading => panic!("a client that answers was dropped"),
        () = tokio::time::sleep(PATIENCE) => panic!("a silent client is kept"),
    }
    answering.settle().await;
}

/// Longer than the 30 s between two pings, and the few seconds for an answer.
const PATIENCE: Duration = Duration::from_secs(45);

/// A socket that has shaken hands, and answers no ping.
async fn raw_socket(sandbox: &Sandbox) -> TcpStream {
    let rest = sandbox.socket.strip_prefix("ws://").unwrap();
    let (address, path) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}
