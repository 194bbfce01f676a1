//! A start that failed, told in a dialog: after a double click nobody reads standard error.

use tauri_plugin_dialog::{DialogExt, MessageDialogKind};

/// Shows why the app could not start, until the person closes it.
pub(crate) fn show(reason: &str) -> tauri::Result<()> {
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .build(crate::window::context())?;
    let handle = app.handle().clone();
    app.dialog()
        .message(reason)
        .title("Wiro Studio could not start")
        .kind(MessageDialogKind::Error)
        .show(move |_| handle.exit(1));
    app.run(|_, _| {});
    Ok(())
}
