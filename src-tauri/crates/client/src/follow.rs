//! Following tasks to their end: a stream per task that never misses how it ended.
//!
//! The socket is a hint, `Task/Detail` is the truth (`PROTOCOL.md` sections 7.1, 10.5 and D-24). Frames may be lost,
//! doubled, late or out of order; a reader may be slow or come late; the connection may break: each [`TaskStream`] still
//! ends with [`TaskUpdate::Ended`], once, as its last word. A task is asked for when it is first followed, after every
//! reconnection, every few seconds while the socket is silent about it or it is being prepared, after the socket told
//! its end, and once a minute beside that.
//!
//! What waits for a reader is bounded: the newest text once, whoever reads it, and the last few hundred updates.

mod actor;
mod board;
mod schedule;
mod track;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::Stream;
use rand::Rng;
use serde_json::{Map, Value};
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::client::Client;
use crate::llm::{LlmText, TextChange};
use crate::secret::Secret;
use crate::socket::{SocketConfig, TaskEvent, TaskSocket};
use crate::tasks::{Output, Task, TaskOutcome, TaskRef, TaskStatus};

pub(crate) use actor::answer_of;
use board::Cursor;
pub(crate) use track::Track;

/// Answers that may wait for the actor.
const ANSWERS: usize = 256;
/// Frames that may wait for the actor. It never waits for anybody, and each may hold a whole long text.
const WAITING_FRAMES: usize = 16;

/// When the service is asked about a task; the defaults are for use, other values for tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// While the socket is silent about a task: the first pause between two questions. It doubles.
    pub first_quiet: Duration,
    /// The longest such pause.
    pub longest_quiet: Duration,
    /// Beside a socket that speaks; up to a fifth more or less at random.
    pub safety: Duration,
    /// The first pause after the socket told the end. It doubles.
    pub first_end: Duration,
    /// The longest such pause.
    pub longest_end: Duration,
    /// After `task_end` the last frame may take so long before the service is asked (D-09).
    pub end_grace: Duration,
    /// An end that the socket told is believed when nothing else was learnt for so long.
    pub confirm_within: Duration,
    /// An answer that takes longer is none.
    pub longest_answer: Duration,
    /// A finished task without an exit code is asked for again so often.
    pub exit_code_looks: u32,
    /// A task that the service does not find, and the socket never spoke of, is asked for so often.
    pub not_found_looks: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            first_quiet: Duration::from_secs(2),
            longest_quiet: Duration::from_secs(10),
            safety: Duration::from_mins(1),
            first_end: Duration::from_millis(150),
            longest_end: Duration::from_secs(2),
            end_grace: Duration::from_secs(30),
            confirm_within: Duration::from_secs(30),
            longest_answer: Duration::from_secs(45),
            exit_code_looks: 6,
            not_found_looks: 10,
        }
    }
}

/// What a stream has to say, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum TaskUpdate {
    /// Something happened. Never a text, an end or something unknown: these have places of their own.
    Event(TaskEvent),
    /// The text of a language model changed (C-09).
    Text(TextChange),
    /// The socket said something that this version does not know.
    Unknown {
        /// Its name.
        kind: String,
        /// Its members, as they came.
        fields: Map<String, Value>,
    },
    /// The reader was slow, or came late: older updates are gone. No text and no end is ever among them.
    Missed {
        /// How many.
        updates: u64,
        /// Where the task stands now.
        status: Option<TaskStatus>,
    },
    /// The service cannot be asked; it is asked again. Said once until an answer comes.
    Trouble {
        /// Why, in plain words.
        reason: String,
    },
    /// How it ended. Nothing comes after it.
    Ended(Arc<Ending>),
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// As `Task/Detail` tells it.
    Confirmed(Box<Task>),
    /// As the socket told it; `Task/Detail` did not say otherwise in time, so the cost is not known.
    Told {
        /// Never [`TaskOutcome::Running`].
        outcome: TaskOutcome,
        /// What it made.
        outputs: Vec<Output>,
    },
    /// The service says again and again that it knows no such task, and the socket never spoke of it.
    NotFound,
}

impl Ending {
    /// What became of it; `None` when there is no such task.
    pub fn outcome(&self) -> Option<TaskOutcome> {
        match self {
            Self::Confirmed(task) => Some(task.outcome()),
            Self::Told { outcome, .. } => Some(*outcome),
            Self::NotFound => None,
        }
    }

    /// What it made.
    pub fn outputs(&self) -> &[Output] {
        match self {
            Self::Confirmed(task) => &task.outputs,
            Self::Told { outputs, .. } => outputs,
            Self::NotFound => &[],
        }
    }
}

/// Follows any number of tasks of one account on one connection. It ends when the last handle and the last stream are
/// dropped.
#[derive(Clone)]
pub struct Follower {
    shared: Arc<Shared>,
    socket: TaskSocket,
    pace: Pace,
    stop: CancellationToken,
    guard: Arc<DropGuard>,
}

/// What handles and actor share.
#[derive(Default)]
struct Shared {
    followed: Mutex<HashMap<String, Followed>>,
    changed: Notify,
}

struct Followed {
    task: TaskRef,
    track: watch::Sender<Track>,
}

impl Shared {
    fn followed(&self) -> MutexGuard<'_, HashMap<String, Followed>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Follower {
    /// Starts following on the current runtime; asks with the client's credentials.
    pub fn open(client: Client, socket: SocketConfig, pace: Pace) -> Self {
        let socket = SocketConfig {
            events: socket.events.min(WAITING_FRAMES),
            ..socket
        };
        let (socket, events) = TaskSocket::open(client.endpoints(), socket);
        let shared = Arc::new(Shared::default());
        let stop = CancellationToken::new();
        let actor = actor::Actor::new(client, Arc::clone(&shared), socket.clone(), pace.clone());
        let stopped = stop.clone();
        tokio::spawn(async move {
            let (sender, answers) = mpsc::channel(ANSWERS);
            tokio::select! {
                () = actor.run(events, (sender, answers)) => {}
                () = stopped.cancelled() => {}
            }
        });
        let guard = Arc::new(stop.clone().drop_guard());
        Self {
            shared,
            socket,
            pace,
            stop,
            guard,
        }
    }

    /// Follows a task; the id helps with answers and frames that tell nothing else. One that ended long ago is told as
    /// ended. Followed twice, each stream is told everything.
    pub fn follow(&self, token: Secret<String>, task_id: Option<String>) -> TaskStream {
        let mut followed = self.shared.followed();
        let new = || Track::new(self.pace.clone(), Instant::now(), spread());
        let track = if self.stop.is_cancelled() {
            // Nobody will ever say anything.
            watch::channel(new()).1
        } else {
            let entry = followed
                .entry(token.expose().clone())
                .or_insert_with(|| Followed {
                    task: TaskRef::token(token.clone()),
                    track: watch::Sender::new(new()),
                });
            if entry.task.id.is_none() {
                entry.task.id = task_id;
            }
            entry.track.subscribe()
        };
        drop(followed);
        self.socket.follow(token);
        self.shared.changed.notify_one();
        TaskStream {
            track,
            cursor: Cursor::default(),
            _guard: Arc::clone(&self.guard),
        }
    }

    /// How many tasks are followed.
    pub fn followed(&self) -> usize {
        self.shared.followed().len()
    }

    /// Ends every stream where it stands, without a last word; later ones as well.
    pub fn close(&self) {
        self.stop.cancel();
        self.shared.followed().clear();
    }
}

impl fmt::Debug for Follower {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Follower")
            .field("followed", &self.followed())
            .finish_non_exhaustive()
    }
}

/// Many clients that start together must not ask together.
pub(crate) fn spread() -> f64 {
    rand::rng().random_range(0.8..1.2)
}

/// What happens to one task. It is not followed any more when its last stream is dropped.
pub struct TaskStream {
    track: watch::Receiver<Track>,
    cursor: Cursor,
    _guard: Arc<DropGuard>,
}

impl TaskStream {
    /// The next update. `None` after [`TaskUpdate::Ended`], or when the follower was closed. Safe to cancel.
    pub async fn next(&mut self) -> Option<TaskUpdate> {
        loop {
            if let Some(update) = self.track.borrow_and_update().read(&mut self.cursor) {
                return Some(update);
            }
            if self.cursor.has_ended() {
                return None;
            }
            if self.track.changed().await.is_err() {
                // What was said last may not have been read.
                return self.track.borrow().read(&mut self.cursor);
            }
        }
    }

    /// How it ends, whatever happens before. `None` when the follower was closed, or the end has been told.
    pub async fn ended(&mut self) -> Option<Arc<Ending>> {
        while let Some(update) = self.next().await {
            if let TaskUpdate::Ended(ending) = update {
                return Some(ending);
            }
        }
        None
    }

    /// The whole text as it stands now, whatever has been read.
    pub fn text(&self) -> LlmText {
        self.track.borrow().text().clone()
    }

    /// The updates as a stream.
    pub fn into_stream(self) -> impl Stream<Item = TaskUpdate> + Send {
        futures_util::stream::unfold(self, |mut stream| async move {
            let update = stream.next().await?;
            Some((update, stream))
        })
    }
}

impl fmt::Debug for TaskStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TaskStream")
            .field("cursor", &self.cursor)
            .finish_non_exhaustive()
    }
}
