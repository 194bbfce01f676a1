//! Collecting: the outputs of a finished task, from the service to the library.
//!
//! A file is published whole or not at all: it streams to a `.partial`, is checked for length and type, synced and
//! renamed. What is already published is never fetched again, so collecting can be taken up after a crash.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use url::Url;
use wiro_client::download::{DownloadError, DownloadErrorKind, Downloaded};
use wiro_client::tasks::{Task, TaskOutcome, TaskRef};
use wiro_library::{NewOutput, Outcome, OutputRow, OutputState, Published, RunState as RowState};

use crate::accounts::Account;
use crate::care::Care;
use crate::dto::{ErrorCode, LogStream, RunState};
use crate::engine::Engine;
use crate::error::Error;
use crate::events::{RunEvent, log_lines};
use crate::exports::export;
use crate::view::{REASON_BYTES, log_row, shorten};

const PARALLEL_DOWNLOADS: usize = 4;
/// More files than this are no result of a run but an attack on the disk.
const MOST_OUTPUTS: usize = 500;
const TRIES: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(500);

impl Engine {
    /// Writes down how a task ended, fetches its outputs and settles the run.
    pub(crate) async fn collect(
        &self,
        account: &Arc<Account>,
        care: Care,
        task: Task,
        outcome: TaskOutcome,
    ) -> Result<(), Error> {
        let run_id = care.run_id().to_owned();
        self.keep_missed_log(&run_id, &task).await?;
        // Under the lease, also when it was begun before: a process that was overtaken goes no further.
        let ended = outcome_of(&task, outcome);
        let outputs = self.inner.library.begin_collecting(&run_id, ended).await?;
        let reference = task.reference();
        let published = futures_util::stream::iter(outputs)
            .map(|output| self.fetch(account, &reference, output))
            .buffer_unordered(PARALLEL_DOWNLOADS)
            .try_collect::<Vec<OutputRow>>()
            .await?;
        let exported = self.export_all(&run_id, published).await;
        let state = match outcome {
            TaskOutcome::Succeeded => RowState::Succeeded,
            TaskOutcome::Cancelled => RowState::Cancelled,
            TaskOutcome::Failed | TaskOutcome::Running => RowState::Failed,
        };
        self.inner.library.finish(&run_id, state).await?;
        if let Err(error) = exported {
            // The results are in the library; only the copies are missing where they were asked for.
            self.inner
                .events
                .publish(&run_id, RunEvent::Paused(error.into()));
        }
        self.tell_settled(&run_id, RunState::from(state));
        drop(care);
        Ok(())
    }

    /// Puts copies into the folder the run asked for.
    async fn export_all(&self, run_id: &str, outputs: Vec<OutputRow>) -> Result<(), Error> {
        let Some(dir) = self.run_row(run_id).await?.output_dir else {
            return Ok(());
        };
        for output in outputs {
            let Some(path) = self.path_of(&output) else {
                continue;
            };
            let dir = dir.clone();
            tokio::task::spawn_blocking(move || export(&path, &output.label, &dir)).await??;
        }
        Ok(())
    }

    /// Lines printed while nobody listened are in the task itself.
    async fn keep_missed_log(&self, run_id: &str, task: &Task) -> Result<(), Error> {
        // Lines that were heard may still wait to be written.
        self.inner.library.flush().await?;
        if !self.inner.library.log(run_id, 1).await?.is_empty() {
            return Ok(());
        }
        // What a language model printed is its answer, which is told as text.
        let printed = task
            .debug_output
            .as_ref()
            .filter(|_| !task.outputs.iter().any(|output| output.text().is_some()));
        let told = [
            (LogStream::Stdout, printed),
            (LogStream::Stderr, task.debug_error.as_ref()),
        ];
        let lines: Vec<_> = told
            .iter()
            .filter_map(|(stream, text)| Some((*stream, text.as_ref()?.as_str())))
            .flat_map(|(stream, text)| log_lines(stream, text))
            .collect();
        self.inner
            .library
            .append_log(run_id, lines.iter().map(log_row).collect())
            .await?;
        for line in lines {
            self.inner.events.publish(run_id, RunEvent::Log(line));
        }
        Ok(())
    }

    async fn fetch(
        &self,
        account: &Arc<Account>,
        task: &TaskRef,
        output: OutputRow,
    ) -> Result<OutputRow, Error> {
        match output.state {
            OutputState::Pending => self.fetch_pending(account, task, output).await,
            OutputState::Published | OutputState::Failed => Ok(output),
        }
    }

    /// Fetches one output of a run that is over, and puts a copy where the run asked for it.
    pub(crate) async fn fetch_one(
        &self,
        account: &Arc<Account>,
        care: &Care,
        task: &TaskRef,
        output: OutputRow,
    ) -> Result<(), Error> {
        let output_id = output.id.clone();
        match self.fetch_pending(account, task, output).await {
            Ok(row) => self.export_all(care.run_id(), vec![row]).await,
            // There is no later look for a run that is over: the person asks again.
            Err(error) => {
                let code = ErrorCode::OutputUnavailable.as_str();
                self.inner
                    .library
                    .fail_output(&output_id, code, &error.to_string())
                    .await?;
                Err(error)
            }
        }
    }

    /// Fetches an output and publishes it, or writes down why not.
    async fn fetch_pending(
        &self,
        account: &Arc<Account>,
        task: &TaskRef,
        output: OutputRow,
    ) -> Result<OutputRow, Error> {
        if let Some(file_name) = self.inner.library.landed_file(&output.id).await? {
            return self.note_landed(&output, file_name).await;
        }
        // What an earlier try left is started anew: nothing says that it is the same file.
        let partial = self.inner.library.fresh_partial(&output.id).await?;
        match self.download(account, task, &output, &partial).await {
            Ok(downloaded) => self.publish(&output, partial, downloaded).await?,
            // The file is still there as far as we know: it is tried again later, not given up.
            Err(error) if !is_final(error.kind()) => return Err(Error::Download(error)),
            Err(error) => {
                let code = ErrorCode::OutputUnavailable.as_str();
                self.inner
                    .library
                    .fail_output(&output.id, code, &error.to_string())
                    .await?;
            }
        }
        self.inner
            .library
            .output(&output.id)
            .await?
            .ok_or(Error::OutputUnknown)
    }

    async fn download(
        &self,
        account: &Arc<Account>,
        task: &TaskRef,
        output: &OutputRow,
        partial: &std::path::Path,
    ) -> Result<Downloaded, DownloadError> {
        let mut address = output.url.clone();
        let mut asked_again = address.is_empty();
        if address.is_empty() {
            // A library that was built anew knows its results without their addresses.
            address = self
                .address_now(account, task, output)
                .await
                .unwrap_or_default();
        }
        let mut pause = FIRST_PAUSE;
        let mut tries = 0;
        loop {
            let url = Url::parse(&address).map_err(|_| DownloadError::no_address())?;
            tries += 1;
            let stop = &self.inner.stopping;
            match account
                .downloader
                .download(&url, partial, output.declared_bytes, stop)
                .await
            {
                Err(error) if error.kind() == DownloadErrorKind::Expired && !asked_again => {
                    asked_again = true;
                    address = self
                        .address_now(account, task, output)
                        .await
                        .unwrap_or(address);
                }
                // Also an address that is not there: the file may be a moment behind the task.
                Err(error) if may_pass(error.kind()) && tries < TRIES => {
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                result => return result,
            }
        }
    }

    /// An address that expired may have been replaced: asks once.
    async fn address_now(
        &self,
        account: &Account,
        task: &TaskRef,
        output: &OutputRow,
    ) -> Option<String> {
        let task = account.client.task(task).await.ok()??;
        files_of(&task)
            .nth(usize::try_from(output.position).ok()?)?
            .url
            .clone()
    }

    /// Gives a whole download its name and writes it down.
    async fn publish(
        &self,
        output: &OutputRow,
        partial: PathBuf,
        downloaded: Downloaded,
    ) -> Result<(), Error> {
        let judged = wiro_media::judge(output.declared_type.as_deref(), &downloaded.head);
        let name = format!("{}.{}", output.id, judged.file_type.extension);
        let file_name = self.inner.library.publish_file(&partial, &name).await?;
        self.write_down(output, file_name, judged, downloaded.bytes)
            .await
    }

    /// A file that got its name before a crash was whole by then: it is written down, not fetched again.
    async fn note_landed(&self, output: &OutputRow, file_name: String) -> Result<OutputRow, Error> {
        let path = self.inner.library.output_path(&file_name)?;
        let looked = tokio::task::spawn_blocking(move || {
            let head = crate::files::read_head(&path)?;
            Ok::<_, std::io::Error>((head, fs_err::metadata(&path)?.len()))
        });
        let (head, bytes) = looked.await??;
        let judged = wiro_media::judge(output.declared_type.as_deref(), &head);
        self.write_down(output, file_name, judged, bytes).await?;
        self.inner
            .library
            .output(&output.id)
            .await?
            .ok_or(Error::OutputUnknown)
    }

    async fn write_down(
        &self,
        output: &OutputRow,
        file_name: String,
        judged: wiro_media::Judged,
        bytes: u64,
    ) -> Result<(), Error> {
        let is_picture = judged.file_type.family == wiro_media::Family::Image;
        let path = self.inner.library.output_path(&file_name)?;
        let size = tokio::task::spawn_blocking(move || {
            is_picture.then(|| wiro_media::image_size(&path)).flatten()
        })
        .await?;
        let published = Published {
            file_name,
            content_type: judged.file_type.mime.to_owned(),
            type_differs: judged.differs,
            bytes,
            width: size.map(|(width, _)| width),
            height: size.map(|(_, height)| height),
        };
        self.inner
            .library
            .publish_output(&output.id, published)
            .await?;
        Ok(())
    }
}

/// Whether a download that failed in this way will go on failing. A full disk or a line that is down will not.
const fn is_final(kind: DownloadErrorKind) -> bool {
    matches!(
        kind,
        DownloadErrorKind::Expired | DownloadErrorKind::Blocked | DownloadErrorKind::Length { .. }
    )
}

/// A connection that broke in the middle shows as a wrong length.
const fn may_pass(kind: DownloadErrorKind) -> bool {
    matches!(
        kind,
        DownloadErrorKind::Network
            | DownloadErrorKind::Service
            | DownloadErrorKind::Expired
            | DownloadErrorKind::Length { .. }
    )
}

/// The outputs that are files; a language model's answer has no address (`PROTOCOL.md` section 7.2).
fn files_of(task: &Task) -> impl Iterator<Item = &wiro_client::tasks::Output> {
    task.outputs.iter().filter(|output| output.url.is_some())
}

/// What a language model answered.
pub(crate) fn text_of(task: &Task) -> Option<String> {
    let texts: Vec<String> = task
        .outputs
        .iter()
        .filter_map(wiro_client::tasks::Output::text)
        .collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}

fn outcome_of(task: &Task, outcome: TaskOutcome) -> Outcome {
    let outputs = (0_u32..)
        .zip(files_of(task).take(MOST_OUTPUTS))
        .map(|(position, output)| NewOutput {
            id: uuid::Uuid::now_v7().to_string(),
            position,
            label: wiro_media::safe_label(output.name.as_deref().unwrap_or("output")),
            declared_type: output.content_type.clone(),
            declared_bytes: output.bytes,
            url: output.url.clone().unwrap_or_default(),
        });
    Outcome {
        pexit: task.pexit.clone(),
        cost_usd: task.total_cost.map(|cost| cost.normalize().to_string()),
        seconds: task
            .elapsed_seconds
            .and_then(|seconds| seconds.try_into().ok()),
        reason: reason_of(task, outcome),
        text: text_of(task),
        outputs: outputs.collect(),
    }
}

/// Why a task did not succeed, in the words of the service and the model.
fn reason_of(task: &Task, outcome: TaskOutcome) -> Option<String> {
    if outcome == TaskOutcome::Succeeded {
        return None;
    }
    let said = task
        .debug_error
        .as_deref()
        .or(task.debug_output.as_deref())
        .map(str::trim);
    Some(match (outcome, said.filter(|said| !said.is_empty())) {
        (TaskOutcome::Cancelled, _) => "The run was cancelled.".to_owned(),
        (_, Some(said)) => shorten(said, REASON_BYTES),
        (_, None) => match &task.pexit {
            Some(code) => format!("The model ended with exit code {code} and said nothing."),
            None => "The service ended the run without saying why.".to_owned(),
        },
    })
}
