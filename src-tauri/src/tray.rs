//! The tray: how many runs are going, the way back to the window, and the way out.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tauri::menu::{Menu, MenuItem};
use tauri::tray::{TrayIcon, TrayIconBuilder};
use tauri::{AppHandle, Wry};
use tokio::sync::broadcast::error::RecvError;
use wiro_engine::Engine;
use wiro_engine::dto::{EngineEvent, RunFilter};

use crate::words::Words;
use crate::{desktop, quit, window};

const SHOW: &str = "show";
const QUIT: &str = "quit";

struct Tray {
    _icon: TrayIcon,
    runs: MenuItem<Wry>,
    show: MenuItem<Wry>,
    quit: MenuItem<Wry>,
}

/// Puts the app into the tray where the desktop has one. The desktop is asked beside the start: the window does not wait.
pub(crate) fn open(app: &AppHandle, engine: &Engine) {
    let (app, engine) = (app.clone(), engine.clone());
    tauri::async_runtime::spawn_blocking(move || {
        if !desktop::has_tray() {
            tracing::info!("this desktop has no tray");
            return;
        }
        let handle = app.clone();
        let opened = app.run_on_main_thread(move || put_into_tray(&handle, &engine));
        if let Err(error) = opened {
            tracing::warn!(%error, "there is no tray");
        }
    });
}

fn put_into_tray(app: &AppHandle, engine: &Engine) {
    // The system's library for trays is looked up at run time and its absence is a panic.
    let built = catch_unwind(AssertUnwindSafe(|| build(app)));
    match built {
        Ok(Ok(tray)) => {
            engine.set_has_tray(true);
            keep_true(engine, tray);
        }
        Ok(Err(error)) => tracing::warn!(%error, "there is no tray"),
        Err(_) => tracing::warn!("the system's library for trays is missing"),
    }
}

fn build(app: &AppHandle) -> tauri::Result<Tray> {
    let runs = MenuItem::with_id(app, "runs", "", false, None::<&str>)?;
    let show = MenuItem::with_id(app, SHOW, "", true, None::<&str>)?;
    let quit = MenuItem::with_id(app, QUIT, "", true, None::<&str>)?;
    let menu = Menu::with_items(app, &[&runs, &show, &quit])?;
    let mut builder = TrayIconBuilder::with_id("main")
        .menu(&menu)
        .tooltip("Wiro Studio")
        .on_menu_event(|app, event| match event.id().as_ref() {
            SHOW => window::show(app),
            QUIT => quit::ask(app),
            _ => {}
        });
    if let Some(icon) = app.default_window_icon() {
        builder = builder.icon(icon.clone());
    }
    let icon = builder.build(app)?;
    Ok(Tray {
        _icon: icon,
        runs,
        show,
        quit,
    })
}

/// Tells in the menu how many runs are going, in the person's language.
fn keep_true(engine: &Engine, tray: Tray) {
    let engine = engine.clone();
    let mut events = engine.events();
    tauri::async_runtime::spawn(async move {
        loop {
            if let Err(error) = label(&engine, &tray).await {
                tracing::warn!(%error, "the tray could not be told");
            }
            loop {
                match events.recv().await {
                    Ok(EngineEvent::RunProgressed(_)) => {}
                    Ok(_) | Err(RecvError::Lagged(_)) => break,
                    Err(RecvError::Closed) => return,
                }
            }
        }
    });
}

async fn label(engine: &Engine, tray: &Tray) -> tauri::Result<()> {
    let words = Words::of(engine.app_state().settings.language);
    let filter = RunFilter {
        limit: 1,
        ..RunFilter::default()
    };
    let active = engine.run_list(&filter).await.map_or(0, |page| page.active);
    tray.runs.set_text(words.active(active))?;
    tray.show.set_text(words.show)?;
    tray.quit.set_text(words.quit)
}
