//! The frame of the app and its accounts.

use tauri::State;
use wiro_engine::Engine;
use wiro_engine::dto::AppState;

use super::Answer;

#[tauri::command]
#[specta::specta]
pub(crate) async fn app_state(engine: State<'_, Engine>) -> Answer<AppState> {
    Ok(engine.app_state())
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn account_choose(
    engine: State<'_, Engine>,
    account_id: String,
) -> Answer<AppState> {
    Ok(engine.account_choose(&account_id).await?)
}
