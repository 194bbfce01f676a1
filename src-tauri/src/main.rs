//! Wiro Studio: the desktop shell. The only crate that names the window toolkit.
//!
//! It starts the engine and the embedded Sandbox, makes the window, and translates: commands to the engine's front door,
//! the engine's events to typed events of the window. It holds no state of its own and decides nothing.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod bindings;
mod commands;
mod drops;
mod events;
mod failure;
mod signals;
mod startup;
mod window;

use std::process::ExitCode;

fn main() -> ExitCode {
    startup::log_to_stderr();
    match startup::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "Wiro Studio could not start");
            if let Err(error) = failure::show(&error.to_string()) {
                tracing::error!(%error, "nor could it say so");
            }
            ExitCode::FAILURE
        }
    }
}
