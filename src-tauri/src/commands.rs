//! Commands of the window: a few lines each, from the page to the engine's front door and back.

pub(crate) mod app;
pub(crate) mod file;
pub(crate) mod model;
pub(crate) mod output;
pub(crate) mod run;

/// What every command answers.
pub(crate) type Answer<T> = Result<T, wiro_engine::dto::AppError>;
