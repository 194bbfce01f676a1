//! Runs: one intent of a person, and what became of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::output::OutputSummary;

/// What was filled in, by wire key. A key that is absent is omitted from the request; that is not the same as empty.
pub type Answers = BTreeMap<String, AnswerInput>;

/// One answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AnswerInput {
    /// Text, or a number or boolean as text; the form knows which it is on the wire.
    Text {
        /// The value; may be empty with meaning.
        value: String,
    },
    /// Several chosen options.
    List {
        /// The values.
        values: Vec<String>,
    },
    /// Files and addresses, in order.
    Files {
        /// The files.
        files: Vec<FileInput>,
    },
}

/// One file of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FileInput {
    /// A file staged by this process.
    Staged {
        /// See [`super::StagedFile::id`].
        id: String,
    },
    /// An address the service fetches itself.
    Url {
        /// The address.
        url: String,
    },
}

/// A run about to be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct RunSubmission {
    /// `owner/project`.
    pub model: String,
    /// What was filled in.
    pub answers: Answers,
    /// Made once per press of Run: the same id twice is the same run.
    pub intent_id: String,
}

/// Where a run stands, as far as this library knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Written down, not sent.
    Prepared,
    /// On its way; uploading or waiting for the answer.
    Sending,
    /// Waiting for a free slot (code 96): the service created nothing.
    Waiting,
    /// It is not known whether the service started it. Never sent again by itself.
    Unconfirmed,
    /// The service did not take it; nothing was charged.
    Refused,
    /// It was never sent.
    NotSent,
    /// The service has it.
    Running,
    /// It ended; results are being fetched.
    Collecting,
    /// Ended with `pexit "0"`.
    Succeeded,
    /// Ended without success.
    Failed,
    /// Cancelled or killed.
    Cancelled,
}

impl RunState {
    /// Whether nothing more will happen by itself.
    pub const fn is_settled(self) -> bool {
        matches!(
            self,
            Self::Unconfirmed
                | Self::Refused
                | Self::NotSent
                | Self::Succeeded
                | Self::Failed
                | Self::Cancelled
        )
    }
}

/// Steps of a running model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Progress {
    /// What the model is doing, in its words.
    pub task: Option<String>,
    /// 0 to 100.
    #[cfg_attr(feature = "bindings", specta(type = Option<specta_typescript::Number>))]
    pub percentage: Option<f64>,
    /// The step it is at.
    pub step: Option<u32>,
    /// How many steps there are.
    pub steps: Option<u32>,
    /// Remaining time, in the model's words (`3s`).
    pub remaining: Option<String>,
}

/// Which stream a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum LogStream {
    /// Standard output.
    Stdout,
    /// Standard error; warnings included.
    Stderr,
}

/// A line the model printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct LogLine {
    /// Which stream.
    pub stream: LogStream,
    /// The text.
    pub text: String,
}

/// A status with the time it was first seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct StatusStep {
    /// The service's status, as it said it.
    pub status: String,
    /// Unix milliseconds.
    #[cfg_attr(feature = "bindings", specta(type = specta_typescript::Number))]
    pub at_ms: f64,
}

/// A run in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct RunSummary {
    /// The run's id in this library.
    pub id: String,
    /// `owner/project`.
    pub model: String,
    /// The model's title when it was run.
    pub title: String,
    /// The account it belongs to.
    pub account_id: String,
    /// Where it stands.
    pub state: RunState,
    /// The service's last status, as it said it.
    pub status: Option<String>,
    /// The service's id of the task.
    pub task_id: Option<String>,
    /// Unix milliseconds.
    #[cfg_attr(feature = "bindings", specta(type = specta_typescript::Number))]
    pub created_at_ms: f64,
    /// Unix milliseconds.
    #[cfg_attr(feature = "bindings", specta(type = Option<specta_typescript::Number>))]
    pub finished_at_ms: Option<f64>,
    /// Charged, in USD, as a decimal string.
    pub cost_usd: Option<String>,
    /// Seconds the service counted.
    #[cfg_attr(feature = "bindings", specta(type = Option<specta_typescript::Number>))]
    pub seconds: Option<f64>,
    /// Published outputs; the first is the preview.
    pub output_ids: Vec<String>,
    /// What was asked, in a line.
    pub caption: String,
}

/// A run with everything about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct RunDetail {
    /// The list's part.
    pub summary: RunSummary,
    /// What was filled in; files by name only.
    pub inputs: Vec<RunInput>,
    /// Statuses in the order seen.
    pub timeline: Vec<StatusStep>,
    /// The last steps told.
    pub progress: Option<Progress>,
    /// The end of the log, at most 500 lines.
    pub log: Vec<LogLine>,
    /// Its outputs, published or not.
    pub outputs: Vec<OutputSummary>,
    /// The service's exit code; `"0"` is success.
    pub pexit: Option<String>,
    /// Text the model answered with, when it did.
    pub text: Option<String>,
    /// What went wrong, in plain words.
    pub error: Option<AppError>,
    /// Tasks on the service that may be this run, when it is unconfirmed.
    pub candidates: Vec<String>,
    /// What the person may do with it now.
    pub actions: RunActions,
    /// The person asked to stop it and it has not ended yet.
    pub is_stopping: bool,
    /// When the service's copies of its files were deleted, Unix milliseconds.
    #[cfg_attr(feature = "bindings", specta(type = Option<specta_typescript::Number>))]
    pub files_deleted_at_ms: Option<f64>,
    /// The run this one repeats.
    pub retry_of: Option<String>,
}

/// What a person may do with a run where it stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct RunActions {
    /// Stop it: not sent at all, cancelled in the queue, or killed.
    pub stop: bool,
    /// Run the same again as a new run.
    pub retry: bool,
    /// Delete the service's copies of its inputs and results.
    pub delete_files: bool,
    /// Remove it and its results from this library.
    pub forget: bool,
}

/// One input of a run as it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct RunInput {
    /// Wire key.
    pub id: String,
    /// Text, or the names of files.
    pub value: String,
    /// Library ids of the files, in order; `{media_base_url}/input/{id}` shows them.
    pub file_ids: Vec<String>,
}

/// Which runs to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct RunFilter {
    /// Only runs that are not settled.
    pub active_only: bool,
    /// Offset of the first.
    pub start: u32,
    /// How many, at most 500.
    pub limit: u32,
}

/// A page of runs, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct RunPage {
    /// The runs of this page.
    pub runs: Vec<RunSummary>,
    /// How many there are in all.
    pub total: u32,
    /// How many are not settled.
    pub active: u32,
}

/// A task as the service lists it; never with its token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteTask {
    /// The service's id.
    pub task_id: String,
    /// `owner/project`, when told.
    pub model: Option<String>,
    /// The service's status, as it said it.
    pub status: String,
}
