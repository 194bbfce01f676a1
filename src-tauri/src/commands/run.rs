//! Runs.

use tauri::State;
use wiro_engine::dto::{RunDetail, RunFilter, RunPage, RunSubmission, RunSummary};
use wiro_engine::{Engine, RunOptions};

use super::Answer;

/// Who asks.
const ORIGIN: &str = "app";

#[tauri::command]
#[specta::specta]
pub(crate) async fn run_submit(
    engine: State<'_, Engine>,
    submission: RunSubmission,
) -> Answer<RunSummary> {
    let options = RunOptions {
        origin: ORIGIN.to_owned(),
        ..RunOptions::default()
    };
    Ok(engine.run_submit(submission, options).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn run_list(engine: State<'_, Engine>, filter: RunFilter) -> Answer<RunPage> {
    Ok(engine.run_list(&filter).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn run_show(engine: State<'_, Engine>, run_id: String) -> Answer<RunDetail> {
    Ok(engine.run_show(&run_id).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn run_recheck(engine: State<'_, Engine>, run_id: String) -> Answer<RunDetail> {
    Ok(engine.run_recheck(&run_id).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn run_adopt(
    engine: State<'_, Engine>,
    run_id: String,
    task_id: String,
) -> Answer<RunDetail> {
    Ok(engine.run_adopt(&run_id, &task_id).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn run_dismiss(engine: State<'_, Engine>, run_id: String) -> Answer<RunDetail> {
    Ok(engine.run_dismiss(&run_id).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn run_stop(engine: State<'_, Engine>, run_id: String) -> Answer<RunDetail> {
    Ok(engine.run_stop(&run_id).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn run_retry(
    engine: State<'_, Engine>,
    run_id: String,
    intent_id: String,
) -> Answer<RunSummary> {
    Ok(engine.run_retry(&run_id, &intent_id, ORIGIN).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn run_delete_files(
    engine: State<'_, Engine>,
    run_id: String,
) -> Answer<RunDetail> {
    Ok(engine.run_delete_files(&run_id).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn run_forget(engine: State<'_, Engine>, run_id: String) -> Answer<()> {
    Ok(engine.run_forget(&run_id).await?)
}
