//! The task socket: one connection, many tasks (`PROTOCOL.md` section 10).
//!
//! Events are hints, never the truth: they may be late, doubled or missing. After every [`SocketEvent::Connected`] the
//! caller asks `Task/Detail` about what it follows. Frames of tasks that nobody follows are dropped and counted.

mod connection;
mod frame;
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

pub use frame::{LogStream, TaskEvent, TaskFrame, TaskProgress};

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
    /// Connected, and every followed task subscribed again.
    Connected,
    /// Not connected; it tries again by itself.
    Disconnected {
        /// Why, in plain words.
        reason: String,
    },
    /// Something about a task.
    Frame(TaskFrame),
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

/// The followed tasks. `fresh` are those the current connection was not told of.
#[derive(Default)]
struct Tokens {
    followed: HashMap<String, Secret<String>>,
    fresh: Vec<Secret<String>>,
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
        if tokens
            .followed
            .insert(token.expose().clone(), token.clone())
            .is_none()
        {
            tokens.fresh.push(token);
            drop(tokens);
            self.shared.changed.notify_one();
        }
    }

    /// Stops following. The service knows no such frame; what still comes is dropped.
    pub fn unfollow(&self, token: &str) {
        let mut tokens = self.shared.tokens();
        tokens.followed.remove(token);
        tokens.fresh.retain(|fresh| fresh.expose() != token);
    }

    /// How many tasks are followed.
    pub fn followed(&self) -> usize {
        self.shared.tokens().followed.len()
    }

    /// Frames that were dropped: of foreign tasks, of agents, or unreadable.
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
