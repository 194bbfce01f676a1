//! Sidecars: one small file beside the database for each run the service took, with what its rows say, so that a damaged
//! database can be built anew. They hold no token and no address of an output.
//!
//! A thread of its own writes them after each durable step, a moment later and many steps at once: the writer never waits
//! for it. A crash may leave one that is a step behind.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Params, Row};
use serde_json::{Map, Value, json};

use crate::files::{self, DATABASE, SIDECARS};
use crate::{Error, platform};

/// The form of the files.
pub(crate) const FORMAT: u32 = 1;

/// How long steps are collected: most runs that take a moment are written once.
const WINDOW: Duration = Duration::from_millis(250);

/// How many of the newest runs are written again after an unclean end, beside those that are unfinished.
const NEWEST: u32 = 100;

/// What no sidecar holds: secrets, and what is old a moment later.
const LEFT_OUT: [&str; 3] = ["task_token", "progress_json", "url"];

/// What the thread is told.
enum Told {
    /// A run has made a durable step.
    Step(String),
    Stop,
}

/// Tells the thread about steps. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Steps(Sender<Told>);

impl Steps {
    /// The sidecar of this run is out of date.
    pub(crate) fn tell(&self, run_id: &str) {
        // A thread that has ended wrote that it did; the next start writes what is missing.
        let _ = self.0.send(Told::Step(run_id.to_owned()));
    }
}

/// The running thread. Ending it writes what is pending.
#[derive(Debug)]
pub(crate) struct Sidecars {
    steps: Steps,
    thread: Option<JoinHandle<()>>,
}

impl Sidecars {
    /// Starts the thread. After an unclean end it also looks at the sidecars that may have been left behind.
    pub(crate) fn start(root: &Path, unclean: bool) -> Result<Self, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(root.join(DATABASE), flags)?;
        conn.busy_timeout(crate::library::BUSY_TIMEOUT)?;
        let (sender, receiver) = mpsc::channel();
        let keeper = Keeper {
            dir: root.join(SIDECARS),
            conn,
            receiver,
            stale: BTreeSet::new(),
        };
        let thread = std::thread::Builder::new()
            .name("library-sidecars".to_owned())
            .spawn(move || keeper.run(unclean))?;
        Ok(Self {
            steps: Steps(sender),
            thread: Some(thread),
        })
    }

    pub(crate) fn steps(&self) -> Steps {
        self.steps.clone()
    }
}

impl Drop for Sidecars {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.steps.0.send(Told::Stop);
        if self
            .thread
            .take()
            .is_some_and(|thread| thread.join().is_err())
        {
            tracing::error!("the thread that writes sidecars ended by a panic");
        }
    }
}

/// The thread's state.
struct Keeper {
    dir: PathBuf,
    conn: Connection,
    receiver: Receiver<Told>,
    stale: BTreeSet<String>,
}

impl Keeper {
    fn run(mut self, unclean: bool) {
        let mut missing = self.missing(unclean).unwrap_or_else(|error| {
            tracing::warn!(%error, "missing sidecars could not be looked up");
            Vec::new()
        });
        loop {
            let told = match missing.pop() {
                // Whatever happens now comes before what is only caught up with.
                Some(run_id) => {
                    self.write_or_warn(&run_id);
                    match self.receiver.try_recv() {
                        Ok(told) => told,
                        Err(mpsc::TryRecvError::Empty) => continue,
                        Err(mpsc::TryRecvError::Disconnected) => break,
                    }
                }
                None => match self.receiver.recv() {
                    Ok(told) => told,
                    Err(_) => break,
                },
            };
            let Told::Step(run_id) = told else { break };
            self.stale.insert(run_id);
            if self.collect() {
                break;
            }
            self.write_stale();
        }
        self.write_stale();
    }

    /// Collects what happens in a moment; says whether it is time to stop.
    fn collect(&mut self) -> bool {
        let until = std::time::Instant::now() + WINDOW;
        loop {
            let left = until.saturating_duration_since(std::time::Instant::now());
            match self.receiver.recv_timeout(left) {
                Ok(Told::Step(run_id)) => {
                    self.stale.insert(run_id);
                }
                Err(RecvTimeoutError::Timeout) => return false,
                Ok(Told::Stop) | Err(RecvTimeoutError::Disconnected) => return true,
            }
        }
    }

    fn write_stale(&mut self) {
        for run_id in std::mem::take(&mut self.stale) {
            if !self.write_or_warn(&run_id) {
                // With the next step of any run.
                self.stale.insert(run_id);
            }
        }
    }

    fn write_or_warn(&self, run_id: &str) -> bool {
        let written = write(&self.conn, &self.dir, run_id);
        if let Err(error) = &written {
            tracing::warn!(%error, "a sidecar stays behind");
        }
        written.is_ok()
    }

    /// Runs without a sidecar; after an unclean end also those whose sidecar may be a step behind. The newest come last.
    fn missing(&self, unclean: bool) -> Result<Vec<String>, Error> {
        let there: HashSet<_> = fs_err::read_dir(&self.dir)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<Result<_, Error>>()?;
        let unclean_end = "SELECT id FROM runs WHERE accepted_at_ms IS NOT NULL AND finished_at_ms IS NULL
                           UNION ALL SELECT id FROM (SELECT id FROM runs ORDER BY created_at_ms DESC LIMIT ?1)";
        let ids = |sql: &str, newest: u32| -> Result<Vec<String>, Error> {
            Ok(self
                .conn
                .prepare(sql)?
                .query_map([newest], |row| row.get(0))?
                .collect::<Result<_, _>>()?)
        };
        let mut missing = ids(
            "SELECT id FROM runs WHERE accepted_at_ms IS NOT NULL AND ?1 >= 0 ORDER BY created_at_ms",
            0,
        )?;
        missing.retain(|id| !there.contains(&files::sidecar_name(id)));
        if unclean {
            missing.extend(ids(unclean_end, NEWEST)?);
        }
        Ok(missing)
    }
}

/// Writes the sidecar of a run as its rows are now; removes it when there is no such run.
fn write(conn: &Connection, dir: &Path, run_id: &str) -> Result<(), Error> {
    let path = dir.join(files::sidecar_name(run_id));
    // One snapshot, so that run and outputs agree.
    let conn = conn.unchecked_transaction()?;
    let Some(run) = rows(&conn, "SELECT * FROM runs WHERE id = ?1", [run_id])?.pop() else {
        return files::remove_stale(&path);
    };
    if run.get("accepted_at_ms").is_none_or(Value::is_null) {
        return Ok(());
    }
    let sidecar = json!({
        "format": FORMAT,
        "run": run,
        "inputs": rows(&conn, "SELECT * FROM inputs WHERE run_id = ?1 ORDER BY field, position", [run_id])?,
        "outputs": rows(&conn, "SELECT * FROM outputs WHERE run_id = ?1 ORDER BY position", [run_id])?,
        "timeline": rows(&conn, "SELECT * FROM timeline WHERE run_id = ?1 ORDER BY rowid", [run_id])?,
        "voice_sessions": rows(&conn, "SELECT * FROM voice_sessions WHERE run_id = ?1", [run_id])?,
        "voice_lines": rows(&conn, "SELECT * FROM voice_lines WHERE run_id = ?1 ORDER BY line", [run_id])?,
        "voice_turns": rows(&conn, "SELECT * FROM voice_turns WHERE run_id = ?1 ORDER BY turn", [run_id])?,
    });
    drop(conn);
    platform::replace_file(&path, sidecar.to_string().as_bytes())
}

fn rows(conn: &Connection, sql: &str, params: impl Params) -> Result<Vec<Value>, Error> {
    Ok(conn
        .prepare_cached(sql)?
        .query_map(params, row_to_json)?
        .collect::<Result<_, _>>()?)
}

/// A row by the names of its columns.
fn row_to_json(row: &Row<'_>) -> rusqlite::Result<Value> {
    let mut values = Map::new();
    for (index, name) in row.as_ref().column_names().enumerate() {
        if LEFT_OUT.contains(&name) {
            continue;
        }
        let value = match row.get_ref(index)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => number.into(),
            ValueRef::Real(number) => number.into(),
            ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
            // A path that is no text.
            ValueRef::Blob(bytes) => json!({ "bytes": bytes }),
        };
        values.insert(name.to_owned(), value);
    }
    Ok(Value::Object(values))
}
