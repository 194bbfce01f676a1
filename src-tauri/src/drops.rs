//! Files dropped on the window: native events, staged here, told to the page by id.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tauri::{AppHandle, DragDropEvent, Manager, PhysicalPosition, Window, WindowEvent};
use tauri_specta::Event;
use wiro_engine::Engine;

use crate::events::{DragHoveredEvent, FilesDroppedEvent};

/// The page is told ten times a second at most where files are held.
const HOVER_PAUSE: Duration = Duration::from_millis(100);

/// When the page was last told where files are held over it.
#[derive(Debug, Default)]
pub(crate) struct HoverPace {
    told_at: Mutex<Option<Instant>>,
}

impl HoverPace {
    fn is_due(&self) -> bool {
        let mut told_at = self.told_at.lock().unwrap_or_else(PoisonError::into_inner);
        let due = told_at.is_none_or(|at| at.elapsed() >= HOVER_PAUSE);
        if due {
            *told_at = Some(Instant::now());
        }
        due
    }
}

/// Handles the drag-and-drop events of a window.
pub(crate) fn on_window_event(window: &Window, event: &WindowEvent) {
    let WindowEvent::DragDrop(event) = event else {
        return;
    };
    let app = window.app_handle();
    match event {
        DragDropEvent::Enter { paths, position } => {
            hover(app, window, Some(*position), paths.len());
        }
        DragDropEvent::Over { position } => {
            if app.state::<HoverPace>().is_due() {
                hover(app, window, Some(*position), 0);
            }
        }
        DragDropEvent::Drop { paths, position } => {
            hover(app, window, None, 0);
            let (x, y) = css_pixels(window, *position);
            stage(app.clone(), paths.clone(), x, y);
        }
        _ => hover(app, window, None, 0),
    }
}

fn hover(app: &AppHandle, window: &Window, position: Option<PhysicalPosition<f64>>, count: usize) {
    let (x, y) = position.map_or((0.0, 0.0), |position| css_pixels(window, position));
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    tell(
        DragHoveredEvent {
            active: position.is_some(),
            x,
            y,
            count,
        }
        .emit(app),
    );
}

fn stage(app: AppHandle, paths: Vec<std::path::PathBuf>, x: f64, y: f64) {
    tauri::async_runtime::spawn(async move {
        let engine = app.state::<Engine>().inner().clone();
        match engine.file_stage(paths).await {
            Ok(files) => tell(FilesDroppedEvent { files, x, y }.emit(&app)),
            Err(error) => tracing::error!(%error, "dropped files could not be looked at"),
        }
    });
}

/// The position in CSS pixels. Only Windows tells physical pixels; elsewhere the event is in logical points already,
/// whatever its type says.
fn css_pixels(window: &Window, position: PhysicalPosition<f64>) -> (f64, f64) {
    let scale = if cfg!(windows) {
        window.scale_factor().unwrap_or(1.0)
    } else {
        1.0
    };
    (position.x / scale, position.y / scale)
}

fn tell(result: tauri::Result<()>) {
    if let Err(error) = result {
        tracing::warn!(%error, "the window could not be told");
    }
}
