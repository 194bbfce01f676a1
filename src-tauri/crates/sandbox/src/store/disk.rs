//! The files of the folder: `tasks/<id>.json`, `files/<id>/<key>/<name>`, `incoming/`.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};
use std::path::Path;

use fs_err as fs;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::task::{Input, Task};

pub(super) const FILES: &str = "files";
pub(super) const INCOMING: &str = "incoming";
const TASKS: &str = "tasks";

/// Whether a record has to survive a power cut, or only the end of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    Durably,
    Cheaply,
}

/// What lies in the folder.
pub(super) struct Found {
    pub(super) tasks: BTreeMap<u64, Task>,
    /// The highest number ever given, damaged records included: it must not be given again.
    pub(super) last_id: Option<u64>,
}

/// Creates the folders, forgets half-received uploads and reads every task. A damaged record is put aside: one of them
/// must not keep all others from being served.
pub(super) fn read_tasks(dir: &Path) -> Result<Found, Error> {
    let incoming = dir.join(INCOMING);
    if incoming.exists() {
        fs::remove_dir_all(&incoming)?;
    }
    for folder in [FILES, INCOMING, TASKS] {
        fs::create_dir_all(dir.join(folder))?;
    }
    let mut found = Found {
        tasks: BTreeMap::new(),
        last_id: None,
    };
    for entry in fs::read_dir(dir.join(TASKS))? {
        let path = entry?.path();
        let id = path
            .file_name()
            .and_then(|name| name.to_str()?.split('.').next()?.parse::<u64>().ok());
        found.last_id = found.last_id.max(id);
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
            && let Some(task) = read_json::<Task>(&path)?
        {
            if id == Some(task.id) {
                found.tasks.insert(task.id, task);
            } else {
                put_aside(&path, &"the number inside is another")?;
            }
        }
    }
    Ok(found)
}

pub(super) fn write_task(dir: &Path, task: &Task, keep: Keep) -> io::Result<()> {
    write_json(
        &dir.join(TASKS).join(format!("{}.json", task.id)),
        task,
        keep,
    )
}

/// Reads a record. One that is not there is none, and so is a damaged one, which is put aside.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match serde_json::from_slice(&bytes) {
        Ok(value) => Ok(Some(value)),
        Err(error) => put_aside(path, &error).map(|()| None),
    }
}

fn put_aside(path: &Path, problem: &dyn fmt::Display) -> io::Result<()> {
    let mut broken = path.as_os_str().to_owned();
    broken.push(".broken");
    tracing::warn!(path = %path.display(), %problem, "a damaged record is put aside");
    fs::rename(path, broken)
}

/// Writes beside the target, then renames over it: a killed process never leaves half a record.
pub(crate) fn write_json(path: &Path, value: &impl Serialize, keep: Keep) -> io::Result<()> {
    let partial = path.with_extension("partial");
    let mut file = fs::File::create(&partial)?;
    file.write_all(&serde_json::to_vec_pretty(value)?)?;
    if keep == Keep::Durably {
        // Without this a power cut may leave the new name with nothing in it.
        file.sync_all()?;
    }
    drop(file);
    fs::rename(&partial, path)?;
    #[cfg(unix)]
    if keep == Keep::Durably
        && let Some(folder) = path.parent()
    {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Removes everything a task was given and has made.
pub(super) fn remove_files(dir: &Path, task: u64) -> io::Result<()> {
    match fs::remove_dir_all(dir.join(FILES).join(task.to_string())) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes what an interrupted model left beside the task's inputs. Failing to is only untidy.
pub(super) fn remove_leftovers(dir: &Path, task: &Task) {
    let keep: Vec<&str> = task
        .inputs
        .iter()
        .flat_map(|list| &list.values)
        .filter_map(|input| match input {
            Input::Stored(file) => Some(file.key.as_str()),
            Input::Url(_) => None,
        })
        .collect();
    let Ok(folders) = fs::read_dir(dir.join(FILES).join(task.id.to_string())) else {
        return;
    };
    for folder in folders.flatten() {
        if !keep.iter().any(|key| folder.file_name() == **key)
            && let Err(error) = fs::remove_dir_all(folder.path())
        {
            tracing::warn!(%error, "leftovers of an interrupted task stay");
        }
    }
}
