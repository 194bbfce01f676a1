//! The frame of the app: its state, settings, notices, and its end.

use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::{AppHandle, State};
use tauri_plugin_clipboard_manager::ClipboardExt;
use tauri_plugin_opener::OpenerExt;
use wiro_engine::dto::{AppState, SettingsChange};
use wiro_engine::{Engine, environment};

use super::{Answer, not_opened};
use crate::quit::{self, QuitChoice};

/// A page of the service or of this project. The addresses are ours; the window only names them.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AppLink {
    /// Where a project and its key are made.
    NewProject,
    /// Where funds are added.
    Billing,
    /// The service's documentation.
    Docs,
    /// The service.
    Website,
}

impl AppLink {
    const fn address(self) -> &'static str {
        match self {
            Self::NewProject => "https://wiro.ai/panel/project/new",
            Self::Billing => "https://wiro.ai/panel/billing",
            Self::Docs => "https://wiro.ai/docs",
            Self::Website => "https://wiro.ai",
        }
    }
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn app_state(engine: State<'_, Engine>) -> Answer<AppState> {
    Ok(engine.app_state())
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn settings_update(
    engine: State<'_, Engine>,
    change: SettingsChange,
) -> Answer<AppState> {
    Ok(engine.settings_update(change).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn notice_dismiss(engine: State<'_, Engine>, kind: String) -> Answer<AppState> {
    Ok(engine.notice_dismiss(&kind))
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn link_open(app: AppHandle, link: AppLink) -> Answer<()> {
    app.opener()
        .open_url(link.address(), None::<&str>)
        .map_err(|error| not_opened("The system did not open the page.", &error))
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn diagnostics(engine: State<'_, Engine>) -> Answer<String> {
    Ok(engine.diagnostics(&shell_lines()).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn diagnostics_copy(app: AppHandle, engine: State<'_, Engine>) -> Answer<()> {
    let text = engine.diagnostics(&shell_lines()).await?;
    app.clipboard()
        .write_text(text)
        .map_err(|error| not_opened("The clipboard did not take the text.", &error))
}

/// What only the shell knows of the system.
fn shell_lines() -> Vec<String> {
    let webview = tauri::webview_version();
    vec![format!(
        "Web view: {}",
        webview.as_deref().unwrap_or("unknown")
    )]
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn logs_reveal(app: AppHandle) -> Answer<()> {
    let dir = environment::log_dir().unwrap_or_default();
    app.opener()
        .open_path(dir.to_string_lossy(), None::<&str>)
        .map_err(|error| not_opened("The system did not open the folder.", &error))
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn quit_answer(app: AppHandle, choice: QuitChoice) -> Answer<()> {
    quit::answer(&app, choice).await;
    Ok(())
}
