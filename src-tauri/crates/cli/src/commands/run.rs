//! `wiro run`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use wiro_engine::dto::{AnswerInput, Answers, AppError, FileInput, RunSubmission};
use wiro_engine::{Engine, RunOptions};

use super::follow::{self, Until};
use crate::args::{Global, RunCommand};
use crate::exit::{Exit, usage};
use crate::printer::Printer;
use crate::session::{Need, Session};

pub(crate) async fn run(
    global: &Global,
    command: RunCommand,
    printer: &Printer,
) -> Result<Exit, AppError> {
    let session = Session::open(global, Need::Model(&command.model), *printer).await?;
    let engine = &session.engine;
    let answers = answers(engine, &command).await?;
    let output_dir = command.output_dir.map(std::path::absolute).transpose();
    let output_dir = output_dir
        .map_err(|error| usage(format!("the folder for results cannot be used: {error}")))?;
    let submission = RunSubmission {
        model: command.model,
        answers,
        intent_id: intent_id(),
    };
    let events = engine.run_events();
    let summary = engine
        .run_submit(
            submission,
            RunOptions {
                output_dir,
                origin: "cli".to_owned(),
            },
        )
        .await?;
    let until = if command.no_wait {
        Until::Accepted
    } else {
        Until::Settled
    };
    if command.no_wait && session.on_sandbox {
        printer.note("the Sandbox ends with this program: what it was computing ends unfinished");
    }
    let exit = tokio::select! {
        followed = follow::run(engine, events, &summary.id, until, *printer) => followed?,
        _ = tokio::signal::ctrl_c() => {
            printer.note("interrupted; the task goes on. `wiro tasks resume` fetches its results");
            Exit::Interrupted
        }
    };
    engine.close().await?;
    Ok(exit)
}

fn intent_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

async fn answers(engine: &Engine, command: &RunCommand) -> Result<Answers, AppError> {
    let mut answers = BTreeMap::new();
    for parameter in &command.parameters {
        let (id, value) = split(parameter, "-p")?;
        let value = match value.strip_prefix('@') {
            Some(path) => read_text(path)?,
            None => value.to_owned(),
        };
        add_value(&mut answers, id, value);
    }
    for file in &command.files {
        let (id, source) = split(file, "-f")?;
        add_file(&mut answers, id, file_input(engine, source).await?)?;
    }
    Ok(answers)
}

fn split<'a>(argument: &'a str, flag: &str) -> Result<(&'a str, &'a str), AppError> {
    match argument.split_once('=') {
        Some((id, value)) if !id.is_empty() => Ok((id, value)),
        _ => Err(usage(format!(
            "`{flag} {argument}` is not of the form `{flag} id=value`"
        ))),
    }
}

fn read_text(path: &str) -> Result<String, AppError> {
    fs_err::read_to_string(path).map_err(|error| usage(error.to_string()))
}

/// The same parameter twice is a choice of several.
fn add_value(answers: &mut Answers, id: &str, value: String) {
    let answer = match answers.remove(id) {
        None => AnswerInput::Text { value },
        Some(AnswerInput::Text { value: first }) => AnswerInput::List {
            values: vec![first, value],
        },
        Some(AnswerInput::List { mut values }) => {
            values.push(value);
            AnswerInput::List { values }
        }
        Some(files @ AnswerInput::Files { .. }) => files,
    };
    answers.insert(id.to_owned(), answer);
}

fn add_file(answers: &mut Answers, id: &str, file: FileInput) -> Result<(), AppError> {
    match answers
        .entry(id.to_owned())
        .or_insert_with(|| AnswerInput::Files { files: Vec::new() })
    {
        AnswerInput::Files { files } => {
            files.push(file);
            Ok(())
        }
        _ => Err(usage(format!(
            "`{id}` is given both as a value and as a file"
        ))),
    }
}

async fn file_input(engine: &Engine, source: &str) -> Result<FileInput, AppError> {
    if source.starts_with("http://") || source.starts_with("https://") {
        return Ok(FileInput::Url {
            url: source.to_owned(),
        });
    }
    let staged = engine.file_stage(vec![PathBuf::from(source)]).await?;
    let file = staged
        .into_iter()
        .next()
        .ok_or_else(|| usage(format!("`{source}` cannot be used")))?;
    match file.problem {
        Some(problem) => Err(wiro_engine::Error::File {
            name: file.name,
            problem,
        }
        .into()),
        None => Ok(FileInput::Staged { id: file.id }),
    }
}
