//! Keeps one session: the connection, both directions, and how it ends.

use std::sync::{Arc, Mutex};

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until, timeout};
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_util::sync::CancellationToken;

use super::reading::Reading;
use super::{RealtimeEvent, locked};
use crate::client::Client;
use crate::follow::{Ending, Pace, Track, answer_of, spread};
use crate::secret::Secret;
use crate::socket::{
    CLOSED, ClientFrame, SocketConfig, Stream, TaskEvent, TaskFrame, Transport, connect, pause,
    reason,
};
use crate::tasks::TaskRef;

pub(super) struct Actor {
    client: Client,
    config: SocketConfig,
    pace: Pace,
    token: Secret<String>,
    reading: Arc<Mutex<Reading>>,
    track: Mutex<Track>,
    /// The track may want to ask at another time.
    changed: Notify,
    /// It is known how the task ended.
    over: CancellationToken,
    events: mpsc::Sender<RealtimeEvent>,
}

/// Nobody listens any more.
struct Deaf;

/// How talking ended.
enum End {
    /// The service has nothing more to say.
    Finished,
    /// The connection broke.
    Broken(String),
    /// Nobody listens any more.
    Deaf,
}

impl From<Deaf> for End {
    fn from(_: Deaf) -> Self {
        Self::Deaf
    }
}

impl Actor {
    pub(super) fn new(
        client: Client,
        (config, pace): (SocketConfig, Pace),
        token: Secret<String>,
        reading: Arc<Mutex<Reading>>,
        events: mpsc::Sender<RealtimeEvent>,
    ) -> Self {
        let track = Track::new(pace.clone(), Instant::now(), spread());
        Self {
            client,
            config,
            pace,
            token,
            reading,
            track: Mutex::new(track),
            changed: Notify::new(),
            over: CancellationToken::new(),
            events,
        }
    }

    pub(super) async fn run(self, to_send: mpsc::Receiver<Message>) {
        let talk = async {
            let end = self.talk(to_send).await;
            if let End::Broken(reason) = end {
                tracing::debug!(%reason, "the session's connection broke");
                locked(&self.track).disconnected(Instant::now());
                self.changed.notify_one();
                return self.emit(RealtimeEvent::Disconnected { reason }).await;
            }
            match end {
                End::Deaf => Err(Deaf),
                End::Finished | End::Broken(_) => Ok(()),
            }
        };
        let settle = async {
            let ending = self.settle().await;
            self.over.cancel();
            ending
        };
        let both = async {
            let (heard, ending) = tokio::join!(talk, settle);
            if heard.is_ok() {
                // Nobody may be left to hear it.
                let _ = self.emit(RealtimeEvent::Ended(ending)).await;
            }
        };
        tokio::select! {
            () = both => {}
            () = self.events.closed() => {}
        }
    }

    async fn emit(&self, event: RealtimeEvent) -> Result<(), Deaf> {
        self.events.send(event).await.map_err(|_| Deaf)
    }

    /// Asks for the task until it is known how it ended.
    async fn settle(&self) -> Arc<Ending> {
        let task = TaskRef::token(self.token.clone());
        loop {
            let next = {
                let track = locked(&self.track);
                if let Some(ending) = track.ending() {
                    return Arc::clone(ending);
                }
                track.next_check().unwrap_or_else(Instant::now)
            };
            tokio::select! {
                () = sleep_until(next) => {}
                () = self.changed.notified() => continue,
            }
            locked(&self.track).begin_check();
            let answer = answer_of(&self.client, &task, self.pace.longest_answer).await;
            locked(&self.track).answered(answer, Instant::now(), spread());
        }
    }

    async fn talk(&self, to_send: mpsc::Receiver<Message>) -> End {
        let stream = match self.connect().await {
            Ok(Some(stream)) => stream,
            Ok(None) => return End::Finished,
            Err(Deaf) => return End::Deaf,
        };
        let (mut sink, source) = stream.split();
        let subscription = ClientFrame::FollowTask(self.token.clone()).into_message();
        if let Err(end) = self.send(&mut sink, subscription).await {
            return end;
        }
        locked(&self.track).connected(Instant::now());
        self.changed.notify_one();
        if self.emit(RealtimeEvent::Connected).await.is_err() {
            return End::Deaf;
        }
        // Neither direction waits for the other.
        tokio::select! {
            end = self.read(source) => end,
            end = self.write(sink, to_send) => end,
        }
    }

    /// Connects, however often it takes; `None` when the task ended before. There is no session to lose yet.
    async fn connect(&self) -> Result<Option<Stream>, Deaf> {
        let transport =
            Transport::new(self.client.endpoints().socket().clone(), &self.config.proxy);
        let mut failures = 0;
        loop {
            let reason = tokio::select! {
                connected = connect(&transport, &self.config) => match connected {
                    Ok(stream) => return Ok(Some(stream)),
                    Err(reason) => reason,
                },
                () = self.over.cancelled() => return Ok(None),
            };
            self.emit(RealtimeEvent::Unreachable { reason }).await?;
            failures += 1;
            tokio::select! {
                () = sleep(pause(&self.config, failures)) => {}
                () = self.over.cancelled() => return Ok(None),
            }
        }
    }

    async fn write(
        &self,
        mut sink: SplitSink<Stream, Message>,
        mut to_send: mpsc::Receiver<Message>,
    ) -> End {
        let first = Instant::now() + self.config.ping_every;
        let mut ping = interval_at(first, self.config.ping_every);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let message = tokio::select! {
                Some(message) = to_send.recv() => message,
                _ = ping.tick() => Message::Ping(Bytes::new()),
            };
            if let Err(end) = self.send(&mut sink, message).await {
                return end;
            }
        }
    }

    async fn send(
        &self,
        sink: &mut SplitSink<Stream, Message>,
        message: Message,
    ) -> Result<(), End> {
        match timeout(self.config.watchdog, sink.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(End::Broken(reason(&error))),
            Err(_) => Err(End::Broken(
                "the service does not take what is sent".to_owned(),
            )),
        }
    }

    /// Reads until the last frame. When an answer told the end first, what is still on its way is waited for, until
    /// nothing comes for a moment.
    async fn read(&self, mut source: SplitStream<Stream>) -> End {
        let mut deadline = Instant::now() + self.config.watchdog;
        loop {
            let is_over = self.over.is_cancelled();
            let message = tokio::select! {
                message = source.next() => match message {
                    Some(Ok(message)) => message,
                    Some(Err(error)) => return self.broken(reason(&error)),
                    None => return self.broken(CLOSED.to_owned()),
                },
                () = sleep_until(deadline) => {
                    return self.broken("nothing was heard for too long".to_owned());
                }
                () = self.over.cancelled(), if !is_over => {
                    deadline = Instant::now() + self.pace.longest_end;
                    continue;
                }
            };
            let says_something = matches!(message, Message::Text(_) | Message::Binary(_));
            if let Err(end) = self.handle(message).await {
                return end;
            }
            // Set after handling: a slow listener of ours is not a silent service.
            if !is_over {
                deadline = Instant::now() + self.config.watchdog;
            } else if says_something {
                deadline = Instant::now() + self.pace.longest_end;
            }
        }
    }

    /// A connection that goes after the end was told did what it should.
    fn broken(&self, reason: String) -> End {
        if self.over.is_cancelled() {
            End::Finished
        } else {
            End::Broken(reason)
        }
    }

    async fn handle(&self, message: Message) -> Result<(), End> {
        let event = match message {
            Message::Text(text) => locked(&self.reading).text(&text),
            Message::Binary(bytes) => locked(&self.reading).binary(&bytes),
            Message::Close(_) => return Err(self.broken(CLOSED.to_owned())),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => None,
        };
        let Some(event) = event else {
            return Ok(());
        };
        let last = match &event {
            RealtimeEvent::Task(frame) => self.note(frame),
            _ => false,
        };
        self.emit(event).await?;
        if last { Err(End::Finished) } else { Ok(()) }
    }

    /// Tells the track; whether nothing comes after this frame.
    fn note(&self, frame: &TaskFrame) -> bool {
        locked(&self.track).heard(frame.clone(), Instant::now());
        self.changed.notify_one();
        matches!(
            frame.event,
            TaskEvent::Finished { .. } | TaskEvent::Cancelled
        )
    }
}
