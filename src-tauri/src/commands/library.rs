//! The library folder. It is chosen in the system's dialog, which is opened here: the page gets words and never sends a path.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use tauri::{AppHandle, State};
use tauri_plugin_dialog::DialogExt;
use tokio::sync::oneshot;
use wiro_engine::Engine;
use wiro_engine::dto::{ErrorCode, LibraryInfo, LibraryMove, SuggestedAction};

use super::{Answer, error};

/// The folder that was picked last.
#[derive(Debug, Default)]
pub(crate) struct PickedFolder(Mutex<Option<PathBuf>>);

impl PickedFolder {
    fn set(&self, folder: Option<PathBuf>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = folder;
    }

    fn get(&self) -> Option<PathBuf> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn library_info(engine: State<'_, Engine>) -> Answer<LibraryInfo> {
    Ok(engine.library_info().await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn library_move_pick(
    app: AppHandle,
    engine: State<'_, Engine>,
    picked: State<'_, PickedFolder>,
) -> Answer<Option<LibraryMove>> {
    let (chosen, choice) = oneshot::channel();
    app.dialog()
        .file()
        .pick_folder(move |folder| drop(chosen.send(folder)));
    let folder = choice
        .await
        .unwrap_or_default()
        .and_then(|folder| folder.into_path().ok());
    picked.set(folder.clone());
    match folder {
        Some(folder) => Ok(Some(engine.library_move_check(folder).await?)),
        None => Ok(None),
    }
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn library_move(
    app: AppHandle,
    engine: State<'_, Engine>,
    picked: State<'_, PickedFolder>,
) -> Answer<()> {
    let folder = picked.get().ok_or_else(|| {
        error(
            ErrorCode::LibraryNotMoved,
            SuggestedAction::ChooseFolder,
            "Choose a folder first.",
        )
    })?;
    engine.library_move(folder).await?;
    app.request_restart();
    Ok(())
}
