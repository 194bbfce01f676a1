//! Typed events of the window: small, and only that something changed.

use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::AppHandle;
use tauri_specta::Event;
use tokio::sync::broadcast::error::RecvError;
use wiro_engine::Engine;
use wiro_engine::dto::{EngineEvent, LibraryChanged, RunProgressed, StagedFile};

/// Rows of the library changed.
#[derive(Debug, Clone, Serialize, Deserialize, Type, Event)]
pub(crate) struct LibraryChangedEvent(pub(crate) LibraryChanged);

/// A run went on.
#[derive(Debug, Clone, Serialize, Deserialize, Type, Event)]
pub(crate) struct RunProgressedEvent(pub(crate) RunProgressed);

/// Files were dropped on the window.
#[derive(Debug, Clone, Serialize, Deserialize, Type, Event)]
pub(crate) struct FilesDroppedEvent {
    /// The files, looked at and named by id.
    pub(crate) files: Vec<StagedFile>,
    /// Where, in CSS pixels.
    #[specta(type = specta_typescript::Number)]
    pub(crate) x: f64,
    /// Where, in CSS pixels.
    #[specta(type = specta_typescript::Number)]
    pub(crate) y: f64,
}

/// Files are held over the window, or not any more.
#[derive(Debug, Clone, Serialize, Deserialize, Type, Event)]
pub(crate) struct DragHoveredEvent {
    /// Whether files are over the window.
    pub(crate) active: bool,
    /// Where, in CSS pixels.
    #[specta(type = specta_typescript::Number)]
    pub(crate) x: f64,
    /// Where, in CSS pixels.
    #[specta(type = specta_typescript::Number)]
    pub(crate) y: f64,
    /// How many files, told when they enter; 0 while they move.
    pub(crate) count: u32,
}

/// Accounts, settings or notices changed: the app's state reads differently now.
#[derive(Debug, Clone, Serialize, Deserialize, Type, Event)]
pub(crate) struct StateChangedEvent;

/// The person wants to close the app while runs are going.
#[derive(Debug, Clone, Serialize, Deserialize, Type, Event)]
pub(crate) struct QuitAskedEvent {
    /// How many runs are going.
    pub(crate) active: u32,
    /// How many of them are on the Sandbox inside the app, which ends with it and computes them anew at the next start.
    pub(crate) on_sandbox: u32,
}

/// Forwards the engine's events to the window for as long as the app runs.
pub(crate) fn forward(app: &AppHandle, engine: &Engine) {
    let app = app.clone();
    let mut events = engine.events();
    tauri::async_runtime::spawn(async move {
        loop {
            let told = match events.recv().await {
                Ok(EngineEvent::LibraryChanged(event)) => LibraryChangedEvent(event).emit(&app),
                Ok(EngineEvent::RunProgressed(event)) => RunProgressedEvent(event).emit(&app),
                Ok(EngineEvent::StateChanged) => StateChangedEvent.emit(&app),
                Err(RecvError::Lagged(_)) => LibraryChangedEvent(everything()).emit(&app),
                Err(RecvError::Closed) => return,
            };
            if let Err(error) = told {
                tracing::warn!(%error, "the window could not be told");
            }
        }
    });
}

fn everything() -> LibraryChanged {
    LibraryChanged {
        run_ids: Vec::new(),
        outputs_changed: true,
    }
}
