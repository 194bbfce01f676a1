//! Realtime sessions: voice, text to speech, speech to text (`PROTOCOL.md` section 12).
//!
//! Each session has a connection of its own. A connection that breaks ends the session: the service stops it, and there
//! is no way back in (section 12.6). However it goes, the last event is [`RealtimeEvent::Ended`], confirmed by
//! `Task/Detail` as for every task. Both directions are bounded: a slow listener stops the reading, a slow service holds
//! up [`RealtimeSession::send_audio`], and neither waits for the other.

mod actor;
mod reading;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use rust_decimal::Decimal;
use serde_json::Value;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::client::Client;
use crate::follow::{Ending, Pace};
use crate::secret::Secret;
use crate::socket::{AudioFrame, ClientFrame, Frame, SocketConfig, TaskFrame};
use reading::Reading;

/// Events that may wait for the listener: about ten seconds of audio in the usual chunks.
const WAITING_EVENTS: usize = 64;
/// Frames that may wait to be sent: about three seconds of audio in the usual chunks.
const WAITING_FRAMES: usize = 16;
/// The most audio one frame takes: five seconds at 24 kHz. The usual chunk is 9,600 bytes.
pub const MAX_CHUNK_BYTES: usize = 240_000;

/// What one sample of a direction takes. The service speaks 16-bit PCM unless a model's parameters ask for G.711
/// (`PROTOCOL.md` sections 12.1 and 12.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SampleSize {
    /// One byte: G.711, mu-law or A-law.
    One,
    /// Two bytes: 16-bit PCM, little-endian.
    #[default]
    Two,
}

impl SampleSize {
    /// In bytes.
    pub const fn bytes(self) -> usize {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }
}

/// How a session is talked with.
#[derive(Debug, Clone, Default)]
pub struct RealtimeConfig {
    /// The connection.
    pub socket: SocketConfig,
    /// How the task is asked for beside it.
    pub pace: Pace,
    /// The samples of [`RealtimeSession::send_audio`].
    pub sent: SampleSize,
    /// The samples of [`RealtimeEvent::Audio`].
    pub received: SampleSize,
}

/// Who is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Speaker {
    /// The person.
    User,
    /// The model.
    Ai,
}

/// What happens in a session.
#[derive(Debug, Clone, PartialEq)]
pub enum RealtimeEvent {
    /// There is no connection yet; it is tried again. The session has not begun.
    Unreachable {
        /// Why, in plain words.
        reason: String,
    },
    /// Connected and subscribed.
    Connected,
    /// Audio may be sent.
    Ready,
    /// Audio to play: whole samples of the size that was asked for, mono; 16-bit little-endian at 24 kHz otherwise.
    Audio {
        /// Turns count from zero. What was cut off is known by it.
        turn: u32,
        /// The samples.
        pcm: Bytes,
    },
    /// Something that was said. Parts of one sentence add up (C-13).
    Transcript {
        /// Who said it.
        speaker: Speaker,
        /// The words.
        text: String,
    },
    /// A turn or segment ended; the session goes on (C-14).
    TurnEnded {
        /// Which one.
        turn: u32,
    },
    /// A turn was charged.
    Cost {
        /// This turn, in USD.
        turn_usd: Option<Decimal>,
        /// The session so far, in USD.
        session_usd: Option<Decimal>,
        /// The provider's own breakdown.
        usage: Value,
    },
    /// Anything else about the task.
    Task(TaskFrame),
    /// Something this version does not know.
    Other(Frame),
    /// The connection broke, and the session with it. How it ended is still asked for.
    Disconnected {
        /// Why, in plain words.
        reason: String,
    },
    /// How it ended. Nothing comes after it.
    Ended(Arc<Ending>),
}

/// Why something was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SendError {
    /// The service has not said that it listens.
    #[error("the session is not ready for audio")]
    NotReady,
    /// A sample is cut in two.
    #[error("audio has to be whole samples")]
    OddLength,
    /// One frame takes less.
    #[error("a piece of audio has at most {MAX_CHUNK_BYTES} bytes")]
    TooLarge,
    /// The connection is gone.
    #[error("the session is over")]
    Closed,
}

/// A handle on one session; the connection closes when it is dropped, and the service ends the session. The good way is
/// [`RealtimeSession::end`] and listening until [`RealtimeEvent::Ended`].
pub struct RealtimeSession {
    token: Secret<String>,
    sent: SampleSize,
    outgoing: mpsc::Sender<Message>,
    reading: Arc<Mutex<Reading>>,
    _guard: DropGuard,
}

impl RealtimeSession {
    /// Connects on the current runtime and subscribes. `token` is the one that was given when the session was started.
    pub fn open(
        client: Client,
        config: RealtimeConfig,
        token: Secret<String>,
    ) -> (Self, mpsc::Receiver<RealtimeEvent>) {
        let (events, receiver) = mpsc::channel(WAITING_EVENTS);
        let (outgoing, to_send) = mpsc::channel(WAITING_FRAMES);
        let reading = Arc::new(Mutex::new(Reading::new(token.clone(), config.received)));
        let stop = CancellationToken::new();
        let actor = actor::Actor::new(
            client,
            (config.socket, config.pace),
            token.clone(),
            Arc::clone(&reading),
            events,
        );
        let stopped = stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = actor.run(to_send) => {}
                () = stopped.cancelled() => {}
            }
        });
        let session = Self {
            token,
            sent: config.sent,
            outgoing,
            reading,
            _guard: stop.drop_guard(),
        };
        (session, receiver)
    }

    /// Sends audio: whole samples of [`RealtimeConfig::sent`], mono; at most [`MAX_CHUNK_BYTES`]. Waits while earlier
    /// audio is on its way.
    pub async fn send_audio(&self, pcm: &[u8]) -> Result<(), SendError> {
        if pcm.len() > MAX_CHUNK_BYTES {
            return Err(SendError::TooLarge);
        }
        if !pcm.len().is_multiple_of(self.sent.bytes()) {
            return Err(SendError::OddLength);
        }
        if !locked(&self.reading).is_ready() {
            return Err(SendError::NotReady);
        }
        let frame = AudioFrame::encode(&self.token, pcm);
        self.send(Message::Binary(frame)).await
    }

    /// Cuts the model's turn off and says which turn that is: the audio of that turn that still comes is dropped
    /// (section 12.4). What was delivered before has to be thrown away by whoever plays it.
    pub async fn interrupt(&self) -> Result<u32, SendError> {
        let turn = locked(&self.reading).interrupt();
        let frame = ClientFrame::InterruptTurn(self.token.clone());
        self.send(frame.into_message()).await?;
        Ok(turn)
    }

    /// Asks the service to finish, after all audio that was sent before. Late words, audio and costs still come.
    pub async fn end(&self) -> Result<(), SendError> {
        let frame = ClientFrame::EndSession(self.token.clone());
        self.send(frame.into_message()).await
    }

    /// Frames that were dropped: of other tasks, of a turn that was cut off, or unreadable.
    pub fn dropped(&self) -> u64 {
        locked(&self.reading).dropped()
    }

    async fn send(&self, message: Message) -> Result<(), SendError> {
        self.outgoing
            .send(message)
            .await
            .map_err(|_| SendError::Closed)
    }
}

impl fmt::Debug for RealtimeSession {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RealtimeSession")
            .field("dropped", &self.dropped())
            .finish_non_exhaustive()
    }
}

fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
