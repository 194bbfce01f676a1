//! Results on disk.

use tauri::{AppHandle, State};
use tauri_plugin_opener::OpenerExt;
use wiro_engine::Engine;
use wiro_engine::dto::{AppError, ErrorCode, OutputFilter, OutputPage, SuggestedAction};

use super::Answer;

#[tauri::command]
#[specta::specta]
pub(crate) async fn output_list(
    engine: State<'_, Engine>,
    filter: OutputFilter,
) -> Answer<OutputPage> {
    Ok(engine.output_list(&filter).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn output_reveal(
    app: AppHandle,
    engine: State<'_, Engine>,
    output_id: String,
) -> Answer<()> {
    let path = engine.output_file(&output_id).await?;
    app.opener()
        .reveal_item_in_dir(path)
        .map_err(|error| not_opened(&error))
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn output_open(
    app: AppHandle,
    engine: State<'_, Engine>,
    output_id: String,
) -> Answer<()> {
    let path = engine.output_file(&output_id).await?;
    app.opener()
        .open_path(path.to_string_lossy(), None::<&str>)
        .map_err(|error| not_opened(&error))
}

fn not_opened(error: &tauri_plugin_opener::Error) -> AppError {
    AppError {
        code: ErrorCode::DiskUnavailable,
        message: "The system did not open the file.".to_owned(),
        action: SuggestedAction::Retry,
        retryable: true,
        detail: Some(error.to_string()),
        field: None,
    }
}
