//! Voice sessions: starting, steering and hearing the live one, and those the library has.

use tauri::ipc::Channel;
use tauri::{AppHandle, State};
use tauri_plugin_dialog::DialogExt;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::oneshot;
use wiro_engine::dto::{
    VoiceControl, VoiceDeviceTest, VoiceDeviceTestResult, VoiceDevices, VoiceEvent, VoiceExport,
    VoiceModel, VoiceSessionDetail, VoiceSessionFilter, VoiceSessionPage, VoiceSessionView,
    VoiceStart, VoiceState,
};
use wiro_engine::{Engine, VoiceOptions};

use super::Answer;
use crate::talk_key::{TalkKey, VoiceShortcut};

#[tauri::command]
#[specta::specta]
pub(crate) async fn voice_model(engine: State<'_, Engine>, model: String) -> Answer<VoiceModel> {
    Ok(engine.voice_model(&model).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn voice_start(
    engine: State<'_, Engine>,
    start: VoiceStart,
) -> Answer<VoiceSessionView> {
    let options = VoiceOptions {
        origin: "app".to_owned(),
        ..VoiceOptions::default()
    };
    Ok(engine.voice_start(start, options).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn voice_control(
    engine: State<'_, Engine>,
    run_id: String,
    control: VoiceControl,
) -> Answer<VoiceState> {
    Ok(engine.voice_control(&run_id, control).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn voice_session(engine: State<'_, Engine>) -> Answer<Option<VoiceSessionView>> {
    Ok(engine.voice_session())
}

/// Tells the page what happens, for as long as it listens.
#[tauri::command]
#[specta::specta]
pub(crate) async fn voice_listen(
    engine: State<'_, Engine>,
    events: Channel<VoiceEvent>,
) -> Answer<()> {
    let mut told = engine.voice_events();
    tauri::async_runtime::spawn(async move {
        loop {
            let event = match told.recv().await {
                Ok(event) => event,
                // What was missed is in the session's view, which the page asks for.
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            };
            // A page that is gone listens no more.
            if events.send(event).is_err() {
                return;
            }
        }
    });
    Ok(())
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn voice_devices(engine: State<'_, Engine>) -> Answer<VoiceDevices> {
    Ok(engine.voice_devices().await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn voice_device_test(
    engine: State<'_, Engine>,
    test: VoiceDeviceTest,
) -> Answer<VoiceDeviceTestResult> {
    Ok(engine.voice_device_test(test).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn voice_sessions(
    engine: State<'_, Engine>,
    filter: VoiceSessionFilter,
) -> Answer<VoiceSessionPage> {
    Ok(engine.voice_sessions(&filter).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn voice_session_show(
    engine: State<'_, Engine>,
    run_id: String,
) -> Answer<VoiceSessionDetail> {
    Ok(engine.voice_session_show(&run_id).await?)
}

/// Asks where, then writes; the answer is the file's name, none when the person thought better of it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn voice_session_export(
    app: AppHandle,
    engine: State<'_, Engine>,
    run_id: String,
    format: VoiceExport,
) -> Answer<Option<String>> {
    let (chosen, choice) = oneshot::channel();
    app.dialog()
        .file()
        .set_file_name(suggested_name(format))
        .save_file(move |file| drop(chosen.send(file)));
    let file = choice
        .await
        .unwrap_or_default()
        .and_then(|file| file.into_path().ok());
    let Some(path) = file else {
        return Ok(None);
    };
    engine.voice_session_export(&run_id, format, &path).await?;
    let name = path.file_name().unwrap_or(path.as_os_str());
    Ok(Some(name.to_string_lossy().into_owned()))
}

const fn suggested_name(format: VoiceExport) -> &'static str {
    match format {
        VoiceExport::Srt => "transcript.srt",
        VoiceExport::Json => "transcript.json",
        VoiceExport::Wav => "recording.wav",
    }
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn voice_shortcut(talk_key: State<'_, TalkKey>) -> Answer<VoiceShortcut> {
    Ok(talk_key.state())
}
