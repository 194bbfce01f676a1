//! `wiro sandbox`.

use std::path::Path;

use wiro_engine::dto::AppError;
use wiro_sandbox::{Error, SandboxArgs};

use crate::context::Context;
use crate::exit::{Exit, sandbox, usage};
use crate::session::library_dir;

/// Not the folder of the Sandbox inside the app and this program: one server would keep the others out.
const DEFAULT_FOLDER: &str = "sandbox-server";

pub(crate) async fn run(context: &Context, arguments: SandboxArgs) -> Result<Exit, AppError> {
    let given = [&arguments.catalogue, &arguments.fault_plan];
    for path in given.into_iter().flatten() {
        require_file(path)?;
    }
    let default_dir = library_dir(&context.global)?.join(DEFAULT_FOLDER);
    wiro_sandbox::serve(arguments, default_dir)
        .await
        .map_err(|error| match error {
            Error::Parse { .. } | Error::SecretWithoutKey => usage(error.to_string()),
            error => sandbox(&error),
        })?;
    Ok(Exit::Success)
}

fn require_file(path: &Path) -> Result<(), AppError> {
    fs_err::File::open(path)
        .map(|_| ())
        .map_err(|error| usage(error.to_string()))
}
