//! Rows of the library as the boundary shows them.

use std::time::{SystemTime, UNIX_EPOCH};

use wiro_library::{
    InputRow, LogRow, LogStream as RowStream, OutputFilter as RowOutputFilter, OutputRow,
    OutputState as RowOutputState, RunFilter as RowFilter, RunRow, RunState as RowState, StatusRow,
};

use crate::dto::RemoteTask;
use crate::dto::run::RunInput;
use crate::dto::{
    AnswerInput, Answers, AppError, ErrorCode, FileInput, LogLine, LogStream, OutputFilter,
    OutputPage, OutputState, OutputSummary, RunDetail, RunFilter, RunPage, RunState, RunSummary,
    StatusStep, SuggestedAction,
};
use crate::engine::Engine;
use crate::error::Error;
use crate::files::as_number;
use wiro_client::tasks::TaskQuery;

const MAX_PAGE: u32 = 500;
/// The most tasks the service is asked for at once (`PROTOCOL.md` section 7.3).
const REMOTE_PAGE: u32 = 100;
const LOG_LINES: u32 = 500;

/// The most that is kept of what the service or a model says in one place; the rest helps nobody and may be megabytes.
pub(crate) const REASON_BYTES: usize = 2048;
/// The most that is kept of a line of a log.
pub(crate) const LINE_BYTES: usize = 4096;
/// The most that is kept of a status or the name of a step.
pub(crate) const WORD_BYTES: usize = 200;

/// The text, cut after so many bytes at the most.
pub(crate) fn shorten(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    format!("{}\u{2026}", &text[..text.floor_char_boundary(bytes)])
}

/// Unix milliseconds.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

pub(crate) fn log_row(line: &LogLine) -> (RowStream, String) {
    let stream = match line.stream {
        LogStream::Stdout => RowStream::Stdout,
        LogStream::Stderr => RowStream::Stderr,
    };
    (stream, line.text.clone())
}

impl From<RowState> for RunState {
    fn from(state: RowState) -> Self {
        match state {
            RowState::Prepared => Self::Prepared,
            RowState::Sending => Self::Sending,
            RowState::Waiting => Self::Waiting,
            RowState::Unconfirmed => Self::Unconfirmed,
            RowState::Refused => Self::Refused,
            RowState::NotSent => Self::NotSent,
            RowState::Running => Self::Running,
            RowState::Collecting => Self::Collecting,
            RowState::Succeeded => Self::Succeeded,
            RowState::Failed => Self::Failed,
            RowState::Cancelled => Self::Cancelled,
        }
    }
}

impl Engine {
    /// A page of runs, newest first.
    pub async fn run_list(&self, filter: &RunFilter) -> Result<RunPage, Error> {
        let limit = filter.limit.clamp(1, MAX_PAGE);
        let rows = RowFilter {
            active_only: filter.active_only,
            start: filter.start,
            limit,
        };
        let page = self.inner.library.runs(rows).await?;
        Ok(RunPage {
            runs: page.runs.iter().map(run_summary).collect(),
            total: as_count(page.total),
            active: as_count(page.active),
        })
    }

    /// A run with everything about it.
    pub async fn run_show(&self, run_id: &str) -> Result<RunDetail, Error> {
        let row = self.run_row(run_id).await?;
        let library = &self.inner.library;
        let outputs = self.outputs_of(run_id).await?;
        let inputs = library.inputs(run_id).await?;
        Ok(RunDetail {
            inputs: run_inputs(&row, &inputs),
            timeline: library
                .timeline(run_id)
                .await?
                .into_iter()
                .map(status_step)
                .collect(),
            progress: row
                .progress_json
                .as_deref()
                .and_then(|json| serde_json::from_str(json).ok()),
            log: library
                .log(run_id, LOG_LINES)
                .await?
                .into_iter()
                .map(log_line)
                .collect(),
            outputs: outputs
                .iter()
                .map(|output| self.output_summary(output))
                .collect(),
            pexit: row.pexit.clone(),
            text: row.text.clone(),
            error: self.error_of(&row),
            candidates: self.inner.candidates.of(run_id),
            actions: self.actions_of(&row),
            is_stopping: self.is_stopping(&row),
            files_deleted_at_ms: row.files_deleted_at_ms.map(as_time),
            retry_of: row.retry_of.clone(),
            summary: run_summary(&row),
        })
    }

    /// A page of the library's outputs, newest first.
    pub async fn output_list(&self, filter: &OutputFilter) -> Result<OutputPage, Error> {
        let rows = RowOutputFilter {
            run_id: filter.run_id.clone(),
            start: filter.start,
            published_only: false,
            limit: filter.limit.clamp(1, MAX_PAGE),
        };
        let page = self.inner.library.outputs(rows).await?;
        Ok(OutputPage {
            outputs: page
                .outputs
                .iter()
                .map(|output| self.output_summary(output))
                .collect(),
            total: as_count(page.total),
        })
    }

    /// Where a published output lies, for the file manager.
    pub async fn output_file(&self, output_id: &str) -> Result<std::path::PathBuf, Error> {
        let row = self
            .inner
            .library
            .output(output_id)
            .await?
            .ok_or(Error::OutputUnknown)?;
        let path = self.path_of(&row).ok_or(Error::OutputUnknown)?;
        if path.is_file() {
            Ok(path)
        } else {
            Err(Error::OutputUnknown)
        }
    }

    /// What stands in the way of a run, or what ended it.
    fn error_of(&self, row: &RunRow) -> Option<AppError> {
        if !RunState::from(row.state).is_settled() {
            match self.account(&row.account_id) {
                Err(error) => return Some(error.into()),
                Ok(account) => {
                    if let Some(problem) = account.key_problem() {
                        return Some(problem.into());
                    }
                }
            }
            return self.trouble_of(&row.id);
        }
        run_error(row)
    }

    /// The run that a task of the service is, in any account known here.
    pub async fn run_by_task(&self, task_id: &str) -> Result<Option<String>, Error> {
        let rows = self.inner.library.runs_by_task(task_id).await?;
        Ok(rows.into_iter().next().map(|row| row.id))
    }

    /// All outputs of a run, in the service's order.
    pub(crate) async fn outputs_of(&self, run_id: &str) -> Result<Vec<OutputRow>, Error> {
        let filter = RowOutputFilter {
            run_id: Some(run_id.to_owned()),
            limit: MAX_PAGE,
            ..RowOutputFilter::default()
        };
        let mut outputs = self.inner.library.outputs(filter).await?.outputs;
        outputs.sort_by_key(|output| output.position);
        Ok(outputs)
    }

    /// Where a published output lies.
    pub(crate) fn path_of(&self, row: &OutputRow) -> Option<std::path::PathBuf> {
        self.inner
            .library
            .output_path(row.file_name.as_deref()?)
            .ok()
    }

    /// The newest tasks of the account in use, as the service lists them.
    pub async fn remote_tasks(&self, limit: u32) -> Result<Vec<RemoteTask>, Error> {
        let account = self.active_account()?;
        let account = self.with_key(&account.summary.id).await?;
        let mut tasks = Vec::new();
        while tasks.len() < limit as usize {
            let start = as_count(tasks.len() as u64);
            let query = TaskQuery {
                model: None,
                start,
                limit: REMOTE_PAGE.min(limit - start),
            };
            let page = account.client.tasks(&query).await?;
            if page.tasks.is_empty() {
                break;
            }
            tasks.extend(page.tasks);
        }
        Ok(tasks
            .into_iter()
            .take(limit as usize)
            .map(|task| RemoteTask {
                model: task
                    .model
                    .map(|(owner, project)| format!("{owner}/{project}")),
                status: task.status.as_str().to_owned(),
                task_id: task.id.unwrap_or_default(),
            })
            .collect())
    }

    pub(crate) async fn run_row(&self, run_id: &str) -> Result<RunRow, Error> {
        self.inner
            .library
            .run(run_id)
            .await?
            .ok_or_else(|| Error::RunUnknown(run_id.to_owned()))
    }

    fn output_summary(&self, row: &OutputRow) -> OutputSummary {
        let path = self.path_of(row);
        OutputSummary {
            id: row.id.clone(),
            run_id: row.run_id.clone(),
            model: row.model.clone(),
            label: row.label.clone(),
            content_type: row
                .content_type
                .clone()
                .or_else(|| row.declared_type.clone())
                .unwrap_or_default(),
            bytes: as_number(row.bytes.unwrap_or(0)),
            width: row.width,
            height: row.height,
            created_at_ms: as_time(row.created_at_ms),
            state: match row.state {
                RowOutputState::Pending => OutputState::Pending,
                RowOutputState::Published => OutputState::Published,
                RowOutputState::Failed => OutputState::Failed,
            },
            type_differs: row.type_differs,
            problem: row.reason.clone(),
            path: path.map(|path| path.display().to_string()),
            can_retry: row.state == RowOutputState::Failed,
        }
    }
}

fn run_summary(row: &RunRow) -> RunSummary {
    RunSummary {
        id: row.id.clone(),
        model: row.model.clone(),
        title: row.title.clone(),
        account_id: row.account_id.clone(),
        state: row.state.into(),
        status: row.status.clone(),
        task_id: row.task_id.clone(),
        created_at_ms: as_time(row.created_at_ms),
        finished_at_ms: row.finished_at_ms.map(as_time),
        cost_usd: row.cost_usd.clone(),
        seconds: row.seconds,
        output_ids: row.output_ids.clone(),
        caption: row.caption.clone(),
    }
}

fn run_inputs(row: &RunRow, files: &[InputRow]) -> Vec<RunInput> {
    let answers: Answers = serde_json::from_str(&row.answers_json).unwrap_or_default();
    answers
        .into_iter()
        .map(|(id, answer)| match answer {
            AnswerInput::Text { value } => RunInput {
                id,
                value,
                file_ids: Vec::new(),
            },
            AnswerInput::List { values } => RunInput {
                id,
                value: values.join(", "),
                file_ids: Vec::new(),
            },
            AnswerInput::Files { files: chosen } => file_input(id, &chosen, files),
        })
        .collect()
}

fn file_input(id: String, chosen: &[FileInput], files: &[InputRow]) -> RunInput {
    let mut names = Vec::new();
    let mut file_ids = Vec::new();
    for file in chosen {
        match file {
            FileInput::Url { url } => names.push(url.clone()),
            FileInput::Staged { id } => {
                let Some(row) = files.iter().find(|row| row.id == *id) else {
                    continue;
                };
                names.push(row.label.clone());
                if row.stored_name.is_some() {
                    file_ids.push(row.id.clone());
                }
            }
        }
    }
    RunInput {
        id,
        value: names.join(", "),
        file_ids,
    }
}

/// What went wrong with a run, when something did.
fn run_error(row: &RunRow) -> Option<AppError> {
    let state = RunState::from(row.state);
    let stored = row.error_code.as_deref().and_then(code_from);
    let (code, action) = match state {
        RunState::Failed => (ErrorCode::RunFailed, SuggestedAction::OpenRun),
        RunState::Cancelled => (ErrorCode::RunCancelled, SuggestedAction::None),
        RunState::Unconfirmed => (ErrorCode::RunUnconfirmed, SuggestedAction::CheckRun),
        RunState::Refused | RunState::NotSent => {
            let code = stored.unwrap_or(ErrorCode::RunRefused);
            (code, action_for(code))
        }
        _ => return None,
    };
    Some(AppError {
        code,
        message: row
            .reason
            .clone()
            .unwrap_or_else(|| "The service gave no reason.".to_owned()),
        action,
        retryable: matches!(action, SuggestedAction::Retry | SuggestedAction::Wait),
        detail: words_of(row, state),
        field: None,
    })
}

/// What the service and the model said, with the exit code of a failed run.
fn words_of(row: &RunRow, state: RunState) -> Option<String> {
    let code = row.pexit.as_ref().filter(|_| state == RunState::Failed);
    let code = code.map(|code| format!("exit code {code}"));
    let words: Vec<String> = row.reason.iter().cloned().chain(code).collect();
    (!words.is_empty()).then(|| words.join("\n"))
}

fn code_from(name: &str) -> Option<ErrorCode> {
    ErrorCode::ALL
        .iter()
        .copied()
        .find(|code| code.as_str() == name)
}

fn action_for(code: ErrorCode) -> SuggestedAction {
    match code {
        ErrorCode::AuthRejected | ErrorCode::AuthMissing => SuggestedAction::CheckCredentials,
        ErrorCode::BalanceInsufficient => SuggestedAction::AddFunds,
        ErrorCode::LimitConcurrent | ErrorCode::LimitRate => SuggestedAction::Wait,
        ErrorCode::InputInvalid => SuggestedAction::EditInputs,
        ErrorCode::FileUnusable | ErrorCode::FileChanged => SuggestedAction::ChooseFile,
        ErrorCode::RunRefused => SuggestedAction::None,
        _ => SuggestedAction::Retry,
    }
}

fn status_step(row: StatusRow) -> StatusStep {
    StatusStep {
        status: row.status,
        at_ms: as_time(row.at_ms),
    }
}

fn log_line(row: LogRow) -> LogLine {
    let stream = match row.stream {
        RowStream::Stdout => LogStream::Stdout,
        RowStream::Stderr => LogStream::Stderr,
    };
    LogLine {
        stream,
        text: row.text,
    }
}

fn as_count(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "Unix milliseconds stay far below 2^53"
)]
fn as_time(at_ms: i64) -> f64 {
    at_ms as f64
}
