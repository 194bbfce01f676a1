//! `wiro run`.

use std::path::{Path, PathBuf};

use wiro_engine::RunOptions;
use wiro_engine::dto::{AppError, RunState, RunSubmission};

use super::follow::{Follower, Through};
use super::{inputs, report};
use crate::args::RunCommand;
use crate::context::Context;
use crate::exit::{Exit, disk, internal};
use crate::session::Need;

/// Lies in a folder for results for a moment.
const PROBE: &str = ".wiro.partial";

pub(crate) async fn run(context: &Context, command: RunCommand) -> Result<Exit, AppError> {
    let printer = context.printer;
    // Not on this thread: a pipe that is named as a text may never end, and an interrupt must be heard.
    let reading = tokio::task::spawn_blocking(move || {
        let given = inputs::read(&command.parameters, &command.files)?;
        let output_dir = command.output_dir.as_deref().map(usable_dir).transpose();
        Ok::<_, AppError>((command, given, output_dir.map_err(|error| disk(&error))?))
    });
    let (command, given, output_dir) = reading.await.map_err(|error| internal(&error))??;
    let session = context.open(Need::Model(&command.model)).await?;
    let engine = &session.engine;
    let submission = RunSubmission {
        answers: inputs::stage(engine, given).await?,
        model: command.model,
        intent_id: uuid::Uuid::now_v7().to_string(),
    };
    let mut follower = Follower::new(engine, printer);
    if command.no_wait {
        follower = follower.until_accepted();
    }
    let options = RunOptions {
        output_dir,
        origin: "cli".to_owned(),
        ..RunOptions::default()
    };
    let summary = Box::pin(engine.run_submit(submission, options)).await?;
    context.follows(&summary.id);
    follower.add(&summary, false);
    let through = follower.next().await?.map(|(_, through)| through);
    if matches!(through, Some(Through::Accepted)) {
        if session.serves() {
            printer.note(
                "the Sandbox ends with this program; `wiro tasks resume` lets it compute the task anew",
            );
        }
        return Ok(Exit::Success);
    }
    let detail = engine.run_show(&summary.id).await?;
    let has_ended = matches!(
        detail.summary.state,
        RunState::Succeeded | RunState::Failed | RunState::Cancelled
    );
    if has_ended {
        printer.result(&report::result(&detail), || report::in_words(&detail));
    }
    match through {
        Some(Through::Stuck(error)) => Err(error),
        _ => report::verdict(&detail, printer),
    }
}

/// Makes the folder or tries the one there is: a folder that takes no files is told before anything costs money.
fn usable_dir(dir: &Path) -> std::io::Result<PathBuf> {
    let dir = std::path::absolute(dir)?;
    if !dir.is_dir() {
        fs_err::create_dir_all(&dir)?;
        return Ok(dir);
    }
    let probe = dir.join(PROBE);
    let mut options = fs_err::OpenOptions::new();
    match options.create_new(true).write(true).open(&probe) {
        // Another process is trying the folder, or was killed while it did.
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    match fs_err::remove_file(&probe) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(dir),
    }
}
