//! Events: something changed. Small, typed, at most ten a second for one run.

use serde::{Deserialize, Serialize};

use super::run::Progress;

/// Rows of the library changed, by this process or another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct LibraryChanged {
    /// Runs that changed; empty when it is not known which.
    pub run_ids: Vec<String>,
    /// Whether outputs were published or removed.
    pub outputs_changed: bool,
}

/// A run went on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct RunProgressed {
    /// The run.
    pub run_id: String,
    /// The service's status, as it said it.
    pub status: Option<String>,
    /// Steps and remaining time, when the model tells them.
    pub progress: Option<Progress>,
    /// Lines the model printed since the last event; the rest is in the run's log.
    pub log: Vec<super::run::LogLine>,
}

/// All events of the engine.
#[derive(Debug, Clone, PartialEq)]
pub enum EngineEvent {
    /// See [`LibraryChanged`].
    LibraryChanged(LibraryChanged),
    /// See [`RunProgressed`].
    RunProgressed(RunProgressed),
    /// Accounts, settings or notices changed: [`super::AppState`] reads differently now.
    StateChanged,
}
