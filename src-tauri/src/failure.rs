//! A start that failed, told in a dialog: after a double click nobody reads standard error.

use tauri::{AppHandle, ExitRequestApi, Manager};
use tauri_plugin_dialog::{DialogExt, MessageDialogKind};
use wiro_engine::Engine;

use crate::startup::StartError;
use crate::window;

/// Shows why there is not even a window, until the person closes it.
pub(crate) fn show(error: &StartError) -> tauri::Result<()> {
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .build(window::context())?;
    tell(app.handle(), error);
    app.run(|_, _| {});
    Ok(())
}

/// Shows it in the place of the window, which had come up already.
pub(crate) fn show_in(app: &AppHandle, error: &StartError) -> tauri::Result<()> {
    tracing::error!(%error, "Wiro Studio could not start");
    tell(app, error);
    window::destroy(app)
}

/// An app whose last window is gone ends by itself; without an engine the dialog is still to be read.
pub(crate) fn stay_for_the_dialog(app: &AppHandle, code: Option<i32>, api: &ExitRequestApi) {
    if code.is_none() && app.try_state::<Engine>().is_none() {
        api.prevent_exit();
    }
}

fn tell(app: &AppHandle, error: &StartError) {
    let handle = app.clone();
    app.dialog()
        .message(error.to_string())
        .title("Wiro Studio could not start")
        .kind(MessageDialogKind::Error)
        .show(move |_| handle.exit(1));
}
