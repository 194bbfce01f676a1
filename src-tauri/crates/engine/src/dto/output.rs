//! Outputs: the files a run made.

use serde::{Deserialize, Serialize};

/// What became of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum OutputState {
    /// Known, not on disk yet.
    Pending,
    /// On disk, whole.
    Published,
    /// Could not be fetched, or was not what the service promised.
    Failed,
}

/// An output as the grid shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct OutputSummary {
    /// Names it in media addresses and commands.
    pub id: String,
    /// The run that made it.
    pub run_id: String,
    /// The model that made it, `owner/project`.
    pub model: String,
    /// Its name, safe to show.
    pub label: String,
    /// Type by its first bytes.
    pub content_type: String,
    /// Size in bytes; 0 while pending.
    #[cfg_attr(feature = "bindings", specta(type = specta_typescript::Number))]
    pub bytes: f64,
    /// Width in pixels, for pictures.
    pub width: Option<u32>,
    /// Height in pixels, for pictures.
    pub height: Option<u32>,
    /// Unix milliseconds.
    #[cfg_attr(feature = "bindings", specta(type = specta_typescript::Number))]
    pub created_at_ms: f64,
    /// What became of it.
    pub state: OutputState,
    /// Whether the bytes are of another type than the service said.
    pub type_differs: bool,
    /// Why it failed.
    pub problem: Option<String>,
    /// Where it lies, for display and scripts.
    pub path: Option<String>,
    /// Whether it could not be fetched and may be fetched again.
    pub can_retry: bool,
}

/// What the library asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct OutputFilter {
    /// Only outputs of this run.
    pub run_id: Option<String>,
    /// How many, at most 500.
    pub limit: u32,
    /// Offset of the first.
    pub start: u32,
}

/// A page of the library, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct OutputPage {
    /// The outputs of this page.
    pub outputs: Vec<OutputSummary>,
    /// How many there are in all.
    pub total: u32,
}
