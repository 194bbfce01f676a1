//! Canaries: nothing that can be printed shows a key, a secret or a token.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use wiro_client::auth::Credentials;
use wiro_client::client::{Client, RetryPolicy};
use wiro_client::download::Downloader;
use wiro_client::endpoints::Endpoints;
use wiro_client::forms::RunBody;
use wiro_client::proxy::{Proxy, ProxyAddress};
use wiro_client::runs::RunAccepted;
use wiro_client::secret::Secret;
use wiro_client::socket::{SocketConfig, SocketEvent, TaskSocket};
use wiro_client::tasks::{Task, TaskQuery, TaskRef};

use crate::server::{Reply, Server, json as answer};

const KEY: &str = "canary-key-1b2c3d";
const SECRET: &str = "canary-secret-4e5f6a";
const TOKEN: &str = "canary-token-7b8c9d";
const PASSWORD: &str = "canary-proxy-0e1f2a";

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

/// Everything that is said to a log, whoever says it.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// An error and what is beneath it.
fn chain(error: &dyn std::error::Error) -> String {
    let beneath = std::iter::successors(Some(error), |error| error.source());
    let said: Vec<_> = beneath.map(|error| format!("{error} {error:?}")).collect();
    said.join(" ")
}

/// Everything that a client's calls say when they fail. The two that send no token are not to quote one.
async fn complaints(client: &Client, has_token: bool) -> String {
    let never = CancellationToken::new();
    if has_token {
        let task = TaskRef::token(Secret::new(TOKEN.to_owned()));
        let errors = [
            client.task(&task).await.err(),
            client.stop_task(&task, None).await.err(),
            client.kill_task(&task).await.err(),
            client.delete_task_files(&task).await.err(),
        ];
        return errors.iter().flatten().map(|error| chain(error)).collect();
    }
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("a.png");
    fs_err::write(&path, b"12345").unwrap();
    let body = RunBody::Json(serde_json::Map::new());
    let slug = "wiro/flux".parse().unwrap();
    let run = client.run_cancellable(&slug, &body, None, &never).await;
    let upload = client.upload(&path, None, None, &never).await;
    let folder = client.create_folder("a", None).await;
    [
        chain(&run.unwrap_err()),
        chain(&upload.unwrap_err()),
        chain(&folder.unwrap_err()),
    ]
    .concat()
}

/// T12: every call, with a service that says back every secret it is sent, and a proxy that wants a password.
#[tokio::test]
async fn t12_requests_carry_the_secrets_and_nothing_else_shows_them() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let proxy = ProxyAddress::parse(&format!("http://me:{PASSWORD}@127.0.0.1:1")).unwrap();
    let mut said = Vec::new();
    for (proxied, has_token) in [(false, false), (false, true), (true, false), (true, true)] {
        let token = if has_token { TOKEN } else { "" };
        let message = format!("no {KEY} {SECRET} {token}");
        let refusal =
            json!({"result": false, "errors": [{"code": 1, "message": message}]}).to_string();
        for reply in [answer(200, &refusal), answer(502, &refusal), Reply::Close] {
            let server = Server::start(vec![reply]).await;
            let endpoints = if proxied {
                Endpoints::parse("https://service.test/v1", "wss://service.test/v1").unwrap()
            } else {
                server.endpoints()
            };
            let credentials = Credentials::new(KEY.to_owned(), Some(SECRET.to_owned()));
            let builder = Client::builder(endpoints, Some(credentials))
                .proxy(Proxy::Custom(proxy.clone()))
                .retry(RetryPolicy::default().with_wait(|_| Box::pin(std::future::ready(()))));
            said.push(format!("{builder:?} {proxy} {proxy:?}"));
            let client = builder.build().unwrap();
            said.push(complaints(&client, has_token).await);
            let sent = server.received();
            assert_eq!(sent.is_empty(), proxied, "the secrets did go out");
            let signed = |one: &crate::server::Received| one.header("x-api-key") == Some(KEY);
            assert!(sent.iter().all(signed), "{proxied} {has_token}");
        }
    }
    said.push(String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned());
    let said = said.concat();
    for heard in [
        "will be tried again",
        "***",
        "through the proxy 127.0.0.1:1",
    ] {
        assert!(said.contains(heard), "{heard:?} was to be heard");
    }
    for canary in [KEY, SECRET, TOKEN, PASSWORD] {
        assert!(!said.contains(canary), "{canary} in {said}");
    }
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
