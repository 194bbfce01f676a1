//! Keeps the connection: connect, subscribe, read, notice that it is dead, pause, again.

use std::convert::Infallible;
use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until, timeout};
use tokio_tungstenite::tungstenite::{Bytes, Message};
use url::Url;

use super::connect::{CLOSED, connect, pause, reason};
use super::event::TaskFrame;
use super::frame::{Area, Frame};
use super::request::ClientFrame;
use super::transport::{Stream, Transport};
use super::{Shared, SocketConfig, SocketEvent};

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
            let reason = match connect(&self.transport, &self.config).await {
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
                () = sleep(pause(&self.config, failures)) => {}
                () = self.events.closed() => return,
            }
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
            tokens.subscriptions()
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

    async fn subscribe(&self, stream: &mut Stream, frames: Vec<ClientFrame>) -> Result<(), End> {
        self.send(stream, frames.into_iter().map(ClientFrame::into_message))
            .await
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

    /// Passes a frame on; whether it was about something that is followed.
    async fn handle(&self, message: Message) -> Result<bool, End> {
        let event = match message {
            Message::Text(text) => match Frame::decode(&text) {
                Some(frame) if frame.area() == Area::Connection => return Ok(false),
                Some(frame) => self.attribute(frame),
                None => None,
            },
            // Not waited out: a service that says goodbye and keeps the line open would cost a whole watchdog.
            Message::Close(_) => return Err(broken(CLOSED.to_owned())),
            // Audio among them: it belongs to the connections of realtime sessions.
            _ => return Ok(false),
        };
        let Some(event) = event else {
            self.shared.count_dropped();
            return Ok(false);
        };
        self.emit(event).await?;
        Ok(true)
    }

    /// Frames of foreign tasks and agents are dropped. One without a token is passed on as it is (C-12): on a socket
    /// that many tasks share, even the only one that is followed now need not be the one it is about.
    fn attribute(&self, frame: Frame) -> Option<SocketEvent> {
        let tokens = self.shared.tokens();
        match frame.area() {
            Area::Agent => {
                let token = frame.agent_token()?;
                tokens.agents.contains_key(token.expose()).then_some(())?;
                Some(SocketEvent::Other(frame))
            }
            Area::Task => {
                let token = frame.task_token();
                let foreign = token.is_some_and(|token| !tokens.tasks.contains_key(token.expose()));
                drop(tokens);
                (!foreign).then(|| SocketEvent::Frame(TaskFrame::from_frame(frame)))
            }
            Area::Connection | Area::Unknown => Some(SocketEvent::Other(frame)),
        }
    }
}

fn broken(reason: String) -> End {
    End::Broken(reason)
}
