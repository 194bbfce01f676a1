//! Deleting a task's files while its record stays (`PROTOCOL.md` section 7.6).

use std::io;

use super::Store;
use super::disk::{self, Keep};
use crate::task::{Output, Status};

impl Store {
    /// Removes what the task was given and what it made; again as often as one likes. `false` if its status does not
    /// allow it.
    ///
    /// Only `task_postprocess_end` and `task_cancel` do. Whether a polled `task_error` counts as completed is not
    /// documented; it is refused here, the narrower reading, so that a client which gets along with this server gets
    /// along with either.
    pub(crate) fn delete_files(&self, id: u64) -> io::Result<bool> {
        let mut inner = self.lock();
        let Some(task) = inner.tasks.get(&id) else {
            return Ok(false);
        };
        if !matches!(task.status, Status::PostprocessEnd | Status::Cancel) {
            return Ok(false);
        }
        if !task.files_deleted {
            let mut emptied = task.clone();
            emptied.files_deleted = true;
            emptied.outputs.clear();
            // First the record: a crash in between leaves files for the next start to remove, not addresses of nothing.
            disk::write_task(&self.dir, &emptied, Keep::Durably)?;
            inner.tasks.insert(id, emptied);
        }
        disk::remove_files(&self.dir, id)?;
        Ok(true)
    }

    /// Removes what a model left behind whose task was killed, failed or emptied meanwhile. Failing to is only untidy.
    pub(crate) fn sweep(&self, id: u64) {
        let inner = self.lock();
        let Some(task) = inner
            .tasks
            .get(&id)
            .filter(|task| task.status.is_terminal())
        else {
            return;
        };
        if !task.files_deleted {
            if !task.outputs.iter().any(Output::is_file) {
                disk::remove_leftovers(&self.dir, task);
            }
        } else if let Err(error) = disk::remove_files(&self.dir, id) {
            tracing::warn!(%error, task = id, "deleted files stay");
        }
    }
}

#[cfg(test)]
mod tests {
    use fs_err as fs;
    use serde_json::Map;

    use super::*;
    use crate::store::{Ending, NewTask};

    #[test]
    fn what_a_model_writes_after_the_deletion_goes_with_its_end_or_the_next_start() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), None).unwrap();
        let new = NewTask {
            owner: "a".to_owned(),
            project: "b".to_owned(),
            description: String::new(),
            encoding: "json",
            parameters: Map::new(),
            callback: None,
            training: None,
        };
        let task = store.create(new, |_| Ok(Vec::new())).ok().unwrap();
        assert!(!store.delete_files(task.id).unwrap(), "it still waits");
        let ending = Ending::early(Status::Cancel, String::new());
        assert!(store.finish_if(task.id, |_| true, ending).unwrap());
        assert!(store.delete_files(task.id).unwrap());

        let late = store.file_dir(task.id, "late");
        fs::create_dir_all(&late).unwrap();
        store.sweep(task.id);
        assert!(!late.exists());
        fs::create_dir_all(&late).unwrap();
        drop(store);
        let store = Store::open(dir.path(), None).unwrap();
        assert!(!late.exists());
        assert!(store.task(task.id).unwrap().files_deleted);
    }
}
