//! The schema and how an older one becomes this one.

use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, TransactionBehavior};

use crate::{Error, platform, times};

/// The steps from nothing to this version's schema; step `n` leads from schema `n` to `n + 1`.
pub(crate) const MIGRATIONS: &[&str] = &[
    include_str!("schema/v1.sql"),
    include_str!("schema/v2.sql"),
    include_str!("schema/v3.sql"),
];

/// How many backups are kept.
const BACKUPS_KEPT: usize = 5;

/// The schema a list of steps leads to.
pub(crate) fn version_of(migrations: &[&str]) -> u32 {
    u32::try_from(migrations.len()).unwrap_or(u32::MAX)
}

/// The schema of a file; 0 for a fresh one.
pub(crate) fn version(conn: &Connection) -> Result<u32, Error> {
    let found: i64 = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    u32::try_from(found).map_err(|_| Error::corrupt(format!("schema {found}")))
}

/// Refuses a schema that is newer than the steps know.
pub(crate) fn refuse_newer(conn: &Connection, known: u32) -> Result<u32, Error> {
    let found = version(conn)?;
    if found > known {
        Err(Error::Newer { found, known })
    } else {
        Ok(found)
    }
}

/// Brings a file to the newest schema, one transaction a step, after a backup when it holds anything.
///
/// Only one process does this at a time: it is called under [`crate::locks::opening`].
pub(crate) fn migrate(
    conn: &mut Connection,
    migrations: &[&str],
    backups: &Path,
) -> Result<(), Error> {
    let found = refuse_newer(conn, version_of(migrations))?;
    let steps = migrations
        .get(usize::try_from(found).unwrap_or(usize::MAX)..)
        .unwrap_or_default();
    if steps.is_empty() {
        return Ok(());
    }
    if found > 0 {
        back_up(conn, found, backups)?;
    }
    for (step, sql) in (found..).zip(steps) {
        let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", step + 1)?;
        transaction.commit()?;
        tracing::info!(schema = step + 1, "the library was migrated");
    }
    Ok(())
}

/// Finds damage before anything is built upon it.
pub(crate) fn check_integrity(conn: &Connection) -> Result<(), Error> {
    let mut statement = conn.prepare("PRAGMA quick_check(5)")?;
    let lines = statement
        .query_map([], |row| row.get::<_, String>(0))?
        .collect::<Result<Vec<_>, _>>()?;
    if lines == ["ok"] {
        Ok(())
    } else {
        Err(Error::corrupt(lines.join("; ")))
    }
}

/// Copies the database as it is. The copy gets its name when it is whole and on the disk.
fn back_up(conn: &Connection, schema: u32, backups: &Path) -> Result<(), Error> {
    let target = backups.join(format!(
        "library-v{schema}-{}.db",
        times::stamp(times::now_ms())
    ));
    let partial = target.with_extension("partial");
    // One that a crash left is of no use.
    if partial.exists() {
        fs_err::remove_file(&partial)?;
    }
    platform::private_file()
        .create_new(true)
        .write(true)
        .open(&partial)?;
    let mut copy = Connection::open(&partial)?;
    {
        let backup = Backup::new(conn, &mut copy)?;
        // All pages in one step: a writer in between would start it anew.
        if backup.step(-1)? != StepResult::Done {
            return Err(Error::Busy {
                source: "the backup could not read the database".into(),
            });
        }
    }
    copy.close().map_err(|(_, error)| error)?;
    fs_err::File::open(&partial)?.sync_all()?;
    fs_err::rename(&partial, &target)?;
    platform::sync_dir(backups)?;
    keep_newest(backups)
}

/// Removes all but the newest backups.
fn keep_newest(backups: &Path) -> Result<(), Error> {
    for path in backups_newest_first(backups)?.iter().skip(BACKUPS_KEPT) {
        fs_err::remove_file(path)?;
    }
    Ok(())
}

/// The backups in a folder, whatever their schema.
pub(crate) fn backups_newest_first(backups: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found: Vec<(String, PathBuf)> = Vec::new();
    for entry in fs_err::read_dir(backups)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        // `library-v{n}-{time}.db`: ordered by time, whatever the schema.
        if let Some((_, time)) = name
            .strip_prefix("library-v")
            .and_then(|rest| rest.strip_suffix(".db")?.split_once('-'))
        {
            found.push((time.to_owned(), path));
        }
    }
    found.sort();
    Ok(found.into_iter().rev().map(|(_, path)| path).collect())
}

#[cfg(test)]
mod tests;
