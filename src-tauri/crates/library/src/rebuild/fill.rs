//! What completes a salvaged database: sidecars, files, and what has to be true of rows nobody is sure of.

use std::collections::HashSet;
use std::path::Path;

use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, OptionalExtension as _, params, params_from_iter};
use serde_json::{Map, Value};

use crate::files::{self, SIDECARS};
use crate::runs::bytes_to_sql;
use crate::{Error, OutputState, RunState, sidecars, times};

/// The model of files that no run names; no service has one of this name.
const FOUND_MODEL: &str = "library/found-files";

/// How far a state is, for comparing what two sources say of one run.
const FARNESS: &str =
    "CASE state WHEN 'running' THEN 1 WHEN 'collecting' THEN 2 WHEN 'succeeded' THEN 3
    WHEN 'failed' THEN 3 WHEN 'cancelled' THEN 3 ELSE 0 END";

pub(super) fn count_runs(conn: &Connection) -> Result<usize, Error> {
    let count: i64 = conn.query_row("SELECT count(*) FROM runs", [], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(0))
}

fn quoted<T: ToString>(texts: &[T]) -> String {
    let quoted: Vec<_> = texts
        .iter()
        .map(|text| format!("'{}'", text.to_string()))
        .collect();
    quoted.join(", ")
}

/// Removes rows that say what this version does not understand, runs that were forgotten, and what belongs to no run.
pub(super) fn drop_unreadable(conn: &Connection) -> Result<(), Error> {
    conn.execute_batch(&format!(
        "DELETE FROM runs WHERE state NOT IN ({})
             OR (account_id, task_id) IN (SELECT account_id, task_id FROM forgotten_tasks)
             OR id IN (SELECT name FROM unwanted_files WHERE kind = 'run');
         DELETE FROM outputs WHERE state NOT IN ({});
         DELETE FROM log WHERE stream NOT IN ('stdout', 'stderr');",
        quoted(RunState::ALL),
        quoted(OutputState::ALL),
    ))?;
    Ok(())
}

/// Takes every run from its sidecar that is missing or further there; says how many.
pub(super) fn read_sidecars(root: &Path, conn: &Connection) -> Result<usize, Error> {
    let mut taken = 0;
    for path in files::entries(&root.join(SIDECARS))? {
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = fs_err::read_to_string(&path).unwrap_or_default();
        let Ok(sidecar) = serde_json::from_str::<Value>(&text) else {
            tracing::warn!(path = %path.display(), "a sidecar cannot be read");
            continue;
        };
        if sidecar.get("format") == Some(&sidecars::FORMAT.into()) {
            taken += usize::from(take_sidecar(conn, &sidecar)?);
        }
    }
    Ok(taken)
}

fn take_sidecar(conn: &Connection, sidecar: &Value) -> Result<bool, Error> {
    let Some(run) = sidecar.get("run").and_then(Value::as_object) else {
        return Ok(false);
    };
    let taken = insert(conn, "runs", run, &format!(
        "ON CONFLICT (id) DO UPDATE SET state = excluded.state, task_id = coalesce(task_id, excluded.task_id),
             pexit = excluded.pexit, cost_usd = excluded.cost_usd, seconds = excluded.seconds, reason = excluded.reason,
             error_code = excluded.error_code, text = excluded.text, accepted_at_ms = excluded.accepted_at_ms,
             finished_at_ms = excluded.finished_at_ms
         WHERE {} < {}",
        FARNESS.replace("state WHEN", "runs.state WHEN"),
        FARNESS.replace("state WHEN", "excluded.state WHEN"),
    ))?;
    for table in [
        "inputs",
        "outputs",
        "timeline",
        "voice_sessions",
        "voice_lines",
        "voice_turns",
    ] {
        let rows = sidecar.get(table).and_then(Value::as_array);
        for row in rows.into_iter().flatten().filter_map(Value::as_object) {
            let mut row = row.clone();
            if table == "outputs" {
                // The service tells the address again.
                row.insert("url".to_owned(), "".into());
            }
            insert(conn, table, &row, match table {
                "outputs" => "ON CONFLICT (id) DO UPDATE SET state = excluded.state, file_name = excluded.file_name,
                                  content_type = excluded.content_type, type_differs = excluded.type_differs,
                                  bytes = excluded.bytes, width = excluded.width, height = excluded.height
                              WHERE outputs.state <> 'published' AND excluded.state = 'published'",
                _ => "ON CONFLICT DO NOTHING",
            })?;
        }
    }
    Ok(taken)
}

/// Inserts a row of JSON into the columns that exist; says whether anything changed. One that does not fit is left out.
fn insert(
    conn: &Connection,
    table: &str,
    row: &Map<String, Value>,
    on_conflict: &str,
) -> Result<bool, Error> {
    let known: HashSet<String> = conn
        .prepare_cached("SELECT name FROM pragma_table_info(?1)")?
        .query_map([table], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let known: Vec<_> = row
        .iter()
        .filter(|(name, _)| known.contains(*name))
        .collect();
    let names: Vec<_> = known.iter().map(|(name, _)| name.as_str()).collect();
    let sql = format!(
        "INSERT INTO {table} ({}) VALUES ({}) {on_conflict}",
        names.join(", "),
        vec!["?"; names.len()].join(", ")
    );
    let inserted = conn.prepare_cached(&sql)?.execute(params_from_iter(
        known.iter().map(|(_, value)| to_sql(value)),
    ));
    Ok(inserted.is_ok_and(|changed| changed > 0))
}

fn to_sql(value: &Value) -> SqlValue {
    match value {
        Value::Bool(value) => SqlValue::Integer(i64::from(*value)),
        Value::Number(number) => number
            .as_i64()
            .map(SqlValue::Integer)
            .or_else(|| number.as_f64().map(SqlValue::Real))
            .unwrap_or(SqlValue::Null),
        Value::String(text) => SqlValue::Text(text.clone()),
        Value::Object(object) => object
            .get("bytes")
            .and_then(|bytes| serde_json::from_value(bytes.clone()).ok())
            .map_or(SqlValue::Null, SqlValue::Blob),
        Value::Null | Value::Array(_) => SqlValue::Null,
    }
}

/// Makes true what rows from several times may contradict: nothing is sent twice, no file is promised that is not there,
/// every part has its run.
pub(super) fn settle_doubts(root: &Path, conn: &Connection) -> Result<(), Error> {
    conn.execute_batch(
        "UPDATE runs SET state = 'unconfirmed', sent_at_ms = coalesce(sent_at_ms, created_at_ms),
             finished_at_ms = coalesce(finished_at_ms, created_at_ms),
             reason = 'The library was damaged; it is not known whether this was sent.'
         WHERE state IN ('prepared', 'sending', 'waiting')
            OR (state IN ('running', 'collecting') AND task_id IS NULL AND task_token IS NULL);
         UPDATE runs SET state = 'running' WHERE state = 'collecting';
         DELETE FROM inputs WHERE run_id NOT IN (SELECT id FROM runs);
         DELETE FROM outputs WHERE run_id NOT IN (SELECT id FROM runs);
         DELETE FROM timeline WHERE run_id NOT IN (SELECT id FROM runs);
         DELETE FROM log WHERE run_id NOT IN (SELECT id FROM runs);
         DELETE FROM voice_sessions WHERE run_id NOT IN (SELECT id FROM runs);
         DELETE FROM voice_lines WHERE run_id NOT IN (SELECT run_id FROM voice_sessions);
         DELETE FROM voice_turns WHERE run_id NOT IN (SELECT run_id FROM voice_sessions);",
    )?;
    let mut gone = Vec::new();
    let mut statement =
        conn.prepare("SELECT id, coalesce(file_name, '') FROM outputs WHERE state = 'published'")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, file_name): (String, String) = (row.get(0)?, row.get(1)?);
        if files::require_output(root, &file_name).is_err() {
            gone.push(id);
        }
    }
    drop(rows);
    for id in gone {
        conn.execute(
            "UPDATE outputs SET state = 'failed', file_name = NULL,
                 reason = 'The file was not there any more when the library was built anew.' WHERE id = ?1",
            [id],
        )?;
    }
    Ok(())
}

/// Notes output files that no row names: those of an output that was being fetched, and others as outputs of one more run.
/// Says how many.
pub(super) fn find_files(root: &Path, conn: &Connection) -> Result<usize, Error> {
    let mut unnamed = Vec::new();
    files::each_output(root, |path, name| {
        if files::split_output_name(name).is_ok() {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            let bytes = fs_err::metadata(path).map_or(0, |metadata| metadata.len());
            unnamed.push((stem.into_owned(), name.to_owned(), bytes_to_sql(bytes)));
        }
    })?;
    unnamed.sort();
    let transaction = conn.unchecked_transaction()?;
    let mut found = 0;
    let run_id = format!("found-{}", uuid::Uuid::now_v7());
    for (stem, name, bytes) in unnamed {
        let is_named = transaction
            .prepare_cached("SELECT 1 FROM outputs WHERE file_name = ?1")?
            .exists([&name])?;
        if is_named {
            continue;
        }
        let owner: Option<OutputState> = transaction
            .prepare_cached("SELECT state FROM outputs WHERE id = ?1")?
            .query_row([&stem], |row| row.get(0))
            .optional()?;
        match owner {
            // Whoever goes on fetching it finds it.
            Some(OutputState::Pending | OutputState::Published) => continue,
            Some(OutputState::Failed) => note_file(&transaction, &stem, &name, bytes)?,
            None => {
                if found_run_is_missing(&transaction, &run_id)? {
                    insert_found_run(&transaction, &run_id)?;
                }
                transaction
                    .prepare_cached(
                        "INSERT INTO outputs (id, run_id, position, created_at_ms, state, label, url)
                         SELECT ?1, ?2, count(*), ?3, 'failed', ?4, '' FROM outputs WHERE run_id = ?2",
                    )?
                    .execute(params![stem, run_id, times::now_ms(), name])?;
                note_file(&transaction, &stem, &name, bytes)?;
            }
        }
        found += 1;
    }
    transaction.commit()?;
    Ok(found)
}

fn found_run_is_missing(conn: &Connection, run_id: &str) -> Result<bool, Error> {
    Ok(!conn
        .prepare_cached("SELECT 1 FROM runs WHERE id = ?1")?
        .exists([run_id])?)
}

fn insert_found_run(conn: &Connection, run_id: &str) -> Result<(), Error> {
    let now_ms = times::now_ms();
    conn.execute(
        "INSERT INTO runs (id, intent_id, account_id, state, model, title, caption, origin, created_at_ms, finished_at_ms,
                           reason, answers_json, request_json)
         VALUES (?1, ?1, '', ?2, ?3, 'Found files', 'Found when the library was built anew', 'library', ?4, ?4,
                 'It is not known any more what made these files.', '{}', '{}')",
        params![run_id, RunState::Failed, FOUND_MODEL, now_ms],
    )?;
    Ok(())
}

fn note_file(conn: &Connection, id: &str, name: &str, bytes: i64) -> Result<(), Error> {
    conn.prepare_cached(
        "UPDATE outputs SET state = 'published', file_name = ?2, bytes = ?3, content_type = ?4, error_code = NULL,
                            reason = NULL
         WHERE id = ?1",
    )?
    .execute(params![id, name, bytes, content_type(name)])?;
    Ok(())
}

/// The type a name stands for: the library gave files the extension of their first bytes.
fn content_type(name: &str) -> &'static str {
    let extension = Path::new(name).extension().unwrap_or_default();
    match extension.to_string_lossy().to_ascii_lowercase().as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        "glb" => "model/gltf-binary",
        "json" => "application/json",
        "txt" => "text/plain",
        "md" => "text/markdown",
        "pdf" => "application/pdf",
        _ => "application/octet-stream",
    }
}
