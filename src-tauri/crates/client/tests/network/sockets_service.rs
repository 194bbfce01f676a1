//! The service as somebody sees it who follows tasks: its socket, and answers that the test may change at any time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use wiro_client::auth::Credentials;
use wiro_client::client::{Client, RetryPolicy};
use wiro_client::endpoints::Endpoints;
use wiro_client::follow::Pace;

use crate::server::KEY;
use crate::sockets::Peer;

#[derive(Default)]
struct Told {
    tasks: Vec<Value>,
    /// Answers with an error instead.
    down: bool,
    asked: Vec<String>,
}

pub(crate) struct Service {
    pub(crate) peer: Peer,
    told: Arc<Mutex<Told>>,
    port: u16,
}

impl Service {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let told = Arc::new(Mutex::new(Told::default()));
        let shared = Arc::clone(&told);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let told = Arc::clone(&shared);
                let mut stream = BufReader::new(stream);
                tokio::spawn(async move { while answer(&mut stream, &told).await.is_some() {} });
            }
        });
        Self {
            peer: Peer::start().await,
            told,
            port,
        }
    }

    /// A client that never pauses before it asks again.
    pub(crate) fn client(&self) -> Client {
        let socket = self.peer.endpoints();
        let base = format!("http://127.0.0.1:{}/v1", self.port);
        let endpoints = Endpoints::parse(&base, socket.socket().as_str()).unwrap();
        Client::builder(endpoints, Some(Credentials::new(KEY.to_owned(), None)))
            .retry(RetryPolicy::default().with_wait(|_| Box::pin(std::future::ready(()))))
            .build()
            .unwrap()
    }

    /// What `Task/Detail` says from now on about the task with this token.
    pub(crate) fn tell(&self, token: &str, status: &str, pexit: &str) {
        let task = json!({"id": format!("id-{token}"), "socketaccesstoken": token, "status": status, "pexit": pexit,
            "totalcost": "0.5"});
        self.tell_task(token, task);
    }

    pub(crate) fn tell_task(&self, token: &str, task: Value) {
        let mut told = self.told.lock().unwrap();
        told.tasks.retain(|task| task["socketaccesstoken"] != token);
        told.tasks.push(task);
    }

    pub(crate) fn set_down(&self, down: bool) {
        self.told.lock().unwrap().down = down;
    }

    /// The paths that were asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.told.lock().unwrap().asked.clone()
    }
}

/// Answers one request.
async fn answer(stream: &mut BufReader<TcpStream>, told: &Mutex<Told>) -> Option<()> {
    let (mut path, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim().to_ascii_lowercase();
        if path.is_empty() {
            line.split(' ').nth(1)?.clone_into(&mut path);
        } else if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        } else if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let (status, body) = reply(&path, &serde_json::from_slice(&body).ok()?, told);
    let reply = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(reply.as_bytes()).await.ok()
}

fn reply(path: &str, body: &Value, told: &Mutex<Told>) -> (u16, String) {
    let mut told = told.lock().unwrap();
    told.asked.push(path.to_owned());
    if told.down {
        return (500, json!({"result": false, "errors": []}).to_string());
    }
    let all = path.ends_with("/list");
    let is_meant = |task: &&Value| {
        all || task["socketaccesstoken"] == body["tasktoken"] || task["id"] == body["taskid"]
    };
    let tasks: Vec<&Value> = told.tasks.iter().filter(is_meant).collect();
    (
        200,
        json!({"result": true, "errors": [], "total": "1", "tasklist": tasks}).to_string(),
    )
}

/// In a hurry, but for the questions beside a socket that speaks: who counts on those would wait for ever.
pub(crate) fn hasty() -> Pace {
    Pace {
        first_quiet: Duration::from_millis(20),
        longest_quiet: Duration::from_millis(20),
        safety: Duration::from_hours(1),
        first_end: Duration::from_millis(5),
        longest_end: Duration::from_millis(20),
        ..Pace::default()
    }
}
