//! The handle: opening and closing a library, and how calls reach the writer and the readers.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction};
use tokio::sync::{Semaphore, broadcast, oneshot};

use crate::locks::{self, OwnLock};
use crate::readers::Readers;
use crate::schema::{self, MIGRATIONS};
use crate::sidecars::{Sidecars, Steps};
use crate::writer::{Command, Firmness, Store, Writer};
use crate::{Change, Error, files, forget, platform, rebuild, relocate};

/// How long SQLite itself waits for another process.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Changes a slow listener may be behind before it misses some and has to look at everything.
const CHANGES_KEPT: usize = 1024;

/// Hints that may wait to be written before those who send them wait.
const HINTS_WAITING: usize = 4096;

/// An open library. Cheap to clone; the last one dropped writes what is pending and closes it.
#[derive(Clone)]
pub struct Library {
    inner: Arc<Inner>,
}

struct Inner {
    root: PathBuf,
    owner: String,
    boot_id: String,
    sender: mpsc::Sender<Command>,
    steps: Steps,
    thread: Mutex<Option<JoinHandle<()>>>,
    readers: Readers,
    changes: broadcast::Sender<Change>,
    hint_permits: Arc<Semaphore>,
}

impl fmt::Debug for Library {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Library")
            .field("root", &self.inner.root)
            .field("owner", &self.inner.owner)
            .finish_non_exhaustive()
    }
}

impl Library {
    /// Opens the library in `root`, making it when there is none. Blocks: it may migrate, back up and check.
    pub fn open(root: &Path) -> Result<Self, Error> {
        relocate::refuse_unfinished(root)?;
        platform::create_private_dir(root)?;
        let root = fs_err::canonicalize(root)?;
        files::create_dirs(&root)?;
        let locks_dir = root.join(files::LOCKS);
        let database = root.join(files::DATABASE);
        let owner = uuid::Uuid::new_v4().to_string();

        let turn = locks::opening(&locks_dir)?;
        relocate::note_use(&root)?;
        rebuild::refuse_unfinished(&root)?;
        let abandoned = locks::abandoned(&locks_dir)?;
        let unclean = !abandoned.is_empty();
        let conn = open_database(&database, &root.join(files::BACKUPS), unclean)?;
        if let Err(error) = forget::sweep(&root, &conn) {
            // The library is sound all the same; the next start tries again.
            tracing::warn!(%error, "files of forgotten runs stay for now");
        }
        // Only now: a library found damaged is checked again at the next start.
        for path in abandoned {
            files::remove_stale(&path)?;
        }
        let lock = OwnLock::acquire(&locks_dir, &owner)?;
        drop(turn);

        let (changes, _) = broadcast::channel(CHANGES_KEPT);
        let store = Store::new(conn, changes.clone())?;
        let sidecars = Sidecars::start(&root, unclean)?;
        let steps = sidecars.steps();
        let (sender, receiver) = mpsc::channel();
        let writer = Writer {
            store,
            receiver,
            owner: owner.clone(),
            sidecars,
            lock,
        };
        let thread = std::thread::Builder::new()
            .name("library-writer".to_owned())
            .spawn(move || writer.run())?;
        Ok(Self {
            inner: Arc::new(Inner {
                readers: Readers::new(&database),
                root,
                owner,
                boot_id: platform::boot_id(),
                sender,
                steps,
                thread: Mutex::new(Some(thread)),
                changes,
                hint_permits: Arc::new(Semaphore::new(HINTS_WAITING)),
            }),
        })
    }

    /// The folder, without links.
    pub fn root(&self) -> &Path {
        &self.inner.root
    }

    /// Names this process among those that use the library.
    pub fn owner(&self) -> &str {
        &self.inner.owner
    }

    /// Tells what this process changes. Whoever lags behind looks at everything again.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.inner.changes.subscribe()
    }

    /// Whether another process changed something to show since the last question. Heartbeats do not count.
    pub async fn changed_elsewhere(&self) -> Result<bool, Error> {
        self.work(None, Store::changed_elsewhere).await
    }

    /// Writes what is pending, gives the leases back and closes the library for all clones.
    pub async fn close(&self) -> Result<(), Error> {
        let inner = Arc::clone(&self.inner);
        tokio::task::spawn_blocking(move || inner.stop())
            .await
            .map_err(|_| Error::Closed)
    }

    pub(crate) fn boot_id(&self) -> &str {
        &self.inner.boot_id
    }

    pub(crate) fn hint_permits(&self) -> &Arc<Semaphore> {
        &self.inner.hint_permits
    }

    pub(crate) fn send(&self, command: Command) -> Result<(), Error> {
        self.inner.sender.send(command).map_err(|_| Error::Closed)
    }

    /// One durable transaction, after the pending hints of the run (of all runs without one). What `work` says has changed
    /// is announced once it is on the disk. It is carried out even if the caller stops waiting.
    pub(crate) async fn durable<T: Send + 'static>(
        &self,
        run_id: Option<&str>,
        work: impl Fn(&Transaction<'_>) -> Result<(T, Option<Change>), Error> + Send + 'static,
    ) -> Result<T, Error> {
        let steps = self.inner.steps.clone();
        self.work(run_id, move |store| {
            let (value, change) = store.commit(Firmness::Durable, &work)?;
            if let Some(change) = change {
                steps.tell(&change.run_id);
                store.announce(change);
            }
            Ok(value)
        })
        .await
    }

    /// One transaction about leases.
    pub(crate) async fn lease<T: Send + 'static>(
        &self,
        run_id: Option<&str>,
        work: impl Fn(&Transaction<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.work(run_id, move |store| store.commit(Firmness::Lease, &work))
            .await
    }

    async fn work<T: Send + 'static>(
        &self,
        run_id: Option<&str>,
        work: impl FnOnce(&mut Store) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(move |store: &mut Store| {
            // Whoever asked may have gone; the work is done all the same.
            let _ = reply.send(work(store));
        });
        self.send(Command::Work {
            run_id: run_id.map(str::to_owned),
            job,
        })?;
        self.inner.heed(answer.await.map_err(|_| Error::Closed)?)
    }

    /// One question, on a blocking thread.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let _permit = self
            .inner
            .readers
            .permits
            .acquire()
            .await
            .map_err(|_| Error::Closed)?;
        let inner = Arc::clone(&self.inner);
        tokio::task::spawn_blocking(move || inner.heed(inner.readers.with(work)))
            .await
            .map_err(|_| Error::Closed)?
    }
}

impl Inner {
    /// Leaves a trace of damage, so that the next start looks for it although this one ends cleanly.
    fn heed<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        if let Err(Error::Corrupt { .. }) = &result
            && let Err(error) = locks::leave_trace(&self.root.join(files::LOCKS))
        {
            tracing::warn!(%error, "the next start will not look for damage");
        }
        result
    }

    fn stop(&self) {
        self.readers.close();
        // It may have ended already.
        let _ = self.sender.send(Command::Stop);
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the library's writer ended by a panic");
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Opens the file for writing, sound and at this version's schema.
fn open_database(path: &Path, backups: &Path, unclean: bool) -> Result<Connection, Error> {
    if !path.exists() {
        // SQLite gives its other files the mode of this one.
        platform::private_file()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)?;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(BUSY_TIMEOUT)?;
    // Before anything is written, the journal mode included.
    schema::refuse_newer(&conn, schema::version_of(MIGRATIONS))?;
    if unclean {
        tracing::info!("the last use ended unexpectedly, checking the library");
        schema::check_integrity(&conn)?;
    }
    platform::make_private(path)?;
    let mode: String = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if !mode.eq_ignore_ascii_case("wal") {
        return Err(Error::ReadOnly {
            source: format!("journal mode {mode} instead of wal").into(),
        });
    }
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.set_prepared_statement_cache_capacity(64);
    schema::migrate(&mut conn, MIGRATIONS, backups)?;
    if unclean {
        // A process that died between the end of a run and giving it back left a lease that nobody asks for any more.
        conn.execute(
            "DELETE FROM leases WHERE run_id IN
             (SELECT id FROM runs WHERE state IN ('refused', 'not_sent', 'succeeded', 'failed', 'cancelled'))",
            [],
        )?;
    }
    Ok(conn)
}
