//! Hints: statuses, progress and log lines. Collected for a moment, written together, never waited for.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{OptionalExtension as _, Transaction, params};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::voice::{VoiceHint, VoiceHints};
use crate::writer::{Command, Firmness, Store};
use crate::{Change, Error, Library, LogStream};

/// How long hints are collected.
const WINDOW: Duration = Duration::from_millis(50);

/// How many lines of a run's log are kept, the newest.
const LOG_LINES: i64 = 10_000;

/// One hint of one run. It holds a permit until it is written, so that a flood waits instead of filling memory.
pub(crate) struct Hint {
    run_id: String,
    what: What,
    permit: OwnedSemaphorePermit,
}

enum What {
    Status { status: String, at_ms: i64 },
    Log(Vec<(LogStream, String)>),
    Progress(String),
    Voice(VoiceHint),
}

/// What is pending for one run.
#[derive(Default)]
struct RunHints {
    statuses: Vec<(String, i64)>,
    log: Vec<(LogStream, String)>,
    progress: Option<String>,
    voice: VoiceHints,
}

/// What was collected since the last write.
#[derive(Default)]
pub(crate) struct Pending {
    runs: HashMap<String, RunHints>,
    permits: Vec<OwnedSemaphorePermit>,
    since: Option<Instant>,
}

impl Pending {
    pub(crate) fn push(&mut self, hint: Hint) {
        self.since.get_or_insert_with(Instant::now);
        self.permits.push(hint.permit);
        let run = self.runs.entry(hint.run_id).or_default();
        match hint.what {
            What::Status { status, at_ms } => run.statuses.push((status, at_ms)),
            What::Log(lines) => run.log.extend(lines),
            // Only the last steps matter.
            What::Progress(json) => run.progress = Some(json),
            What::Voice(hint) => run.voice.push(hint),
        }
    }

    /// When they have to be written.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.since.map(|since| since + WINDOW)
    }

    /// Whether there are hints of this run; of any run without one.
    pub(crate) fn concerns(&self, run_id: Option<&str>) -> bool {
        run_id.map_or(!self.runs.is_empty(), |id| self.runs.contains_key(id))
    }

    /// Writes them in one transaction. They are gone afterwards, written or not.
    pub(crate) fn flush(&mut self, store: &mut Store, owner: &str) -> Result<(), Error> {
        let Self { runs, permits, .. } = std::mem::take(self);
        if runs.is_empty() {
            return Ok(());
        }
        let result = store.commit(Firmness::Hint, &|transaction| {
            let mut written = Vec::with_capacity(runs.len());
            for (run_id, hints) in &runs {
                let held = write(transaction, owner, run_id, hints)?;
                // Steps and lines come too often for a change each; whoever shows them hears of them as they happen.
                if held && !hints.statuses.is_empty() {
                    written.push(run_id.clone());
                }
            }
            Ok(written)
        });
        drop(permits);
        for run_id in result? {
            store.announce(Change {
                run_id,
                outputs: false,
            });
        }
        Ok(())
    }
}

/// Writes the hints of one run; says whether this process holds it, otherwise nothing is written.
fn write(
    transaction: &Transaction<'_>,
    owner: &str,
    run_id: &str,
    hints: &RunHints,
) -> Result<bool, Error> {
    let held = transaction
        .prepare_cached("SELECT 1 FROM leases WHERE run_id = ?1 AND owner = ?2")?
        .exists([run_id, owner])?;
    if !held {
        return Ok(false);
    }
    for (status, at_ms) in &hints.statuses {
        transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO timeline (run_id, status, at_ms) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![run_id, status, at_ms])?;
    }
    let last_status = hints.statuses.last().map(|(status, _)| status);
    transaction
        .prepare_cached(
            "UPDATE runs SET status = coalesce(?2, status), progress_json = coalesce(?3, progress_json) WHERE id = ?1",
        )?
        .execute(params![run_id, last_status, hints.progress])?;
    write_log(transaction, run_id, &hints.log)?;
    hints.voice.write(transaction, run_id)?;
    Ok(true)
}

fn write_log(
    transaction: &Transaction<'_>,
    run_id: &str,
    lines: &[(LogStream, String)],
) -> Result<(), Error> {
    if lines.is_empty() {
        return Ok(());
    }
    let last: Option<i64> = transaction
        .prepare_cached("SELECT line FROM log WHERE run_id = ?1 ORDER BY line DESC LIMIT 1")?
        .query_row([run_id], |row| row.get(0))
        .optional()?;
    let mut line = last.unwrap_or(0);
    let mut insert = transaction
        .prepare_cached("INSERT INTO log (run_id, line, stream, text) VALUES (?1, ?2, ?3, ?4)")?;
    for (stream, text) in lines {
        line += 1;
        insert.execute(params![run_id, line, stream, text])?;
    }
    transaction
        .prepare_cached("DELETE FROM log WHERE run_id = ?1 AND line <= ?2")?
        .execute(params![run_id, line - LOG_LINES])?;
    Ok(())
}

impl Library {
    /// Notes the service's status of a run this process holds; the first sight of each goes into the timeline.
    pub async fn note_status(&self, id: &str, status: &str, at_ms: i64) -> Result<(), Error> {
        self.hint(
            id,
            What::Status {
                status: status.to_owned(),
                at_ms,
            },
        )
        .await
    }

    /// Appends lines to the log of a run this process holds. The newest 10,000 are kept.
    pub async fn append_log(&self, id: &str, lines: Vec<(LogStream, String)>) -> Result<(), Error> {
        if lines.is_empty() {
            return Ok(());
        }
        self.hint(id, What::Log(lines)).await
    }

    /// Notes how far a run is that this process holds; only the last one is kept.
    pub async fn note_progress(&self, id: &str, progress_json: &str) -> Result<(), Error> {
        self.hint(id, What::Progress(progress_json.to_owned()))
            .await
    }

    /// Writes the hints that are still being collected.
    pub async fn flush(&self) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.send(Command::Flush(reply))?;
        answer.await.map_err(|_| Error::Closed)?
    }

    pub(crate) async fn voice_hint(&self, id: &str, hint: VoiceHint) -> Result<(), Error> {
        self.hint(id, What::Voice(hint)).await
    }

    async fn hint(&self, id: &str, what: What) -> Result<(), Error> {
        let permits = Arc::clone(self.hint_permits());
        let permit = permits.acquire_owned().await.map_err(|_| Error::Closed)?;
        self.send(Command::Hint(Hint {
            run_id: id.to_owned(),
            what,
            permit,
        }))
    }
}
