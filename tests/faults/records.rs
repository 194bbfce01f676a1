//! What the service and the library have written down, read from their disks: asking would count
//! as one more request of the fault plan.

use std::path::{Path, PathBuf};
use std::time::Duration;

use e2e::Outcome;
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

/// A task as the Sandbox keeps it.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) id: String,
    pub(crate) model: String,
    pub(crate) parameters: Value,
    pub(crate) status: String,
    pub(crate) pexit: String,
    pub(crate) cost: String,
    pub(crate) files: Vec<PathBuf>,
}

impl Task {
    pub(crate) fn has_ended(&self) -> bool {
        ["task_postprocess_end", "task_cancel", "task_error"].contains(&self.status.as_str())
    }

    pub(crate) fn succeeded(&self) -> bool {
        self.status == "task_postprocess_end" && self.pexit == "0"
    }
}

/// All tasks in the Sandbox's folder.
pub(crate) fn tasks(sandbox: &Path) -> Outcome<Vec<Task>> {
    let mut all = Vec::new();
    for entry in fs_err::read_dir(sandbox.join("tasks"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|kind| kind == "json") {
            let told: Value = serde_json::from_slice(&fs_err::read(&path)?)?;
            all.push(task(sandbox, &told));
        }
    }
    Ok(all)
}

fn task(sandbox: &Path, told: &Value) -> Task {
    let text = |key: &str| told[key].as_str().unwrap_or_default().to_owned();
    let id = told["id"].to_string();
    let folder = sandbox.join("files").join(&id);
    let outputs = told["outputs"].as_array().map_or(&[][..], Vec::as_slice);
    let file = |output: &Value| {
        let part = |key: &str| output[key].as_str().unwrap_or_default();
        folder.join(part("key")).join(part("file"))
    };
    Task {
        model: format!("{}/{}", text("owner"), text("project")),
        parameters: told["parameters"].clone(),
        status: text("status"),
        pexit: text("pexit"),
        cost: text("cost"),
        files: outputs.iter().map(file).collect(),
        id,
    }
}

/// A run as the library keeps it.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) id: String,
    pub(crate) intent: String,
    pub(crate) state: String,
    pub(crate) task: Option<String>,
    pub(crate) cost: Option<String>,
    #[expect(dead_code, reason = "shown with a violation")]
    pub(crate) reason: Option<String>,
    /// Published files in order.
    pub(crate) files: Vec<PathBuf>,
    /// Outputs in another state than published.
    pub(crate) unpublished: u32,
    /// Outputs that were tried often enough; a person may ask for them again.
    pub(crate) given_up: Vec<String>,
}

/// All runs of the library; none while there is no database.
pub(crate) fn runs(library: &Path) -> Outcome<Vec<Run>> {
    let file = library.join("library.db");
    if !file.is_file() {
        return Ok(Vec::new());
    }
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    let mut query = connection.prepare(
        "SELECT id, intent_id, state, task_id, cost_usd, reason,
                (SELECT count(*) FROM outputs WHERE run_id = runs.id AND state <> 'published')
         FROM runs ORDER BY created_at_ms, id",
    )?;
    let rows = query.query_map([], |row| {
        Ok(Run {
            id: row.get(0)?,
            intent: row.get(1)?,
            state: row.get(2)?,
            task: row.get(3)?,
            cost: row.get(4)?,
            reason: row.get(5)?,
            files: Vec::new(),
            unpublished: row.get(6)?,
            given_up: Vec::new(),
        })
    })?;
    let mut runs: Vec<Run> = rows.collect::<Result<_, _>>()?;
    let mut query = connection.prepare(
        "SELECT file_name FROM outputs WHERE run_id = ?1 AND state = 'published' ORDER BY position",
    )?;
    for run in &mut runs {
        let names = query.query_map([&run.id], |row| row.get::<_, String>(0))?;
        for name in names {
            run.files.push(library.join("outputs").join(name?));
        }
    }
    let mut query =
        connection.prepare("SELECT id FROM outputs WHERE run_id = ?1 AND state = 'failed'")?;
    for run in &mut runs {
        let ids = query.query_map([&run.id], |row| row.get(0))?;
        run.given_up = ids.collect::<Result<_, _>>()?;
    }
    Ok(runs)
}

/// Whether there is anything in a folder of the library.
pub(crate) fn is_empty(folder: &Path) -> Outcome<bool> {
    Ok(!folder.is_dir() || fs_err::read_dir(folder)?.next().is_none())
}
