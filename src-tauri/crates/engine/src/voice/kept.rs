//! Sessions the library has: what was said, what it cost, and the sound.

use std::path::{Path, PathBuf};

use wiro_library::{VoiceLineRow, VoiceSessionRow, VoiceTurnRow};

use super::words;
use crate::dto::{
    VoiceExport, VoiceKind, VoiceLine, VoiceSessionDetail, VoiceSessionFilter, VoiceSessionPage,
    VoiceSessionSummary, VoiceSpeaker, VoiceTurn,
};
use crate::engine::Engine;
use crate::error::Error;

/// The sound of both sides, in a session's folder.
pub(super) const RECORDING_FILE: &str = "session.wav";
pub(super) const SRT_FILE: &str = "transcript.srt";
pub(super) const JSON_FILE: &str = "transcript.json";
const LONGEST_PAGE: u32 = 500;

impl Engine {
    /// The sessions of this library, newest first.
    pub async fn voice_sessions(
        &self,
        filter: &VoiceSessionFilter,
    ) -> Result<VoiceSessionPage, Error> {
        let library = &self.inner.library;
        let limit = filter.limit.clamp(1, LONGEST_PAGE);
        let (rows, total) = library.voice_sessions(filter.start, limit).await?;
        Ok(VoiceSessionPage {
            sessions: rows.into_iter().map(|row| self.summary_of(row)).collect(),
            total: u32::try_from(total).unwrap_or(u32::MAX),
        })
    }

    /// One session with all that was said.
    pub async fn voice_session_show(&self, run_id: &str) -> Result<VoiceSessionDetail, Error> {
        let library = &self.inner.library;
        let row = library.voice_session(run_id).await?;
        let row = row.ok_or_else(|| Error::RunUnknown(run_id.to_owned()))?;
        let lines = library.voice_lines(run_id).await?;
        let turns = library.voice_turns(run_id).await?;
        let recording = self.recording_of(run_id);
        let bytes = recording
            .as_deref()
            .and_then(|path| fs_err::metadata(path).ok())
            .map(|found| number(found.len()));
        Ok(VoiceSessionDetail {
            summary: self.summary_of(row),
            lines: lines.into_iter().map(line_of).collect(),
            turns: turns.into_iter().map(turn_of).collect(),
            recording_path: recording.map(|path| path.display().to_string()),
            recording_bytes: bytes,
        })
    }

    /// Writes the transcript or the sound of a session to a file of the person's choice.
    ///
    /// # Errors
    /// A sound that was not kept, and a file that cannot be written.
    pub async fn voice_session_export(
        &self,
        run_id: &str,
        what: VoiceExport,
        path: &Path,
    ) -> Result<(), Error> {
        let lines = self.voice_session_show(run_id).await?.lines;
        let transcript = words::transcript(&lines);
        match what {
            VoiceExport::Srt => fs_err::tokio::write(path, transcript.to_srt()).await?,
            VoiceExport::Json => fs_err::tokio::write(path, transcript.to_json()).await?,
            VoiceExport::Wav => {
                let recording = self.recording_of(run_id).ok_or(Error::OutputUnknown)?;
                fs_err::tokio::copy(recording, path).await?;
            }
        }
        Ok(())
    }

    /// The recording of a session, when there is one.
    pub(crate) fn recording_of(&self, run_id: &str) -> Option<PathBuf> {
        let path = self.inner.library.voice_dir(run_id).join(RECORDING_FILE);
        path.is_file().then_some(path)
    }

    fn summary_of(&self, row: VoiceSessionRow) -> VoiceSessionSummary {
        let started_at_ms = row.ready_at_ms.unwrap_or(row.started_at_ms);
        let is_live = self.is_live(&row.run_id);
        let said_until = row.last_end_ms.map(|end_ms| started_at_ms + end_ms);
        // A session whose process was killed lasted at least until its last word.
        let until = match (row.ended_by.is_some(), said_until) {
            (false, Some(said_until)) => said_until,
            _ => row.ended_at_ms.unwrap_or(started_at_ms),
        };
        VoiceSessionSummary {
            has_recording: self.recording_of(&row.run_id).is_some(),
            kind: words::read(&row.kind, VoiceKind::Conversation),
            run_id: row.run_id,
            model: row.model,
            title: row.title,
            started_at_ms: signed(started_at_ms),
            seconds: signed((until - started_at_ms).max(0)) / 1000.0,
            is_over: row.ended_at_ms.is_some() && !is_live,
            cost_usd: row.cost_usd,
            caption: row.first_line.unwrap_or_default(),
            line_count: row.lines,
        }
    }
}

fn line_of(row: VoiceLineRow) -> VoiceLine {
    VoiceLine {
        index: row.line,
        speaker: words::read(&row.speaker, VoiceSpeaker::Model),
        text: row.text,
        at_ms: signed(row.at_ms),
        end_ms: signed(row.end_ms),
        turn: row.turn,
        is_final: true,
    }
}

fn turn_of(row: VoiceTurnRow) -> VoiceTurn {
    VoiceTurn {
        turn: row.turn,
        cost_usd: row.cost_usd,
        latency_ms: row.latency_ms.map(signed),
    }
}

#[expect(clippy::cast_precision_loss, reason = "times, far below 2^53")]
const fn signed(value: i64) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "sizes, far below 2^53")]
const fn number(value: u64) -> f64 {
    value as f64
}
