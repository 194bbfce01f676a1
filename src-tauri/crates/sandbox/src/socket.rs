//! The socket of `PROTOCOL.md` section 10: tasks are followed by token, and nothing else is asked of a client.

mod heartbeat;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::fault::{Close, FaultAction};
use crate::frames::{self, Frame};
use crate::http::faults;
use crate::hub::{Standing, Subscriber};
use crate::listener::Peer;
use crate::schema::as_text;
use crate::state::App;
use crate::task::Status;
use heartbeat::{Beat, Heartbeat, PATIENCE};

/// Frames a client may be behind before it is disconnected.
const BACKLOG: usize = 4096;
/// Longest frame taken from a client. Subscriptions are tiny; audio frames are not, and are dropped.
const FRAME_LIMIT: usize = 256 * 1024;

/// `GET /v1`: the upgrade, or whatever the fault plan says.
pub(crate) async fn upgrade(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else {
        return StatusCode::UPGRADE_REQUIRED.into_response();
    };
    let action = app.faults.next("socket").cloned().unwrap_or_default();
    tokio::time::sleep(Duration::from_millis(action.delay_ms)).await;
    if action.status.is_some() || action.close == Some(Close::Answer) {
        return faults::instead(&action, &peer.cut).await;
    }
    upgrade
        .max_message_size(FRAME_LIMIT)
        .on_upgrade(move |socket| async move {
            if action.stall.is_some() {
                stalled(&app, socket).await;
            } else {
                let (queue, received) = mpsc::channel(BACKLOG);
                let subscriber = Subscriber {
                    queue,
                    lagging: CancellationToken::new(),
                };
                Connection {
                    app,
                    socket,
                    subscriber,
                    tokens: HashSet::new(),
                    action,
                }
                .serve(received)
                .await;
            }
        })
}

/// Open, but silent: nothing is read, so not even pings are answered.
async fn stalled(app: &App, socket: WebSocket) {
    app.stop.cancelled().await;
    drop(socket);
}

struct Connection {
    app: Arc<App>,
    socket: WebSocket,
    subscriber: Subscriber,
    tokens: HashSet<String>,
    action: FaultAction,
}

/// Why a connection ends; the peer learns nothing of it.
struct Ended;

impl Connection {
    async fn serve(mut self, mut frames: mpsc::Receiver<Arc<Frame>>) {
        let mut heartbeat = Heartbeat::new(Instant::now());
        if self.send(&frames::connected()).await.is_err() {
            return;
        }
        loop {
            let step = tokio::select! {
                () = self.app.stop.cancelled() => Err(Ended),
                () = self.subscriber.lagging.cancelled() => Err(Ended),
                Some(frame) = frames.recv() => self.send(&frame).await,
                () = tokio::time::sleep_until(heartbeat.next()) => match heartbeat.beat(Instant::now()) {
                    Beat::Ping => self.socket.send(Message::Ping(Bytes::new())).await.map_err(|_| Ended),
                    Beat::GiveUp => Err(Ended),
                },
                message = self.socket.recv() => {
                    heartbeat.heard();
                    match message {
                        Some(Ok(Message::Text(text))) => self.obey(&text).await,
                        Some(Ok(Message::Close(_)) | Err(_)) | None => Err(Ended),
                        Some(Ok(_)) => Ok(()),
                    }
                }
            };
            if step.is_err() {
                return;
            }
        }
    }

    /// Frames that are not JSON or of an unknown type are dropped without a reply.
    async fn obey(&mut self, text: &str) -> Result<(), Ended> {
        let Ok(frame) = serde_json::from_str::<Value>(text) else {
            return Ok(());
        };
        if frame.get("type").and_then(Value::as_str) != Some("task_info") {
            return Ok(());
        }
        let token = frame
            .get("tasktoken")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if token.is_empty() {
            return self.send(&frames::error("tasktoken-required")).await;
        }
        let Some(id) = self.app.store.id_of(token) else {
            return self.send(&frames::error("tasktoken-invalid")).await;
        };
        if self.tokens.insert(token.to_owned()) {
            let standing = || match self.app.store.status(id) {
                Some(Status::Queue) => {
                    Standing::Waiting(frames::task(Status::Queue.name(), id, token, &Value::Null))
                }
                Some(status) if !status.is_terminal() => Standing::Running,
                _ => Standing::Ended,
            };
            self.app.hub.subscribe(token, &self.subscriber, standing);
        }
        Ok(())
    }

    async fn send(&mut self, frame: &Frame) -> Result<(), Ended> {
        self.write(frame.text.clone()).await?;
        if let Some(injection) = self.action.inject.clone()
            && injection.after == frame.kind
        {
            for injected in &injection.frames {
                self.write(frame.fill(&as_text(injected))).await?;
            }
        }
        if self.action.drop_after.as_deref() == Some(frame.kind.as_str()) {
            return Err(Ended);
        }
        Ok(())
    }

    /// A client that does not read is given up like one that does not answer.
    async fn write(&mut self, text: String) -> Result<(), Ended> {
        let sent = self.socket.send(Message::Text(text.into()));
        match tokio::time::timeout(PATIENCE, sent).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Ended),
        }
    }
}
