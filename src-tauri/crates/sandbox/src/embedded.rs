//! One Sandbox per folder, however many processes want it.
//!
//! Whoever holds the lock on `<dir>/sandbox.lock` serves; the others use its address, which is in
//! `<dir>/identity.json` together with the key pair. When the holder ends, one of the waiting takes over, with
//! the same keys and on the same port unless something else has taken it.

use std::fmt;
use std::io;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use fs_err as fs;
use serde::{Deserialize, Serialize};
use tokio::runtime;

use crate::auth;
use crate::config::Config;
use crate::error::Error;
use crate::server::{Sandbox, lock_file};
use crate::store;

/// Below what Linux, macOS and Windows hand out by themselves.
const LASTING_PORTS: std::ops::Range<u16> = 20_000..32_000;
const PORT_TRIES: usize = 16;

/// How long a holder may take to say where it serves.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks at a holder that does not answer yet.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Where the folder's Sandbox is, and its keys.
#[derive(Clone, PartialEq, Eq)]
pub struct EmbeddedEndpoints {
    /// Base of the REST calls.
    pub api: String,
    /// The socket.
    pub socket: String,
    /// Key of the signature project.
    pub api_key: String,
    /// Its secret.
    pub api_secret: String,
}

impl fmt::Debug for EmbeddedEndpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedEndpoints")
            .field("api", &self.api)
            .field("socket", &self.socket)
            .finish_non_exhaustive()
    }
}

/// What `identity.json` remembers. Only its owner may read the file.
#[derive(Clone, Serialize, Deserialize)]
struct Identity {
    port: u16,
    api_key: String,
    api_secret: String,
}

impl Identity {
    fn endpoints(&self) -> EmbeddedEndpoints {
        EmbeddedEndpoints {
            api: format!("http://127.0.0.1:{}/v1", self.port),
            socket: format!("ws://127.0.0.1:{}/v1", self.port),
            api_key: self.api_key.clone(),
            api_secret: self.api_secret.clone(),
        }
    }
}

/// This process's share in the folder's Sandbox. Dropping it stops the Sandbox if it is served from here.
pub struct Embedded {
    dir: PathBuf,
    shared: Arc<Shared>,
    thread: Option<thread::JoinHandle<()>>,
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedded")
            .field("dir", &self.dir)
            .field("serving", &self.is_serving())
            .finish_non_exhaustive()
    }
}

/// Between the handle and its thread.
#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The last known address, ours or the holder's.
    identity: Option<Identity>,
    serving: bool,
    /// The handle is gone.
    detached: bool,
    /// The thread gave up.
    failed: Option<Error>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn wait_while(&self, condition: impl FnMut(&mut State) -> bool) -> MutexGuard<'_, State> {
        self.changed
            .wait_while(self.lock(), condition)
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Embedded {
    /// Serves the folder, or finds out who does. Needs no runtime: the Sandbox has its own threads.
    pub fn attach(dir: PathBuf) -> Result<Self, Error> {
        let shared = Arc::new(Shared::default());
        let lock = lock_file(&dir)?;
        let (inner, folder) = (Arc::clone(&shared), dir.clone());
        let thread = thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || {
                if let Err(error) = take_part(&folder, lock, &inner) {
                    inner.change(|state| state.failed = Some(error));
                }
            })?;
        let embedded = Self {
            dir,
            shared,
            thread: Some(thread),
        };
        let failed = embedded
            .shared
            .wait_while(|state| state.identity.is_none() && state.failed.is_none())
            .failed
            .take();
        failed.map_or(Ok(embedded), Err)
    }

    /// Where the Sandbox is now. Ask again after a connection failed: another process may have taken over.
    pub fn endpoints(&self) -> EmbeddedEndpoints {
        let mut state = self.shared.lock();
        if !state.serving
            && let Ok(Some(identity)) = read_identity(&self.dir)
        {
            state.identity = Some(identity);
        }
        let known = state.identity.as_ref().map(Identity::endpoints);
        known.unwrap_or_else(|| EmbeddedEndpoints {
            api: String::new(),
            socket: String::new(),
            api_key: String::new(),
            api_secret: String::new(),
        })
    }

    /// Whether this handle serves, rather than another one.
    pub fn is_serving(&self) -> bool {
        self.shared.lock().serving
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        let serving = {
            let mut state = self.shared.lock();
            state.detached = true;
            state.serving
        };
        self.shared.changed.notify_all();
        // A thread that waits for the lock cannot be woken; it lets go of the lock as soon as it gets it.
        if serving
            && let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the Sandbox's thread panicked");
        }
    }
}

/// The thread's life: serve at once, or say who does and wait for the turn.
fn take_part(dir: &Path, lock: fs::File, shared: &Shared) -> Result<(), Error> {
    let asked = Instant::now();
    loop {
        match lock.file().try_lock() {
            Ok(()) => return hold(dir, lock, shared),
            Err(std::fs::TryLockError::Error(error)) => return Err(error.into()),
            Err(std::fs::TryLockError::WouldBlock) => {}
        }
        if let Some(identity) = read_identity(dir)?.filter(answers) {
            shared.change(|state| state.identity = Some(identity));
            break;
        }
        if asked.elapsed() > PATIENCE {
            return Err(Error::NoAnswer(dir.to_owned()));
        }
        thread::sleep(LOOK_AGAIN);
    }
    lock.file().lock()?;
    hold(dir, lock, shared)
}

/// Serves until the handle is dropped. The lock is held.
fn hold(dir: &Path, lock: fs::File, shared: &Shared) -> Result<(), Error> {
    if shared.lock().detached {
        return Ok(());
    }
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("sandbox")
        .enable_all()
        .build()?;
    let sandbox = {
        let _guard = runtime.enter();
        start(dir, lock)?
    };
    shared.change(|state| {
        state.identity = Some(sandbox.1);
        state.serving = true;
    });
    drop(shared.wait_while(|state| !state.detached));
    runtime.block_on(sandbox.0.pause());
    // Not dropped: that would wait for a model that does not stop.
    runtime.shutdown_background();
    Ok(())
}

/// The same keys as last time, and the same port if it is free.
fn start(dir: &Path, lock: fs::File) -> Result<(Sandbox, Identity), Error> {
    let mut config = Config::new(dir);
    let last = read_identity(dir)?;
    let port = last.as_ref().map(|last| last.port);
    config = config.port(
        port.filter(|port| is_free(*port))
            .unwrap_or_else(lasting_port),
    );
    if let Some(last) = last {
        config = config.signature(last.api_key, last.api_secret);
    }
    let sandbox = Sandbox::start_locked(config, lock)?;
    let identity = Identity {
        port: sandbox.port(),
        api_key: sandbox.api_key().to_owned(),
        api_secret: sandbox.api_secret().unwrap_or_default().to_owned(),
    };
    write_identity(dir, &identity)?;
    Ok((sandbox, identity))
}

fn is_free(port: u16) -> bool {
    std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// A free port to come back to. One that the system hands out to any connection would often be taken by the next start.
fn lasting_port() -> u16 {
    let tries = (0..PORT_TRIES).filter_map(|_| {
        let mut bytes = [0; 2];
        getrandom::fill(&mut bytes).ok()?;
        let offset = u16::from_le_bytes(bytes) % (LASTING_PORTS.end - LASTING_PORTS.start);
        Some(LASTING_PORTS.start + offset)
    });
    // The system's choice is better than none.
    tries.into_iter().find(|port| is_free(*port)).unwrap_or(0)
}

fn read_identity(dir: &Path) -> Result<Option<Identity>, Error> {
    Ok(store::read_json(&dir.join("identity.json"))?)
}

fn write_identity(dir: &Path, identity: &Identity) -> Result<(), Error> {
    let partial = dir.join("identity.partial");
    let mut options = fs::OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    {
        use fs_err::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let path = dir.join("identity.json");
    let text = serde_json::to_vec(identity).map_err(|source| Error::parse(&path, source))?;
    options.open(&partial)?.write_all(&text)?;
    fs::rename(&partial, &path)?;
    Ok(())
}

/// Whether the Sandbox of these keys is really there: the file may be from last time, and the port another's.
fn answers(identity: &Identity) -> bool {
    let ask = || -> io::Result<String> {
        let address = (Ipv4Addr::LOCALHOST, identity.port).into();
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        write!(
            stream,
            "GET /sandbox/stats HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.take(64 * 1024).read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.contains(&auth::fingerprint(&identity.api_key)))
}
