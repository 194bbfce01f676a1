//! What the library's folder holds, read as a stranger would: read-only, without the product.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::Outcome;

/// A run as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    /// Its id.
    pub id: String,
    /// `succeeded`, `running`, ...
    pub state: String,
    /// `owner/model`.
    pub model: String,
    /// The service's id of the task.
    pub task_id: Option<String>,
    /// `task_queue`, ...
    pub status: Option<String>,
    /// Why it ended without success.
    pub reason: Option<String>,
    /// What was sent, as JSON.
    pub request: String,
}

/// An output as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputRow {
    /// Its id.
    pub id: String,
    /// The run it belongs to.
    pub run_id: String,
    /// `published`, ...
    pub state: String,
    /// The file below `outputs/`, once published.
    pub file: Option<PathBuf>,
    /// Length in bytes.
    pub bytes: Option<i64>,
    /// Width and height of a picture.
    pub size: Option<(u32, u32)>,
}

/// A view of `library.db`; it never holds the database open between two reads.
#[derive(Debug, Clone)]
pub struct LibraryView {
    root: PathBuf,
}

impl LibraryView {
    /// The library in this folder, which may not exist yet.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_path_buf(),
        }
    }

    /// All runs, oldest first; none while there is no database.
    pub fn runs(&self) -> Outcome<Vec<RunRow>> {
        let Some(connection) = self.connect()? else {
            return Ok(Vec::new());
        };
        let mut query = connection.prepare(
            "SELECT id, state, model, task_id, status, reason, request_json FROM runs
                 ORDER BY created_at_ms, id",
        )?;
        let rows = query.query_map([], |row| {
            Ok(RunRow {
                id: row.get(0)?,
                state: row.get(1)?,
                model: row.get(2)?,
                task_id: row.get(3)?,
                status: row.get(4)?,
                reason: row.get(5)?,
                request: row.get(6)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// All outputs, oldest first; none while there is no database.
    pub fn outputs(&self) -> Outcome<Vec<OutputRow>> {
        let Some(connection) = self.connect()? else {
            return Ok(Vec::new());
        };
        let mut query = connection.prepare(
            "SELECT id, run_id, state, file_name, bytes, width, height FROM outputs
             ORDER BY created_at_ms, run_id, position",
        )?;
        let folder = self.root.join("outputs");
        let rows = query.query_map([], |row| {
            let name: Option<String> = row.get(3)?;
            let width: Option<u32> = row.get(5)?;
            let height: Option<u32> = row.get(6)?;
            Ok(OutputRow {
                id: row.get(0)?,
                run_id: row.get(1)?,
                state: row.get(2)?,
                file: name.map(|name| folder.join(name)),
                bytes: row.get(4)?,
                size: width.zip(height),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Runs that a process looks after, or looked after when it was killed.
    pub fn leased(&self) -> Outcome<Vec<String>> {
        let Some(connection) = self.connect()? else {
            return Ok(Vec::new());
        };
        let mut query = connection.prepare("SELECT run_id FROM leases ORDER BY run_id")?;
        let rows = query.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Files below `outputs/`.
    pub fn files(&self) -> Outcome<Vec<PathBuf>> {
        self.files_below("outputs")
    }

    /// Files below `partial/`: downloads that are under way, or were.
    pub fn partials(&self) -> Outcome<Vec<PathBuf>> {
        self.files_below("partial")
    }

    fn files_below(&self, folder: &str) -> Outcome<Vec<PathBuf>> {
        let mut files = Vec::new();
        let mut folders = vec![self.root.join(folder)];
        while let Some(folder) = folders.pop() {
            if !folder.is_dir() {
                continue;
            }
            for entry in fs_err::read_dir(folder)? {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    folders.push(entry.path());
                } else {
                    files.push(entry.path());
                }
            }
        }
        files.sort();
        Ok(files)
    }

    fn connect(&self) -> Outcome<Option<Connection>> {
        let file = self.root.join("library.db");
        if !file.is_file() {
            return Ok(None);
        }
        let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        // Between the file's birth and its first migration there is nothing to see.
        let ready: bool = connection.query_row(
            "SELECT count(*) = 2 FROM sqlite_master WHERE name IN ('runs', 'outputs')",
            [],
            |row| row.get(0),
        )?;
        Ok(ready.then_some(connection))
    }
}
