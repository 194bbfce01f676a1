//! Keeps the connection: connect, subscribe, read, notice that it is dead, pause, again.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until, timeout};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Bytes, Message};
use url::Url;

use super::frame::{Incoming, TaskFrame, decode};
use super::transport::{ConnectError, Stream, Transport};
use super::{Shared, SocketConfig, SocketEvent};
use crate::error::{innermost, tidy};
use crate::secret::Secret;

/// What is said when the service ends a connection in good order.
const CLOSED: &str = "the service closed the connection";

/// Runs one socket until nobody listens any more.
pub(super) struct Driver {
    transport: Transport,
    config: SocketConfig,
    shared: Arc<Shared>,
    events: mpsc::Sender<SocketEvent>,
}

/// Nobody listens any more.
struct Deaf;

/// How a connection ended.
enum End {
    /// It broke.
    Broken(String),
    /// Nobody listens any more.
    Deaf,
}

impl From<Deaf> for End {
    fn from(_: Deaf) -> Self {
        Self::Deaf
    }
}

impl Driver {
    pub(super) fn new(
        url: Url,
        config: SocketConfig,
        shared: Arc<Shared>,
        events: mpsc::Sender<SocketEvent>,
    ) -> Self {
        Self {
            transport: Transport::new(url, &config.proxy),
            config,
            shared,
            events,
        }
    }

    pub(super) async fn run(self) {
        let mut failures = 0;
        loop {
            let begun = Instant::now();
            let mut useful = false;
            let reason = match self.connect().await {
                Ok(mut stream) => match self.talk(&mut stream, &mut useful).await {
                    Err(End::Broken(reason)) => reason,
                    Err(End::Deaf) => return,
                    Ok(never) => match never {},
                },
                Err(reason) => reason,
            };
            tracing::debug!(%reason, "the task socket is not connected");
            if self
                .emit(SocketEvent::Disconnected { reason })
                .await
                .is_err()
            {
                return;
            }
            let fresh_start = useful || begun.elapsed() >= self.config.longest_pause;
            failures = if fresh_start { 0 } else { failures + 1 };
            tokio::select! {
                () = sleep(self.pause(failures)) => {}
                () = self.events.closed() => return,
            }
        }
    }

    /// Doubles, and is shortened by up to a half at random so that many clients do not come back together.
    fn pause(&self, failures: u32) -> Duration {
        let doubled = 1_u32
            .checked_shl(failures.saturating_sub(1))
            .unwrap_or(u32::MAX);
        let bound = self
            .config
            .first_pause
            .saturating_mul(doubled)
            .min(self.config.longest_pause);
        bound.mul_f64(0.5 + rand::random::<f64>() / 2.0)
    }

    async fn connect(&self) -> Result<Stream, String> {
        let limits = WebSocketConfig::default()
            .max_message_size(Some(self.config.max_message_bytes))
            .max_frame_size(Some(self.config.max_frame_bytes))
            .write_buffer_size(self.config.max_write_bytes / 8)
            .max_write_buffer_size(self.config.max_write_bytes);
        let connecting = Box::pin(self.transport.connect(limits));
        match timeout(self.config.connect_timeout, connecting).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(ConnectError::Unreachable(reason))) => Err(tidy(&reason)),
            Ok(Err(ConnectError::Handshake(error))) => Err(reason(&error)),
            Err(_) => Err("no answer in time".to_owned()),
        }
    }

    async fn emit(&self, event: SocketEvent) -> Result<(), Deaf> {
        self.events.send(event).await.map_err(|_| Deaf)
    }

    /// Subscribes and reads until the connection ends. `useful` becomes true with the first frame of a followed task.
    async fn talk(&self, stream: &mut Stream, useful: &mut bool) -> Result<Infallible, End> {
        let all = {
            let mut tokens = self.shared.tokens();
            tokens.fresh.clear();
            tokens.followed.values().cloned().collect::<Vec<_>>()
        };
        self.subscribe(stream, all).await?;
        self.emit(SocketEvent::Connected).await?;
        let mut ping = interval_at(
            Instant::now() + self.config.ping_every,
            self.config.ping_every,
        );
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut deadline = Instant::now() + self.config.watchdog;
        loop {
            tokio::select! {
                message = stream.next() => {
                    let message = match message {
                        Some(Ok(message)) => message,
                        Some(Err(error)) => return Err(broken(reason(&error))),
                        None => return Err(broken(CLOSED.to_owned())),
                    };
                    *useful |= self.handle(message).await?;
                    // Set after handling: a slow receiver of ours is not a silent service.
                    deadline = Instant::now() + self.config.watchdog;
                }
                () = sleep_until(deadline) => return Err(broken("nothing was heard for too long".to_owned())),
                _ = ping.tick() => self.send(stream, [Message::Ping(Bytes::new())]).await?,
                () = self.shared.changed.notified() => {
                    let fresh = std::mem::take(&mut self.shared.tokens().fresh);
                    self.subscribe(stream, fresh).await?;
                }
                () = self.events.closed() => return Err(End::Deaf),
            }
        }
    }

    async fn subscribe(&self, stream: &mut Stream, tokens: Vec<Secret<String>>) -> Result<(), End> {
        let frames = tokens.into_iter().map(|token| {
            Message::text(json!({ "type": "task_info", "tasktoken": token.expose() }).to_string())
        });
        self.send(stream, frames).await
    }

    async fn send(
        &self,
        stream: &mut Stream,
        messages: impl IntoIterator<Item = Message>,
    ) -> Result<(), End> {
        let sending = async {
            for message in messages {
                stream.feed(message).await?;
            }
            stream.flush().await
        };
        match timeout(self.config.watchdog, sending).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(broken(reason(&error))),
            Err(_) => Err(broken("the service does not take what is sent".to_owned())),
        }
    }

    /// Passes a frame on; whether it was about a followed task.
    async fn handle(&self, message: Message) -> Result<bool, End> {
        let text = match message {
            Message::Text(text) => text,
            // Not waited out: a service that says goodbye and keeps the line open would cost a whole watchdog.
            Message::Close(_) => return Err(broken(CLOSED.to_owned())),
            _ => return Ok(false),
        };
        let followed = match decode(&text) {
            Incoming::Greeting => return Ok(false),
            Incoming::Ignored => None,
            Incoming::Task(frame) => self.attribute(frame),
        };
        let Some(frame) = followed else {
            self.shared.count_dropped();
            return Ok(false);
        };
        self.emit(SocketEvent::Frame(frame)).await?;
        Ok(true)
    }

    /// Frames of foreign tasks are dropped. One without a token is passed on as it is (C-12): on a socket that many
    /// tasks share, even the only one that is followed now need not be the one it is about.
    fn attribute(&self, frame: TaskFrame) -> Option<TaskFrame> {
        let foreign = frame
            .token
            .as_ref()
            .is_some_and(|token| !self.shared.tokens().followed.contains_key(token.expose()));
        (!foreign).then_some(frame)
    }
}

fn broken(reason: String) -> End {
    End::Broken(reason)
}

/// What went wrong, in one line. Bodies of refused handshakes are not quoted.
fn reason(error: &tungstenite::Error) -> String {
    match error {
        tungstenite::Error::Http(response) => format!(
            "the service refused the socket (HTTP {})",
            response.status().as_u16()
        ),
        tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed => {
            CLOSED.to_owned()
        }
        tungstenite::Error::Capacity(error) => {
            tidy(&format!("the service sent too much at once: {error}"))
        }
        other => tidy(&innermost(other)),
    }
}
