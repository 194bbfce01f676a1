//! Canaries: nothing that can be printed shows a key, a secret or a token.

use std::fmt::Debug;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use wiro_client::auth::Credentials;
use wiro_client::client::Client;
use wiro_client::download::Downloader;
use wiro_client::endpoints::Endpoints;
use wiro_client::runs::RunAccepted;
use wiro_client::secret::Secret;
use wiro_client::socket::{SocketConfig, SocketEvent, TaskSocket};
use wiro_client::tasks::{Task, TaskQuery, TaskRef};

use crate::server::{Server, json as answer};

const KEY: &str = "canary-key-1b2c3d";
const SECRET: &str = "canary-secret-4e5f6a";
const TOKEN: &str = "canary-token-7b8c9d";

fn check(value: &impl Debug) {
    for text in [format!("{value:?}"), format!("{value:#?}")] {
        for canary in [KEY, SECRET, TOKEN] {
            assert!(!text.contains(canary), "{text}");
        }
    }
}

#[tokio::test]
async fn nothing_printed_shows_a_secret() {
    let credentials = Credentials::new(KEY.to_owned(), Some(SECRET.to_owned()));
    check(&credentials);
    let refusal = format!(
        r#"{{"result":false,"errors":[{{"code":"{KEY}","message":"{KEY} {SECRET} {TOKEN}"}}]}}"#
    );
    let server = Server::start(vec![answer(401, &refusal)]).await;
    let builder = Client::builder(server.endpoints(), Some(credentials));
    check(&builder);
    let client = builder.build().unwrap();
    check(&client);
    let reference = TaskRef::token(Secret::new(TOKEN.to_owned()));
    check(&reference);
    check(&client.task(&reference).await.unwrap_err());
    check(&RunAccepted {
        task_id: None,
        token: Some(Secret::new(TOKEN.to_owned())),
    });
    let task =
        Task::from_value(&json!({"id": "1", "socketaccesstoken": TOKEN, "tasktoken": TOKEN}))
            .unwrap();
    assert!(task.token.is_some());
    check(&task);
    check(&Downloader::new(true).unwrap());
}

/// A server that says back the headers it was sent, pushed so far right that cutting the message short would cut one.
async fn quoting(status: u16, padding: usize) -> (Endpoints, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let quoted = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.windows(4).any(|end| end == b"\r\n\r\n") {
            stream.read_buf(&mut request).await.unwrap();
        }
        let request = String::from_utf8_lossy(&request).into_owned();
        let values: Vec<String> = request
            .lines()
            .filter_map(|line| line.split_once(": "))
            .filter(|(name, _)| ["x-api-key", "x-signature", "x-nonce"].contains(name))
            .map(|(_, value)| value.to_owned())
            .collect();
        let message = format!("{} {}", "x".repeat(padding), values.join(" "));
        let body =
            json!({"result": false, "errors": [{"code": 0, "message": message}]}).to_string();
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream
            .write_all(format!("{head}{body}").as_bytes())
            .await
            .unwrap();
        values
    });
    let endpoints = Endpoints::parse(
        &format!("http://127.0.0.1:{port}/v1"),
        "ws://127.0.0.1:9/v1",
    );
    (endpoints.unwrap(), quoted)
}

#[tokio::test]
async fn what_the_service_quotes_is_blanked_before_it_is_cut() {
    for padding in [0, 280, 295] {
        let (endpoints, quoted) = quoting(401, padding).await;
        let credentials = Credentials::new(KEY.to_owned(), Some(SECRET.to_owned()));
        let client = Client::new(endpoints, Some(credentials)).unwrap();
        let error = client.tasks(&TaskQuery::default()).await.unwrap_err();
        let values = quoted.await.unwrap();
        assert_eq!(values.len(), 3);
        for start in values.iter().map(|value| &value[..6]) {
            assert!(!error.message().contains(start), "{error}");
        }
        assert!(error.message().contains('*') || padding > 290, "{error}");
        check(&error);
    }
}

#[tokio::test]
async fn socket_events_show_no_token() {
    let socket = crate::sockets::Peer::start().await;
    let (handle, mut events) = TaskSocket::open(&socket.endpoints(), SocketConfig::default());
    handle.follow(Secret::new(TOKEN.to_owned()));
    check(&handle);
    let mut connection = socket.accept().await;
    connection.expect_subscription(TOKEN).await;
    connection
        .send(&json!({"type": "task_start", "tasktoken": TOKEN}).to_string())
        .await;
    loop {
        let event = events.recv().await.unwrap();
        check(&event);
        if matches!(event, SocketEvent::Frame(_)) {
            break;
        }
    }
}
