//! Results on disk.

use tauri::{AppHandle, State};
use tauri_plugin_opener::OpenerExt;
use wiro_engine::Engine;
use wiro_engine::dto::{OutputFilter, OutputPage};

use super::{Answer, not_opened};

const NOT_OPENED: &str = "The system did not open the file.";

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
        .map_err(|error| not_opened(NOT_OPENED, &error))
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
        .map_err(|error| not_opened(NOT_OPENED, &error))
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn output_retry(engine: State<'_, Engine>, output_id: String) -> Answer<()> {
    Ok(engine.output_retry(&output_id).await?)
}
