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
const AT_ONCE_MS: u64 = 60 * 1000;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;
const TASKS_LOOKED_AT: u32 = 100;

impl Engine {
    /// Takes up every unfinished run whose process is gone and whose account is known here; unconfirmed runs are looked
    /// for once more. Meant for the start of a process.
    pub async fn resume(&self) -> Result<(), Error> {
        self.take_up_where(|_| true).await?;
        self.take_up_retried_outputs().await
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

    /// Takes up the runs of an account whose key came late, or whose connections are new.
    pub(crate) async fn take_up_account(&self, account_id: &str) -> Result<(), Error> {
        self.take_up_where(|row| row.account_id == account_id).await
    }

    /// The unfinished runs whose account is known here, whoever looks after them.
    pub async fn resumable(&self) -> Result<Vec<String>, Error> {
        let rows = self.inner.library.unfinished().await?;
        Ok(rows
            .into_iter()
            .filter(|row| self.can_follow(&row.account_id).is_ok())
            .map(|row| row.id)
            .collect())
    }

    /// How many unfinished runs belong to accounts that are not known here.
    pub async fn runs_of_other_accounts(&self) -> Result<usize, Error> {
        let rows = self.inner.library.unfinished().await?;
        let others = rows
            .iter()
            .filter(|row| self.can_follow(&row.account_id).is_err());
        Ok(others.count())
    }

    async fn take_up_where(&self, wanted: impl Fn(&RunRow) -> bool) -> Result<(), Error> {
        for row in self.inner.library.unfinished().await? {
            if !wanted(&row) {
                continue;
            }
            let Ok(account) = self.can_follow(&row.account_id) else {
                continue;
            };
            // One run that cannot be taken up must not keep the others back; it is tried again.
            let taken = match self.take_over(&row.id).await {
                Ok(Some(care)) => self.take_up(&account, care).await,
                Ok(None) => Ok(()),
                Err(error) => Err(error),
            };
            if let Err(error) = taken {
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
            | RowState::Cancelled => Ok(()),
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
        for pause in LOOKS {
            tokio::time::sleep(pause).await;
            match self.look(account, &care).await {
                Ok(Found::Nothing) => {}
                Ok(found) => return self.take_found(account, care, found).await,
                Err(error) => tracing::info!(%error, run_id, "the task list could not be read"),
            }
        }
        drop(care);
        self.tell_settled(&run_id, RunState::Unconfirmed);
        Ok(())
    }

    /// Looks for an unconfirmed run once, and follows it when it is found.
    pub(crate) async fn look_once(&self, account: &Arc<Account>, care: Care) -> Result<(), Error> {
        let found = self.look(account, &care).await?;
        self.take_found(account, care, found).await
    }

    async fn look(&self, account: &Account, care: &Care) -> Result<Found, Error> {
        let row = self.run_row(care.run_id()).await?;
        if row.state != RowState::Unconfirmed {
            // Whoever sent it got the answer after all, and left it to us.
            return Ok(Found::Known(Box::new(row)));
        }
        let candidates = self.fitting_tasks(account, &row).await?;
        let ids = candidates.iter().filter_map(|(task, _)| task.id.clone());
        if self.inner.candidates.set(&row.id, &ids.collect::<Vec<_>>()) {
            self.inner.events.library_changed(row.id.clone(), false);
        }
        match candidates.as_slice() {
            [(task, Fit::Sure)] if !self.has_rival(&row, task).await? => {
                Ok(Found::Task(task.reference()))
            }
            _ => Ok(Found::Nothing),
        }
    }

    async fn take_found(
        &self,
        account: &Arc<Account>,
        care: Care,
        found: Found,
    ) -> Result<(), Error> {
        match found {
            Found::Nothing => Ok(()),
            Found::Task(task) => self.adopt(account, care, task).await,
            Found::Known(row) => {
                if matches!(row.state, RowState::Running | RowState::Collecting) {
                    self.follow_row(account, care, &row).await;
                }
                Ok(())
            }
        }
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
            // A run that is known by its token only may turn out to be this task.
            let is_unclear = match other.state {
                RowState::Sending | RowState::Unconfirmed => true,
                RowState::Running | RowState::Collecting => other.task_id.is_none(),
                _ => false,
            };
            other.id != row.id
                && other.account_id == row.account_id
                && is_unclear
                && fit(task, other) != Fit::No
                && are_of_one_time(row, other)
        }))
    }

    /// Takes a task for an unconfirmed run. What else it is called is learned by following it.
    pub(crate) async fn adopt(
        &self,
        account: &Arc<Account>,
        care: Care,
        task: TaskRef,
    ) -> Result<(), Error> {
        self.write_accepted(care.run_id(), task.id.as_deref(), task.token.as_ref())
            .await?;
        self.inner.candidates.clear(care.run_id());
        self.inner.events.publish(
            care.run_id(),
            RunEvent::Submitted {
                task_id: task.id.clone(),
            },
        );
        self.follow(account, care, task.id, task.token).await;
        Ok(())
    }
}

/// What a look at the task list found.
enum Found {
    /// Nothing that is surely the run.
    Nothing,
    /// The run's task.
    Task(TaskRef),
    /// The run is not unconfirmed any more.
    Known(Box<RunRow>),
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
    let same = same_parameters(&task.parameters, &request);
    let Some(sent_ms) = row.sent_at_ms.filter(|_| same_model && same != Some(false)) else {
        return Fit::No;
    };
    match by_time(task, sent_ms) {
        // With nothing but model and time to go by, the time must be close.
        Fit::Sure if same.is_none() && !begun_at_once(task, sent_ms) => Fit::Perhaps,
        fit => fit,
    }
}

fn begun_at_once(task: &Task, sent_ms: i64) -> bool {
    let begun_ms = task.start_time_ms.unwrap_or_else(now_ms);
    begun_ms.abs_diff(sent_ms) < AT_ONCE_MS
}

fn by_time(task: &Task, sent_ms: i64) -> Fit {
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

/// A run that was never decided on long ago does not speak against one of today.
fn are_of_one_time(one: &RunRow, other: &RunRow) -> bool {
    match (one.sent_at_ms, other.sent_at_ms) {
        (Some(one), Some(other)) => one.abs_diff(other) < DAY_MS,
        _ => true,
    }
}

/// Whether the parameters read the same: every one we sent that the service repeats must; it may leave some out or add
/// others, but not all. `None` when there is nothing to compare: empty texts are no evidence, and files read differently
/// there.
fn same_parameters(told: &Value, sent: &Map<String, Value>) -> Option<bool> {
    let telling = sent.iter().filter(|(_, value)| !as_text(value).is_empty());
    let mut told_again = telling
        .clone()
        .filter_map(|(key, value)| Some(as_text(told.get(key)?) == as_text(value)))
        .peekable();
    if telling.count() == 0 {
        return None;
    }
    Some(told_again.peek().is_some() && told_again.all(|same| same))
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
        let check = |told: Value, sent: Value, expected: Option<bool>| {
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
            Some(true),
        );
        check(
            json!({"prompt": "a", "scale": 2.0}),
            json!({"prompt": "a", "scale": "2"}),
            Some(true),
        );
        check(
            json!({"prompt": "a", "seed": 8}),
            json!({"prompt": "a", "seed": 7}),
            Some(false),
        );
        check(
            json!({"prompt": "a", "inputImage": "https://x/y.png"}),
            json!({"prompt": "a"}),
            Some(true),
        );
        check(
            json!({"prompt": "a"}),
            json!({"prompt": "a", "seed": 7}),
            Some(true),
        );
        check(json!({"other": 1}), json!({"prompt": "a"}), Some(false));
        check(Value::Null, json!({"prompt": "a"}), Some(false));
        check(json!({}), json!({}), None);
        check(
            json!({"inputImageUrl": ""}),
            json!({"inputImageUrl": ""}),
            None,
        );
        check(
            json!({}),
            json!({"prompt": "a", "inputImageUrl": ""}),
            Some(false),
        );
    }
}
