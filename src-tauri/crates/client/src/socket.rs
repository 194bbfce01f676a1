//! The task socket: one connection, many tasks and agent messages (`PROTOCOL.md` sections 10 and 17).
//!
//! Events are hints, never the truth: they may be late, doubled or missing. After every [`SocketEvent::Connected`] the
//! caller asks `Task/Detail` about what it follows; [`crate::follow`] does so. Frames of tasks that nobody follows are
//! dropped and counted. A realtime session has a connection of its own ([`crate::realtime`]).

mod audio;
mod connect;
mod connection;
mod event;
mod frame;
mod request;
mod transport;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::endpoints::Endpoints;
use crate::proxy::Proxy;
use crate::secret::Secret;

pub use audio::{AudioFrame, SampleJoiner};
pub(crate) use connect::{CLOSED, connect, pause, reason};
pub use event::{LogStream, TaskEvent, TaskFrame, TaskProgress};
pub use frame::{Area, Frame};
pub use request::ClientFrame;
pub(crate) use transport::{Stream, Transport};

/// How a socket behaves; the defaults are for use, other values for tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketConfig {
    /// Which proxy it takes.
    pub proxy: Proxy,
    /// For name lookup, TLS and handshake together.
    pub connect_timeout: Duration,
    /// Without any frame for so long the connection counts as dead. The service pings every 30 s.
    pub watchdog: Duration,
    /// How often we ping.
    pub ping_every: Duration,
    /// First pause before connecting again; it doubles, and a random part is taken off.
    pub first_pause: Duration,
    /// Longest pause.
    pub longest_pause: Duration,
    /// Largest message taken.
    pub max_message_bytes: usize,
    /// Largest frame taken.
    pub max_frame_bytes: usize,
    /// Most that waits to be written.
    pub max_write_bytes: usize,
    /// Events that may wait for the receiver; when they do, reading stops.
    pub events: usize,
}

impl Default for SocketConfig {
    fn default() -> Self {
        Self {
            proxy: Proxy::default(),
            connect_timeout: Duration::from_secs(10),
            watchdog: Duration::from_secs(45),
            ping_every: Duration::from_secs(20),
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(30),
            max_message_bytes: 8 * 1024 * 1024,
            max_frame_bytes: 2 * 1024 * 1024,
            max_write_bytes: 1024 * 1024,
            events: 1024,
        }
    }
}

/// What the socket has to say.
#[derive(Debug, Clone, PartialEq)]
pub enum SocketEvent {
    /// Connected, and everything that is followed subscribed again.
    Connected,
    /// Not connected; it tries again by itself.
    Disconnected {
        /// Why, in plain words.
        reason: String,
    },
    /// Something about a task.
    Frame(TaskFrame),
    /// Something about a followed agent message, or about an area that this version does not know.
    Other(Frame),
}

/// A handle on the socket; it closes when the last one is dropped.
#[derive(Clone)]
pub struct TaskSocket {
    shared: Arc<Shared>,
    stop: CancellationToken,
    _guard: Arc<DropGuard>,
}

/// What handle and connection share.
#[derive(Default)]
struct Shared {
    tokens: Mutex<Tokens>,
    changed: Notify,
    dropped: AtomicU64,
}

/// What is followed, by token. `fresh` is what the current connection was not told of.
#[derive(Default)]
struct Tokens {
    tasks: HashMap<String, Secret<String>>,
    agents: HashMap<String, Secret<String>>,
    fresh: Vec<ClientFrame>,
}

impl Tokens {
    fn subscriptions(&self) -> Vec<ClientFrame> {
        let tasks = self.tasks.values().cloned().map(ClientFrame::FollowTask);
        let agents = self.agents.values().cloned().map(ClientFrame::FollowAgent);
        tasks.chain(agents).collect()
    }
}

impl Shared {
    fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count_dropped(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

impl TaskSocket {
    /// Starts a socket on the current runtime. It connects, stays connected, and subscribes again after every break.
    pub fn open(
        endpoints: &Endpoints,
        config: SocketConfig,
    ) -> (Self, mpsc::Receiver<SocketEvent>) {
        let (events, receiver) = mpsc::channel(config.events.max(1));
        let shared = Arc::new(Shared::default());
        let stop = CancellationToken::new();
        let driver = connection::Driver::new(
            endpoints.socket().clone(),
            config,
            Arc::clone(&shared),
            events,
        );
        let stopped = stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = driver.run() => {}
                () = stopped.cancelled() => {}
            }
        });
        let guard = Arc::new(stop.clone().drop_guard());
        (
            Self {
                shared,
                stop,
                _guard: guard,
            },
            receiver,
        )
    }

    /// Follows a task, now and after every reconnection. Following twice is following once.
    pub fn follow(&self, token: Secret<String>) {
        let mut tokens = self.shared.tokens();
        let known = tokens.tasks.insert(token.expose().clone(), token.clone());
        if known.is_none() {
            tokens.fresh.push(ClientFrame::FollowTask(token));
            drop(tokens);
            self.shared.changed.notify_one();
        }
    }

    /// Stops following. The service knows no such frame; what still comes is dropped.
    pub fn unfollow(&self, token: &str) {
        let mut tokens = self.shared.tokens();
        tokens.tasks.remove(token);
        tokens.fresh.retain(
            |frame| !matches!(frame, ClientFrame::FollowTask(fresh) if fresh.expose() == token),
        );
    }

    /// Follows a message to an agent in the same way. Its frames come as [`SocketEvent::Other`].
    pub fn follow_agent(&self, token: Secret<String>) {
        let mut tokens = self.shared.tokens();
        let known = tokens.agents.insert(token.expose().clone(), token.clone());
        if known.is_none() {
            tokens.fresh.push(ClientFrame::FollowAgent(token));
            drop(tokens);
            self.shared.changed.notify_one();
        }
    }

    /// Stops following a message to an agent.
    pub fn unfollow_agent(&self, token: &str) {
        let mut tokens = self.shared.tokens();
        tokens.agents.remove(token);
        tokens.fresh.retain(
            |frame| !matches!(frame, ClientFrame::FollowAgent(fresh) if fresh.expose() == token),
        );
    }

    /// How many tasks and agent messages are followed.
    pub fn followed(&self) -> usize {
        let tokens = self.shared.tokens();
        tokens.tasks.len() + tokens.agents.len()
    }

    /// Frames that were dropped: of foreign tasks or agents, or unreadable.
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }

    /// Closes the socket for all handles. The receiver ends.
    pub fn close(&self) {
        self.stop.cancel();
    }
}

impl fmt::Debug for TaskSocket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TaskSocket")
            .field("followed", &self.followed())
            .field("dropped", &self.dropped())
            .finish_non_exhaustive()
    }
}
