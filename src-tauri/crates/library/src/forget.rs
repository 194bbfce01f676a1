//! Forgetting a run: its rows go first, its files after them, and what a crash left of those at the next start.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, params};

use crate::files::{self, INPUTS, OUTPUTS, PARTIAL, SIDECARS, THUMBNAILS, VOICE};
use crate::{Change, Error, Library, leases, platform};

/// What became of the files of a forgotten run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ForgottenFiles {
    /// How many were removed.
    pub removed: usize,
    /// How much room they took.
    pub bytes: u64,
    /// How many could not be removed now. They go at a later start.
    pub left: usize,
}

/// Names what belongs to the run alone, then removes its rows. A copy of an input that another run has too is not named.
fn forget(transaction: &Transaction<'_>, run_id: &str) -> Result<(), Error> {
    for sql in [
        "INSERT OR IGNORE INTO forgotten_tasks (account_id, task_id)
         SELECT account_id, task_id FROM runs WHERE id = ?1 AND task_id IS NOT NULL",
        "INSERT OR IGNORE INTO unwanted_files (kind, name) VALUES ('run', ?1)",
        "INSERT OR IGNORE INTO unwanted_files (kind, name) SELECT 'input', id FROM inputs WHERE run_id = ?1",
        "INSERT OR IGNORE INTO unwanted_files (kind, name)
         SELECT 'copy', stored_name FROM inputs AS own WHERE run_id = ?1 AND stored_name IS NOT NULL AND NOT EXISTS
             (SELECT 1 FROM inputs AS other WHERE other.stored_name = own.stored_name AND other.run_id <> ?1)",
        "INSERT OR IGNORE INTO unwanted_files (kind, name) SELECT 'output', id FROM outputs WHERE run_id = ?1",
        "INSERT OR IGNORE INTO unwanted_files (kind, name)
         SELECT 'published', file_name FROM outputs WHERE run_id = ?1 AND file_name IS NOT NULL",
        // One that got its name without being noted.
        "INSERT OR IGNORE INTO unwanted_files (kind, name)
         SELECT 'landed', id FROM outputs WHERE run_id = ?1 AND file_name IS NULL",
        "DELETE FROM runs WHERE id = ?1",
    ] {
        transaction.prepare_cached(sql)?.execute([run_id])?;
    }
    Ok(())
}

/// A row of `unwanted_files`.
type Unwanted = (String, String);

fn all_unwanted(conn: &Connection) -> Result<Vec<Unwanted>, Error> {
    Ok(conn
        .prepare_cached("SELECT kind, name FROM unwanted_files")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?)
}

/// What bears these names on the disk. A name that some row has again is left out.
fn paths_of(root: &Path, conn: &Connection, unwanted: &[Unwanted]) -> Result<Vec<PathBuf>, Error> {
    let mut paths = Vec::new();
    let (mut landed, mut fetched) = (HashSet::new(), HashSet::new());
    let mut is_named = conn.prepare_cached("SELECT 1 FROM inputs WHERE stored_name = ?1")?;
    for (kind, name) in unwanted {
        match kind.as_str() {
            "run" => {
                let sidecar = root.join(SIDECARS).join(files::sidecar_name(name));
                paths.extend([platform::partial_of(&sidecar), sidecar]);
                let voice = voice_dir(root, name);
                if files::look(&voice)?.is_some_and(|found| found.is_dir()) {
                    paths.extend(files::entries(&voice)?);
                }
            }
            "input" => paths.push(root.join(THUMBNAILS).join(files::thumbnail_name(name))),
            "output" => {
                paths.push(root.join(THUMBNAILS).join(files::thumbnail_name(name)));
                fetched.insert(files::id_as_name(name));
            }
            "landed" => {
                landed.insert(files::id_as_name(name));
            }
            "copy" if files::is_plain_name(name) && !is_named.exists([name])? => {
                paths.push(root.join(INPUTS).join(name));
            }
            "published" => {
                if let Ok((month, file)) = files::split_output_name(name) {
                    paths.push(root.join(OUTPUTS).join(month).join(file));
                }
            }
            // Of a newer version, or a copy that is in use again.
            _ => {}
        }
    }
    if !fetched.is_empty() {
        let partials = files::entries(&files::require_dir(root, PARTIAL)?)?;
        paths.extend(partials.into_iter().filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.split_once('.')
                .is_some_and(|(id, _)| fetched.contains(id))
        }));
    }
    if !landed.is_empty() {
        files::each_output(root, |path, _| {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            if landed.contains(stem.as_ref()) {
                paths.push(path.to_owned());
            }
        })?;
    }
    Ok(paths)
}

/// Removes what bears these names and says what became of it.
fn remove(root: &Path, conn: &Connection, unwanted: &[Unwanted]) -> Result<ForgottenFiles, Error> {
    let mut forgotten = ForgottenFiles::default();
    for path in paths_of(root, conn, unwanted)? {
        let Some(found) = files::look(&path)? else {
            continue;
        };
        match files::remove_stale(&path) {
            Ok(()) => {
                forgotten.removed += 1;
                forgotten.bytes += found.len();
            }
            Err(error) => {
                tracing::warn!(%error, "a file of a forgotten run stays for now");
                forgotten.left += 1;
            }
        }
    }
    for (_, run_id) in unwanted.iter().filter(|(kind, _)| kind == "run") {
        // It is there only when one talked, and stays while something is in it.
        let _ = fs_err::remove_dir(voice_dir(root, run_id));
    }
    Ok(forgotten)
}

fn voice_dir(root: &Path, run_id: &str) -> PathBuf {
    root.join(VOICE).join(files::id_as_name(run_id))
}

fn strike(conn: &Connection, unwanted: &[Unwanted]) -> Result<(), Error> {
    let mut delete =
        conn.prepare_cached("DELETE FROM unwanted_files WHERE kind = ?1 AND name = ?2")?;
    for (kind, name) in unwanted {
        delete.execute(params![kind, name])?;
    }
    Ok(())
}

/// Removes what a crash left of forgotten runs. For the start, under [`crate::locks::opening`].
pub(crate) fn sweep(root: &Path, conn: &Connection) -> Result<(), Error> {
    let unwanted = all_unwanted(conn)?;
    if unwanted.is_empty() {
        return Ok(());
    }
    let forgotten = remove(root, conn, &unwanted)?;
    tracing::info!(
        removed = forgotten.removed,
        "files of forgotten runs were left"
    );
    if forgotten.left == 0 {
        let transaction = conn.unchecked_transaction()?;
        strike(&transaction, &unwanted)?;
        transaction.commit()?;
    }
    Ok(())
}

impl Library {
    /// Removes a run with everything that belongs to it alone: rows, copies of its inputs, outputs, thumbnails, partials.
    /// Its task is remembered, so that [`Library::known_task_ids`] still has it.
    ///
    /// Allowed in every state, for whoever holds the run or when nobody living does; [`Error::LeaseLost`] otherwise. The
    /// rows are gone for good before the first file goes: a crash leaves the whole run, or files that the next start
    /// removes.
    pub async fn forget_run(&self, id: &str) -> Result<ForgottenFiles, Error> {
        let taker = self.lease_taker(id);
        let id = id.to_owned();
        self.durable(Some(&id.clone()), move |transaction| {
            if !leases::take(transaction, &taker)? {
                return Err(Error::LeaseLost { run_id: id.clone() });
            }
            forget(transaction, &id)?;
            let change = Change {
                run_id: id.clone(),
                outputs: true,
            };
            Ok(((), Some(change)))
        })
        .await?;
        let root = self.root().to_owned();
        let (unwanted, forgotten) = self
            .read(move |conn| {
                let unwanted = all_unwanted(conn)?;
                let forgotten = remove(&root, conn, &unwanted)?;
                Ok((unwanted, forgotten))
            })
            .await?;
        if forgotten.left == 0 {
            // Names that come back after a power cut are of files that have gone.
            self.lease(Some(""), move |transaction| strike(transaction, &unwanted))
                .await?;
        }
        Ok(forgotten)
    }

    /// Remembers a task that no run of this library shall take for its own, as if its run had been forgotten: the service's
    /// answer may come after the run was.
    pub async fn forget_task(&self, account_id: &str, task_id: &str) -> Result<(), Error> {
        let (account_id, task_id) = (account_id.to_owned(), task_id.to_owned());
        self.durable(Some(""), move |transaction| {
            transaction
                .prepare_cached(
                    "INSERT OR IGNORE INTO forgotten_tasks (account_id, task_id) VALUES (?1, ?2)",
                )?
                .execute([&account_id, &task_id])?;
            Ok(((), None))
        })
        .await
    }
}
