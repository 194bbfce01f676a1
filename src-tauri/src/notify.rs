//! Tells the desktop when a run ends while nobody looks, or that took long.

use tauri::AppHandle;
use tauri_plugin_notification::NotificationExt;
use tokio::sync::broadcast::error::RecvError;
use wiro_engine::dto::RunSummary;
use wiro_engine::{Engine, RunEvent};

use crate::window;
use crate::words::Words;

/// A run that took longer is told of even when the window is in front.
const LONG_RUN_MS: f64 = 30_000.0;

/// Listens for as long as the app runs.
pub(crate) fn listen(app: &AppHandle, engine: &Engine) {
    let (app, engine) = (app.clone(), engine.clone());
    let mut events = engine.run_events();
    tauri::async_runtime::spawn(async move {
        loop {
            match events.recv().await {
                Ok((run_id, RunEvent::Settled(_))) => tell(&app, &engine, &run_id).await,
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    });
}

async fn tell(app: &AppHandle, engine: &Engine, run_id: &str) {
    let settings = engine.app_state().settings;
    let Ok(detail) = engine.run_show(run_id).await else {
        return;
    };
    let run = detail.summary;
    if !settings.notify_when_done || !(window::is_away(app) || took_long(&run)) {
        return;
    }
    let Some(title) = Words::of(settings.language).ended(&run) else {
        return;
    };
    let shown = app
        .notification()
        .builder()
        .title(title)
        .body(run.caption)
        .show();
    if let Err(error) = shown {
        tracing::info!(%error, "the desktop was not told of a run");
    }
}

fn took_long(run: &RunSummary) -> bool {
    run.finished_at_ms
        .is_some_and(|finished_ms| finished_ms - run.created_at_ms > LONG_RUN_MS)
}
