//! Section 8: the webhook of a run carries the Task/Detail envelope.

use crate::support::shape::{assert_keys, payload};
use crate::support::{DEADLINE, Sandbox};
use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use reqwest::multipart::Form;
use serde_json::{Value, json};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::timeout;

/// A receiver that answers with this status; its URL and what it gets.
async fn receiver(status: StatusCode) -> (String, Receiver<(HeaderMap, String)>) {
    let (sender, received) = channel(16);
    let handler = move |headers: HeaderMap, body: String| async move {
        sender.send((headers, body)).await.unwrap();
        status
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook?run=1", listener.local_addr().unwrap());
    let router = Router::new().route("/hook", post(handler));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, received)
}

async fn delivery(received: &mut Receiver<(HeaderMap, String)>) -> Value {
    let delivery = timeout(DEADLINE, received.recv()).await;
    let (headers, body) = delivery.expect("no delivery").unwrap();
    let content = headers["content-type"].to_str().unwrap();
    assert!(content.starts_with("application/json"), "{content}");
    serde_json::from_str(&body).unwrap()
}

#[tokio::test]
async fn section_8_the_result_is_posted_on_completion() {
    let sandbox = Sandbox::start().await;
    let (url, mut received) = receiver(StatusCode::OK).await;
    let body = json!({"prompt": "a", "width": 64, "height": 64, "callbackUrl": url});
    let by_json = sandbox.run("sandbox/pattern", body).await;
    let envelope = delivery(&mut received).await;
    let form = Form::new()
        .text("prompt", "a")
        .text("width", "64")
        .text("callbackUrl", url.clone());
    let by_form = sandbox.run_form("sandbox/pattern", form).await;
    let second = delivery(&mut received).await;
    for (run, envelope) in [(by_json, envelope), (by_form, second)] {
        assert_keys(&envelope, &payload!("task.detail.response.01.json"), &[]);
        assert_eq!(envelope["tasklist"], json!([sandbox.task(&run).await]));
        assert_eq!(envelope["tasklist"][0]["pexit"], "0");
    }
}

/// A receiver that is ill, or not there, is not the task's matter.
#[tokio::test]
async fn section_8_a_task_ends_well_whatever_the_receiver_says() {
    let sandbox = Sandbox::start().await;
    let (ill, mut received) = receiver(StatusCode::INTERNAL_SERVER_ERROR).await;
    for url in [ill.as_str(), "http://127.0.0.1:1/nobody", "no URL", ""] {
        let body = json!({"prompt": "a", "width": 64, "height": 64, "callbackUrl": url});
        let run = sandbox.run("sandbox/pattern", body).await;
        sandbox.succeeded(&run).await;
    }
    delivery(&mut received).await;
}
