//! The smallest Tauri window: a static page, no plugin, no command.
//!
//! Purpose: the peer of Wiro Studio in the bench. What a window costs on this machine is measured
//! beside the app, so that budgets are ratios and hold on any machine.
//!
//! It must not gain anything: whatever it does besides opening a window makes the app look better.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    // What goes wrong here shows as a window that never comes.
    match tauri::Builder::default().run(tauri::generate_context!()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
