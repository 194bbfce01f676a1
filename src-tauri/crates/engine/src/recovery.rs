//! After a crash or an unclear answer: what was written down is taken up again, what is unknown is looked for.
//!
//! Nothing here sends a run. An unconfirmed run is adopted when exactly one task of the service fits it and no other
//! unclear run could be that task; otherwise the person decides (`PROTOCOL.md` sections 3.5 and 7.3).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use wiro_client::secret::Secret;
use wiro_client::slug::ModelSlug;
use wiro_client::tasks::{Task, TaskOutcome, TaskQuery, TaskRef};
use wiro_library::{RunRow, RunState as RowState};

use crate::accounts::Account;
use crate::care::Care;
use crate::dto::{ErrorCode, RunState};
use crate::engine::Engine;
use crate::error::Error;
use crate::events::RunEvent;
use crate::view::now_ms;

/// The service may still be making the task when we look: look again after these pauses.
const LOOKS: [Duration; 4] = [
    Duration::from_millis(300),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];
/// Tasks that started this long before the run was sent are not it; generous, because clocks differ.
const CLOCK_SKEW_MS: i64 = 5 * 60 * 1000;
/// A task that started this long after the run was sent may as well be another one, asked for by other means.
const LATEST_START_MS: i64 = 15 * 60 * 1000;
const TASKS_LOOKED_AT: u32 = 100;

impl Engine {
    /// Takes up every unfinished run whose process is gone and whose account is known here; unconfirmed runs are looked
    /// for once more. Meant for the start of a process.
    pub async fn resume(&self) -> Result<(), Error> {
        self.take_up_where(|_| true).await
    }

    /// Takes up runs that lost their process since. Unconfirmed runs wait for the person: looking for them again and
    /// again would ask the service for ever.
    pub async fn adopt_orphans(&self) -> Result<(), Error> {
        self.take_up_where(|row| row.state != RowState::Unconfirmed)
            .await
    }

    /// Takes up those of these runs that nobody looks after; an unconfirmed one is looked for once more.
    pub async fn resume_runs(&self, run_ids: &BTreeSet<String>) -> Result<(), Error> {
        self.take_up_where(|row| run_ids.contains(&row.id)).await
    }

    /// The unfinished runs whose account is known here, whoever looks after them.
    pub async fn resumable(&self) -> Result<Vec<String>, Error> {
        let rows = self.inner.library.unfinished().await?;
        Ok(rows
            .into_iter()
            .filter(|row| self.account(&row.account_id).is_ok())
            .map(|row| row.id)
            .collect())
    }

    async fn take_up_where(&self, wanted: impl Fn(&RunRow) -> bool) -> Result<(), Error> {
        for row in self.inner.library.unfinished().await? {
            if !wanted(&row) {
                continue;
            }
            let Ok(account) = self.account(&row.account_id) else {
                continue;
            };
            if let Some(care) = self.take_over(&row.id).await?
                && let Err(error) = self.take_up(&account, care).await
            {
                // One run that cannot be taken up must not keep the others back; it is tried again.
                tracing::warn!(%error, run_id = row.id, "an unfinished run could not be taken up");
            }
        }
        Ok(())
    }

    async fn take_up(&self, account: &Arc<Account>, care: Care) -> Result<(), Error> {
        // Read under the lease: its last holder may have gone on with it until a moment ago.
        let row = self.run_row(care.run_id()).await?;
        match row.state {
            RowState::Prepared | RowState::Waiting => {
                let reason = "The app ended before this run was sent.";
                self.settle(care, RowState::NotSent, ErrorCode::Interrupted, reason)
                    .await
            }
            RowState::Sending => {
                let reason = "The app ended while this run was being sent.";
                self.inner.library.mark_unconfirmed(&row.id, reason).await?;
                self.look_in_background(account, care);
                Ok(())
            }
            RowState::Unconfirmed => {
                self.look_in_background(account, care);
                Ok(())
            }
            RowState::Running | RowState::Collecting => {
                self.follow_row(account, care, &row).await;
                Ok(())
            }
            RowState::Refused
            | RowState::NotSent
            | RowState::Succeeded
            | RowState::Failed
            | RowState::Cancelled => care.give_back().await,
        }
    }

    async fn follow_row(&self, account: &Arc<Account>, care: Care, row: &RunRow) {
        let token = row.task_token.clone().map(Secret::new);
        self.follow(account, care, row.task_id.clone(), token).await;
    }

    fn look_in_background(&self, account: &Arc<Account>, care: Care) {
        let (engine, account) = (self.clone(), Arc::clone(account));
        self.spawn(async move {
            if let Err(error) = engine.look_for(&account, care).await {
                tracing::warn!(%error, "an unconfirmed run could not be looked for");
            }
        });
    }

    /// Looks a few times; when nothing is found the run stays unconfirmed and the person decides.
    pub(crate) async fn look_for(&self, account: &Arc<Account>, care: Care) -> Result<(), Error> {
        let run_id = care.run_id().to_owned();
        let mut care = care;
        for pause in LOOKS {
            tokio::time::sleep(pause).await;
            care = match self.look_once(account, care).await? {
                Some(care) => care,
                None => return Ok(()),
            };
        }
        care.give_back().await?;
        self.tell_settled(&run_id, RunState::Unconfirmed);
        Ok(())
    }

    /// Looks for an unconfirmed run in the task list. Gives the care back unless the run is followed now.
    pub(crate) async fn look_once(
        &self,
        account: &Arc<Account>,
        care: Care,
    ) -> Result<Option<Care>, Error> {
        let row = self.run_row(care.run_id()).await?;
        if matches!(row.state, RowState::Running | RowState::Collecting) {
            // Whoever sent it got the answer after all, and left it to us.
            self.follow_row(account, care, &row).await;
            return Ok(None);
        }
        let candidates = match self.fitting_tasks(account, &row).await {
            Ok(candidates) => candidates,
            Err(error) => {
                tracing::info!(%error, run_id = row.id, "the task list could not be read");
                return Ok(Some(care));
            }
        };
        let ids = candidates.iter().filter_map(|(task, _)| task.id.clone());
        self.inner.candidates.set(&row.id, ids.collect());
        if let [(task, Fit::Sure)] = candidates.as_slice()
            && let Some(task_id) = &task.id
            && !self.has_rival(&row, task).await?
        {
            self.adopt(account, care, task_id).await?;
            return Ok(None);
        }
        Ok(Some(care))
    }

    async fn fitting_tasks(
        &self,
        account: &Account,
        row: &RunRow,
    ) -> Result<Vec<(Task, Fit)>, Error> {
        let slug = row.model.parse::<ModelSlug>().ok();
        let query = TaskQuery {
            model: slug.map(|slug| slug.project().to_owned()),
            start: 0,
            limit: TASKS_LOOKED_AT,
        };
        let page = account.client.tasks(&query).await?;
        let known = self.inner.library.known_task_ids(&row.account_id).await?;
        let new = page.tasks.into_iter().filter(|task| {
            let id = task.id.as_ref();
            id.is_some_and(|id| !known.contains(id))
        });
        let fitting = new.map(|task| {
            let fit = fit(&task, row);
            (task, fit)
        });
        Ok(fitting.filter(|(_, fit)| *fit != Fit::No).collect())
    }

    /// Whether another unclear run of this library could be this task as well.
    async fn has_rival(&self, row: &RunRow, task: &Task) -> Result<bool, Error> {
        let unfinished = self.inner.library.unfinished().await?;
        Ok(unfinished.iter().any(|other| {
            other.id != row.id
                && other.account_id == row.account_id
                && matches!(other.state, RowState::Sending | RowState::Unconfirmed)
                && fit(task, other) != Fit::No
        }))
    }

    pub(crate) async fn adopt(
        &self,
        account: &Arc<Account>,
        care: Care,
        task_id: &str,
    ) -> Result<(), Error> {
        let task = account.client.task(&TaskRef::id(task_id)).await?;
        let token = task.and_then(|task| task.token);
        self.write_accepted(care.run_id(), Some(task_id), token.as_ref())
            .await?;
        self.inner.candidates.clear(care.run_id());
        let task_id = Some(task_id.to_owned());
        self.inner.events.publish(
            care.run_id(),
            RunEvent::Submitted {
                task_id: task_id.clone(),
            },
        );
        self.follow(account, care, task_id, token).await;
        Ok(())
    }
}

/// How well a task of the service fits an unconfirmed run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// It is another.
    No,
    /// It reads the same, but its time says little: for the person to judge.
    Perhaps,
    /// It reads the same and started when the run was sent.
    Sure,
}

/// Same model, same parameters, and a time that goes with the sending.
fn fit(task: &Task, row: &RunRow) -> Fit {
    let same_model = task.model.as_ref().is_none_or(|(owner, project)| {
        row.model
            .eq_ignore_ascii_case(&format!("{owner}/{project}"))
    });
    let request: Map<String, Value> = serde_json::from_str(&row.request_json).unwrap_or_default();
    if !same_model || !same_parameters(&task.parameters, &request) {
        return Fit::No;
    }
    let Some(sent_ms) = row.sent_at_ms else {
        return Fit::No;
    };
    match task.start_time_ms.filter(|started| *started > 0) {
        Some(started_ms) if started_ms < sent_ms - CLOCK_SKEW_MS => Fit::No,
        Some(started_ms) if started_ms <= sent_ms + LATEST_START_MS => Fit::Sure,
        // Not begun yet: that goes with a run that was sent just now.
        None if task.outcome() == TaskOutcome::Running && now_ms() <= sent_ms + LATEST_START_MS => {
            Fit::Sure
        }
        _ => Fit::Perhaps,
    }
}

/// Every parameter we sent that the service repeats must read the same; it may leave some out or add others.
fn same_parameters(told: &Value, sent: &Map<String, Value>) -> bool {
    let Some(told) = told.as_object() else {
        return sent.is_empty();
    };
    let mut compared = 0_usize;
    for (key, value) in sent {
        match told.get(key) {
            Some(other) if as_text(other) == as_text(value) => compared += 1,
            Some(_) => return false,
            None => {}
        }
    }
    compared > 0 || sent.is_empty()
}

/// `2`, `"2"` and `2.0` are one value: numbers travel as numbers or as text.
fn as_text(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => number.to_string(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn compares_parameters_as_text_and_ignores_what_the_service_adds() {
        let check = |told: Value, sent: Value, expected: bool| {
            let Value::Object(sent) = sent else {
                panic!("an object")
            };
            assert_eq!(
                same_parameters(&told, &sent),
                expected,
                "{told} against {sent:?}"
            );
        };
        check(
            json!({"prompt": "a", "seed": 7}),
            json!({"prompt": "a", "seed": "7"}),
            true,
        );
        check(
            json!({"prompt": "a", "scale": 2.0}),
            json!({"prompt": "a", "scale": "2"}),
            true,
        );
        check(
            json!({"prompt": "a", "seed": 8}),
            json!({"prompt": "a", "seed": 7}),
            false,
        );
        check(
            json!({"prompt": "a", "inputImage": "https://x/y.png"}),
            json!({"prompt": "a"}),
            true,
        );
        check(
            json!({"prompt": "a"}),
            json!({"prompt": "a", "seed": 7}),
            true,
        );
        check(json!({"other": 1}), json!({"prompt": "a"}), false);
        check(json!({}), json!({}), true);
        check(Value::Null, json!({"prompt": "a"}), false);
    }
}
