//! Questions. They see what is committed; hints of the last 50 ms may still be missing.

use std::collections::HashSet;
use std::path::PathBuf;

use rusqlite::{Connection, OptionalExtension as _, Params, Row, params};

use crate::platform::path_from_value;
use crate::{
    Error, InputRow, Library, LogRow, OutputFilter, OutputPage, OutputRow, RunFilter, RunPage,
    RunRow, StatusRow,
};

const RUN_COLUMNS: &str = "id, intent_id, account_id, model, title, caption, answers_json, request_json, output_dir,
    origin, state, status, task_id, task_token, pexit, cost_usd, seconds, reason, error_code, progress_json, text,
    created_at_ms, sent_at_ms, accepted_at_ms, finished_at_ms, files_deleted_at_ms, stop_requested_at_ms, retry_of,
    (SELECT json_group_array(id) FROM
        (SELECT id FROM outputs WHERE run_id = runs.id AND state = 'published' ORDER BY position)) AS output_ids";

const OUTPUT_COLUMNS: &str = "outputs.id, run_id, runs.model, runs.account_id, position, label, declared_type, declared_bytes,
    url, outputs.state, file_name, content_type, type_differs, bytes, width, height, outputs.created_at_ms,
    outputs.error_code, outputs.reason";

/// Runs that may go on by themselves.
const ACTIVE: &str = "state IN ('prepared', 'sending', 'waiting', 'running', 'collecting')";

/// Runs that are not final. Worded as in the index `runs_unfinished`.
const UNFINISHED: &str =
    "state IN ('prepared', 'sending', 'waiting', 'unconfirmed', 'running', 'collecting')";

fn path_at(row: &Row<'_>, index: &str) -> rusqlite::Result<Option<PathBuf>> {
    Ok(path_from_value(row.get_ref(index)?))
}

/// Byte counts are never negative in a sound database; a damaged one shows 0.
fn bytes_at(row: &Row<'_>, index: &str) -> rusqlite::Result<Option<u64>> {
    Ok(row
        .get::<_, Option<i64>>(index)?
        .map(|bytes| u64::try_from(bytes).unwrap_or(0)))
}

fn run_row(row: &Row<'_>) -> rusqlite::Result<RunRow> {
    let output_ids: String = row.get("output_ids")?;
    Ok(RunRow {
        id: row.get("id")?,
        intent_id: row.get("intent_id")?,
        account_id: row.get("account_id")?,
        model: row.get("model")?,
        title: row.get("title")?,
        caption: row.get("caption")?,
        answers_json: row.get("answers_json")?,
        request_json: row.get("request_json")?,
        output_dir: path_at(row, "output_dir")?,
        origin: row.get("origin")?,
        state: row.get("state")?,
        status: row.get("status")?,
        task_id: row.get("task_id")?,
        task_token: row.get("task_token")?,
        pexit: row.get("pexit")?,
        cost_usd: row.get("cost_usd")?,
        seconds: row.get("seconds")?,
        reason: row.get("reason")?,
        error_code: row.get("error_code")?,
        progress_json: row.get("progress_json")?,
        text: row.get("text")?,
        created_at_ms: row.get("created_at_ms")?,
        sent_at_ms: row.get("sent_at_ms")?,
        accepted_at_ms: row.get("accepted_at_ms")?,
        finished_at_ms: row.get("finished_at_ms")?,
        files_deleted_at_ms: row.get("files_deleted_at_ms")?,
        stop_requested_at_ms: row.get("stop_requested_at_ms")?,
        retry_of: row.get("retry_of")?,
        // SQLite wrote the list itself, of text alone.
        output_ids: serde_json::from_str(&output_ids).unwrap_or_default(),
    })
}

fn output_row(row: &Row<'_>) -> rusqlite::Result<OutputRow> {
    Ok(OutputRow {
        id: row.get("id")?,
        run_id: row.get("run_id")?,
        model: row.get("model")?,
        account_id: row.get("account_id")?,
        position: row.get("position")?,
        label: row.get("label")?,
        declared_type: row.get("declared_type")?,
        declared_bytes: bytes_at(row, "declared_bytes")?,
        url: row.get("url")?,
        state: row.get("state")?,
        file_name: row.get("file_name")?,
        content_type: row.get("content_type")?,
        type_differs: row.get("type_differs")?,
        bytes: bytes_at(row, "bytes")?,
        width: row.get("width")?,
        height: row.get("height")?,
        created_at_ms: row.get("created_at_ms")?,
        error_code: row.get("error_code")?,
        reason: row.get("reason")?,
    })
}

fn input_row(row: &Row<'_>) -> rusqlite::Result<InputRow> {
    Ok(InputRow {
        id: row.get("id")?,
        run_id: row.get("run_id")?,
        field: row.get("field")?,
        position: row.get("position")?,
        source_path: path_at(row, "source_path")?.unwrap_or_default(),
        label: row.get("label")?,
        bytes: bytes_at(row, "bytes")?.unwrap_or(0),
        modified_ms: row.get("modified_ms")?,
        sha256: row.get("sha256")?,
        stored_name: row.get("stored_name")?,
        content_type: row.get("content_type")?,
    })
}

fn all<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    read: fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, Error> {
    Ok(conn
        .prepare_cached(sql)?
        .query_map(params, read)?
        .collect::<Result<_, _>>()?)
}

fn count(conn: &Connection, sql: &str, params: impl Params) -> Result<u64, Error> {
    let count: i64 = conn
        .prepare_cached(sql)?
        .query_row(params, |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// The statement that lists a page of outputs, and the one that counts them. `?1` is the run.
fn output_statements(filter: &OutputFilter) -> (String, String) {
    let (condition, order) = match (&filter.run_id, filter.published_only) {
        (Some(_), false) => ("run_id = ?1", "position"),
        (Some(_), true) => ("run_id = ?1 AND outputs.state = 'published'", "position"),
        (None, false) => (
            "?1 IS NULL",
            "outputs.created_at_ms DESC, run_id DESC, position",
        ),
        (None, true) => (
            "?1 IS NULL AND outputs.state = 'published'",
            "outputs.created_at_ms DESC, run_id DESC, position",
        ),
    };
    // CROSS keeps the outputs outside, where their index gives the order.
    let list = format!(
        "SELECT {OUTPUT_COLUMNS} FROM outputs CROSS JOIN runs ON runs.id = outputs.run_id
         WHERE {condition} ORDER BY {order} LIMIT ?2 OFFSET ?3"
    );
    (
        list,
        format!("SELECT count(*) FROM outputs WHERE {condition}"),
    )
}

/// A page of outputs, also for those who hold a transaction.
pub(crate) fn output_rows(
    conn: &Connection,
    filter: &OutputFilter,
) -> Result<Vec<OutputRow>, Error> {
    let (list, _) = output_statements(filter);
    all(
        conn,
        &list,
        params![filter.run_id, filter.limit, filter.start],
        output_row,
    )
}

/// Outputs that are to be fetched although their run is over.
pub(crate) fn retried_output_rows(conn: &Connection) -> Result<Vec<OutputRow>, Error> {
    let sql = format!(
        "SELECT {OUTPUT_COLUMNS} FROM outputs JOIN runs ON runs.id = run_id
         WHERE outputs.state = 'pending' AND NOT runs.{UNFINISHED} ORDER BY outputs.created_at_ms, run_id, position"
    );
    all(conn, &sql, [], output_row)
}

impl Library {
    /// A run.
    pub async fn run(&self, id: &str) -> Result<Option<RunRow>, Error> {
        let id = id.to_owned();
        self.read(move |conn| {
            let sql = format!("SELECT {RUN_COLUMNS} FROM runs WHERE id = ?1");
            Ok(conn
                .prepare_cached(&sql)?
                .query_row([&id], run_row)
                .optional()?)
        })
        .await
    }

    /// A page of runs, newest first.
    pub async fn runs(&self, filter: RunFilter) -> Result<RunPage, Error> {
        self.read(move |conn| {
            // One snapshot, so that rows and counts agree.
            let conn = conn.unchecked_transaction()?;
            let condition = if filter.active_only { ACTIVE } else { "TRUE" };
            let sql = format!(
                "SELECT {RUN_COLUMNS} FROM runs WHERE {condition} ORDER BY created_at_ms DESC, id DESC LIMIT ?1 OFFSET ?2"
            );
            let runs = all(&conn, &sql, params![filter.limit, filter.start], run_row)?;
            let active = count(&conn, &format!("SELECT count(*) FROM runs WHERE {ACTIVE}"), [])?;
            let total = if filter.active_only { active } else { count(&conn, "SELECT count(*) FROM runs", [])? };
            Ok(RunPage { runs, total, active })
        })
        .await
    }

    /// All runs that are not final, unconfirmed ones included; oldest first. What a start looks after.
    pub async fn unfinished(&self) -> Result<Vec<RunRow>, Error> {
        self.read(|conn| {
            let sql = format!(
                "SELECT {RUN_COLUMNS} FROM runs WHERE {UNFINISHED} ORDER BY created_at_ms, id"
            );
            all(conn, &sql, [], run_row)
        })
        .await
    }

    /// A page of outputs: of one run in their order, or of all, newest first.
    pub async fn outputs(&self, filter: OutputFilter) -> Result<OutputPage, Error> {
        self.read(move |conn| {
            let conn = conn.unchecked_transaction()?;
            let outputs = output_rows(&conn, &filter)?;
            let total = count(&conn, &output_statements(&filter).1, [&filter.run_id])?;
            Ok(OutputPage { outputs, total })
        })
        .await
    }

    /// An output.
    pub async fn output(&self, id: &str) -> Result<Option<OutputRow>, Error> {
        let id = id.to_owned();
        self.read(move |conn| {
            let sql =
                format!("SELECT {OUTPUT_COLUMNS} FROM outputs JOIN runs ON runs.id = outputs.run_id WHERE outputs.id = ?1");
            Ok(conn.prepare_cached(&sql)?.query_row([&id], output_row).optional()?)
        })
        .await
    }

    /// The files of a run as they were sent, field by field.
    pub async fn inputs(&self, run_id: &str) -> Result<Vec<InputRow>, Error> {
        let run_id = run_id.to_owned();
        self.read(move |conn| {
            all(
                conn,
                "SELECT * FROM inputs WHERE run_id = ?1 ORDER BY field, position",
                [&run_id],
                input_row,
            )
        })
        .await
    }

    /// A file of a run.
    pub async fn input(&self, id: &str) -> Result<Option<InputRow>, Error> {
        let id = id.to_owned();
        self.read(move |conn| {
            Ok(conn
                .prepare_cached("SELECT * FROM inputs WHERE id = ?1")?
                .query_row([&id], input_row)
                .optional()?)
        })
        .await
    }

    /// The last lines of a run's log, in order.
    pub async fn log(&self, run_id: &str, last: u32) -> Result<Vec<LogRow>, Error> {
        let run_id = run_id.to_owned();
        self.read(move |conn| {
            let sql = "SELECT stream, text FROM log WHERE run_id = ?1 ORDER BY line DESC LIMIT ?2";
            let read = |row: &Row<'_>| {
                Ok(LogRow {
                    stream: row.get(0)?,
                    text: row.get(1)?,
                })
            };
            let mut lines = all(conn, sql, params![run_id, last], read)?;
            lines.reverse();
            Ok(lines)
        })
        .await
    }

    /// The statuses of a run in the order first seen.
    pub async fn timeline(&self, run_id: &str) -> Result<Vec<StatusRow>, Error> {
        let run_id = run_id.to_owned();
        self.read(move |conn| {
            let sql = "SELECT status, at_ms FROM timeline WHERE run_id = ?1 ORDER BY rowid";
            all(conn, sql, [&run_id], |row| {
                Ok(StatusRow {
                    status: row.get(0)?,
                    at_ms: row.get(1)?,
                })
            })
        })
        .await
    }

    /// Every task of an account that is a run of this library, or was one until it was forgotten.
    pub async fn known_task_ids(&self, account_id: &str) -> Result<HashSet<String>, Error> {
        let account_id = account_id.to_owned();
        self.read(move |conn| {
            let sql = "SELECT task_id FROM runs WHERE account_id = ?1 AND task_id IS NOT NULL
                       UNION SELECT task_id FROM forgotten_tasks WHERE account_id = ?1";
            Ok(all(conn, sql, [&account_id], |row| row.get(0))?
                .into_iter()
                .collect())
        })
        .await
    }

    /// The runs with this task id, newest first: at most one of each account.
    pub async fn runs_by_task(&self, task_id: &str) -> Result<Vec<RunRow>, Error> {
        let task_id = task_id.to_owned();
        self.read(move |conn| {
            let sql = format!(
                "SELECT {RUN_COLUMNS} FROM runs WHERE task_id = ?1 ORDER BY created_at_ms DESC"
            );
            all(conn, &sql, [&task_id], run_row)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::MIGRATIONS;

    /// What SQLite would do, one line a step.
    fn plan(conn: &Connection, sql: &str) -> String {
        let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let mut rows = statement.raw_query();
        let mut plan = String::new();
        while let Some(row) = rows.next().unwrap() {
            plan += &row.get::<_, String>("detail").unwrap();
            plan.push('\n');
        }
        plan
    }

    #[test]
    fn every_list_reads_an_index_in_order_and_sorts_nothing() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(&MIGRATIONS.concat()).unwrap();
        let of_run = OutputFilter {
            run_id: Some("r".to_owned()),
            ..OutputFilter::default()
        };
        let published = OutputFilter {
            published_only: true,
            ..OutputFilter::default()
        };
        let listed = [
            output_statements(&OutputFilter::default()).0,
            output_statements(&of_run).0,
            output_statements(&published).0,
            format!(
                "SELECT {RUN_COLUMNS} FROM runs ORDER BY created_at_ms DESC, id DESC LIMIT ?1 OFFSET ?2"
            ),
            format!(
                "SELECT {RUN_COLUMNS} FROM runs WHERE task_id = ?1 ORDER BY created_at_ms DESC"
            ),
        ];
        for sql in listed {
            let plan = plan(&conn, &sql);
            assert!(!plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
            assert!(plan.contains("USING INDEX"), "{sql}\n{plan}");
        }
        let unfinished = plan(
            &conn,
            &format!("SELECT {RUN_COLUMNS} FROM runs WHERE {UNFINISHED}"),
        );
        assert!(unfinished.contains("runs_unfinished"), "{unfinished}");
    }
}
