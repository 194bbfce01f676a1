//! Sessions the library has.

use serde::{Deserialize, Serialize};

use super::{VoiceKind, VoiceLine};

/// A session in the list of those the library has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct VoiceSessionSummary {
    /// The session's run.
    pub run_id: String,
    /// `owner/project`.
    pub model: String,
    /// The model's title.
    pub title: String,
    /// What the model does.
    pub kind: VoiceKind,
    /// When the service was ready, Unix milliseconds.
    #[cfg_attr(feature = "bindings", specta(type = specta_typescript::Number))]
    pub started_at_ms: f64,
    /// How long it lasted, as far as it is known.
    #[cfg_attr(feature = "bindings", specta(type = specta_typescript::Number))]
    pub seconds: f64,
    /// Whether it is over.
    pub is_over: bool,
    /// Charged, in USD, as a decimal string.
    pub cost_usd: Option<String>,
    /// What was said first.
    pub caption: String,
    /// How many lines were said.
    pub line_count: u32,
    /// Whether its sound was kept.
    pub has_recording: bool,
}

/// Which sessions to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct VoiceSessionFilter {
    /// Offset of the first.
    pub start: u32,
    /// How many, at most 500.
    pub limit: u32,
}

/// A page of sessions, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct VoiceSessionPage {
    /// The sessions of this page.
    pub sessions: Vec<VoiceSessionSummary>,
    /// How many there are in all.
    pub total: u32,
}

/// What a turn of the model cost and how long it was waited for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct VoiceTurn {
    /// Counts from zero.
    pub turn: u32,
    /// Charged, in USD, as a decimal string.
    pub cost_usd: Option<String>,
    /// From the end of what the person said to the first sound of the answer, in milliseconds.
    #[cfg_attr(feature = "bindings", specta(type = Option<specta_typescript::Number>))]
    pub latency_ms: Option<f64>,
}

/// A session with all that was said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct VoiceSessionDetail {
    /// The list's part.
    pub summary: VoiceSessionSummary,
    /// The transcript.
    pub lines: Vec<VoiceLine>,
    /// The model's turns.
    pub turns: Vec<VoiceTurn>,
    /// The recording's path; `{media_base_url}/recording/{run_id}` plays it.
    pub recording_path: Option<String>,
    /// Size of the recording.
    #[cfg_attr(feature = "bindings", specta(type = Option<specta_typescript::Number>))]
    pub recording_bytes: Option<f64>,
}

/// What of a session is written to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum VoiceExport {
    /// The transcript as subtitles.
    Srt,
    /// The transcript as JSON.
    Json,
    /// The sound: left the person, right the model.
    Wav,
}
