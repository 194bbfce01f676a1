//! `wiro sandbox`.

use wiro_engine::dto::{AppError, ErrorCode, SuggestedAction};
use wiro_sandbox::SandboxArgs;

use crate::args::Global;
use crate::exit::Exit;
use crate::session::library_dir;

pub(crate) async fn run(global: &Global, arguments: SandboxArgs) -> Result<Exit, AppError> {
    let default_dir = library_dir(global)?.join("sandbox");
    wiro_sandbox::serve(arguments, default_dir)
        .await
        .map_err(|error| AppError {
            code: ErrorCode::SandboxUnavailable,
            message: error.to_string(),
            action: SuggestedAction::Retry,
            retryable: false,
            detail: None,
            field: None,
        })?;
    Ok(Exit::Success)
}
