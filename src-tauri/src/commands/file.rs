//! Files picked in the system's dialog. The dialog is opened here, so the page gets ids and never a path.

use tauri::{AppHandle, State};
use tauri_plugin_dialog::{DialogExt, FilePath};
use tokio::sync::oneshot;
use wiro_engine::Engine;
use wiro_engine::dto::StagedFile;

use super::Answer;

#[tauri::command]
#[specta::specta]
pub(crate) async fn file_pick(
    app: AppHandle,
    engine: State<'_, Engine>,
    multiple: bool,
) -> Answer<Vec<StagedFile>> {
    let (chosen, choice) = oneshot::channel();
    let dialog = app.dialog().file();
    if multiple {
        dialog.pick_files(move |files| drop(chosen.send(files.unwrap_or_default())));
    } else {
        dialog.pick_file(move |file| drop(chosen.send(file.into_iter().collect())));
    }
    let files: Vec<FilePath> = choice.await.unwrap_or_default();
    let paths = files
        .into_iter()
        .filter_map(|file| file.into_path().ok())
        .collect();
    Ok(engine.file_stage(paths).await?)
}
