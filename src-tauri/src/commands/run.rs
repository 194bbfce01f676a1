//! Runs.

use tauri::State;
use wiro_engine::dto::{RunDetail, RunFilter, RunPage, RunSubmission, RunSummary};
use wiro_engine::{Engine, RunOptions};

use super::Answer;

#[tauri::command]
#[specta::specta]
pub(crate) async fn run_submit(
    engine: State<'_, Engine>,
    submission: RunSubmission,
) -> Answer<RunSummary> {
    let options = RunOptions {
        output_dir: None,
        origin: "app".to_owned(),
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
