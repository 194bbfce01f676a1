//! Canaries: nothing that can be printed shows a key, a secret or a token.

use std::fmt::Debug;

use serde_json::json;
use wiro_client::auth::Credentials;
use wiro_client::client::Client;
use wiro_client::download::Downloader;
use wiro_client::runs::RunAccepted;
use wiro_client::secret::Secret;
use wiro_client::socket::{SocketConfig, SocketEvent, TaskSocket};
use wiro_client::tasks::{Task, TaskRef};

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
