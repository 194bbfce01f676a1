//! From nothing to a window: engine, Sandbox, media listener, window.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use tauri::plugin::TauriPlugin;
use tauri::{AppHandle, Manager};
use tauri_plugin_window_state::StateFlags;
use wiro_engine::dto::AppNotice;
use wiro_engine::environment::{self, EndpointError, Environment};
use wiro_engine::{AccountConfig, Engine, EngineConfig, MediaPort, location};
use wiro_sandbox::embedded::Embedded;

use crate::commands::library::PickedFolder;
use crate::quit::{self, QuitQuestion};
use crate::talk_key::{self, TalkKey};
use crate::{bindings, desktop, drops, events, failure, notify, signals, tray, window};

/// The account of the embedded Sandbox.
const SANDBOX_ACCOUNT: &str = "sandbox";
const SANDBOX_FOLDER: &str = "sandbox";

/// What can keep the app from starting.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("Wiro Studio is not running, so there is no session to talk in")]
    NotRunning,
    #[error("there is no data folder on this system; set WIRO_LIBRARY")]
    NoLibraryFolder,
    #[error("an address in the environment cannot be used: {0}")]
    Endpoint(#[from] EndpointError),
    #[error("the pictures of the window cannot be served: {0}")]
    Media(#[source] wiro_engine::MediaPortError),
    #[error(transparent)]
    Engine(#[from] wiro_engine::Error),
    #[error(transparent)]
    Shell(#[from] tauri::Error),
}

/// Makes the window, opens the engine beside it and runs until the window is closed.
pub(crate) fn run() -> Result<(), StartError> {
    let library_dir = environment::library_dir().ok_or(StartError::NoLibraryFolder)?;
    let words: Vec<String> = std::env::args().collect();
    if desktop::tell_running_instance(&desktop::instance_name(&library_dir), &words) {
        tracing::info!("the app is running already; it was told");
        return Ok(());
    }
    if asks_to_talk(&words) {
        return Err(StartError::NotRunning);
    }
    let settled = location::settle();
    let library_dir = settled.library_dir.ok_or(StartError::NoLibraryFolder)?;
    let instance = desktop::instance_name(&library_dir);
    let media = MediaPort::bind().map_err(StartError::Media)?;
    let mut context = window::context();
    window::restrict(&mut context, &media.origin());
    // A window takes longer to come up than the engine, mostly in processes of its own: neither waits for the other.
    let opening = tauri::async_runtime::spawn(start_engine(library_dir, settled.notice, media));
    let builder = bindings::builder();
    let mut shell = tauri::Builder::default().plugin(single_instance(instance));
    if let Some(global_keys) = talk_key::plugin() {
        shell = shell.plugin(global_keys);
    }
    let app = shell
        .plugin(tauri_plugin_clipboard_manager::init())
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_notification::init())
        .plugin(tauri_plugin_opener::init())
        .plugin(remembered_window())
        .invoke_handler(builder.invoke_handler())
        .on_window_event(|window, event| {
            drops::on_window_event(window, event);
            quit::on_window_event(window, event);
        })
        .manage(drops::HoverPace::default())
        .manage(PickedFolder::default())
        .manage(QuitQuestion::default())
        .manage(TalkKey::default())
        .setup(move |app| {
            builder.mount_events(app);
            window::open(app.handle())?;
            // The page is answered once this returns, so it never asks an engine that is not there.
            match tauri::async_runtime::block_on(opening)? {
                Ok(started) => begin(app.handle(), started),
                Err(error) => failure::show_in(app.handle(), &error)?,
            }
            Ok(())
        })
        .build(context)?;
    // The event loop never returns: what must end in order ends here.
    app.run(|handle, event| match event {
        tauri::RunEvent::Exit => end(handle),
        tauri::RunEvent::ExitRequested { code, api, .. } => {
            failure::stay_for_the_dialog(handle, code, &api);
        }
        _ => {}
    });
    Ok(())
}

/// The engine is there: what needs it begins.
fn begin(app: &AppHandle, started: Started) {
    let Started { engine, sandbox } = started;
    app.manage(engine.clone());
    app.manage(SandboxInside(Mutex::new(sandbox)));
    events::forward(app, &engine);
    tray::open(app, &engine);
    notify::listen(app, &engine);
    talk_key::follow_settings(app, &engine);
    end_on_signal(app.clone());
}

/// Closes the library, then ends the Sandbox.
fn end(app: &AppHandle) {
    if let Some(engine) = app.try_state::<Engine>()
        && let Err(error) = tauri::async_runtime::block_on(engine.close())
    {
        tracing::warn!(%error, "the library was not closed cleanly");
    }
    if let Some(sandbox) = app.try_state::<SandboxInside>() {
        drop(
            sandbox
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
    }
}

/// The word that makes a second start talk in the session of the first.
const TALK_TOGGLE: &str = "--talk-toggle";

fn asks_to_talk(words: &[String]) -> bool {
    words.iter().any(|word| word == TALK_TOGGLE)
}

/// A second start shows the window of the first, or talks in its session.
fn single_instance(name: String) -> TauriPlugin<tauri::Wry> {
    tauri_plugin_single_instance::Builder::new()
        .dbus_id(name)
        .callback(|app, words, _| {
            if asks_to_talk(&words) {
                talk_key::toggle(app);
            } else {
                window::show(app);
            }
        })
        .build()
}

/// The window opens where and as large as it was; whether it was in the tray is not remembered.
fn remembered_window() -> TauriPlugin<tauri::Wry> {
    tauri_plugin_window_state::Builder::new()
        .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED)
        .build()
}

/// The system's wish to end the app is the person's: it ends like a closed window.
fn end_on_signal(app: AppHandle) {
    tauri::async_runtime::spawn(async move {
        match signals::asked_to_end().await {
            Ok(()) => app.exit(0),
            Err(error) => tracing::warn!(%error, "signals cannot be heard"),
        }
    });
}

/// The engine, and the Sandbox that must live as long as it.
struct Started {
    engine: Engine,
    sandbox: Option<Embedded>,
}

/// Kept to the end of the app.
struct SandboxInside(Mutex<Option<Embedded>>);

async fn start_engine(
    library_dir: PathBuf,
    notice: Option<AppNotice>,
    media: MediaPort,
) -> Result<Started, StartError> {
    let named = Environment::read().account()?;
    let account = named.as_ref().map(|account| account.id.clone());
    let sandbox = attach_sandbox(library_dir.join(SANDBOX_FOLDER));
    let mut accounts = Vec::new();
    if let Some(sandbox) = &sandbox {
        accounts.push(sandbox_account(sandbox)?);
    }
    accounts.extend(named);
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let engine = Engine::open(EngineConfig {
        library_dir,
        accounts,
        account,
        version,
        notices: notice.into_iter().collect(),
    })
    .await?;
    engine.serve_media(media, window::origins()).await?;
    engine.read_keys();
    if let Err(error) = engine.resume().await {
        tracing::warn!(%error, "not every unfinished run could be taken up; it is tried again");
    }
    Ok(Started { engine, sandbox })
}

/// Without its Sandbox the app still serves every other account.
fn attach_sandbox(dir: PathBuf) -> Option<Embedded> {
    Embedded::attach(dir)
        .inspect_err(|error| tracing::error!(%error, "the Sandbox could not start"))
        .ok()
}

fn sandbox_account(sandbox: &Embedded) -> Result<AccountConfig, EndpointError> {
    let endpoints = sandbox.endpoints();
    AccountConfig::sandbox(
        SANDBOX_ACCOUNT,
        &endpoints.api,
        &endpoints.socket,
        endpoints.api_key,
        Some(endpoints.api_secret),
    )
}
