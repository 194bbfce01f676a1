//! What a person does about a run: stop it, run it again, delete the service's files, forget it, fetch a result again.
//!
//! Stopping never sends a run and never decides how it ended: that is said by the service, or by this process for a run
//! that never left it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio_util::sync::CancellationToken;
use wiro_client::secret::Secret;
use wiro_client::tasks::{TaskRef, TaskStatus};
use wiro_library::{OutputRow, OutputState as RowOutputState, RunRow, RunState as RowState};

use crate::accounts::Account;
use crate::care::Care;
use crate::dto::{
    AnswerInput, Answers, FileInput, RunActions, RunDetail, RunSubmission, RunSummary,
};
use crate::engine::{Engine, locked};
use crate::error::Error;
use crate::runs::RunOptions;

/// The runs this process is sending, each with the way to stop it.
#[derive(Debug, Default)]
pub(crate) struct Sends {
    by_run: Mutex<HashMap<String, CancellationToken>>,
}

/// A run being sent; it can be stopped for as long as this lives.
#[derive(Debug)]
pub(crate) struct Sending {
    engine: Engine,
    run_id: String,
    pub(crate) stop: CancellationToken,
}

impl Drop for Sending {
    fn drop(&mut self) {
        locked(&self.engine.inner.sends.by_run).remove(&self.run_id);
    }
}

impl Engine {
    /// From here on the run can be stopped before the service has it.
    pub(crate) fn begin_sending(&self, run_id: &str) -> Sending {
        let stop = CancellationToken::new();
        locked(&self.inner.sends.by_run).insert(run_id.to_owned(), stop.clone());
        Sending {
            engine: self.clone(),
            run_id: run_id.to_owned(),
            stop,
        }
    }

    /// Stops a run: one that is still here is not sent, a queued task is cancelled, a running one killed
    /// (`PROTOCOL.md` sections 7.4 and 7.5, D-07).
    ///
    /// # Errors
    /// Refused for a run that has ended, that is unconfirmed, or that another process is sending.
    pub async fn run_stop(&self, run_id: &str) -> Result<RunDetail, Error> {
        let row = self.run_row(run_id).await?;
        match row.state {
            RowState::Prepared | RowState::Waiting | RowState::Sending => {
                let sending = locked(&self.inner.sends.by_run).get(run_id).cloned();
                // Another process is at it: only that one can stop.
                sending.ok_or(Error::RunBusy)?.cancel();
            }
            RowState::Running => self.stop_task(&row).await?,
            RowState::Unconfirmed => {
                return Err(Error::RunState(
                    "it is not known whether this run started; look for it first".to_owned(),
                ));
            }
            _ => return Err(Error::RunState("this run has ended".to_owned())),
        }
        self.run_show(run_id).await
    }

    async fn stop_task(&self, row: &RunRow) -> Result<(), Error> {
        let account = self.with_key(&row.account_id).await?;
        let status = row.status.clone().map(TaskStatus::new);
        account
            .client
            .stop_task(&task_of(row), status.as_ref())
            .await?;
        self.inner.library.mark_stop_requested(&row.id).await?;
        // How it ended is the service's word, taken by whoever follows the run.
        self.look_at_task(&row.account_id, &row.id).await;
        Ok(())
    }

    /// Stops a task of the account in use that this library does not know; says its status afterwards.
    pub async fn remote_stop(&self, task_id: &str) -> Result<String, Error> {
        let account_id = self.active_account()?.summary.id.clone();
        let account = self.with_key(&account_id).await?;
        let task = TaskRef::id(task_id);
        account.client.stop_task(&task, None).await?;
        let now = account.client.task(&task).await?;
        Ok(now.map_or_else(String::new, |task| task.status.as_str().to_owned()))
    }

    /// Runs the same again as a new run of the same account.
    ///
    /// # Errors
    /// Refused while the run may still become something, and when one of its files is not what it was.
    pub async fn run_retry(
        &self,
        run_id: &str,
        intent_id: &str,
        origin: &str,
    ) -> Result<RunSummary, Error> {
        let row = self.run_row(run_id).await?;
        if !row.state.is_final() {
            return Err(Error::RunState(
                "this run is not over; running it again could be paid for twice".to_owned(),
            ));
        }
        let submission = RunSubmission {
            model: row.model.clone(),
            answers: self.answers_again(&row).await?,
            intent_id: intent_id.to_owned(),
        };
        let options = RunOptions {
            output_dir: row.output_dir.clone(),
            origin: origin.to_owned(),
            retry_of: Some(row.id),
        };
        self.submit_for(&row.account_id, submission, options).await
    }

    /// The answers of a run, its files staged once more.
    async fn answers_again(&self, row: &RunRow) -> Result<Answers, Error> {
        let mut answers: Answers = serde_json::from_str(&row.answers_json)?;
        let inputs = self.inner.library.inputs(&row.id).await?;
        for answer in answers.values_mut() {
            let AnswerInput::Files { files } = answer else {
                continue;
            };
            for file in files {
                let FileInput::Staged { id } = file else {
                    continue;
                };
                let input = inputs
                    .iter()
                    .find(|input| input.id == *id)
                    .ok_or(Error::FileNotStaged)?;
                *id = self.stage_again(input).await?;
            }
        }
        Ok(answers)
    }

    /// Deletes the service's copies of a run's inputs and results (`PROTOCOL.md` section 7.6). What is in the library stays.
    ///
    /// # Errors
    /// Refused while the task is not over, or while a result is still to be fetched.
    pub async fn run_delete_files(&self, run_id: &str) -> Result<RunDetail, Error> {
        let row = self.run_row(run_id).await?;
        if !may_delete_files(&row) {
            return Err(Error::RunState(
                "the service deletes files only of a task that has ended".to_owned(),
            ));
        }
        let account = self.with_key(&row.account_id).await?;
        account.client.delete_task_files(&task_of(&row)).await?;
        self.inner.library.mark_files_deleted(run_id).await?;
        self.run_show(run_id).await
    }

    /// Removes a run and its results from this library. What the service has of it stays there.
    ///
    /// # Errors
    /// Refused while it is being sent or its results are being fetched, and while another process is at work on it.
    pub async fn run_forget(&self, run_id: &str) -> Result<(), Error> {
        let row = self.run_row(run_id).await?;
        if !may_forget(&row) {
            return Err(Error::RunState(
                "this run is being sent or fetched; wait for it or stop it".to_owned(),
            ));
        }
        self.stop_following(&row.account_id, run_id).await;
        let care = self.take_over(run_id).await?.ok_or(Error::RunBusy)?;
        self.inner.library.forget_run(run_id).await?;
        self.inner.candidates.clear(run_id);
        self.trouble_over(run_id);
        self.inner.events.library_changed(run_id.to_owned(), true);
        drop(care);
        Ok(())
    }

    /// Fetches a result again that could not be fetched.
    ///
    /// # Errors
    /// Refused for a result that is there, and for a run that is not over.
    pub async fn output_retry(&self, output_id: &str) -> Result<(), Error> {
        let output = self
            .inner
            .library
            .output(output_id)
            .await?
            .ok_or(Error::OutputUnknown)?;
        let row = self.run_row(&output.run_id).await?;
        if !may_fetch_again(&row, output.state) {
            return Err(Error::RunState("this result is not missing".to_owned()));
        }
        let account = self.with_key(&row.account_id).await?;
        let care = self.take_over(&row.id).await?.ok_or(Error::RunBusy)?;
        self.inner.library.retry_output(output_id).await?;
        self.fetch_in_background(account, care, &row, output);
        Ok(())
    }

    /// Takes up results that were to be fetched again when the last process ended.
    pub(crate) async fn take_up_retried_outputs(&self) -> Result<(), Error> {
        for output in self.inner.library.retried_outputs().await? {
            let row = self.run_row(&output.run_id).await?;
            let Ok(account) = self.can_follow(&row.account_id) else {
                continue;
            };
            if let Some(care) = self.take_over(&row.id).await? {
                self.fetch_in_background(account, care, &row, output);
            }
        }
        Ok(())
    }

    fn fetch_in_background(
        &self,
        account: Arc<Account>,
        care: Care,
        row: &RunRow,
        output: OutputRow,
    ) {
        let (engine, task) = (self.clone(), task_of(row));
        self.spawn(async move {
            if let Err(error) = engine.fetch_one(&account, &care, &task, output).await {
                tracing::info!(%error, run_id = care.run_id(), "a result could not be fetched again");
            }
        });
    }

    /// Whether the person asked to stop a run that has not ended yet.
    pub(crate) fn is_stopping(&self, row: &RunRow) -> bool {
        let is_told = locked(&self.inner.sends.by_run)
            .get(&row.id)
            .is_some_and(CancellationToken::is_cancelled);
        !row.state.is_settled() && (is_told || row.stop_requested_at_ms.is_some())
    }

    /// What the person may do with a run where it stands.
    pub(crate) fn actions_of(&self, row: &RunRow) -> RunActions {
        let stop = match row.state {
            RowState::Prepared | RowState::Waiting | RowState::Sending => {
                locked(&self.inner.sends.by_run).contains_key(&row.id)
            }
            RowState::Running => true,
            _ => false,
        };
        RunActions {
            stop: stop && !self.is_stopping(row),
            retry: row.state.is_final(),
            delete_files: may_delete_files(row),
            forget: may_forget(row),
        }
    }
}

fn may_delete_files(row: &RunRow) -> bool {
    let has_task = row.task_id.is_some() || row.task_token.is_some();
    let is_over = matches!(
        row.state,
        RowState::Succeeded | RowState::Failed | RowState::Cancelled
    );
    has_task && is_over && row.files_deleted_at_ms.is_none()
}

const fn may_forget(row: &RunRow) -> bool {
    row.state.is_settled() || matches!(row.state, RowState::Running)
}

/// Whether a result that could not be fetched may be fetched again.
fn may_fetch_again(row: &RunRow, output: RowOutputState) -> bool {
    output == RowOutputState::Failed && row.state.is_final() && row.files_deleted_at_ms.is_none()
}

fn task_of(row: &RunRow) -> TaskRef {
    TaskRef {
        id: row.task_id.clone(),
        token: row.task_token.clone().map(Secret::new),
    }
}
