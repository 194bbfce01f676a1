//! From nothing to a window: engine, Sandbox, media listener, window.

use std::path::PathBuf;

use tauri::Manager;
use tauri::plugin::TauriPlugin;
use tauri_plugin_window_state::StateFlags;
use wiro_engine::dto::AppNotice;
use wiro_engine::environment::{self, EndpointError, Environment};
use wiro_engine::{AccountConfig, Engine, EngineConfig, location};
use wiro_sandbox::embedded::Embedded;

use crate::commands::library::PickedFolder;
use crate::quit::{self, QuitQuestion};
use crate::{bindings, desktop, drops, events, notify, signals, tray, window};

/// The account of the embedded Sandbox.
const SANDBOX_ACCOUNT: &str = "sandbox";
const SANDBOX_FOLDER: &str = "sandbox";

/// What can keep the app from starting.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("there is no data folder on this system; set WIRO_LIBRARY")]
    NoLibraryFolder,
    #[error("an address in the environment cannot be used: {0}")]
    Endpoint(#[from] EndpointError),
    #[error(transparent)]
    Engine(#[from] wiro_engine::Error),
    #[error(transparent)]
    Shell(#[from] tauri::Error),
}

/// Opens the engine, makes the window and runs until it is closed.
pub(crate) fn run() -> Result<(), StartError> {
    let library_dir = environment::library_dir().ok_or(StartError::NoLibraryFolder)?;
    if desktop::show_running_instance(&desktop::instance_name(&library_dir)) {
        tracing::info!("the app is running already; its window is shown");
        return Ok(());
    }
    let settled = location::settle();
    let library_dir = settled.library_dir.ok_or(StartError::NoLibraryFolder)?;
    let instance = desktop::instance_name(&library_dir);
    let runtime = tauri::async_runtime::handle();
    let started = runtime.block_on(start_engine(library_dir, settled.notice))?;
    let media_base_url = runtime.block_on(started.engine.serve_media(window::origins()))?;
    let engine = started.engine.clone();
    let builder = bindings::builder();
    let mut context = window::context();
    window::restrict(&mut context, &media_base_url);
    let app = tauri::Builder::default()
        .plugin(single_instance(instance))
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
        .manage(engine.clone())
        .manage(drops::HoverPace::default())
        .manage(PickedFolder::default())
        .manage(QuitQuestion::default())
        .setup(move |app| {
            builder.mount_events(app);
            events::forward(app.handle(), &engine);
            window::open(app.handle())?;
            tray::open(app.handle(), &engine);
            notify::listen(app.handle(), &engine);
            end_on_signal(app.handle().clone());
            Ok(())
        })
        .build(context)?;
    // The event loop never returns: what must end in order ends here.
    let mut sandbox = started.sandbox;
    app.run(move |handle, event| {
        if let tauri::RunEvent::Exit = event {
            let engine = handle.state::<Engine>().inner().clone();
            if let Err(error) = tauri::async_runtime::block_on(engine.close()) {
                tracing::warn!(%error, "the library was not closed cleanly");
            }
            drop(sandbox.take());
        }
    });
    Ok(())
}

/// A second start shows the window of the first.
fn single_instance(name: String) -> TauriPlugin<tauri::Wry> {
    tauri_plugin_single_instance::Builder::new()
        .dbus_id(name)
        .callback(|app, _, _| window::show(app))
        .build()
}

/// The window opens where and as large as it was; whether it was in the tray is not remembered.
fn remembered_window() -> TauriPlugin<tauri::Wry> {
    tauri_plugin_window_state::Builder::new()
        .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED)
        .build()
}

/// The system's wish to end the app is the person's: it ends like a closed window.
fn end_on_signal(app: tauri::AppHandle) {
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

async fn start_engine(
    library_dir: PathBuf,
    notice: Option<AppNotice>,
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
