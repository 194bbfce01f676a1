//! After a crash or an unclear answer: what was written down is taken up again, what is unknown is looked for.
//!
//! Nothing here sends a run. An unconfirmed run is adopted when exactly one task of the service fits it and no other
//! unclear run could be that task; otherwise the person decides (`PROTOCOL.md` sections 3.5 and 7.3).

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use wiro_client::secret::Secret;
use wiro_client::slug::ModelSlug;
use wiro_client::tasks::{Task, TaskQuery, TaskRef};
use wiro_library::{RunFilter as RowFilter, RunRow, RunState as RowState};

use crate::accounts::Account;
use crate::dto::ErrorCode;
use crate::engine::Engine;
use crate::error::Error;
use crate::events::RunEvent;

/// The service may still be making the task when we look: look again after these pauses.
const LOOKS: [Duration; 4] = [
    Duration::from_millis(300),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];
/// Tasks that started this long before the run was sent are not it; generous, because clocks differ.
const CLOCK_SKEW_MS: i64 = 5 * 60 * 1000;
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
            let Ok(account) = self.account(&row.account_id) else {
                continue;
            };
            if !wanted(&row)
                || self.is_ours(&row.id).await?
                || !self.inner.library.try_lease(&row.id).await?
            {
                continue;
            }
            // Its last holder may have gone on with it until a moment ago.
            let row = self.run_row(&row.id).await?;
            self.take_up(&account, &row).await?;
        }
        Ok(())
    }

    /// A run whose lease this process holds is being looked after already.
    async fn is_ours(&self, run_id: &str) -> Result<bool, Error> {
        let owner = self.inner.library.lease_owner(run_id).await?;
        Ok(owner.is_some_and(|owner| owner == *self.inner.library.owner()))
    }

    async fn take_up(&self, account: &Arc<Account>, row: &RunRow) -> Result<(), Error> {
        match row.state {
            RowState::Prepared | RowState::Waiting => {
                let reason = "The app ended before this run was sent.";
                self.settle(&row.id, RowState::NotSent, ErrorCode::Interrupted, reason)
                    .await
            }
            RowState::Sending => {
                let reason = "The app ended while this run was being sent.";
                self.inner.library.mark_unconfirmed(&row.id, reason).await?;
                self.look_in_background(account, &row.id);
                Ok(())
            }
            RowState::Unconfirmed => {
                self.look_in_background(account, &row.id);
                Ok(())
            }
            RowState::Running | RowState::Collecting => {
                let token = row.task_token.clone().map(Secret::new);
                self.follow(account, &row.id, row.task_id.clone(), token)
                    .await;
                Ok(())
            }
            RowState::Refused
            | RowState::NotSent
            | RowState::Succeeded
            | RowState::Failed
            | RowState::Cancelled => self
                .inner
                .library
                .release(&row.id)
                .await
                .map_err(Error::from),
        }
    }

    fn look_in_background(&self, account: &Arc<Account>, run_id: &str) {
        let (engine, account, run_id) = (self.clone(), Arc::clone(account), run_id.to_owned());
        self.spawn(async move {
            if let Err(error) = engine.look_for(&account, &run_id).await {
                tracing::warn!(%error, run_id, "an unconfirmed run could not be looked for");
            }
        });
    }

    /// Looks a few times; when nothing is found the run stays unconfirmed and the person decides.
    pub(crate) async fn look_for(&self, account: &Arc<Account>, run_id: &str) -> Result<(), Error> {
        for pause in LOOKS {
            tokio::time::sleep(pause).await;
            match self.look_once(account, run_id).await {
                Ok(Found::Adopted) => return Ok(()),
                Ok(Found::Several) => break,
                Ok(Found::None) => {}
                Err(error) => tracing::info!(%error, run_id, "the task list could not be read"),
            }
        }
        self.inner.library.release(run_id).await?;
        self.inner
            .events
            .publish(run_id, RunEvent::Settled(crate::dto::RunState::Unconfirmed));
        Ok(())
    }

    pub(crate) async fn look_once(
        &self,
        account: &Arc<Account>,
        run_id: &str,
    ) -> Result<Found, Error> {
        let row = self.run_row(run_id).await?;
        if row.state != RowState::Unconfirmed {
            return Ok(Found::Adopted);
        }
        let fitting = self.fitting_tasks(account, &row).await?;
        let rivals = self.rivals(&row).await?;
        self.inner.candidates.set(run_id, fitting.clone());
        match fitting.as_slice() {
            [] => Ok(Found::None),
            [task_id] if rivals == 0 => {
                self.adopt(account, run_id, task_id).await?;
                Ok(Found::Adopted)
            }
            _ => Ok(Found::Several),
        }
    }

    async fn fitting_tasks(&self, account: &Account, row: &RunRow) -> Result<Vec<String>, Error> {
        let project = row
            .model
            .parse::<ModelSlug>()
            .map(|slug| slug.project().to_owned())
            .ok();
        let page = account
            .client
            .tasks(&TaskQuery {
                model: project,
                start: 0,
                limit: TASKS_LOOKED_AT,
            })
            .await?;
        let known = self.inner.library.known_task_ids(&row.account_id).await?;
        let request: Map<String, Value> =
            serde_json::from_str(&row.request_json).unwrap_or_default();
        Ok(page
            .tasks
            .into_iter()
            .filter(|task| fits(task, row, &request))
            .filter_map(|task| task.id)
            .filter(|task_id| !known.contains(task_id))
            .collect())
    }

    /// Other runs of this library that are as unclear and were asked for in the same words.
    async fn rivals(&self, row: &RunRow) -> Result<usize, Error> {
        let filter = RowFilter {
            active_only: true,
            start: 0,
            limit: 500,
        };
        let active = self.inner.library.runs(filter).await?.runs;
        Ok(active
            .iter()
            .filter(|other| {
                other.id != row.id
                    && other.account_id == row.account_id
                    && other.model == row.model
                    && other.request_json == row.request_json
                    && matches!(other.state, RowState::Sending | RowState::Unconfirmed)
            })
            .count())
    }

    pub(crate) async fn adopt(
        &self,
        account: &Arc<Account>,
        run_id: &str,
        task_id: &str,
    ) -> Result<(), Error> {
        let reference = TaskRef {
            id: Some(task_id.to_owned()),
            token: None,
        };
        let token = account
            .client
            .task(&reference)
            .await?
            .and_then(|task| task.token);
        let exposed = token.as_ref().map(|token| token.expose().clone());
        self.inner
            .library
            .accept_run(run_id, Some(task_id), exposed.as_deref())
            .await?;
        self.inner.candidates.clear(run_id);
        self.inner.events.publish(
            run_id,
            RunEvent::Submitted {
                task_id: Some(task_id.to_owned()),
            },
        );
        self.follow(account, run_id, Some(task_id.to_owned()), token)
            .await;
        Ok(())
    }
}

/// What a look at the task list found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    None,
    Adopted,
    Several,
}

/// Whether a task of the service can be this run: same model, same parameters, not older.
fn fits(task: &Task, row: &RunRow, request: &Map<String, Value>) -> bool {
    let same_model = task.model.as_ref().is_none_or(|(owner, project)| {
        row.model
            .eq_ignore_ascii_case(&format!("{owner}/{project}"))
    });
    let not_older = match (task.start_time_ms, row.sent_at_ms) {
        (Some(started), Some(sent)) if started > 0 => started >= sent - CLOCK_SKEW_MS,
        _ => true,
    };
    same_model && not_older && same_parameters(&task.parameters, request)
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
