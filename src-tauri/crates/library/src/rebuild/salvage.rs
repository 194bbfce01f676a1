//! Rows of a database that may be damaged, as far as they can be read.

use std::collections::HashSet;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::Error;

/// Tables worth reading, with the order of those that have no row number. Leases are of processes that have gone.
const TABLES: [(&str, Option<&str>); 12] = [
    ("forgotten_tasks", Some("account_id DESC, task_id DESC")),
    ("runs", None),
    ("inputs", None),
    ("outputs", None),
    ("timeline", None),
    ("log", Some("run_id DESC, line DESC")),
    ("voice_sessions", None),
    ("voice_lines", None),
    ("voice_turns", None),
    ("accounts", None),
    ("settings", None),
    ("unwanted_files", Some("kind DESC, name DESC")),
];

/// Past this row number nothing is looked for.
const LAST_ROW: i64 = 1 << 40;

/// Copies what can be read of every table and is not there yet.
pub(super) fn copy_rows(source: &Connection, target: &Connection) -> Result<(), Error> {
    for (table, order) in TABLES {
        let known: HashSet<String> = columns(target, table)?.into_iter().collect();
        let Ok(mut shared) = columns(source, table) else {
            continue;
        };
        shared.retain(|column| known.contains(column));
        if shared.is_empty() {
            continue;
        }
        let insert = format!(
            "INSERT OR IGNORE INTO {table} ({}) VALUES ({})",
            shared.join(", "),
            vec!["?"; shared.len()].join(", ")
        );
        let mut insert = target.prepare(&insert)?;
        let mut take = |values: Vec<Value>| {
            // A row that is no sound one any more is left out.
            let _ = insert.execute(params_from_iter(values));
        };
        let list = shared.join(", ");
        match order {
            None => by_number(source, table, &list, &mut take),
            Some(order) => {
                by_order(source, &format!("SELECT {list} FROM {table}"), &mut take);
                // From the other end, up to the damage.
                by_order(
                    source,
                    &format!("SELECT {list} FROM {table} ORDER BY {order}"),
                    &mut take,
                );
            }
        }
    }
    Ok(())
}

fn columns(conn: &Connection, table: &str) -> Result<Vec<String>, Error> {
    Ok(conn
        .prepare("SELECT name FROM pragma_table_info(?1)")?
        .query_map([table], |row| row.get(0))?
        .collect::<Result<_, _>>()?)
}

/// Reads a table by its row numbers and steps over what cannot be read, farther each time.
fn by_number(source: &Connection, table: &str, list: &str, take: &mut dyn FnMut(Vec<Value>)) {
    let sql =
        format!("SELECT rowid, {list} FROM {table} NOT INDEXED WHERE rowid > ?1 ORDER BY rowid");
    let Ok(mut statement) = source.prepare(&sql) else {
        return;
    };
    let (mut after, mut step) = (0, 1);
    while after < LAST_ROW {
        let count = statement.column_count();
        let Ok(mut rows) = statement.query([after]) else {
            return;
        };
        loop {
            match rows.next() {
                Ok(None) => return,
                Ok(Some(row)) => {
                    let number: i64 = row.get(0).unwrap_or(after + 1);
                    (after, step) = (number, 1);
                    let values: Result<Vec<Value>, _> = (1..count).map(|at| row.get(at)).collect();
                    if let Ok(values) = values {
                        take(values);
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, table, after, "rows cannot be read");
                    after += step;
                    step *= 2;
                    break;
                }
            }
        }
    }
}

/// Reads rows up to the first that cannot be read.
fn by_order(source: &Connection, sql: &str, take: &mut dyn FnMut(Vec<Value>)) {
    let Ok(mut statement) = source.prepare(sql) else {
        return;
    };
    let count = statement.column_count();
    let Ok(mut rows) = statement.query([]) else {
        return;
    };
    while let Ok(Some(row)) = rows.next() {
        let values: Result<Vec<Value>, _> = (0..count).map(|at| row.get(at)).collect();
        if let Ok(values) = values {
            take(values);
        }
    }
}

/// Adds the tokens that sidecars leave out, where the task is the same.
pub(super) fn copy_tokens(source: &Connection, target: &Connection) -> Result<(), Error> {
    let mut update = target.prepare(
        "UPDATE runs SET task_token = ?2 WHERE id = ?1 AND task_token IS NULL AND (task_id IS NULL OR task_id = ?3)",
    )?;
    by_order(
        source,
        "SELECT id, task_token, task_id FROM runs NOT INDEXED WHERE task_token IS NOT NULL",
        &mut |values| {
            // As above: what is no sound row is left out.
            let _ = update.execute(params_from_iter(values));
        },
    );
    Ok(())
}
