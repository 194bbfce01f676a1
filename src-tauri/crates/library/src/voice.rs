//! Voice sessions: what was said, what each turn cost, and the folder with the sound.
//!
//! A session is a run; its rows go with the run's. Lines and turns are hints as a run's statuses are: written together a
//! moment after they came, before the next durable step, and only by the process that holds the run.

use std::path::PathBuf;

use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use crate::files::{self, VOICE};
use crate::{Change, Error, Library, leases, platform, times};

/// A session about to be written down, beside its run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVoiceSession {
    /// Its run.
    pub run_id: String,
    /// What its model does, in the words of whoever writes it.
    pub kind: String,
    /// Whether its sound is kept in [`Library::voice_dir`].
    pub records: bool,
}

/// A session with what stands in its run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoiceSessionRow {
    /// Its run.
    pub run_id: String,
    /// `owner/project`.
    pub model: String,
    /// The model's title when it was started.
    pub title: String,
    /// What its model does.
    pub kind: String,
    /// When it was started, Unix milliseconds.
    pub started_at_ms: i64,
    /// When the service was ready.
    pub ready_at_ms: Option<i64>,
    /// When it was over, as far as the process that talked noted it, else when its run was settled.
    pub ended_at_ms: Option<i64>,
    /// What ended it, in the words of whoever wrote it.
    pub ended_by: Option<String>,
    /// Charged, in USD: by the run's end, else by the last turn that was told.
    pub cost_usd: Option<String>,
    /// Whether its sound is kept.
    pub records: bool,
    /// The first line.
    pub first_line: Option<String>,
    /// How many lines there are.
    pub lines: u32,
    /// When the last line ended, in milliseconds since the service was ready.
    pub last_end_ms: Option<i64>,
}

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoiceLineRow {
    /// Place in the transcript. A line of the same place replaces the one before: it grew.
    pub line: u32,
    /// When its first words came, in milliseconds since the service was ready.
    pub at_ms: i64,
    /// When its last words came.
    pub end_ms: i64,
    /// The model's turn it belongs to.
    pub turn: u32,
    /// Who said it, in the words of whoever writes it.
    pub speaker: String,
    /// The words.
    pub text: String,
}

/// What is known of one turn of the model. What is absent leaves what is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VoiceTurnRow {
    /// Counts from zero.
    pub turn: u32,
    /// Charged, in USD, as a decimal.
    pub cost_usd: Option<String>,
    /// How long the answer was waited for.
    pub latency_ms: Option<i64>,
}

/// What is pending of a session.
#[derive(Default)]
pub(crate) struct VoiceHints {
    lines: Vec<VoiceLineRow>,
    turns: Vec<VoiceTurnRow>,
    cost_usd: Option<String>,
}

/// One hint of a session.
pub(crate) enum VoiceHint {
    Line(VoiceLineRow),
    Turn(VoiceTurnRow),
    Cost(String),
}

impl VoiceHints {
    pub(crate) fn push(&mut self, hint: VoiceHint) {
        match hint {
            VoiceHint::Line(line) => {
                // A line that grew while it waited is written once.
                self.lines.retain(|earlier| earlier.line != line.line);
                self.lines.push(line);
            }
            VoiceHint::Turn(turn) => self.turns.push(turn),
            VoiceHint::Cost(cost_usd) => self.cost_usd = Some(cost_usd),
        }
    }

    pub(crate) fn write(&self, transaction: &Transaction<'_>, run_id: &str) -> Result<(), Error> {
        for line in &self.lines {
            transaction
                .prepare_cached(
                    "INSERT INTO voice_lines (run_id, line, at_ms, end_ms, turn, speaker, text)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                     ON CONFLICT (run_id, line) DO UPDATE SET end_ms = excluded.end_ms, text = excluded.text",
                )?
                .execute(params![
                    run_id,
                    line.line,
                    line.at_ms,
                    line.end_ms,
                    line.turn,
                    line.speaker,
                    line.text
                ])?;
        }
        for turn in &self.turns {
            transaction
                .prepare_cached(
                    "INSERT INTO voice_turns (run_id, turn, cost_usd, latency_ms) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (run_id, turn) DO UPDATE SET cost_usd = coalesce(excluded.cost_usd, cost_usd),
                         latency_ms = coalesce(excluded.latency_ms, latency_ms)",
                )?
                .execute(params![run_id, turn.turn, turn.cost_usd, turn.latency_ms])?;
        }
        if let Some(cost_usd) = &self.cost_usd {
            transaction
                .prepare_cached("UPDATE voice_sessions SET cost_usd = ?2 WHERE run_id = ?1")?
                .execute([run_id, cost_usd.as_str()])?;
        }
        Ok(())
    }
}

const SESSION_COLUMNS: &str =
    "voice_sessions.run_id, runs.model, runs.title, kind, started_at_ms, ready_at_ms,
    coalesce(ended_at_ms, runs.finished_at_ms) AS ended_at_ms, ended_by,
    coalesce(runs.cost_usd, voice_sessions.cost_usd) AS cost_usd, records,
    (SELECT text FROM voice_lines WHERE run_id = runs.id ORDER BY line LIMIT 1) AS first_line,
    (SELECT count(*) FROM voice_lines WHERE run_id = runs.id) AS lines,
    (SELECT max(end_ms) FROM voice_lines WHERE run_id = runs.id) AS last_end_ms";

fn session_row(row: &Row<'_>) -> rusqlite::Result<VoiceSessionRow> {
    Ok(VoiceSessionRow {
        run_id: row.get("run_id")?,
        model: row.get("model")?,
        title: row.get("title")?,
        kind: row.get("kind")?,
        started_at_ms: row.get("started_at_ms")?,
        ready_at_ms: row.get("ready_at_ms")?,
        ended_at_ms: row.get("ended_at_ms")?,
        ended_by: row.get("ended_by")?,
        cost_usd: row.get("cost_usd")?,
        records: row.get("records")?,
        first_line: row.get("first_line")?,
        lines: row.get("lines")?,
        last_end_ms: row.get("last_end_ms")?,
    })
}

fn line_row(row: &Row<'_>) -> rusqlite::Result<VoiceLineRow> {
    Ok(VoiceLineRow {
        line: row.get("line")?,
        at_ms: row.get("at_ms")?,
        end_ms: row.get("end_ms")?,
        turn: row.get("turn")?,
        speaker: row.get("speaker")?,
        text: row.get("text")?,
    })
}

fn turn_row(row: &Row<'_>) -> rusqlite::Result<VoiceTurnRow> {
    Ok(VoiceTurnRow {
        turn: row.get("turn")?,
        cost_usd: row.get("cost_usd")?,
        latency_ms: row.get("latency_ms")?,
    })
}

impl Library {
    /// Writes a session down beside its run, before the run is sent.
    pub async fn begin_voice(&self, session: NewVoiceSession) -> Result<(), Error> {
        self.voice_step(&session.run_id.clone(), move |transaction, run_id| {
            transaction
                .prepare_cached(
                    "INSERT OR IGNORE INTO voice_sessions (run_id, kind, started_at_ms, records) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![run_id, session.kind, times::now_ms(), session.records])?;
            Ok(())
        })
        .await
    }

    /// Notes that the service is ready to talk; the times of lines count from here.
    pub async fn mark_voice_ready(&self, run_id: &str) -> Result<(), Error> {
        self.voice_step(run_id, |transaction, run_id| {
            transaction
                .prepare_cached(
                    "UPDATE voice_sessions SET ready_at_ms = coalesce(ready_at_ms, ?2) WHERE run_id = ?1",
                )?
                .execute(params![run_id, times::now_ms()])?;
            Ok(())
        })
        .await
    }

    /// Notes that nobody talks any more, and what ended it. The first time counts.
    pub async fn end_voice(&self, run_id: &str, ended_by: &str) -> Result<(), Error> {
        let ended_by = ended_by.to_owned();
        self.voice_step(run_id, move |transaction, run_id| {
            transaction
                .prepare_cached(
                    "UPDATE voice_sessions SET ended_at_ms = ?2, ended_by = ?3 WHERE run_id = ?1 AND ended_at_ms IS NULL",
                )?
                .execute(params![run_id, times::now_ms(), ended_by])?;
            Ok(())
        })
        .await
    }

    async fn voice_step(
        &self,
        run_id: &str,
        step: impl Fn(&Transaction<'_>, &str) -> Result<(), Error> + Send + 'static,
    ) -> Result<(), Error> {
        let (run_id, owner) = (run_id.to_owned(), self.owner().to_owned());
        self.durable(Some(&run_id.clone()), move |transaction| {
            leases::require(transaction, &run_id, &owner)?;
            step(transaction, &run_id)?;
            let change = Change {
                run_id: run_id.clone(),
                outputs: false,
            };
            Ok(((), Some(change)))
        })
        .await
    }

    /// Notes something that was said in a session this process holds.
    pub async fn note_voice_line(&self, run_id: &str, line: VoiceLineRow) -> Result<(), Error> {
        self.voice_hint(run_id, VoiceHint::Line(line)).await
    }

    /// Notes what is known of a turn of a session this process holds.
    pub async fn note_voice_turn(&self, run_id: &str, turn: VoiceTurnRow) -> Result<(), Error> {
        self.voice_hint(run_id, VoiceHint::Turn(turn)).await
    }

    /// Notes what a session this process holds has cost so far, in USD, as a decimal.
    pub async fn note_voice_cost(&self, run_id: &str, cost_usd: &str) -> Result<(), Error> {
        self.voice_hint(run_id, VoiceHint::Cost(cost_usd.to_owned()))
            .await
    }

    /// A page of sessions, newest first, and how many there are.
    pub async fn voice_sessions(
        &self,
        start: u32,
        limit: u32,
    ) -> Result<(Vec<VoiceSessionRow>, u64), Error> {
        self.read(move |conn| {
            let sessions = conn
                .prepare_cached(&format!(
                    "SELECT {SESSION_COLUMNS} FROM voice_sessions JOIN runs ON runs.id = voice_sessions.run_id
                     ORDER BY started_at_ms DESC, voice_sessions.run_id DESC LIMIT ?1 OFFSET ?2"
                ))?
                .query_map([limit, start], session_row)?
                .collect::<Result<_, _>>()?;
            let total: i64 = conn
                .prepare_cached("SELECT count(*) FROM voice_sessions")?
                .query_row([], |row| row.get(0))?;
            Ok((sessions, u64::try_from(total).unwrap_or(0)))
        })
        .await
    }

    /// One session.
    pub async fn voice_session(&self, run_id: &str) -> Result<Option<VoiceSessionRow>, Error> {
        let run_id = run_id.to_owned();
        self.read(move |conn| {
            Ok(conn
                .prepare_cached(&format!(
                    "SELECT {SESSION_COLUMNS} FROM voice_sessions JOIN runs ON runs.id = voice_sessions.run_id
                     WHERE voice_sessions.run_id = ?1"
                ))?
                .query_row([&run_id], session_row)
                .optional()?)
        })
        .await
    }

    /// What was said in a session, in order.
    pub async fn voice_lines(&self, run_id: &str) -> Result<Vec<VoiceLineRow>, Error> {
        let run_id = run_id.to_owned();
        self.read(move |conn| {
            Ok(conn
                .prepare_cached("SELECT * FROM voice_lines WHERE run_id = ?1 ORDER BY line")?
                .query_map([&run_id], line_row)?
                .collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The model's turns of a session, in order.
    pub async fn voice_turns(&self, run_id: &str) -> Result<Vec<VoiceTurnRow>, Error> {
        let run_id = run_id.to_owned();
        self.read(move |conn| {
            Ok(conn
                .prepare_cached("SELECT * FROM voice_turns WHERE run_id = ?1 ORDER BY turn")?
                .query_map([&run_id], turn_row)?
                .collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The folder of a session's sound and transcripts; it is there only when something was put into it.
    pub fn voice_dir(&self, run_id: &str) -> PathBuf {
        self.root().join(VOICE).join(files::id_as_name(run_id))
    }

    /// The same, made when it is not there.
    pub async fn make_voice_dir(&self, run_id: &str) -> Result<PathBuf, Error> {
        let (root, path) = (self.root().to_owned(), self.voice_dir(run_id));
        files::on_blocking_thread(move || {
            files::require_dir(&root, VOICE)?;
            platform::create_private_dir(&path)?;
            Ok(path)
        })
        .await
    }
}
