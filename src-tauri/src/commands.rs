//! Commands of the window: a few lines each, from the page to the engine's front door and back.

pub(crate) mod account;
pub(crate) mod app;
pub(crate) mod file;
pub(crate) mod library;
pub(crate) mod model;
pub(crate) mod output;
pub(crate) mod run;
pub(crate) mod voice;

use wiro_engine::dto::{AppError, ErrorCode, SuggestedAction};

/// What every command answers.
pub(crate) type Answer<T> = Result<T, AppError>;

fn error(code: ErrorCode, action: SuggestedAction, message: &str) -> AppError {
    AppError {
        code,
        message: message.to_owned(),
        action,
        retryable: action == SuggestedAction::Retry,
        detail: None,
        field: None,
    }
}

/// The system did not do what only it can do.
fn not_opened(message: &str, reason: &dyn std::error::Error) -> AppError {
    AppError {
        detail: Some(reason.to_string()),
        ..error(ErrorCode::DiskUnavailable, SuggestedAction::Retry, message)
    }
}
