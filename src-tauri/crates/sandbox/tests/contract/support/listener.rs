//! A socket of the service, and what it says.

use super::{DEADLINE, Run, Sandbox};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::collections::VecDeque;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// A connected socket that has heard the greeting of section 10.1.
pub(crate) struct Listener {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Frames that came before the answer to a ping.
    early: VecDeque<Value>,
}

impl Listener {
    /// Connects; no header, no sub-protocol (section 10.1).
    pub(crate) async fn connect(sandbox: &Sandbox) -> Self {
        let (stream, _) = connect_async(&sandbox.socket).await.unwrap();
        let mut listener = Self {
            stream,
            early: VecDeque::new(),
        };
        assert_eq!(
            listener.frame().await,
            json!({"type": "connected", "version": "1.0"})
        );
        listener
    }

    /// Connects and subscribes to these runs; the service has read the subscriptions when this returns.
    pub(crate) async fn to(sandbox: &Sandbox, runs: &[&Run]) -> Self {
        let mut listener = Self::connect(sandbox).await;
        for run in runs {
            listener.subscribe(&run.token).await;
        }
        listener.settle().await;
        listener
    }

    pub(crate) async fn subscribe(&mut self, token: &str) {
        self.send(&json!({"type": "task_info", "tasktoken": token}))
            .await;
    }

    pub(crate) async fn send(&mut self, frame: &Value) {
        let text = Message::text(frame.to_string());
        self.stream.send(text).await.unwrap();
    }

    pub(crate) async fn send_bytes(&mut self, bytes: impl Into<Bytes>) {
        let frame = Message::Binary(bytes.into());
        self.stream.send(frame).await.unwrap();
    }

    /// Waits until the service has read all that was sent: it answers a ping after what came before it.
    pub(crate) async fn settle(&mut self) {
        self.stream
            .send(Message::Ping("settle".into()))
            .await
            .unwrap();
        loop {
            match self.message().await.expect("the socket is closed") {
                Message::Pong(_) => return,
                Message::Text(text) => self.early.push_back(serde_json::from_str(&text).unwrap()),
                Message::Ping(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The next message, of whatever kind; `None` when the socket is closed.
    pub(crate) async fn message(&mut self) -> Option<Message> {
        let message = timeout(DEADLINE, self.stream.next()).await;
        message.expect("the socket says nothing more")?.ok()
    }

    /// The next JSON frame.
    pub(crate) async fn frame(&mut self) -> Value {
        if let Some(frame) = self.early.pop_front() {
            return frame;
        }
        loop {
            match self.message().await.expect("the socket is closed") {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// All frames up to the end of this many tasks.
    pub(crate) async fn frames_until_the_end_of(&mut self, tasks: usize) -> Vec<Value> {
        let mut frames = Vec::new();
        let mut ended = 0;
        while ended < tasks {
            let frame = self.frame().await;
            ended += usize::from(is_the_last(&frame));
            frames.push(frame);
        }
        frames
    }
}

/// The two frames after which a task says nothing more (section 10.4).
fn is_the_last(frame: &Value) -> bool {
    frame["type"] == "task_postprocess_end" || frame["type"] == "task_cancel"
}

/// The frames' types, in order.
pub(crate) fn types(frames: &[Value]) -> Vec<&str> {
    frames
        .iter()
        .map(|frame| frame["type"].as_str().unwrap())
        .collect()
}

/// The frames of one type.
pub(crate) fn of_type<'a>(frames: &'a [Value], name: &str) -> Vec<&'a Value> {
    frames
        .iter()
        .filter(|frame| frame["type"] == name)
        .collect()
}
