//! The talk key outside the window: a shortcut of the whole desktop, held or pressed twice.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::plugin::TauriPlugin;
use tauri::{AppHandle, Manager};
use tauri_plugin_global_shortcut::{GlobalShortcutExt, Shortcut, ShortcutState};
use wiro_engine::Engine;
use wiro_engine::dto::{EngineEvent, VoiceControl, VoiceSettings};

use crate::desktop;

/// Whether the talk key outside the window works.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VoiceShortcutState {
    /// The system tells the app of it.
    Active,
    /// The system does not let the app have it.
    Unavailable,
    /// None is set.
    #[default]
    Off,
}

/// The talk key outside the window.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub(crate) struct VoiceShortcut {
    /// Whether it works.
    state: VoiceShortcutState,
    /// The keys, such as `Ctrl+Alt+Space`; none when none is set.
    shortcut: Option<String>,
    /// Why it cannot work here, in a plain sentence.
    reason: Option<String>,
}

/// How it stands, for the page.
#[derive(Debug, Default)]
pub(crate) struct TalkKey(Mutex<VoiceShortcut>);

impl TalkKey {
    pub(crate) fn state(&self) -> VoiceShortcut {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set(&self, state: VoiceShortcut) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }
}

/// What listens to the desktop's keys; none where the desktop does not let programs do so.
pub(crate) fn plugin() -> Option<TauriPlugin<tauri::Wry>> {
    desktop::no_global_keys()
        .is_none()
        .then(|| tauri_plugin_global_shortcut::Builder::new().build())
}

/// Registers the key of the settings, now and whenever they change.
pub(crate) fn follow_settings(app: &AppHandle, engine: &Engine) {
    let (app, engine) = (app.clone(), engine.clone());
    let mut events = engine.events();
    tauri::async_runtime::spawn(async move {
        let mut known = None;
        loop {
            let keys = keys_of(&engine.app_state().settings.voice);
            if known.as_ref() != Some(&keys) {
                register(&app, keys.clone());
                known = Some(keys);
            }
            loop {
                match events.recv().await {
                    Ok(EngineEvent::StateChanged) => break,
                    Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
                    _ => {}
                }
            }
        }
    });
}

fn keys_of(settings: &VoiceSettings) -> Option<String> {
    let keys = settings.talk_shortcut.as_deref().map(str::trim);
    keys.filter(|keys| !keys.is_empty()).map(str::to_owned)
}

fn register(app: &AppHandle, keys: Option<String>) {
    let registered = match &keys {
        _ if desktop::no_global_keys().is_some() => {
            Err(desktop::no_global_keys().unwrap_or_default().to_owned())
        }
        None => unregister(app),
        Some(keys) => unregister(app).and_then(|()| listen(app, keys)),
    };
    let state = match (&keys, &registered) {
        (None, _) => VoiceShortcutState::Off,
        (Some(_), Ok(())) => VoiceShortcutState::Active,
        (Some(_), Err(_)) => VoiceShortcutState::Unavailable,
    };
    app.state::<TalkKey>().set(VoiceShortcut {
        state,
        shortcut: keys,
        reason: registered.err(),
    });
}

fn unregister(app: &AppHandle) -> Result<(), String> {
    let all = app.global_shortcut().unregister_all();
    all.map_err(|error| told(&error))
}

fn listen(app: &AppHandle, keys: &str) -> Result<(), String> {
    let shortcut: Shortcut = keys
        .parse()
        .map_err(|_| format!("{keys} is no combination of keys."))?;
    app.global_shortcut()
        .on_shortcut(shortcut, |app, _, event| {
            press(app, event.state() == ShortcutState::Pressed);
        })
        .map_err(|error| told(&error))
}

fn told(error: &tauri_plugin_global_shortcut::Error) -> String {
    tracing::warn!(%error, "the talk key cannot be used");
    "Another program has these keys, or the desktop keeps them for itself.".to_owned()
}

fn press(app: &AppHandle, down: bool) {
    let toggles = app
        .state::<Engine>()
        .app_state()
        .settings
        .voice
        .talk_shortcut_toggles;
    match (toggles, down) {
        (false, true) => control(app, VoiceControl::TalkDown),
        (false, false) => control(app, VoiceControl::TalkUp),
        (true, true) => control(app, VoiceControl::TalkToggle),
        (true, false) => {}
    }
}

/// Talks, or stops talking: for keys that the desktop itself is told to run a program for.
pub(crate) fn toggle(app: &AppHandle) {
    control(app, VoiceControl::TalkToggle);
}

/// Steers the live session; without one the key means nothing.
fn control(app: &AppHandle, control: VoiceControl) {
    let Some(engine) = app.try_state::<Engine>() else {
        return;
    };
    let engine = engine.inner().clone();
    tauri::async_runtime::spawn(async move {
        let Some(session) = engine.voice_session() else {
            return;
        };
        if let Err(error) = engine.voice_control(&session.state.run_id, control).await {
            tracing::warn!(%error, "the talk key did nothing");
        }
    });
}
