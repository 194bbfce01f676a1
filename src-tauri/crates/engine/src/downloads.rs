//! Collecting: the outputs of a finished task, from the service to the library.
//!
//! A file is published whole or not at all: it streams to a `.partial`, is checked for length and type, synced and
//! renamed. What is already published is never fetched again, so collecting can be taken up after a crash.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use url::Url;
use wiro_client::download::{DownloadError, DownloadErrorKind, Downloaded};
use wiro_client::tasks::{Task, TaskOutcome, TaskRef};
use wiro_library::{NewOutput, Outcome, OutputRow, OutputState, Published, RunState as RowState};

use crate::accounts::Account;
use crate::dto::{ErrorCode, LogStream, RunState};
use crate::engine::Engine;
use crate::error::Error;
use crate::events::log_lines;
use crate::exports::export;
use crate::view::log_row;

const PARALLEL_DOWNLOADS: usize = 4;
const TRIES: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(500);

impl Engine {
    /// Writes down how a task ended, fetches its outputs and settles the run.
    pub(crate) async fn collect(
        &self,
        account: &Arc<Account>,
        run_id: &str,
        task: Task,
        outcome: TaskOutcome,
    ) -> Result<(), Error> {
        let row = self.run_row(run_id).await?;
        if row.state != RowState::Collecting {
            self.keep_missed_log(run_id, &task).await?;
            self.inner
                .library
                .begin_collecting(run_id, outcome_of(&task, outcome))
                .await?;
        }
        let outputs = self.outputs_of(run_id).await?;
        let reference = task.reference();
        futures_util::stream::iter(outputs)
            .map(|output| self.fetch(account, &reference, output, row.output_dir.clone()))
            .buffer_unordered(PARALLEL_DOWNLOADS)
            .collect::<Vec<Result<(), Error>>>()
            .await
            .into_iter()
            .collect::<Result<(), Error>>()?;
        let state = match outcome {
            TaskOutcome::Succeeded => RowState::Succeeded,
            TaskOutcome::Cancelled => RowState::Cancelled,
            TaskOutcome::Failed | TaskOutcome::Running => RowState::Failed,
        };
        self.inner.library.finish(run_id, state).await?;
        self.inner.library.release(run_id).await?;
        self.tell_settled(run_id, RunState::from(state));
        Ok(())
    }

    /// Lines printed while nobody listened are in the task itself.
    async fn keep_missed_log(&self, run_id: &str, task: &Task) -> Result<(), Error> {
        if !self.inner.library.log(run_id, 1).await?.is_empty() {
            return Ok(());
        }
        let told = [
            (LogStream::Stdout, &task.debug_output),
            (LogStream::Stderr, &task.debug_error),
        ];
        let lines: Vec<_> = told
            .iter()
            .filter_map(|(stream, text)| Some((*stream, text.as_deref()?)))
            .flat_map(|(stream, text)| log_lines(stream, text))
            .collect();
        self.inner
            .library
            .append_log(run_id, lines.iter().map(log_row).collect())
            .await?;
        Ok(())
    }

    async fn fetch(
        &self,
        account: &Arc<Account>,
        task: &TaskRef,
        output: OutputRow,
        output_dir: Option<PathBuf>,
    ) -> Result<(), Error> {
        let output = match output.state {
            OutputState::Pending => self.fetch_pending(account, task, output).await?,
            OutputState::Published | OutputState::Failed => output,
        };
        if let (Some(dir), Some(path)) = (output_dir, self.path_of(&output)) {
            let label = output.label.clone();
            tokio::task::spawn_blocking(move || export(&path, &label, &dir))
                .await
                .map_err(std::io::Error::other)??;
        }
        Ok(())
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
        let partial = self.inner.library.partial_path(&output.id);
        match self.download(account, task, &output, &partial).await {
            Ok(downloaded) => self.publish(&output, partial, downloaded).await?,
            Err(error) if error.kind() == DownloadErrorKind::Disk => {
                return Err(Error::Download(error));
            }
            Err(error) if error.kind() == DownloadErrorKind::Cancelled => {
                return Err(Error::Download(error));
            }
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
        let mut asked_again = false;
        let mut pause = FIRST_PAUSE;
        let mut tries = 0;
        loop {
            let url = Url::parse(&address).map_err(|_| DownloadError::no_address())?;
            tries += 1;
            // A partial of an earlier try or process is started anew: nothing says that it is the same file.
            let _ = fs_err::remove_file(partial);
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
        let (head, bytes) = looked.await.map_err(std::io::Error::other)??;
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
        .await
        .map_err(std::io::Error::other)?;
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

/// A connection that broke in the middle shows as a wrong length.
const fn may_pass(kind: DownloadErrorKind) -> bool {
    matches!(
        kind,
        DownloadErrorKind::Network | DownloadErrorKind::Service | DownloadErrorKind::Length { .. }
    )
}

/// The outputs that are files; a language model's answer has no address (`PROTOCOL.md` section 7.2).
fn files_of(task: &Task) -> impl Iterator<Item = &wiro_client::tasks::Output> {
    task.outputs.iter().filter(|output| output.url.is_some())
}

fn outcome_of(task: &Task, outcome: TaskOutcome) -> Outcome {
    let texts: Vec<String> = task
        .outputs
        .iter()
        .filter_map(wiro_client::tasks::Output::text)
        .collect();
    let outputs = (0_u32..)
        .zip(files_of(task))
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
        text: (!texts.is_empty()).then(|| texts.join("\n")),
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
        (_, Some(said)) => said.to_owned(),
        (_, None) => match &task.pexit {
            Some(code) => format!("The model ended with exit code {code} and said nothing."),
            None => "The service ended the run without saying why.".to_owned(),
        },
    })
}
