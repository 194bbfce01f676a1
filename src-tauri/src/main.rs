//! Wiro Studio: the desktop shell. The only crate that names the window toolkit.
//!
//! It starts the engine and the embedded Sandbox, makes the window, and translates: commands to the engine's front door,
//! the engine's events to typed events of the window. It holds no state of its own and decides nothing.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod bindings;
mod commands;
mod desktop;
mod drops;
mod events;
mod failure;
mod logs;
mod notify;
mod quit;
mod signals;
mod startup;
mod talk_key;
mod tray;
mod window;
mod words;

use std::process::ExitCode;

fn main() -> ExitCode {
    let _flushed_at_the_end = logs::start();
    match startup::run() {
        Ok(()) => ExitCode::SUCCESS,
        // A key of the desktop was pressed: nobody asked for a window.
        Err(error @ startup::StartError::NotRunning) => {
            tracing::warn!(%error, "nothing was done");
            ExitCode::FAILURE
        }
        Err(error) => {
            tracing::error!(%error, "Wiro Studio could not start");
            if let Err(error) = failure::show(&error) {
                tracing::error!(%error, "nor could it say so");
            }
            ExitCode::FAILURE
        }
    }
}
