//! What goes in and what comes out: one struct for each thing a person owns.

use std::fmt;
use std::path::PathBuf;

use crate::{LogStream, OutputState, RunState};

/// A run about to be written down, before anything is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRun {
    /// Its id in this library.
    pub id: String,
    /// Made once per press of Run; the same one twice is the same run.
    pub intent_id: String,
    /// The account it belongs to.
    pub account_id: String,
    /// `owner/project`.
    pub model: String,
    /// The model's title.
    pub title: String,
    /// What was asked, in a line.
    pub caption: String,
    /// What was filled in, as the caller writes it.
    pub answers_json: String,
    /// The scalar part of the request, to find the run again on the service.
    pub request_json: String,
    /// Where the person wants a copy of the outputs.
    pub output_dir: Option<PathBuf>,
    /// Who asked: `app`, `cli`, ...
    pub origin: String,
    /// The run this one repeats.
    pub retry_of: Option<String>,
    /// Its files, as they are sent.
    pub inputs: Vec<NewInput>,
}

/// A file of a run, as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInput {
    /// Its id in this library.
    pub id: String,
    /// Wire key of the field.
    pub field: String,
    /// Place within the field.
    pub position: u32,
    /// Where it was.
    pub source_path: PathBuf,
    /// Its name, safe to show.
    pub label: String,
    /// Size in bytes.
    pub bytes: u64,
    /// When it was changed last, Unix milliseconds.
    pub modified_ms: Option<i64>,
    /// SHA-256 in hex, when it was computed.
    pub sha256: Option<String>,
    /// Name of the copy below `inputs/`, when there is one.
    pub stored_name: Option<String>,
    /// Type by its first bytes.
    pub content_type: String,
}

/// What [`crate::Library::insert_run`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inserted {
    /// The run is written down and held by this process.
    New,
    /// The intent was written down before, as this run.
    Existing(String),
}

/// How a run ended, with the outputs it names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// The service's exit code; `"0"` is success.
    pub pexit: Option<String>,
    /// Charged, in USD, as a decimal.
    pub cost_usd: Option<String>,
    /// Seconds the service counted.
    pub seconds: Option<f64>,
    /// Why it failed, in the service's words.
    pub reason: Option<String>,
    /// Text the model answered with.
    pub text: Option<String>,
    /// Its outputs; kept by position, so the same outcome twice adds nothing.
    pub outputs: Vec<NewOutput>,
}

/// An output the service named.
#[derive(Clone, PartialEq, Eq)]
pub struct NewOutput {
    /// Its id in this library; also the name of its files.
    pub id: String,
    /// Place within the run.
    pub position: u32,
    /// Its name, safe to show.
    pub label: String,
    /// Type as the service said.
    pub declared_type: Option<String>,
    /// Size as the service said.
    pub declared_bytes: Option<u64>,
    /// Where to fetch it.
    pub url: String,
}

impl fmt::Debug for NewOutput {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may carry an access token in its query.
        formatter
            .debug_struct("NewOutput")
            .field("id", &self.id)
            .field("position", &self.position)
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}

/// An output that lies on the disk, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Its name below `outputs/`, as [`crate::Library::publish_file`] returned it.
    pub file_name: String,
    /// Type by its first bytes.
    pub content_type: String,
    /// Whether that is another type than the service said.
    pub type_differs: bool,
    /// Size in bytes.
    pub bytes: u64,
    /// Width in pixels, for pictures.
    pub width: Option<u32>,
    /// Height in pixels, for pictures.
    pub height: Option<u32>,
}

/// A run with everything known about it. `Debug` shows neither the token nor what was filled in.
#[derive(Clone, PartialEq)]
pub struct RunRow {
    /// Its id in this library.
    pub id: String,
    /// The press of Run it came from.
    pub intent_id: String,
    /// The account it belongs to.
    pub account_id: String,
    /// `owner/project`.
    pub model: String,
    /// The model's title when it was run.
    pub title: String,
    /// What was asked, in a line.
    pub caption: String,
    /// What was filled in.
    pub answers_json: String,
    /// The scalar part of the request.
    pub request_json: String,
    /// Where the person wants a copy of the outputs.
    pub output_dir: Option<PathBuf>,
    /// Who asked.
    pub origin: String,
    /// Where it stands.
    pub state: RunState,
    /// The service's last status, as it said it.
    pub status: Option<String>,
    /// The service's id of the task.
    pub task_id: Option<String>,
    /// The secret that follows the task.
    pub task_token: Option<String>,
    /// The service's exit code.
    pub pexit: Option<String>,
    /// Charged, in USD, as a decimal.
    pub cost_usd: Option<String>,
    /// Seconds the service counted.
    pub seconds: Option<f64>,
    /// What went wrong.
    pub reason: Option<String>,
    /// Stable code of what went wrong.
    pub error_code: Option<String>,
    /// The last steps told.
    pub progress_json: Option<String>,
    /// Text the model answered with.
    pub text: Option<String>,
    /// Unix milliseconds.
    pub created_at_ms: i64,
    /// When it was last handed to the network.
    pub sent_at_ms: Option<i64>,
    /// When the service took it.
    pub accepted_at_ms: Option<i64>,
    /// When it was settled.
    pub finished_at_ms: Option<i64>,
    /// When the service's copies of its files were deleted.
    pub files_deleted_at_ms: Option<i64>,
    /// When a person first asked to stop it.
    pub stop_requested_at_ms: Option<i64>,
    /// The run this one repeats; that one may be forgotten by now.
    pub retry_of: Option<String>,
    /// Ids of its published outputs, in order.
    pub output_ids: Vec<String>,
}

impl fmt::Debug for RunRow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RunRow")
            .field("id", &self.id)
            .field("account_id", &self.account_id)
            .field("model", &self.model)
            .field("state", &self.state)
            .field("status", &self.status)
            .field("task_id", &self.task_id)
            .field(
                "task_token",
                &self.task_token.as_ref().map(|_| "<redacted>"),
            )
            .field("pexit", &self.pexit)
            .field("error_code", &self.error_code)
            .field("created_at_ms", &self.created_at_ms)
            .finish_non_exhaustive()
    }
}

/// An output, published or not. `Debug` does not show its address.
#[derive(Clone, PartialEq, Eq)]
pub struct OutputRow {
    /// Its id in this library.
    pub id: String,
    /// The run that made it.
    pub run_id: String,
    /// The model that made it, `owner/project`.
    pub model: String,
    /// The account the run belongs to.
    pub account_id: String,
    /// Place within the run.
    pub position: u32,
    /// Its name, safe to show.
    pub label: String,
    /// Type as the service said.
    pub declared_type: Option<String>,
    /// Size as the service said.
    pub declared_bytes: Option<u64>,
    /// Where to fetch it.
    pub url: String,
    /// What became of it.
    pub state: OutputState,
    /// Its name below `outputs/`, once published.
    pub file_name: Option<String>,
    /// Type by its first bytes, once published.
    pub content_type: Option<String>,
    /// Whether that is another type than the service said.
    pub type_differs: bool,
    /// Size in bytes, once published.
    pub bytes: Option<u64>,
    /// Width in pixels, for pictures.
    pub width: Option<u32>,
    /// Height in pixels, for pictures.
    pub height: Option<u32>,
    /// Unix milliseconds.
    pub created_at_ms: i64,
    /// Stable code of what went wrong.
    pub error_code: Option<String>,
    /// What went wrong.
    pub reason: Option<String>,
}

impl fmt::Debug for OutputRow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("OutputRow")
            .field("id", &self.id)
            .field("run_id", &self.run_id)
            .field("position", &self.position)
            .field("state", &self.state)
            .field("file_name", &self.file_name)
            .field("content_type", &self.content_type)
            .field("bytes", &self.bytes)
            .field("error_code", &self.error_code)
            .finish_non_exhaustive()
    }
}

/// A file of a run, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputRow {
    /// Its id in this library.
    pub id: String,
    /// The run it belongs to.
    pub run_id: String,
    /// Wire key of the field.
    pub field: String,
    /// Place within the field.
    pub position: u32,
    /// Where it was.
    pub source_path: PathBuf,
    /// Its name, safe to show.
    pub label: String,
    /// Size in bytes.
    pub bytes: u64,
    /// When it was changed last, Unix milliseconds.
    pub modified_ms: Option<i64>,
    /// SHA-256 in hex, when it was computed.
    pub sha256: Option<String>,
    /// Name of the copy below `inputs/`, when there is one.
    pub stored_name: Option<String>,
    /// Type by its first bytes.
    pub content_type: String,
}

/// A line the model printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRow {
    /// Which stream.
    pub stream: LogStream,
    /// The text.
    pub text: String,
}

/// A status with the time it was first seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusRow {
    /// The service's status, as it said it.
    pub status: String,
    /// Unix milliseconds.
    pub at_ms: i64,
}

/// Which runs to list, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Only runs that are not settled.
    pub active_only: bool,
    /// Offset of the first.
    pub start: u32,
    /// How many.
    pub limit: u32,
}

/// A page of runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunPage {
    /// The runs of this page.
    pub runs: Vec<RunRow>,
    /// How many the filter fits in all.
    pub total: u64,
    /// How many are not settled.
    pub active: u64,
}

/// Which outputs to list: those of one run in their order, or all, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutputFilter {
    /// Only outputs of this run.
    pub run_id: Option<String>,
    /// Only outputs that are on the disk.
    pub published_only: bool,
    /// Offset of the first.
    pub start: u32,
    /// How many.
    pub limit: u32,
}

/// A page of outputs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutputPage {
    /// The outputs of this page.
    pub outputs: Vec<OutputRow>,
    /// How many the filter fits in all.
    pub total: u64,
}

/// Rows of a run changed, by this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The run.
    pub run_id: String,
    /// Whether its outputs changed.
    pub outputs: bool,
}
