//! A language model: its text comes in pieces and whole. The service here is a few lines of our own, with the shapes of
//! `PROTOCOL.md` sections 7.2 and 10.4.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Json;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::service::{Program, wiro};
use crate::stage::folder;

const TOKEN: &str = "token-of-the-only-task";

type Done = Arc<AtomicBool>;

async fn detail() -> Json<Value> {
    Json(json!({"result": true, "errors": [], "tool": [{
        "title": "Poet", "slugowner": "own", "slugproject": "poet",
        "parameters": [{"title": "Input", "items": [
            {"id": "prompt", "type": "textarea", "label": "Prompt", "required": true},
        ]}],
    }]}))
}

async fn run() -> Json<Value> {
    Json(json!({"result": true, "errors": [], "taskid": "7", "socketaccesstoken": TOKEN}))
}

async fn task(State(done): State<Done>) -> Json<Value> {
    let done = done.load(Ordering::SeqCst);
    let status = if done {
        "task_postprocess_end"
    } else {
        "task_start"
    };
    let outputs = if done {
        json!([{"contenttype": "raw", "content": {
            "prompt": "tea", "raw": "<think>hm</think>Tea is warm.", "thinking": ["hm"], "answer": ["Tea is warm."],
        }}])
    } else {
        json!([])
    };
    Json(
        json!({"result": true, "errors": [], "total": "1", "tasklist": [{
            "id": "7", "socketaccesstoken": TOKEN, "parameters": {"prompt": "tea"}, "status": status,
            "pexit": if done { "0" } else { "" }, "debugoutput": "", "starttime": "1700000000", "endtime": "",
            "elapsedseconds": "1.5", "totalcost": "0.0000123", "outputs": outputs,
        }]}),
    )
}

async fn socket(State(done): State<Done>, upgrade: WebSocketUpgrade) -> axum::response::Response {
    upgrade.on_upgrade(move |socket| talk(socket, done))
}

/// Each frame holds the whole answer so far.
async fn talk(mut socket: WebSocket, done: Done) {
    while let Some(Ok(message)) = socket.recv().await {
        if !message.to_text().is_ok_and(|text| text.contains(TOKEN)) {
            continue;
        }
        for answer in ["Tea", "Tea is", "Tea is warm."] {
            let message =
                json!({"type": "progressGenerate", "thinking": ["hm"], "answer": [answer]});
            send(&mut socket, "task_output", message).await;
        }
        // Who answers a ping has read what came before it: only then may `Task/Detail` tell the end.
        let _ = socket.send(Message::Ping("read".into())).await;
        while !matches!(socket.recv().await, Some(Ok(Message::Pong(_))) | None) {}
        done.store(true, Ordering::SeqCst);
        send(&mut socket, "task_postprocess_end", json!([])).await;
    }
}

async fn send(socket: &mut WebSocket, kind: &str, message: Value) {
    let frame =
        json!({"type": kind, "id": "7", "tasktoken": TOKEN, "message": message, "result": true});
    // Who does not listen any more has ended.
    let _ = socket.send(Message::Text(frame.to_string().into())).await;
}

#[test]
fn text_comes_in_pieces_and_whole_at_the_end() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    let app = axum::Router::new()
        .route("/v1/Tool/Detail", post(detail))
        .route("/v1/Run/own/poet", post(run))
        .route("/v1/Task/Detail", post(task))
        .route("/v1", get(socket))
        .with_state(Done::default());
    runtime.spawn(async move { axum::serve(listener, app).await });

    let home = folder();
    let mut command = wiro(home.path());
    command
        .args([
            "--json",
            "--library",
            "library",
            "run",
            "own/poet",
            "-p",
            "prompt=tea",
        ])
        .args(["--api-url", &format!("http://{address}/v1")])
        .env("WIRO_API_KEY", "k");
    let ended = Program::start(&mut command).end();
    let result = ended.expect_success();
    let pieces: Vec<_> = ended
        .events("text")
        .iter()
        .filter_map(|line| line["delta"].as_str())
        .collect();
    // How the answer is cut depends on when the end is seen; together the pieces are all of it, each once.
    assert_eq!(pieces.concat(), "Tea is warm.");
    assert!(pieces.len() > 1, "{pieces:?}");
    assert_eq!(
        [
            &result["text"],
            &result["files"],
            &result["cost_usd"],
            &result["seconds"]
        ],
        [
            &json!("Tea is warm."),
            &json!([]),
            &json!("0.0000123"),
            &json!(1.5)
        ]
    );
}
