//! The socket of `PROTOCOL.md` section 10: tasks are followed by token, and sessions are held.

mod heartbeat;
mod mischief;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::fault::Close;
use crate::frames::{self, Body, Frame};
use crate::http::faults;
use crate::hub::{Standing, Subscriber};
use crate::listener::Peer;
use crate::state::App;
use crate::switchboard::Input;
use crate::task::Status;
use heartbeat::{Beat, Heartbeat, PATIENCE};
use mischief::{Mischief, Then};

/// Frames a client may be behind before it is disconnected.
const BACKLOG: usize = 4096;
/// Longest frame taken from a client: more than five seconds of audio. A longer one ends the connection.
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
        return faults::instead(&app, &action, &peer).await;
    }
    upgrade
        .max_message_size(FRAME_LIMIT)
        .on_upgrade(move |socket| async move {
            let mischief = Mischief::new(action);
            if mischief.is_frozen() {
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
                    agents: HashSet::new(),
                    mischief,
                }
                .serve(received)
                .await;
            }
        })
}

/// Never, unless there is an end.
async fn until(end: Option<Instant>) {
    match end {
        Some(end) => tokio::time::sleep_until(end).await,
        None => std::future::pending().await,
    }
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
    agents: HashSet<String>,
    mischief: Mischief,
}

/// Why a connection ends; the peer learns nothing of it unless a plan says so.
enum Ended {
    Gone,
    Dropped,
    Frozen,
}

impl Connection {
    async fn serve(mut self, mut frames: mpsc::Receiver<Arc<Frame>>) {
        let began = Instant::now();
        let mut heartbeat = Heartbeat::new(began, self.mischief.ping());
        let lifetime = self.mischief.lifetime().map(|lifetime| began + lifetime);
        let mut step = self.send(&frames::connected()).await;
        while step.is_ok() {
            step = tokio::select! {
                () = self.app.stop.cancelled() => Err(Ended::Gone),
                () = self.subscriber.lagging.cancelled() => Err(Ended::Gone),
                Some(frame) = frames.recv() => self.send(&frame).await,
                () = until(lifetime) => Err(Ended::Dropped),
                () = tokio::time::sleep_until(heartbeat.next()) => match heartbeat.beat(Instant::now()) {
                    Beat::Ping => self.socket.send(Message::Ping(Bytes::new())).await.map_err(|_| Ended::Gone),
                    Beat::GiveUp => Err(Ended::Gone),
                },
                message = self.socket.recv() => {
                    heartbeat.heard();
                    match message {
                        Some(Ok(Message::Text(text))) => self.obey(&text).await,
                        Some(Ok(Message::Binary(bytes))) => {
                            self.app.switchboard.hear(&bytes).await;
                            Ok(())
                        }
                        Some(Ok(Message::Close(_)) | Err(_)) | None => Err(Ended::Gone),
                        Some(Ok(_)) => Ok(()),
                    }
                }
            };
        }
        if !matches!(step, Err(Ended::Frozen)) {
            self.app.hub.leave(&self.tokens, &self.subscriber);
        }
        match step {
            Err(Ended::Frozen) => stalled(&self.app, self.socket).await,
            Err(Ended::Dropped) => self.dismiss().await,
            Ok(()) | Err(Ended::Gone) => {}
        }
    }

    /// Says goodbye where the plan wants one.
    async fn dismiss(&mut self) {
        if let Some(code) = self.mischief.close_code() {
            let close = CloseFrame {
                code,
                reason: Utf8Bytes::default(),
            };
            // Whether it arrives makes no difference here.
            let _ = self.socket.send(Message::Close(Some(close))).await;
        }
    }

    /// Frames that are not JSON or of an unknown type are dropped without a reply.
    async fn obey(&mut self, text: &str) -> Result<(), Ended> {
        let Ok(frame) = serde_json::from_str::<Value>(text) else {
            return Ok(());
        };
        let text = |key: &str| frame.get(key).and_then(Value::as_str).unwrap_or_default();
        match text("type") {
            "task_info" => self.follow(text("tasktoken")).await,
            "agent_info" => self.follow_agent(text("agenttoken")).await,
            "task_session_interrupt" => self.pass(text("tasktoken"), Input::Interrupt).await,
            "task_session_end" => self.pass(text("tasktoken"), Input::End).await,
            _ => Ok(()),
        }
    }

    /// What no session listens to is dropped without a reply.
    async fn pass(&mut self, token: &str, input: Input) -> Result<(), Ended> {
        self.app.switchboard.pass(token, input).await;
        Ok(())
    }

    /// No agent lives here, so every token is unknown (`PROTOCOL.md` section 17).
    async fn follow_agent(&mut self, token: &str) -> Result<(), Ended> {
        if token.is_empty() {
            return self.send(&frames::error("agenttoken-required")).await;
        }
        if self.agents.insert(token.to_owned()) {
            return self.send(&frames::unknown_agent(token)).await;
        }
        Ok(())
    }

    async fn follow(&mut self, token: &str) -> Result<(), Ended> {
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
        let (bodies, then) = self.mischief.outgoing(frame);
        for body in bodies {
            self.write(body).await?;
        }
        match then {
            Then::Continue => Ok(()),
            Then::Drop => Err(Ended::Dropped),
            Then::Freeze => Err(Ended::Frozen),
        }
    }

    /// A client that does not read is given up like one that does not answer.
    async fn write(&mut self, body: Body) -> Result<(), Ended> {
        let message = match body {
            Body::Text(text) => Message::Text(text.into()),
            Body::Binary(bytes) => Message::Binary(bytes),
        };
        let sent = self.socket.send(message);
        match tokio::time::timeout(PATIENCE, sent).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Ended::Gone),
        }
    }
}
