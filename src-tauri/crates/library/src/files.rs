//! Files of the library: where they lie, and how a fetched one gets its name.

use std::collections::HashSet;
use std::fs::Metadata;
use std::io::{ErrorKind, Read as _};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use rusqlite::OptionalExtension as _;

use crate::{Error, Library, OutputState, locks, platform, times};

pub(crate) const DATABASE: &str = "library.db";
pub(crate) const LOCKS: &str = "locks";
pub(crate) const BACKUPS: &str = "backups";
pub(crate) const OUTPUTS: &str = "outputs";
pub(crate) const PARTIAL: &str = "partial";
pub(crate) const INPUTS: &str = "inputs";
pub(crate) const THUMBNAILS: &str = "thumbnails";
pub(crate) const SIDECARS: &str = "sidecars";
pub(crate) const VOICE: &str = "voice";

/// A copy of an input is written a moment before its run.
const YOUNG_INPUT: Duration = Duration::from_hours(1);
/// What a file in the making ends with.
const PARTIAL_EXTENSION: &str = "partial";

/// Longest name in bytes; file systems take 255, some layers on top take less.
const NAME_BYTES: usize = 200;

/// Names Windows keeps for devices, whatever their extension.
const DEVICE_NAMES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// Makes the folders below the root.
pub(crate) fn create_dirs(root: &Path) -> Result<(), Error> {
    for name in [
        LOCKS, BACKUPS, OUTPUTS, PARTIAL, INPUTS, THUMBNAILS, SIDECARS, VOICE,
    ] {
        platform::create_private_dir(&root.join(name))?;
    }
    Ok(())
}

/// An id as a file name. Ids are made by the app; any other character than theirs cannot lead out of the folder.
pub(crate) fn id_as_name(id: &str) -> String {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') {
            c
        } else {
            '_'
        }
    };
    id.chars().map(safe).take(NAME_BYTES).collect()
}

/// The name of the small picture of an output, or of an input.
pub(crate) fn thumbnail_name(id: &str) -> String {
    format!("{}.png", id_as_name(id))
}

/// The name of the file that says what a run's rows say.
pub(crate) fn sidecar_name(run_id: &str) -> String {
    format!("{}.json", id_as_name(run_id))
}

/// Whether a name can be made on every system and leads nowhere else.
pub(crate) fn is_plain_name(name: &str) -> bool {
    let stem = name
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_ascii_lowercase();
    let numbered_device =
        (stem.starts_with("com") || stem.starts_with("lpt")) && stem.chars().count() == 4;
    let hostile = |c: char| {
        c.is_control() || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
            // Bidirectional and zero-width characters make a name look like another.
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    !name.is_empty()
        && name.len() <= NAME_BYTES
        && !name.starts_with(['.', ' '])
        && !name.ends_with(['.', ' '])
        && !name.contains(hostile)
        && !DEVICE_NAMES.contains(&stem.as_str())
        && !numbered_device
}

/// Whether this is `yyyy-mm`.
fn is_month(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.len() == 7
        && bytes.iter().enumerate().all(|(at, byte)| {
            if at == 4 {
                *byte == b'-'
            } else {
                byte.is_ascii_digit()
            }
        })
}

/// A name below `outputs/`, in its two parts.
pub(crate) fn split_output_name(file_name: &str) -> Result<(&str, &str), Error> {
    match file_name.split_once('/') {
        Some((month, name)) if is_month(month) && is_plain_name(name) => Ok((month, name)),
        _ => Err(Error::FileName {
            name: file_name.to_owned(),
        }),
    }
}

/// What lies there, without following a link.
pub(crate) fn look(path: &Path) -> Result<Option<Metadata>, Error> {
    match fs_err::symlink_metadata(path) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn require_file(path: &Path) -> Result<Metadata, Error> {
    match look(path)? {
        Some(found) if found.is_file() => Ok(found),
        Some(_) => Err(Error::Path {
            path: path.to_owned(),
            problem: "not a file",
        }),
        None => Err(Error::Path {
            path: path.to_owned(),
            problem: "missing",
        }),
    }
}

/// A folder directly below `parent` that is a folder and no link, so that nothing below it lies elsewhere.
pub(crate) fn require_dir(parent: &Path, name: &str) -> Result<PathBuf, Error> {
    let path = parent.join(name);
    let is_dir = look(&path)?.is_some_and(|found| found.is_dir());
    if is_dir && fs_err::canonicalize(&path)? == path {
        Ok(path)
    } else {
        Err(Error::Path {
            path,
            problem: "not a folder of the library",
        })
    }
}

/// Refuses to publish what is not on the disk.
pub(crate) fn require_output(root: &Path, file_name: &str) -> Result<(), Error> {
    let (month, name) = split_output_name(file_name)?;
    let dir = require_dir(&require_dir(root, OUTPUTS)?, month)?;
    require_file(&dir.join(name)).map(|_| ())
}

/// Whether two files hold the same bytes.
fn same_bytes(one: &Path, other: &Path) -> Result<bool, Error> {
    if require_file(one)?.len() != require_file(other)?.len() {
        return Ok(false);
    }
    let (mut one, mut other) = (fs_err::File::open(one)?, fs_err::File::open(other)?);
    let (mut left, mut right) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        let read = one.read(&mut left)?;
        if read == 0 {
            return Ok(true);
        }
        let Some(right) = right.get_mut(..read) else {
            return Ok(false);
        };
        match other.read_exact(right) {
            Ok(()) if left.get(..read) == Some(&*right) => {}
            Ok(()) => return Ok(false),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Gives a file its name unless something has it.
fn link_new(partial: &Path, target: &Path) -> Result<(), Error> {
    match fs_err::hard_link(partial, target) {
        Ok(()) => Ok(()),
        Err(_) if look(target)?.is_some() => {
            // The name is made of the output's own id: the same bytes are this file, named before a crash.
            if same_bytes(partial, target)? {
                Ok(())
            } else {
                Err(Error::Path {
                    path: target.to_owned(),
                    problem: "another file has this name",
                })
            }
        }
        // The file system knows no second names (FAT): the name is free, as was just seen, and only this output's.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::Unsupported | ErrorKind::PermissionDenied
            ) =>
        {
            Ok(fs_err::rename(partial, target)?)
        }
        Err(error) => Err(error.into()),
    }
}

fn publish(root: &Path, partial: &Path, file_name: &str) -> Result<String, Error> {
    let file_name = if file_name.contains('/') {
        file_name.to_owned()
    } else {
        format!("{}/{file_name}", times::month(times::now_ms()))
    };
    let (month, name) = split_output_name(&file_name)?;
    let partials = require_dir(root, PARTIAL)?;
    let partial_name = partial.file_name().unwrap_or_default();
    if partial != partials.join(partial_name)
        || partial
            .components()
            .any(|part| part == Component::ParentDir)
    {
        return Err(Error::Path {
            path: partial.to_owned(),
            problem: "not a partial of the library",
        });
    }
    require_file(partial)?;
    let outputs = require_dir(root, OUTPUTS)?;
    if look(&outputs.join(month))?.is_none() {
        platform::create_private_dir(&outputs.join(month))?;
        platform::sync_dir(&outputs)?;
    }
    let dir = require_dir(&outputs, month)?;
    platform::make_private(partial)?;
    fs_err::File::open(partial)?.sync_all()?;
    link_new(partial, &dir.join(name))?;
    platform::sync_dir(&dir)?;
    if look(partial)?.is_some() {
        fs_err::remove_file(partial)?;
    }
    platform::sync_dir(&partials)?;
    Ok(file_name)
}

/// What lies directly in a folder.
pub(crate) fn entries(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    fs_err::read_dir(dir)?
        .map(|entry| Ok(entry?.path()))
        .collect()
}

/// Shows `see` every file below `outputs/` that may be an output, with its name there.
pub(crate) fn each_output(root: &Path, mut see: impl FnMut(&Path, &str)) -> Result<(), Error> {
    for month in fs_err::read_dir(require_dir(root, OUTPUTS)?)? {
        let month = month?;
        let month_name = month.file_name().to_string_lossy().into_owned();
        if !is_month(&month_name) || !month.file_type()?.is_dir() {
            continue;
        }
        for file in fs_err::read_dir(month.path())? {
            let file = file?;
            if file.file_type()?.is_file() {
                let name = file.file_name();
                see(
                    &file.path(),
                    &format!("{month_name}/{}", name.to_string_lossy()),
                );
            }
        }
    }
    Ok(())
}

/// The published file whose name is the output's id, wherever a crash left it.
fn find_landed(root: &Path, output_id: &str) -> Result<Option<String>, Error> {
    let stem = id_as_name(output_id);
    let mut landed = None;
    each_output(root, |path, name| {
        if path.file_stem().is_some_and(|found| found == stem.as_str()) {
            landed = Some(name.to_owned());
        }
    })?;
    Ok(landed)
}

/// Removes a file that may be gone already.
pub(crate) fn remove_stale(path: &Path) -> Result<(), Error> {
    match fs_err::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

pub(crate) async fn on_blocking_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Error::Closed)?
}

impl Library {
    /// Where this process writes an output while it fetches it. Each process has a path of its own: one that was
    /// overtaken by another cannot touch what that one writes.
    pub fn partial_path(&self, output_id: &str) -> PathBuf {
        let (id, owner) = (id_as_name(output_id), self.owner());
        self.root()
            .join(PARTIAL)
            .join(format!("{id}.{owner}.{PARTIAL_EXTENSION}"))
    }

    /// The same, with what an earlier try left there removed: it can be made anew.
    pub async fn fresh_partial(&self, output_id: &str) -> Result<PathBuf, Error> {
        let path = self.partial_path(output_id);
        on_blocking_thread(move || remove_stale(&path).map(|()| path)).await
    }

    /// Where a published output lies, by its name below `outputs/`.
    pub fn output_path(&self, file_name: &str) -> Result<PathBuf, Error> {
        let (month, name) = split_output_name(file_name)?;
        Ok(self.root().join(OUTPUTS).join(month).join(name))
    }

    /// Where the copy of an input lies, by its stored name.
    pub fn input_path(&self, stored_name: &str) -> Result<PathBuf, Error> {
        if is_plain_name(stored_name) {
            Ok(self.root().join(INPUTS).join(stored_name))
        } else {
            Err(Error::FileName {
                name: stored_name.to_owned(),
            })
        }
    }

    /// Where the small picture of an output, or of an input, lies when there is one.
    pub fn thumbnail_path(&self, id: &str) -> PathBuf {
        self.root().join(THUMBNAILS).join(thumbnail_name(id))
    }

    /// Keeps a copy of an input, on the disk when this returns; `stored_name` must be new. Returns its size.
    pub async fn store_input(&self, source: &Path, stored_name: &str) -> Result<u64, Error> {
        let (source, target) = (source.to_owned(), self.input_path(stored_name)?);
        let root = self.root().to_owned();
        on_blocking_thread(move || {
            let inputs = require_dir(&root, INPUTS)?;
            let mut from = fs_err::File::open(source)?;
            let mut to = platform::private_file()
                .create_new(true)
                .write(true)
                .open(&target)?;
            let copied =
                std::io::copy(&mut from, &mut to).and_then(|bytes| to.sync_all().map(|()| bytes));
            if copied.is_err() {
                // Half a copy is none.
                remove_stale(&target)?;
            }
            platform::sync_dir(&inputs)?;
            Ok(copied?)
        })
        .await
    }

    /// Gives a whole `partial` its name below `outputs/` and returns it, on the disk when this returns: `{id}.png` lands in
    /// this month's folder, `2026-08/{id}.png` in that one. Refuses names that lead elsewhere and links; never overwrites.
    /// Naming the same bytes twice is naming them once.
    pub async fn publish_file(&self, partial: &Path, file_name: &str) -> Result<String, Error> {
        let (root, partial, file_name) = (
            self.root().to_owned(),
            partial.to_owned(),
            file_name.to_owned(),
        );
        on_blocking_thread(move || publish(&root, &partial, &file_name)).await
    }

    /// The file of an output that got its name before a crash but was not noted: its name below `outputs/`. It was whole
    /// and on the disk by then, so it need not be fetched again.
    pub async fn landed_file(&self, output_id: &str) -> Result<Option<String>, Error> {
        let (root, output_id) = (self.root().to_owned(), output_id.to_owned());
        on_blocking_thread(move || find_landed(&root, &output_id)).await
    }

    /// Removes copies of inputs whose run was never written down, as a crash in between leaves them; says how many. Young
    /// ones stay: another process may be about to write their run down.
    pub async fn sweep_inputs(&self) -> Result<usize, Error> {
        let root = self.root().to_owned();
        self.read(move |conn| {
            let known = conn
                .prepare("SELECT stored_name FROM inputs WHERE stored_name IS NOT NULL")?
                .query_map([], |row| row.get(0))?
                .collect::<Result<HashSet<String>, _>>()?;
            let mut removed = 0;
            for entry in fs_err::read_dir(require_dir(&root, INPUTS)?)? {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let age = entry.metadata()?.modified()?.elapsed().unwrap_or_default();
                if age > YOUNG_INPUT && !known.contains(&name) {
                    remove_stale(&entry.path())?;
                    removed += 1;
                }
            }
            Ok(removed)
        })
        .await
    }

    /// Removes partials of processes that have gone, and those whose output is not pending any more, or is not known;
    /// says how many. For the start.
    pub async fn sweep_partials(&self) -> Result<usize, Error> {
        let root = self.root().to_owned();
        self.read(move |conn| {
            let locks_dir = require_dir(&root, LOCKS)?;
            let mut removed = 0;
            for entry in fs_err::read_dir(require_dir(&root, PARTIAL)?)? {
                let path = entry?.path();
                if path
                    .extension()
                    .is_none_or(|extension| extension != PARTIAL_EXTENSION)
                {
                    continue;
                }
                let stem = path.file_stem().unwrap_or_default().to_string_lossy();
                let (id, owner) = stem.split_once('.').unwrap_or((&stem, ""));
                let state: Option<OutputState> = conn
                    .prepare_cached("SELECT state FROM outputs WHERE id = ?1")?
                    .query_row([id], |row| row.get(0))
                    .optional()?;
                if state != Some(OutputState::Pending) || locks::is_gone(&locks_dir, owner) {
                    remove_stale(&path)?;
                    removed += 1;
                }
            }
            Ok(removed)
        })
        .await
    }
}

#[cfg(test)]
mod tests;
