//! Copying a folder with everything in it, so that it can be cut off and gone on with.

use std::fs::{FileTimes, Metadata};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

use super::{MARKER, MoveProgress, path_error};
use crate::files::{self, DATABASE, LOCKS};
use crate::locks::OPENING;
use crate::{Error, platform};

/// How much is copied between two words about it.
const CHUNK_BYTES: u64 = 8 << 20;

/// Everything in a folder, folders before what is in them, without following links.
fn walk(root: &Path) -> Result<Vec<(PathBuf, Metadata)>, Error> {
    let mut found = Vec::new();
    let mut dirs = vec![root.to_owned()];
    while let Some(dir) = dirs.pop() {
        for path in files::entries(&dir)? {
            let metadata = fs_err::symlink_metadata(&path)?;
            if metadata.is_dir() {
                dirs.push(path.clone());
            }
            // Sockets and pipes of a process mean nothing elsewhere.
            if metadata.is_dir() || metadata.is_file() || metadata.is_symlink() {
                found.push((path, metadata));
            }
        }
    }
    Ok(found)
}

/// Bytes of all files in a folder.
pub(super) fn tree_bytes(root: &Path) -> Result<u64, Error> {
    let files = walk(root)?;
    Ok(files
        .iter()
        .filter(|(_, metadata)| metadata.is_file())
        .map(|(_, metadata)| metadata.len())
        .sum())
}

/// Whether this belongs to one folder and not to the library: who has it open, and how far its move is.
fn stays(relative: &Path) -> bool {
    relative == Path::new(MARKER) || relative == Path::new(LOCKS).join(OPENING)
}

/// The database and its journal.
fn is_database(relative: &Path) -> bool {
    relative
        .to_str()
        .and_then(|name| name.strip_prefix(DATABASE))
        .is_some_and(|rest| matches!(rest, "" | "-wal" | "-shm" | "-journal"))
}

/// Writes what only the journal has into the database. One that cannot be read is copied as it is, journal included.
fn checkpoint(database: &Path) {
    let written = Connection::open(database).and_then(|conn| {
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        conn.close().map_err(|(_, error)| error)
    });
    if let Err(error) = written {
        tracing::warn!(%error, "the journal is moved with the database");
    }
}

/// Copies the library of `from` to `to`, the database last, and reads it back.
pub(super) fn copy_library(
    from: &Path,
    to: &Path,
    total_bytes: u64,
    progress: &mut dyn FnMut(MoveProgress),
) -> Result<(), Error> {
    checkpoint(&from.join(DATABASE));
    // A database from an earlier try is older than this one, whatever its time says.
    for path in files::entries(to)? {
        if path.strip_prefix(to).is_ok_and(is_database) {
            files::remove_stale(&path)?;
        }
    }
    let mut done_bytes = 0;
    let mut tell = |bytes: u64| {
        done_bytes += bytes;
        progress(MoveProgress {
            done_bytes: done_bytes.min(total_bytes),
            total_bytes,
        });
    };
    let mut dirs = vec![to.to_owned()];
    let mut database = Vec::new();
    for (path, metadata) in walk(from)? {
        let relative = path.strip_prefix(from).unwrap_or(&path).to_owned();
        let target = to.join(&relative);
        if stays(&relative) {
            continue;
        }
        if metadata.is_dir() {
            platform::create_private_dir(&target)?;
            dirs.push(target);
        } else if metadata.is_file() && is_database(&relative) {
            database.push((path, target, metadata));
        } else if metadata.is_file() {
            copy_file(&path, &target, &metadata, &mut tell)?;
        } else {
            platform::copy_link(&path, &target)?;
        }
    }
    remove_strangers(from, to)?;
    for (path, target, metadata) in &database {
        copy_file(path, target, metadata, &mut tell)?;
        if hash(path)? != hash(target)? {
            return Err(path_error(target, "the copy of the database differs"));
        }
    }
    verify(from, to)?;
    for dir in dirs.iter().rev() {
        platform::sync_dir(dir)?;
    }
    if let Some(parent) = to.parent() {
        platform::sync_dir(parent)?;
    }
    Ok(())
}

/// Copies one file, on the disk when this returns. It gets its time at the end: one with the right size and time is whole.
fn copy_file(
    from: &Path,
    to: &Path,
    metadata: &Metadata,
    tell: &mut dyn FnMut(u64),
) -> Result<(), Error> {
    let modified = metadata.modified()?;
    if let Some(found) = files::look(to)?
        && found.is_file()
        && found.len() == metadata.len()
        && found.modified()? == modified
    {
        tell(metadata.len());
        return Ok(());
    }
    files::remove_stale(to)?;
    let source = fs_err::File::open(from)?;
    let mut target = platform::private_file()
        .create_new(true)
        .write(true)
        .open(to)?;
    loop {
        let copied = std::io::copy(&mut source.file().take(CHUNK_BYTES), target.file_mut())?;
        if copied == 0 {
            break;
        }
        tell(copied);
    }
    target.sync_all()?;
    target
        .file()
        .set_times(FileTimes::new().set_modified(modified))?;
    Ok(())
}

/// Removes from the copy what an earlier try brought and the library has no more.
fn remove_strangers(from: &Path, to: &Path) -> Result<(), Error> {
    for (path, metadata) in walk(to)?.into_iter().rev() {
        let relative = path.strip_prefix(to).unwrap_or(&path);
        if stays(relative) || files::look(&from.join(relative))?.is_some() {
            continue;
        }
        if metadata.is_dir() {
            fs_err::remove_dir(&path)?;
        } else {
            files::remove_stale(&path)?;
        }
    }
    Ok(())
}

/// Refuses a copy that lacks a file or has one of another size.
fn verify(from: &Path, to: &Path) -> Result<(), Error> {
    for (path, metadata) in walk(from)? {
        let relative = path.strip_prefix(from).unwrap_or(&path);
        let target = to.join(relative);
        let is_same = stays(relative)
            || files::look(&target)?.is_some_and(|found| {
                found.file_type() == metadata.file_type()
                    && (!metadata.is_file() || found.len() == metadata.len())
            });
        if !is_same {
            return Err(path_error(&target, "the copy differs"));
        }
    }
    Ok(())
}

fn hash(path: &Path) -> Result<[u8; 32], Error> {
    let mut digest = Sha256::new();
    let mut file = fs_err::File::open(path)?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else {
            return Ok(digest.finalize().into());
        };
        digest.update(bytes);
    }
}

/// Empties a folder; the marker goes last, so that this can be gone on with.
pub(super) fn clear(dir: &Path) -> Result<(), Error> {
    for path in files::entries(dir)? {
        if path == dir.join(MARKER) {
            continue;
        }
        if fs_err::symlink_metadata(&path)?.is_dir() {
            fs_err::remove_dir_all(&path)?;
        } else {
            files::remove_stale(&path)?;
        }
    }
    files::remove_stale(&dir.join(MARKER))?;
    platform::sync_dir(dir)
}
