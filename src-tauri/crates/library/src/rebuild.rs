//! A damaged library is set aside and built anew from what can still be read.
//!
//! The database is moved into `damaged/<time>/`, never removed. The new one is filled from, in this order: the rows of the
//! damaged one that can be read, sidecars, the newest backup that can be read, and output files that no run names.
//! Sidecars come before the backup because they are newer; the backup adds what they leave out.
//!
//! A marker says that a rebuild is under way: until it is done nobody opens the library, and after a crash it begins again
//! with what was set aside.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::files::{self, BACKUPS, DATABASE, LOCKS};
use crate::schema::{self, MIGRATIONS};
use crate::{Error, Library, forget, locks, platform, times};

mod fill;
mod salvage;

const DAMAGED: &str = "damaged";
/// Says that a rebuild is under way, and where the damaged database lies.
const MARKER: &str = "rebuilding";
/// The new database until it is whole.
const NEW_DATABASE: &str = "rebuilding.db";
/// What SQLite keeps beside a database.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// What a library that was found damaged was built anew from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// Runs read from the damaged database, or from a backup when nothing newer tells of them.
    pub runs_salvaged: usize,
    /// Runs read from their sidecars.
    pub runs_from_sidecars: usize,
    /// Output files that no run named. They are outputs of one more run now.
    pub files_found: usize,
    /// Where the damaged database lies.
    pub damaged_dir: PathBuf,
}

/// Refuses a library whose rebuild was cut off: its database is not there, or not whole.
pub(crate) fn refuse_unfinished(root: &Path) -> Result<(), Error> {
    if files::look(&root.join(MARKER))?.is_some() {
        return Err(Error::corrupt("it is being built anew"));
    }
    Ok(())
}

impl Library {
    /// Opens the library; one that is damaged is set aside and built anew first, see [`Rebuilt`]. Blocks.
    ///
    /// What nobody can be sure of is left to the person: a run that may have been sent meanwhile is unconfirmed, never sent
    /// again by itself. A run with a task id is followed again.
    ///
    /// # Errors
    /// Those of [`Library::open`]; [`Error::InUse`] while another process has the damaged library open. A newer schema is
    /// refused and not touched.
    pub fn open_or_rebuild(root: &Path) -> Result<(Self, Option<Rebuilt>), Error> {
        match Self::open(root) {
            Err(Error::Corrupt { detail }) => tracing::error!(detail, "the library is damaged"),
            opened => return opened.map(|library| (library, None)),
        }
        let root = fs_err::canonicalize(root)?;
        let rebuilt = rebuild(&root)?;
        tracing::warn!(?rebuilt, "the library was built anew");
        Self::open(&root).map(|library| (library, Some(rebuilt)))
    }
}

fn rebuild(root: &Path) -> Result<Rebuilt, Error> {
    let turn = locks::opening(&root.join(LOCKS))?;
    if locks::in_use(&root.join(LOCKS))? {
        return Err(Error::InUse);
    }
    let damaged_dir = set_aside(root)?;
    let new = root.join(NEW_DATABASE);
    remove_database(&new)?;
    platform::private_file()
        .create_new(true)
        .write(true)
        .open(&new)?;
    let mut conn = Connection::open(&new)?;
    // One file, so that one new name is the whole step.
    conn.pragma_update(None, "journal_mode", "DELETE")?;
    schema::migrate(&mut conn, MIGRATIONS, &root.join(BACKUPS))?;
    conn.pragma_update(None, "foreign_keys", false)?;
    let mut rebuilt = fill_all(root, &mut conn, &damaged_dir)?;
    forget::sweep(root, &conn)?;
    rebuilt.files_found = fill::find_files(root, &conn)?;
    conn.close().map_err(|(_, error)| error)?;
    fs_err::File::open(&new)?.sync_all()?;
    fs_err::rename(&new, root.join(DATABASE))?;
    platform::sync_dir(root)?;
    files::remove_stale(&root.join(MARKER))?;
    platform::sync_dir(root)?;
    drop(turn);
    Ok(rebuilt)
}

/// Moves the damaged database away, or goes on with that; returns where it is.
fn set_aside(root: &Path) -> Result<PathBuf, Error> {
    let marker = root.join(MARKER);
    let stamp = match fs_err::read_to_string(&marker) {
        Ok(stamp) if files::is_plain_name(&stamp) => stamp,
        _ => times::stamp(times::now_ms()),
    };
    let dir = root.join(DAMAGED).join(&stamp);
    platform::create_private_dir(&dir)?;
    platform::replace_file(&marker, stamp.as_bytes())?;
    for beside in BESIDE.into_iter().chain([""]) {
        let name = format!("{DATABASE}{beside}");
        // With the damaged one set aside, this is a new one that was not told of any more.
        let is_here = files::look(&root.join(&name))?.is_some();
        if is_here && files::look(&dir.join(DATABASE))?.is_none() {
            fs_err::rename(root.join(&name), dir.join(&name))?;
        }
    }
    platform::sync_dir(&dir)?;
    platform::sync_dir(&root.join(DAMAGED))?;
    platform::sync_dir(root)?;
    Ok(dir)
}

fn remove_database(path: &Path) -> Result<(), Error> {
    for beside in BESIDE.into_iter().chain([""]) {
        files::remove_stale(&with_suffix(path, beside))?;
    }
    Ok(())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Fills the new database from all sources.
fn fill_all(root: &Path, conn: &mut Connection, damaged_dir: &Path) -> Result<Rebuilt, Error> {
    let work = damaged_dir.join("reading.db");
    let transaction = conn.transaction()?;
    read_copy(&damaged_dir.join(DATABASE), &work, |source| {
        salvage::copy_rows(source, &transaction)
    })?;
    fill::drop_unreadable(&transaction)?;
    let from_damaged = fill::count_runs(&transaction)?;
    let runs_from_sidecars = fill::read_sidecars(root, &transaction)?;
    let with_sidecars = fill::count_runs(&transaction)?;
    for backup in schema::backups_newest_first(&root.join(BACKUPS))? {
        let copied = read_copy(&backup, &work, |source| {
            salvage::copy_rows(source, &transaction)?;
            salvage::copy_tokens(source, &transaction)
        })?;
        if copied {
            break;
        }
    }
    fill::drop_unreadable(&transaction)?;
    fill::settle_doubts(root, &transaction)?;
    let from_backup = fill::count_runs(&transaction)?.saturating_sub(with_sidecars);
    transaction.commit()?;
    Ok(Rebuilt {
        runs_salvaged: from_damaged + from_backup,
        runs_from_sidecars,
        files_found: 0,
        damaged_dir: damaged_dir.to_owned(),
    })
}

/// Reads a copy of a database, since reading may write; says whether anything could be read. The copy is removed.
fn read_copy(
    path: &Path,
    work: &Path,
    read: impl FnOnce(&Connection) -> Result<(), Error>,
) -> Result<bool, Error> {
    remove_database(work)?;
    if files::look(path)?.is_none() {
        return Ok(false);
    }
    fs_err::copy(path, work)?;
    let journal = with_suffix(path, "-wal");
    if files::look(&journal)?.is_some() {
        fs_err::copy(journal, with_suffix(work, "-wal"))?;
    }
    let source = Connection::open(work)?;
    // The table of tables tells whether there is anything to read.
    let readable = source
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| {
            row.get::<_, i64>(0)
        })
        .is_ok_and(|tables| tables > 0);
    if readable {
        read(&source)?;
    }
    drop(source);
    remove_database(work)?;
    Ok(readable)
}
