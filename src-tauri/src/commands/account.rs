//! Accounts: keys go in here and never come back.

use tauri::State;
use wiro_engine::Engine;
use wiro_engine::dto::{AccountChange, AppState, KeychainState, NewAccount};

use super::Answer;

#[tauri::command]
#[specta::specta]
pub(crate) async fn account_choose(
    engine: State<'_, Engine>,
    account_id: String,
) -> Answer<AppState> {
    Ok(engine.account_choose(&account_id).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn account_add(
    engine: State<'_, Engine>,
    account: NewAccount,
) -> Answer<AppState> {
    Ok(engine.account_add(account).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn account_update(
    engine: State<'_, Engine>,
    account_id: String,
    change: AccountChange,
) -> Answer<AppState> {
    Ok(engine.account_update(&account_id, change).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn account_test(engine: State<'_, Engine>, account_id: String) -> Answer<()> {
    Ok(engine.account_test(&account_id).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn account_remove(
    engine: State<'_, Engine>,
    account_id: String,
) -> Answer<AppState> {
    Ok(engine.account_remove(&account_id).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn account_ask_keychain(
    engine: State<'_, Engine>,
    account_id: String,
) -> Answer<AppState> {
    Ok(engine.account_ask_keychain(&account_id).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn keychain_state(engine: State<'_, Engine>) -> Answer<KeychainState> {
    Ok(engine.keychain_state().await)
}
