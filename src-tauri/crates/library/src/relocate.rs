//! Moving the whole folder somewhere else, so that a crash at any moment leaves a library here or there.
//!
//! On one file system the folder gets another name, in one step. Otherwise everything is copied, the database last, and a
//! marker in each folder tells how far it went:
//! - `copying`, in the new folder: not a library yet; [`Library::open`](crate::Library::open) refuses it.
//! - `copied`, in the new folder: whole.
//! - `moved`, in the old folder: its copy is whole, [`finish_relocation`] may remove it.
//!
//! Opening a folder removes its marker. What was used since is neither overwritten nor removed.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::files::{self, DATABASE, LOCKS};
use crate::{Error, locks, platform};

mod copy;

const MARKER: &str = "relocation.json";

/// Room a copy should leave: folders and the file system's own books take some as well.
const SPARE_BYTES: u64 = 1 << 20;

/// How far a move is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MoveProgress {
    /// Bytes that are at the new place.
    pub done_bytes: u64,
    /// Bytes to move in all.
    pub total_bytes: u64,
}

/// What a move would take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MovePlan {
    /// Bytes to move.
    pub bytes: u64,
    /// Whether the folder only gets another name, so that neither time nor room is needed.
    pub same_file_system: bool,
}

/// How far a copy went, as its marker says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Copying,
    Copied,
    Moved,
}

impl Stage {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Copying => "copying",
            Self::Copied => "copied",
            Self::Moved => "moved",
        }
    }
}

/// The marker in a folder.
struct Marker {
    stage: Stage,
    from: String,
    to: String,
}

impl Marker {
    /// The marker of `dir`; none when there is none, or one that says nothing.
    fn read(dir: &Path) -> Option<Self> {
        let text = fs_err::read_to_string(dir.join(MARKER)).ok()?;
        let value: Value = serde_json::from_str(&text).ok()?;
        let text = |key: &str| Some(value.get(key)?.as_str()?.to_owned());
        let stage = text("stage")?;
        Some(Self {
            stage: [Stage::Copying, Stage::Copied, Stage::Moved]
                .into_iter()
                .find(|one| one.as_str() == stage)?,
            from: text("from")?,
            to: text("to")?,
        })
    }

    /// Replaces the marker of `dir`, on the disk when this returns.
    fn write(dir: &Path, stage: Stage, from: &Path, to: &Path) -> Result<(), Error> {
        let text = json!({
            "stage": stage.as_str(),
            "from": from.to_string_lossy(),
            "to": to.to_string_lossy(),
        });
        platform::replace_file(&dir.join(MARKER), text.to_string().as_bytes())
    }

    fn is_of(&self, from: &Path, to: &Path) -> bool {
        self.from == from.to_string_lossy() && self.to == to.to_string_lossy()
    }
}

/// Refuses a folder that a library is being copied into.
pub(crate) fn refuse_unfinished(root: &Path) -> Result<(), Error> {
    if Marker::read(root).is_some_and(|marker| marker.stage == Stage::Copying) {
        return Err(path_error(root, "a library is being moved here"));
    }
    Ok(())
}

/// The folder is used again: it is neither a leftover nor a fresh copy any more. Call it under [`locks::opening`].
pub(crate) fn note_use(root: &Path) -> Result<(), Error> {
    files::remove_stale(&root.join(MARKER))
}

fn path_error(path: &Path, problem: &'static str) -> Error {
    Error::Path {
        path: path.to_owned(),
        problem,
    }
}

/// The path without links, also of what is not there yet.
fn resolve(path: &Path) -> Result<PathBuf, Error> {
    let path = std::path::absolute(path)?;
    let mut missing = Vec::new();
    let mut existing = path.as_path();
    while files::look(existing)?.is_none() {
        let (Some(parent), Some(name)) = (existing.parent(), existing.file_name()) else {
            return Err(path_error(&path, "missing"));
        };
        missing.push(name.to_owned());
        existing = parent;
    }
    let mut resolved = fs_err::canonicalize(existing)?;
    resolved.extend(missing.iter().rev());
    Ok(resolved)
}

/// The nearest folder that exists.
fn nearest_existing(path: &Path) -> &Path {
    path.ancestors()
        .find(|ancestor| ancestor.exists())
        .unwrap_or(path)
}

/// Whether `to` is free for the library of `from`: not there, empty, or holding an earlier try of the same move.
fn refuse_taken(from: &Path, to: &Path) -> Result<(), Error> {
    if to.starts_with(from) || from.starts_with(to) {
        return Err(path_error(to, "one folder is inside the other"));
    }
    let Some(found) = files::look(to)? else {
        return Ok(());
    };
    if !found.is_dir() {
        return Err(path_error(to, "not a folder"));
    }
    let is_earlier_try = Marker::read(to)
        .is_some_and(|marker| marker.stage != Stage::Moved && marker.is_of(from, to));
    if is_earlier_try || files::entries(to)?.is_empty() {
        Ok(())
    } else {
        Err(path_error(to, "the folder is not empty"))
    }
}

/// Makes a file and removes it again: permissions alone do not tell whether a folder can be written.
fn refuse_unwritable(dir: &Path) -> Result<(), Error> {
    let probe = dir.join(format!(".{}", uuid::Uuid::new_v4()));
    platform::private_file()
        .create_new(true)
        .write(true)
        .open(&probe)?;
    files::remove_stale(&probe)
}

fn refuse_without_room(to: &Path, needed_bytes: u64) -> Result<(), Error> {
    let free_bytes = fs4::available_space(nearest_existing(to))?;
    if free_bytes < needed_bytes.saturating_add(SPARE_BYTES) {
        return Err(Error::Full {
            source: format!("{needed_bytes} bytes to move, {free_bytes} bytes free").into(),
        });
    }
    Ok(())
}

fn require_library(dir: &Path) -> Result<(), Error> {
    if dir.join(DATABASE).is_file() {
        Ok(())
    } else {
        Err(path_error(dir, "no library is in this folder"))
    }
}

fn plan(from: &Path, to: &Path) -> Result<MovePlan, Error> {
    require_library(from)?;
    refuse_unfinished(from)?;
    refuse_taken(from, to)?;
    let existing = nearest_existing(to);
    refuse_unwritable(existing)?;
    let bytes = copy::tree_bytes(from)?;
    let same_file_system = platform::same_file_system(from, existing)?;
    if !same_file_system {
        let there_bytes = if to.exists() {
            copy::tree_bytes(to)?
        } else {
            0
        };
        refuse_without_room(to, bytes.saturating_sub(there_bytes))?;
    }
    Ok(MovePlan {
        bytes,
        same_file_system,
    })
}

/// Whether the library of `from` can be moved to `to`, and what that takes. Changes nothing; also while the library is open.
///
/// # Errors
/// [`Error::Path`] when one folder is inside the other, when `to` is not an empty folder, or when there is no library in
/// `from`; [`Error::ReadOnly`] and [`Error::Full`] when `to` cannot be written or has no room.
pub fn check_destination(from: &Path, to: &Path) -> Result<MovePlan, Error> {
    plan(&resolve(from)?, &resolve(to)?)
}

/// Moves the library of `from` to `to`, which need not exist. Blocks. No library is open in `from`, in no process:
/// [`Error::InUse`] otherwise.
///
/// After a crash the same call goes on; when the library is there already, it succeeds at once. An error leaves the library
/// in `from` as it was. A copy is read back: sizes of all files, the whole database. The old folder then stays until
/// [`finish_relocation`].
///
/// # Errors
/// Those of [`check_destination`], [`Error::InUse`], and whatever the disks say.
pub fn relocate(
    from: &Path,
    to: &Path,
    mut progress: impl FnMut(MoveProgress),
) -> Result<(), Error> {
    let (from, to) = (resolve(from)?, resolve(to)?);
    if files::look(&from)?.is_none() && to.join(DATABASE).is_file() {
        // It only got another name, and whoever asked was not told any more.
        return refuse_unfinished(&to);
    }
    require_library(&from)?;
    let is_there = |dir: &Path, stage| {
        Marker::read(dir).is_some_and(|marker| marker.stage == stage && marker.is_of(&from, &to))
    };
    if is_there(&from, Stage::Moved) && to.join(DATABASE).is_file() {
        return Ok(());
    }
    platform::create_private_dir(&from.join(LOCKS))?;
    let turn = locks::exclusive(&from.join(LOCKS))?;
    let plan = plan(&from, &to)?;
    if plan.same_file_system && rename(&from, &to).is_ok() {
        progress(MoveProgress {
            done_bytes: plan.bytes,
            total_bytes: plan.bytes,
        });
        return Ok(());
    }
    // Two mounts of one file system look like one and take no rename.
    if plan.same_file_system {
        refuse_without_room(&to, plan.bytes)?;
    }
    platform::create_private_dir(&to)?;
    Marker::write(&to, Stage::Copying, &from, &to)?;
    let copied = copy::copy_library(&from, &to, plan.bytes, &mut progress);
    if let Err(error) = copied {
        if let Err(error) = copy::clear(&to) {
            tracing::warn!(%error, "a part of a copy stays");
        }
        return Err(error);
    }
    Marker::write(&to, Stage::Copied, &from, &to)?;
    Marker::write(&from, Stage::Moved, &from, &to)?;
    drop(turn);
    Ok(())
}

/// Gives the folder another name, in one step.
fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    if let Some(parent) = to.parent() {
        platform::create_private_dir(parent)?;
    }
    if files::look(to)?.is_some() {
        fs_err::remove_dir(to)?;
    }
    fs_err::rename(from, to)?;
    for parent in [from.parent(), to.parent()].into_iter().flatten() {
        platform::sync_dir(parent)?;
    }
    Ok(())
}

/// Removes what a move left in `from`. Does nothing when nothing is left; may be repeated after a crash.
///
/// # Errors
/// [`Error::Path`] when `from` is not what [`relocate`] left, or was used since, or when there is no library in `to`:
/// nothing is removed then. [`Error::InUse`] when a process uses `from`.
pub fn finish_relocation(from: &Path, to: &Path) -> Result<(), Error> {
    let (from, to) = (resolve(from)?, resolve(to)?);
    if files::look(&from)?.is_some() {
        require_library(&to)?;
        refuse_unfinished(&to)?;
        let is_leftover = Marker::read(&from)
            .is_some_and(|marker| marker.stage == Stage::Moved && marker.is_of(&from, &to));
        if !is_leftover {
            return Err(path_error(&from, "not what a move left behind"));
        }
        if from.join(LOCKS).is_dir() {
            drop(locks::exclusive(&from.join(LOCKS))?);
        }
        copy::clear(&from)?;
        // A mount point stays, and so does a folder whose parent cannot be written.
        if let Err(error) = fs_err::remove_dir(&from) {
            tracing::info!(%error, "the old folder stays, empty");
        }
    }
    if Marker::read(&to).is_some_and(|marker| marker.is_of(&from, &to)) {
        note_use(&to)?;
    }
    Ok(())
}
