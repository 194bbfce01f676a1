//! `wiro voice toggle`: talks in the session of the running app, or stops talking. For desktops that give no program the
//! keys of other windows: there a key of the desktop itself can run this.

use std::path::PathBuf;
use std::process::Command;

use wiro_engine::dto::{AppError, ErrorCode, SuggestedAction};

use crate::context::Context;
use crate::exit::{Exit, made};

const APP: &str = "wiro-studio";

pub(super) fn toggle(context: &Context) -> Result<Exit, AppError> {
    let mut app = Command::new(beside_this_program().unwrap_or_else(|| PathBuf::from(APP)));
    app.arg("--talk-toggle");
    if let Some(library) = &context.global.library {
        app.env("WIRO_LIBRARY", library);
    }
    match app.status() {
        Ok(status) if status.success() => Ok(Exit::Success),
        Ok(_) => Err(no_session(
            "Wiro Studio is not running, so there is no session to talk in.",
        )),
        Err(error) => Err(no_session(format!("{APP} could not be started: {error}"))),
    }
}

fn beside_this_program() -> Option<PathBuf> {
    let this = std::env::current_exe().ok()?;
    let beside = this.with_file_name(format!("{APP}{}", std::env::consts::EXE_SUFFIX));
    beside.is_file().then_some(beside)
}

fn no_session(message: impl Into<String>) -> AppError {
    made(ErrorCode::VoiceNoSession, SuggestedAction::None, message)
}
