//! Runs of which it is not known whether they started: what may be theirs, and what the person decides.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use wiro_client::tasks::TaskRef;
use wiro_library::RunState as RowState;

use crate::accounts::Account;
use crate::care::Care;
use crate::dto::{ErrorCode, RunDetail};
use crate::engine::{Engine, locked};
use crate::error::Error;

/// Tasks of the service that may be an unconfirmed run, by run id; found again by looking.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    by_run: Mutex<HashMap<String, Vec<String>>>,
}

impl Candidates {
    pub(crate) fn of(&self, run_id: &str) -> Vec<String> {
        locked(&self.by_run)
            .get(run_id)
            .cloned()
            .unwrap_or_default()
    }

    pub(crate) fn has(&self, run_id: &str, task_id: &str) -> bool {
        self.of(run_id).iter().any(|candidate| candidate == task_id)
    }

    /// Keeps what was found; says whether it is other than before.
    pub(crate) fn set(&self, run_id: &str, task_ids: &[String]) -> bool {
        let before = locked(&self.by_run).insert(run_id.to_owned(), task_ids.to_vec());
        before.unwrap_or_default() != task_ids
    }

    pub(crate) fn clear(&self, run_id: &str) {
        locked(&self.by_run).remove(run_id);
    }
}

impl Engine {
    /// Looks again whether an unconfirmed run started.
    pub async fn run_recheck(&self, run_id: &str) -> Result<RunDetail, Error> {
        let (account, care) = self.take_unconfirmed(run_id).await?;
        self.look_once(&account, care).await?;
        self.run_show(run_id).await
    }

    /// The person says that this task is the unconfirmed run.
    pub async fn run_adopt(&self, run_id: &str, task_id: &str) -> Result<RunDetail, Error> {
        let (account, care) = self.take_unconfirmed(run_id).await?;
        if !self.inner.candidates.has(run_id, task_id) {
            return Err(Error::RunState(format!(
                "task {task_id} is not one that fits this run; look again first"
            )));
        }
        self.adopt(&account, care, TaskRef::id(task_id)).await?;
        self.run_show(run_id).await
    }

    /// The person says that the unconfirmed run never started.
    pub async fn run_dismiss(&self, run_id: &str) -> Result<RunDetail, Error> {
        let (_, care) = self.take_unconfirmed(run_id).await?;
        let reason = "You decided that this run never started.";
        self.settle(care, RowState::NotSent, ErrorCode::RunUnconfirmed, reason)
            .await?;
        self.run_show(run_id).await
    }

    async fn take_unconfirmed(&self, run_id: &str) -> Result<(Arc<Account>, Care), Error> {
        let row = self.run_row(run_id).await?;
        if row.state != RowState::Unconfirmed {
            return Err(Error::RunState("this run is not unconfirmed".to_owned()));
        }
        let account = self.account(&row.account_id)?;
        let care = self.take_over(run_id).await?.ok_or(Error::RunBusy)?;
        Ok((account, care))
    }
}
