//! The files of the folder: `tasks/<id>.json`, `files/<id>/<key>/<name>`, `incoming/`.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use fs_err as fs;
use serde::Serialize;

use crate::error::Error;
use crate::task::{Input, Task};

pub(super) const FILES: &str = "files";
pub(super) const INCOMING: &str = "incoming";
const TASKS: &str = "tasks";

/// Creates the folders, forgets half-received uploads and reads every task.
pub(super) fn read_tasks(dir: &Path) -> Result<BTreeMap<u64, Task>, Error> {
    let incoming = dir.join(INCOMING);
    if incoming.exists() {
        fs::remove_dir_all(&incoming)?;
    }
    for folder in [FILES, INCOMING, TASKS] {
        fs::create_dir_all(dir.join(folder))?;
    }
    let mut tasks = BTreeMap::new();
    for entry in fs::read_dir(dir.join(TASKS))? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let task: Task = serde_json::from_slice(&fs::read(&path)?)
                .map_err(|source| Error::parse(&path, source))?;
            tasks.insert(task.id, task);
        }
    }
    Ok(tasks)
}

pub(super) fn write_task(dir: &Path, task: &Task) -> io::Result<()> {
    write_json(&dir.join(TASKS).join(format!("{}.json", task.id)), task)
}

/// Writes beside the target, then renames over it: a killed process never leaves half a record.
pub(super) fn write_json(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let partial = path.with_extension("partial");
    fs::write(&partial, serde_json::to_vec_pretty(value)?)?;
    fs::rename(&partial, path)
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
