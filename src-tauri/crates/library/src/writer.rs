//! The one thread of this process that writes.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{broadcast, oneshot};

use crate::hints::{Hint, Pending};
use crate::locks::OwnLock;
use crate::schema::{self, MIGRATIONS};
use crate::sidecars::Sidecars;
use crate::{Change, Error};

/// How often a locked database is tried, each time for as long as SQLite's own waiting.
const BUSY_TRIES: u32 = 3;

/// How firmly a transaction is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Firmness {
    /// On the disk before anybody hears of it.
    Durable,
    /// May be lost in a power cut.
    Hint,
    /// As a hint; and nothing that others would show.
    Lease,
}

impl Firmness {
    const fn synchronous(self) -> &'static str {
        match self {
            Self::Durable => "FULL",
            Self::Hint | Self::Lease => "NORMAL",
        }
    }
}

/// The work of one call, with its answer inside.
pub(crate) type Job = Box<dyn FnOnce(&mut Store) + Send>;

/// What the thread is asked to do.
pub(crate) enum Command {
    /// One call. Pending hints of its run (of all runs without one) are written first.
    Work { run_id: Option<String>, job: Job },
    /// Something that can wait.
    Hint(Hint),
    /// Write what is pending.
    Flush(oneshot::Sender<Result<(), Error>>),
    /// Write what is pending, give the leases back and end.
    Stop,
}

/// The writing connection and what it last saw.
#[derive(Debug)]
pub(crate) struct Store {
    conn: Connection,
    changes: broadcast::Sender<Change>,
    synchronous: Option<&'static str>,
    data_version: i64,
    revision: i64,
}

fn data_version(conn: &Connection) -> Result<i64, Error> {
    Ok(conn.query_row("PRAGMA data_version", [], |row| row.get(0))?)
}

fn revision(conn: &Connection) -> Result<i64, Error> {
    Ok(conn
        .prepare_cached("SELECT value FROM revision")?
        .query_row([], |row| row.get(0))?)
}

impl Store {
    pub(crate) fn new(conn: Connection, changes: broadcast::Sender<Change>) -> Result<Self, Error> {
        let (data_version, revision) = (data_version(&conn)?, revision(&conn)?);
        Ok(Self {
            conn,
            changes,
            synchronous: None,
            data_version,
            revision,
        })
    }

    /// Runs one transaction, again when another process held the database for too long.
    pub(crate) fn commit<T>(
        &mut self,
        firmness: Firmness,
        work: &dyn Fn(&Transaction<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut tries = 1;
        loop {
            match self.try_commit(firmness, work) {
                Err(Error::Busy { .. }) if tries < BUSY_TRIES => tries += 1,
                result => return result,
            }
        }
    }

    fn try_commit<T>(
        &mut self,
        firmness: Firmness,
        work: &dyn Fn(&Transaction<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let synchronous = firmness.synchronous();
        if self.synchronous != Some(synchronous) {
            // Cannot be set within a transaction.
            self.conn.pragma_update(None, "synchronous", synchronous)?;
            self.synchronous = Some(synchronous);
        }
        let transaction = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        // A newer version may have migrated the file while this one had it open.
        schema::refuse_newer(&transaction, schema::version_of(MIGRATIONS))?;
        let value = work(&transaction)?;
        let visible = firmness != Firmness::Lease;
        if visible {
            transaction
                .prepare_cached("UPDATE revision SET value = value + 1")?
                .execute([])?;
        }
        transaction.commit()?;
        self.revision += i64::from(visible);
        Ok(value)
    }

    /// Tells this process what changed.
    pub(crate) fn announce(&self, change: Change) {
        // Nobody listening is fine.
        let _ = self.changes.send(change);
    }

    /// Whether another connection changed something to show since the last question.
    ///
    /// SQLite's `data_version` is asked on the writing connection, which does not count its own commits.
    pub(crate) fn changed_elsewhere(&mut self) -> Result<bool, Error> {
        let found = data_version(&self.conn)?;
        if found == self.data_version {
            return Ok(false);
        }
        let revision = revision(&self.conn)?;
        let changed = revision != self.revision;
        (self.data_version, self.revision) = (found, revision);
        Ok(changed)
    }
}

/// The thread's state.
pub(crate) struct Writer {
    pub(crate) store: Store,
    pub(crate) receiver: Receiver<Command>,
    pub(crate) owner: String,
    pub(crate) sidecars: Sidecars,
    /// Dropped last: whoever waits for this process may go on then.
    pub(crate) lock: OwnLock,
}

impl Writer {
    /// Works until it is stopped or nobody can ask any more.
    pub(crate) fn run(self) {
        let Self {
            mut store,
            receiver,
            owner,
            sidecars,
            lock,
        } = self;
        let mut pending = Pending::default();
        loop {
            let next = match pending.deadline() {
                None => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(at) => {
                    let left = at.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        Err(RecvTimeoutError::Timeout)
                    } else {
                        receiver.recv_timeout(left)
                    }
                }
            };
            match next {
                Ok(Command::Work { run_id, job }) => {
                    if pending.concerns(run_id.as_deref()) {
                        flush_or_warn(&mut pending, &mut store, &owner);
                    }
                    job(&mut store);
                }
                Ok(Command::Hint(hint)) => pending.push(hint),
                Ok(Command::Flush(reply)) => {
                    let _ = reply.send(pending.flush(&mut store, &owner));
                }
                Err(RecvTimeoutError::Timeout) => flush_or_warn(&mut pending, &mut store, &owner),
                Ok(Command::Stop) | Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        flush_or_warn(&mut pending, &mut store, &owner);
        let released = store.commit(Firmness::Lease, &|transaction| {
            Ok(transaction.execute("DELETE FROM leases WHERE owner = ?1", [&owner])?)
        });
        if let Err(error) = released {
            tracing::warn!(%error, "leases stay behind");
        }
        // It reads; the writing connection is the last to close and tidies up.
        drop(sidecars);
        drop(store);
        drop(lock);
    }
}

/// Hints may be lost; the step that follows must not be held up by them.
fn flush_or_warn(pending: &mut Pending, store: &mut Store, owner: &str) {
    if let Err(error) = pending.flush(store, owner) {
        tracing::warn!(%error, "hints were lost");
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn store() -> Store {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(&MIGRATIONS.concat()).unwrap();
        Store::new(conn, broadcast::channel(1).0).unwrap()
    }

    #[test]
    fn durable_steps_wait_for_the_disk_and_hints_do_not() {
        let mut store = store();
        // SQLite's numbers: 1 is NORMAL, 2 is FULL.
        for (firmness, expected) in [
            (Firmness::Durable, 2),
            (Firmness::Hint, 1),
            (Firmness::Durable, 2),
            (Firmness::Lease, 1),
        ] {
            let found = store.commit(firmness, &|transaction| {
                Ok(transaction.query_row("PRAGMA synchronous", [], |row| row.get::<_, i64>(0))?)
            });
            assert_eq!(found.unwrap(), expected, "{firmness:?}");
        }
    }

    #[test]
    fn a_busy_database_is_tried_again_and_then_called_busy() {
        let mut store = store();
        for (busy, succeeds) in [(BUSY_TRIES - 1, true), (BUSY_TRIES, false)] {
            let tries = Cell::new(0);
            let result = store.commit(Firmness::Durable, &|_| {
                tries.set(tries.get() + 1);
                if tries.get() <= busy {
                    Err(Error::Busy {
                        source: "locked".into(),
                    })
                } else {
                    Ok(())
                }
            });
            assert_eq!(result.is_ok(), succeeds);
            assert!(succeeds || matches!(result, Err(Error::Busy { .. })));
            assert_eq!(tries.get(), BUSY_TRIES);
        }
    }

    #[test]
    fn work_that_fails_leaves_nothing() {
        let mut store = store();
        let result: Result<(), Error> = store.commit(Firmness::Durable, &|transaction| {
            transaction.execute("INSERT INTO settings VALUES ('k', 'v')", [])?;
            Err(Error::Closed)
        });
        assert!(result.is_err());
        let count = store
            .conn
            .query_row("SELECT count(*) FROM settings", [], |row| {
                row.get::<_, i64>(0)
            });
        assert_eq!(count.unwrap(), 0);
    }
}
