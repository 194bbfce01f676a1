//! The end of the app: with runs going, the person is asked first.
//!
//! The page asks. When it does not answer and the person closes the window once more, the app ends as it would without
//! asking: runs go on at the service and are followed again after the next start.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::{AppHandle, Manager, Window, WindowEvent};
use tauri_specta::Event;
use wiro_engine::Engine;
use wiro_engine::dto::{AccountKind, RunFilter, RunSummary};

use crate::events::QuitAskedEvent;
use crate::window;

/// So long the service may take to stop runs before the app ends without its word.
const LONGEST_STOP: Duration = Duration::from_secs(10);
const MOST_RUNS: u32 = 500;

/// What the person answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum QuitChoice {
    /// End; the runs go on at the service.
    Keep,
    /// Stop the runs, then end.
    StopRuns,
    /// Go on.
    Stay,
}

/// Whether the page has been asked and has not answered.
#[derive(Debug, Default)]
pub(crate) struct QuitQuestion(AtomicBool);

/// Keeps the window until it is decided what becomes of the runs.
pub(crate) fn on_window_event(window: &Window, event: &WindowEvent) {
    let WindowEvent::CloseRequested { api, .. } = event else {
        return;
    };
    api.prevent_close();
    let app = window.app_handle();
    let settings = app.state::<Engine>().app_state().settings;
    if settings.close_to_tray && settings.has_tray {
        if let Err(error) = window.hide() {
            tracing::warn!(%error, "the window could not be hidden");
        }
        return;
    }
    ask(app);
}

/// Ends the app, after a question when runs are going.
pub(crate) fn ask(app: &AppHandle) {
    let question = app.state::<QuitQuestion>();
    if question.0.swap(true, Ordering::Relaxed) {
        // Asked already: the person insists.
        app.exit(0);
        return;
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let runs = going(&app).await;
        if runs.is_empty() {
            app.exit(0);
            return;
        }
        window::show(&app);
        let asked = QuitAskedEvent {
            active: count(runs.len()),
            on_sandbox: count(on_sandbox(&app, &runs)),
        };
        if let Err(error) = asked.emit(&app) {
            tracing::warn!(%error, "the window could not be asked");
            app.exit(0);
        }
    });
}

/// Takes the person's answer.
pub(crate) async fn answer(app: &AppHandle, choice: QuitChoice) {
    match choice {
        QuitChoice::Stay => {
            app.state::<QuitQuestion>()
                .0
                .store(false, Ordering::Relaxed);
            return;
        }
        QuitChoice::Keep => {}
        QuitChoice::StopRuns => {
            if tokio::time::timeout(LONGEST_STOP, stop_all(app))
                .await
                .is_err()
            {
                tracing::warn!("the service did not stop every run in time");
            }
        }
    }
    app.exit(0);
}

async fn stop_all(app: &AppHandle) {
    let engine = app.state::<Engine>().inner().clone();
    let stops = going(app).await.into_iter().map(|run| {
        let engine = engine.clone();
        async move {
            if let Err(error) = engine.run_stop(&run.id).await {
                tracing::warn!(%error, run_id = run.id, "a run could not be stopped");
            }
        }
    });
    futures_util::future::join_all(stops).await;
}

/// Runs that are not settled; when the library does not say, there is nothing to ask about.
async fn going(app: &AppHandle) -> Vec<RunSummary> {
    let filter = RunFilter {
        active_only: true,
        start: 0,
        limit: MOST_RUNS,
    };
    let engine = app.state::<Engine>().inner().clone();
    match engine.run_list(&filter).await {
        Ok(page) => page.runs,
        Err(error) => {
            tracing::warn!(%error, "the runs could not be counted");
            Vec::new()
        }
    }
}

fn on_sandbox(app: &AppHandle, runs: &[RunSummary]) -> usize {
    let accounts = app.state::<Engine>().app_state().accounts;
    let is_sandbox = |account_id: &str| {
        accounts
            .iter()
            .any(|account| account.id == account_id && account.kind == AccountKind::Sandbox)
    };
    runs.iter()
        .filter(|run| is_sandbox(&run.account_id))
        .count()
}

fn count(runs: usize) -> u32 {
    u32::try_from(runs).unwrap_or(u32::MAX)
}
