//! Who looks after a run: at most one process, for as long as it lives.

use std::path::PathBuf;

use rusqlite::{OptionalExtension as _, Transaction, params};

use crate::writer::{Command, Firmness, Store};
use crate::{Error, Library, files, locks, times};

/// A holder that was not heard of for so long is taken to hang.
const HEARTBEAT_LIMIT_MS: i64 = 30_000;

/// Who holds a run, as the row says.
#[derive(Debug, Clone)]
struct Holder {
    owner: String,
    boot_id: String,
    heartbeat_ms: i64,
}

impl Holder {
    /// Whether another process may take over.
    fn has_gone(&self, lock_is_free: bool, boot_id: &str, now_ms: i64) -> bool {
        lock_is_free || self.boot_id != boot_id || now_ms - self.heartbeat_ms > HEARTBEAT_LIMIT_MS
    }
}

/// Gives a new run to `owner`, within the transaction that writes it down.
pub(crate) fn take_new(
    transaction: &Transaction<'_>,
    run_id: &str,
    owner: &str,
    boot_id: &str,
) -> Result<(), Error> {
    transaction
        .prepare_cached(
            "INSERT INTO leases (run_id, owner, boot_id, heartbeat_ms) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![run_id, owner, boot_id, times::now_ms()])?;
    Ok(())
}

/// Who wants to take a run.
#[derive(Debug)]
pub(crate) struct Taker {
    run_id: String,
    owner: String,
    boot_id: String,
    locks_dir: PathBuf,
}

/// Gives an existing run to `taker` unless somebody else living has it; says whether it did.
pub(crate) fn take(transaction: &Transaction<'_>, taker: &Taker) -> Result<bool, Error> {
    let Taker {
        run_id,
        owner,
        boot_id,
        locks_dir,
    } = taker;
    if !transaction
        .prepare_cached("SELECT 1 FROM runs WHERE id = ?1")?
        .exists([run_id])?
    {
        return Err(Error::no_run(run_id));
    }
    let holder = transaction
        .prepare_cached("SELECT owner, boot_id, heartbeat_ms FROM leases WHERE run_id = ?1")?
        .query_row([run_id], |row| {
            Ok(Holder {
                owner: row.get(0)?,
                boot_id: row.get(1)?,
                heartbeat_ms: row.get(2)?,
            })
        })
        .optional()?;
    let now_ms = times::now_ms();
    let free = holder.is_none_or(|holder| {
        holder.owner == *owner
            || holder.has_gone(locks::is_gone(locks_dir, &holder.owner), boot_id, now_ms)
    });
    if free {
        // The transaction holds the write lock: nobody came between the look and this.
        transaction
            .prepare_cached(
                "INSERT INTO leases (run_id, owner, boot_id, heartbeat_ms) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (run_id) DO UPDATE SET owner = ?2, boot_id = ?3, heartbeat_ms = ?4",
            )?
            .execute(params![run_id, owner, boot_id, now_ms])?;
    }
    Ok(free)
}

/// Whether `owner` holds the run.
pub(crate) fn holds(
    transaction: &Transaction<'_>,
    run_id: &str,
    owner: &str,
) -> Result<bool, Error> {
    Ok(transaction
        .prepare_cached("SELECT 1 FROM leases WHERE run_id = ?1 AND owner = ?2")?
        .exists([run_id, owner])?)
}

/// Refuses when `owner` does not hold the run.
pub(crate) fn require(
    transaction: &Transaction<'_>,
    run_id: &str,
    owner: &str,
) -> Result<(), Error> {
    if holds(transaction, run_id, owner)? {
        Ok(())
    } else {
        Err(Error::LeaseLost {
            run_id: run_id.to_owned(),
        })
    }
}

impl Library {
    /// Takes the run into this process's care when nobody has it, or whoever had it has gone: its lock is free, it belonged
    /// to an earlier boot, or its heartbeat is older than 30 s. True when this process has it now.
    pub async fn try_lease(&self, id: &str) -> Result<bool, Error> {
        let taker = self.lease_taker(id);
        self.lease(Some(id), move |transaction| take(transaction, &taker))
            .await
    }

    /// This process, about to take a run.
    pub(crate) fn lease_taker(&self, run_id: &str) -> Taker {
        Taker {
            run_id: run_id.to_owned(),
            owner: self.owner().to_owned(),
            boot_id: self.boot_id().to_owned(),
            locks_dir: self.root().join(files::LOCKS),
        }
    }

    /// Says that this process is alive. Returns how many runs it holds, so that a loss is noticed.
    pub async fn heartbeat(&self) -> Result<usize, Error> {
        let owner = self.owner().to_owned();
        // No run is named "": hints have no reason to be written for this.
        self.lease(Some(""), move |transaction| {
            Ok(transaction
                .prepare_cached("UPDATE leases SET heartbeat_ms = ?2 WHERE owner = ?1")?
                .execute(params![owner, times::now_ms()])?)
        })
        .await
    }

    /// Gives a run out of this process's care; nothing happens when it has it not.
    pub async fn release(&self, id: &str) -> Result<(), Error> {
        let (id, owner) = (id.to_owned(), self.owner().to_owned());
        self.lease(Some(&id.clone()), move |transaction| {
            transaction
                .prepare_cached("DELETE FROM leases WHERE run_id = ?1 AND owner = ?2")?
                .execute([&id, &owner])?;
            Ok(())
        })
        .await
    }

    /// The same without waiting for it: done before anything that is asked of this library afterwards.
    pub fn release_soon(&self, id: &str) {
        let (run_id, id, owner) = (id.to_owned(), id.to_owned(), self.owner().to_owned());
        let job = Box::new(move |store: &mut Store| {
            let released = store.commit(Firmness::Lease, &|transaction| {
                Ok(transaction
                    .prepare_cached("DELETE FROM leases WHERE run_id = ?1 AND owner = ?2")?
                    .execute([&id, &owner])?)
            });
            if let Err(error) = released {
                // This process may lease it again; others may when it ends.
                tracing::warn!(%error, "a lease stays behind");
            }
        });
        // A closed library has given every lease back.
        let _ = self.send(Command::Work {
            run_id: Some(run_id),
            job,
        });
    }

    /// Who holds the run, living or not; compare with [`Library::owner`].
    pub async fn lease_owner(&self, id: &str) -> Result<Option<String>, Error> {
        let id = id.to_owned();
        self.read(move |conn| {
            Ok(conn
                .prepare_cached("SELECT owner FROM leases WHERE run_id = ?1")?
                .query_row([&id], |row| row.get(0))
                .optional()?)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_has_gone_by_lock_boot_or_silence() {
        let holder = Holder {
            owner: "x".to_owned(),
            boot_id: "this".to_owned(),
            heartbeat_ms: 100_000,
        };
        for (lock_is_free, boot_id, now_ms, gone) in [
            (false, "this", 100_000, false),
            (false, "this", 130_000, false),
            (false, "this", 130_001, true),
            (false, "other", 100_000, true),
            (true, "this", 100_000, true),
            // A clock set back makes nobody dead.
            (false, "this", 0, false),
        ] {
            assert_eq!(
                holder.has_gone(lock_is_free, boot_id, now_ms),
                gone,
                "{lock_is_free} {boot_id} {now_ms}"
            );
        }
    }
}
