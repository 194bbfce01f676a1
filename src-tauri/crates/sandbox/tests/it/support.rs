//! A Sandbox to test, and ways to talk to it.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use hmac::{Hmac, Mac};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use sha2::Sha256;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use wiro_sandbox::{Config, FaultPlan, Sandbox};

pub(crate) const KEY: &str = "wk_test_4f1c9a20";
pub(crate) const SECRET: &str = "ws_test_b7e3d815";

/// Longer than anything here takes, so that a hang fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(15);

pub(crate) struct Lab {
    pub(crate) sandbox: Sandbox,
    pub(crate) http: reqwest::Client,
    pub(crate) dir: TempDir,
}

/// A key-only Sandbox in a folder of its own, changed as wanted.
pub(crate) fn lab(change: impl FnOnce(Config) -> Config) -> Lab {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(change(Config::new(dir.path()).key(KEY))).unwrap();
    Lab {
        sandbox,
        http: reqwest::Client::new(),
        dir,
    }
}

/// A Sandbox that serves these models as well.
pub(crate) fn serving(models: &Value, change: impl FnOnce(Config) -> Config) -> Lab {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("models.json");
    fs_err::write(&path, models.to_string()).unwrap();
    lab(|config| change(config.catalogue(path)))
}

/// The same folder served again, by another process as far as it can tell.
pub(crate) async fn restarted(lab: Lab, change: impl FnOnce(Config) -> Config) -> Lab {
    let Lab { sandbox, http, dir } = lab;
    sandbox.shutdown().await;
    start(http, dir, change)
}

pub(crate) fn start(
    http: reqwest::Client,
    dir: TempDir,
    change: impl FnOnce(Config) -> Config,
) -> Lab {
    let sandbox = Sandbox::start(change(Config::new(dir.path()).key(KEY))).unwrap();
    Lab { sandbox, http, dir }
}

pub(crate) fn plan(rules: &Value) -> FaultPlan {
    serde_json::from_value(json!({ "rules": rules })).unwrap()
}

pub(crate) fn sign(nonce: &str) -> String {
    signature(KEY, SECRET, nonce)
}

pub(crate) fn signature(key: &str, secret: &str, nonce: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(format!("{secret}{nonce}").as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

pub(crate) struct Task {
    pub(crate) id: String,
    pub(crate) token: String,
}

impl Task {
    fn of(answer: &Value) -> Self {
        assert_eq!(answer["result"], true, "{answer}");
        let text = |key: &str| answer[key].as_str().unwrap().to_owned();
        Self {
            id: text("taskid"),
            token: text("socketaccesstoken"),
        }
    }
}

impl Lab {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.sandbox.api_url())
    }

    pub(crate) fn post(&self, path: &str) -> reqwest::RequestBuilder {
        self.http
            .post(self.url(path))
            .header("x-api-key", KEY)
            .timeout(PATIENCE)
    }

    pub(crate) async fn call(&self, path: &str, body: Value) -> Value {
        self.post(path)
            .json(&body)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    pub(crate) async fn run(&self, model: &str, body: Value) -> Task {
        Task::of(&self.call(&format!("Run/{model}"), body).await)
    }

    pub(crate) async fn run_form(&self, model: &str, form: Form) -> Task {
        let answer = self
            .post(&format!("Run/{model}"))
            .multipart(form)
            .send()
            .await
            .unwrap();
        Task::of(&answer.json().await.unwrap())
    }

    /// Runs a task that the socket follows from `task_queue` on, however slow this computer is. Wants one worker.
    pub(crate) async fn run_followed(&self, model: &str, body: Value, socket: &mut Socket) -> Task {
        let blocker = self.run("sandbox/slow", json!({ "seconds": 300 })).await;
        self.until(&blocker, |status| status == "task_start").await;
        let task = self.run(model, body).await;
        socket.follow(&task).await;
        loop {
            match socket.frame().await.unwrap() {
                frame if frame["type"] == "task_queue" => break,
                frame => assert_eq!(frame["type"], "connected"),
            }
        }
        self.call("Task/Kill", json!({ "taskid": blocker.id }))
            .await;
        task
    }

    /// The refusal's code and message.
    pub(crate) async fn refusal(&self, path: &str, body: Value) -> (u64, String) {
        let answer = self.call(path, body).await;
        assert_eq!(answer["result"], false, "{answer}");
        let error = &answer["errors"][0];
        (
            error["code"].as_u64().unwrap(),
            error["message"].as_str().unwrap().to_owned(),
        )
    }

    pub(crate) async fn detail(&self, task: &Task) -> Value {
        self.call("Task/Detail", json!({ "taskid": task.id })).await["tasklist"][0].clone()
    }

    /// Polls until the task's status satisfies `wanted`.
    pub(crate) async fn until(&self, task: &Task, wanted: impl Fn(&str) -> bool) -> Value {
        let poll = async {
            loop {
                let detail = self.detail(task).await;
                if wanted(detail["status"].as_str().unwrap()) {
                    return detail;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, poll).await.unwrap()
    }

    pub(crate) async fn ended(&self, task: &Task) -> Value {
        self.until(task, |status| {
            ["task_postprocess_end", "task_cancel", "task_error"].contains(&status)
        })
        .await
    }

    /// Starts the same task again until one is killed while its model computes; returns that one.
    pub(crate) async fn killed_while_computing(&self, start: impl AsyncFn() -> Task) -> Task {
        for _ in 0..10 {
            let task = start().await;
            self.until(&task, |status| {
                !["task_queue", "task_accept", "task_preprocess_start"].contains(&status)
            })
            .await;
            let answer = self.call("Task/Kill", json!({ "taskid": task.id })).await;
            if answer["result"] == true {
                return task;
            }
        }
        panic!("it always ended before it could be killed");
    }

    /// What lies in a task's folder, once it is as many entries.
    pub(crate) async fn files_left(&self, task: &Task, count: usize) {
        let folder = self.dir.path().join("files").join(&task.id);
        eventually("only what it was given stays", || {
            fs_err::read_dir(&folder).map_or(0, Iterator::count) == count
        })
        .await;
    }

    pub(crate) async fn stats(&self) -> Value {
        let url = self.sandbox.api_url().replace("/v1", "/sandbox/stats");
        self.http
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    pub(crate) async fn socket(&self) -> Socket {
        Socket {
            stream: connect_async(self.sandbox.socket_url()).await.unwrap().0,
        }
    }
}

pub(crate) fn output_url(detail: &Value) -> String {
    detail["outputs"][0]["url"].as_str().unwrap().to_owned()
}

/// What an address answers: its status and its bytes.
pub(crate) async fn download(url: &str) -> (reqwest::StatusCode, Vec<u8>) {
    let answer = reqwest::get(url).await.unwrap();
    (answer.status(), answer.bytes().await.unwrap().to_vec())
}

/// Polls until something holds.
pub(crate) async fn eventually(what: &str, holds: impl Fn() -> bool) {
    let poll = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(
        tokio::time::timeout(PATIENCE, poll).await.is_ok(),
        "{what} never came true"
    );
}

/// A JPEG that says it was taken with the camera on its side: shown upright it is turned by a quarter, clockwise.
pub(crate) fn lying_jpeg(width: u32, height: u32) -> Vec<u8> {
    let plain = picture(width, height, image::ImageFormat::Jpeg);
    let exif =
        b"\xff\xe1\x00\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    [&plain[..2], exif, &plain[2..]].concat()
}

/// A small picture with something in every corner.
pub(crate) fn picture(width: u32, height: u32, format: image::ImageFormat) -> Vec<u8> {
    let pixel = |x: u32, y: u32| {
        let share = |part: u32, whole: u32| u8::try_from(part * 255 / whole).unwrap();
        image::Rgb([share(x, width), share(y, height), 120])
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_fn(width, height, pixel)
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}

pub(crate) fn file(bytes: Vec<u8>, name: &str, content_type: &str) -> Part {
    Part::bytes(bytes)
        .file_name(name.to_owned())
        .mime_str(content_type)
        .unwrap()
}

pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    pub(crate) async fn say(&mut self, frame: Value) {
        self.stream
            .send(Message::text(frame.to_string()))
            .await
            .unwrap();
    }

    pub(crate) async fn raw(&mut self, message: Message) {
        self.stream.send(message).await.unwrap();
    }

    pub(crate) async fn follow(&mut self, task: &Task) {
        self.say(json!({ "type": "task_info", "tasktoken": task.token }))
            .await;
    }

    /// Whatever comes next; `None` once the connection is gone.
    pub(crate) async fn message(&mut self) -> Option<Message> {
        let next = tokio::time::timeout(PATIENCE, self.stream.next()).await;
        next.unwrap()?.ok()
    }

    /// The next text frame; `None` once the server closed.
    pub(crate) async fn text(&mut self) -> Option<String> {
        loop {
            match tokio::time::timeout(PATIENCE, self.stream.next())
                .await
                .unwrap()
            {
                Some(Ok(Message::Text(text))) => return Some(text.to_string()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    pub(crate) async fn frame(&mut self) -> Option<Value> {
        self.text()
            .await
            .map(|text| serde_json::from_str(&text).unwrap())
    }

    /// Frames up to and including the one of this type.
    pub(crate) async fn frames_until(&mut self, last: &str) -> Vec<Value> {
        let mut frames = Vec::new();
        while let Some(frame) = self.frame().await {
            let done = frame["type"] == last;
            frames.push(frame);
            if done {
                return frames;
            }
        }
        panic!("the socket closed before {last}: {frames:?}");
    }
}
