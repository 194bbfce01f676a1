//! The durable steps of a run.

use rusqlite::{ErrorCode, OptionalExtension as _, Transaction, params};

use crate::platform::path_to_value;
use crate::{Change, Error, Inserted, Library, NewInput, NewRun, RunState, leases, times};

/// A change of a run that left its outputs alone.
fn changed(run_id: &str) -> Change {
    Change {
        run_id: run_id.to_owned(),
        outputs: false,
    }
}

/// Where a run stands.
pub(crate) fn state_of(transaction: &Transaction<'_>, id: &str) -> Result<RunState, Error> {
    transaction
        .prepare_cached("SELECT state FROM runs WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?
        .ok_or_else(|| Error::no_run(id))
}

/// Refuses a way the run cannot go.
pub(crate) fn require_way(id: &str, from: RunState, to: RunState) -> Result<(), Error> {
    if from.may_become(to) {
        Ok(())
    } else {
        Err(Error::Transition {
            run_id: id.to_owned(),
            from,
            to,
        })
    }
}

/// A byte count as SQLite keeps it; a service may claim any.
pub(crate) fn bytes_to_sql(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// Writes a run and its files.
fn insert(transaction: &Transaction<'_>, run: &NewRun) -> Result<(), Error> {
    transaction
        .prepare_cached(
            "INSERT INTO runs (id, intent_id, account_id, state, model, title, caption, origin, created_at_ms, output_dir,
                               answers_json, request_json, retry_of)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(params![
            run.id,
            run.intent_id,
            run.account_id,
            RunState::Prepared,
            run.model,
            run.title,
            run.caption,
            run.origin,
            times::now_ms(),
            run.output_dir.as_deref().map(path_to_value),
            run.answers_json,
            run.request_json,
            run.retry_of,
        ])?;
    for input in &run.inputs {
        insert_input(transaction, &run.id, input)?;
    }
    Ok(())
}

fn insert_input(
    transaction: &Transaction<'_>,
    run_id: &str,
    input: &NewInput,
) -> Result<(), Error> {
    transaction
        .prepare_cached(
            "INSERT INTO inputs (id, run_id, field, position, source_path, label, bytes, modified_ms, sha256, stored_name,
                                 content_type)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            input.id,
            run_id,
            input.field,
            input.position,
            path_to_value(&input.source_path),
            input.label,
            bytes_to_sql(input.bytes),
            input.modified_ms,
            input.sha256,
            input.stored_name,
            input.content_type,
        ])?;
    Ok(())
}

/// The task a run has so far.
#[derive(Default)]
struct KnownTask {
    id: Option<String>,
    token: Option<String>,
}

fn known_task(transaction: &Transaction<'_>, id: &str) -> Result<KnownTask, Error> {
    Ok(transaction
        .prepare_cached("SELECT task_id, task_token FROM runs WHERE id = ?1")?
        .query_row([id], |row| {
            Ok(KnownTask {
                id: row.get(0)?,
                token: row.get(1)?,
            })
        })?)
}

/// Writes what the service answered. Says whether anything is new.
fn accept(transaction: &Transaction<'_>, id: &str, task: &KnownTask) -> Result<bool, Error> {
    let state = state_of(transaction, id)?;
    let known = known_task(transaction, id)?;
    let differs =
        |old: &Option<String>, new: &Option<String>| old.is_some() && new.is_some() && old != new;
    if differs(&known.id, &task.id) {
        return Err(Error::TaskDiffers {
            run_id: id.to_owned(),
        });
    }
    let accepted = matches!(state, RunState::Running | RunState::Collecting)
        || (state.is_final() && (known.id.is_some() || known.token.is_some()));
    if accepted
        && (known.id.is_some() || task.id.is_none())
        && (known.token.is_some() || task.token.is_none())
    {
        return Ok(false);
    }
    if !accepted {
        require_way(id, state, RunState::Running)?;
    }
    let next = if accepted { state } else { RunState::Running };
    transaction
        .prepare_cached(
            "UPDATE runs SET state = ?2, task_id = coalesce(task_id, ?3), task_token = coalesce(task_token, ?4),
                             accepted_at_ms = coalesce(accepted_at_ms, ?5), finished_at_ms = iif(?6, finished_at_ms, NULL),
                             reason = iif(?6, reason, NULL), error_code = iif(?6, error_code, NULL)
             WHERE id = ?1",
        )?
        .execute(params![id, next, task.id, task.token, times::now_ms(), accepted])
        .map_err(|error| match (error.sqlite_error_code(), &task.id) {
            (Some(ErrorCode::ConstraintViolation), Some(task_id)) => Error::TaskTaken { task_id: task_id.clone() },
            _ => error.into(),
        })?;
    Ok(true)
}

/// Moves a run to where it is settled, or waits for a person. Staying changes nothing.
fn settle(
    transaction: &Transaction<'_>,
    id: &str,
    next: RunState,
    why: (Option<&str>, Option<&str>),
) -> Result<bool, Error> {
    let state = state_of(transaction, id)?;
    if state == next {
        return Ok(false);
    }
    require_way(id, state, next)?;
    let (code, reason) = why;
    let finished_at_ms = next.is_settled().then(times::now_ms);
    transaction
        .prepare_cached(
            "UPDATE runs SET state = ?2, error_code = coalesce(?3, error_code), reason = coalesce(?4, reason),
                             finished_at_ms = ?5
             WHERE id = ?1",
        )?
        .execute(params![id, next, code, reason, finished_at_ms])?;
    Ok(true)
}

/// Success is exit code `"0"` with everything it named on the disk or given up, and nothing else.
fn require_success(transaction: &Transaction<'_>, id: &str) -> Result<(), Error> {
    let pexit: Option<String> = transaction
        .prepare_cached("SELECT pexit FROM runs WHERE id = ?1")?
        .query_row([id], |row| row.get(0))?;
    if pexit.as_deref() != Some("0") {
        return Err(Error::NotSuccessful {
            run_id: id.to_owned(),
        });
    }
    let pending: u32 = transaction
        .prepare_cached("SELECT count(*) FROM outputs WHERE run_id = ?1 AND state = 'pending'")?
        .query_row([id], |row| row.get(0))?;
    if pending > 0 {
        Err(Error::OutputsPending {
            run_id: id.to_owned(),
            pending,
        })
    } else {
        Ok(())
    }
}

impl Library {
    /// Writes a run down before anything is sent, and takes it into this process's care. The same intent twice is the same
    /// run: then nothing is written.
    pub async fn insert_run(&self, run: NewRun) -> Result<Inserted, Error> {
        let (owner, boot_id) = (self.owner().to_owned(), self.boot_id().to_owned());
        self.durable(Some(&run.id.clone()), move |transaction| {
            let existing: Option<String> = transaction
                .prepare_cached("SELECT id FROM runs WHERE intent_id = ?1")?
                .query_row([&run.intent_id], |row| row.get(0))
                .optional()?;
            if let Some(id) = existing {
                return Ok((Inserted::Existing(id), None));
            }
            insert(transaction, &run)?;
            leases::take_new(transaction, &run.id, &owner, &boot_id)?;
            Ok((Inserted::New, Some(changed(&run.id))))
        })
        .await
    }

    /// Notes that the run is about to be sent. Fails unless it was just written down or waits for a slot: this is what
    /// keeps a run from being sent twice.
    pub async fn mark_sending(&self, id: &str) -> Result<(), Error> {
        self.step(id, |transaction, id| {
            require_way(id, state_of(transaction, id)?, RunState::Sending)?;
            transaction
                .prepare_cached(
                    "UPDATE runs SET state = ?2, sent_at_ms = ?3, error_code = NULL, reason = NULL WHERE id = ?1",
                )?
                .execute(params![id, RunState::Sending, times::now_ms()])?;
            Ok(true)
        })
        .await
    }

    /// Notes that the service took the run: what it takes to find the task again. The same answer twice changes nothing, a
    /// later one may add what the first lacked.
    ///
    /// An accepted task is never thrown away: it is written down even when another process took the run over meanwhile.
    /// [`Error::LeaseLost`] then tells the caller to leave the rest to that process.
    pub async fn accept_run(
        &self,
        id: &str,
        task_id: Option<&str>,
        token: Option<&str>,
    ) -> Result<(), Error> {
        if task_id.is_none() && token.is_none() {
            return Err(Error::TaskMissing {
                run_id: id.to_owned(),
            });
        }
        let (id, owner) = (id.to_owned(), self.owner().to_owned());
        let task = KnownTask {
            id: task_id.map(str::to_owned),
            token: token.map(str::to_owned),
        };
        let held = self
            .durable(Some(&id.clone()), {
                let id = id.clone();
                move |transaction| {
                    let new = accept(transaction, &id, &task)?;
                    Ok((
                        leases::holds(transaction, &id, &owner)?,
                        new.then(|| changed(&id)),
                    ))
                }
            })
            .await?;
        if held {
            Ok(())
        } else {
            Err(Error::LeaseLost { run_id: id })
        }
    }

    /// Ends a run without results: refused, not sent, failed, cancelled. Repeating it changes nothing.
    pub async fn settle(
        &self,
        id: &str,
        state: RunState,
        code: Option<&str>,
        reason: Option<&str>,
    ) -> Result<(), Error> {
        let (code, reason) = (code.map(str::to_owned), reason.map(str::to_owned));
        self.step(id, move |transaction, id| {
            if state == RunState::Succeeded {
                require_success(transaction, id)?;
            } else if !state.is_settled() {
                return Err(Error::Transition {
                    run_id: id.to_owned(),
                    from: state_of(transaction, id)?,
                    to: state,
                });
            }
            settle(transaction, id, state, (code.as_deref(), reason.as_deref()))
        })
        .await
    }

    /// Notes that the run waits for a free slot and that the service created nothing.
    pub async fn mark_waiting(&self, id: &str) -> Result<(), Error> {
        self.step(id, |transaction, id| {
            settle(transaction, id, RunState::Waiting, (None, None))
        })
        .await
    }

    /// Notes that it is not known whether the service started the run.
    pub async fn mark_unconfirmed(&self, id: &str, reason: &str) -> Result<(), Error> {
        let reason = reason.to_owned();
        self.step(id, move |transaction, id| {
            settle(
                transaction,
                id,
                RunState::Unconfirmed,
                (None, Some(&reason)),
            )
        })
        .await
    }

    /// Ends a run whose results were fetched. Success takes exit code `"0"` and no output left to fetch. Repeating it
    /// changes nothing.
    pub async fn finish(&self, id: &str, state: RunState) -> Result<(), Error> {
        self.settle(id, state, None, None).await
    }

    /// Notes that the service deleted its copies of the run's files; the first time counts. A fact, whoever holds the run.
    pub async fn mark_files_deleted(&self, id: &str) -> Result<(), Error> {
        self.note_once(id, "files_deleted_at_ms").await
    }

    /// Notes that a person asked to stop the run; the first time counts. Also for those who do not hold it: the holder
    /// reads it and stops.
    pub async fn mark_stop_requested(&self, id: &str) -> Result<(), Error> {
        self.note_once(id, "stop_requested_at_ms").await
    }

    /// Writes the time into `column` of a run unless it has one.
    async fn note_once(&self, id: &str, column: &'static str) -> Result<(), Error> {
        let id = id.to_owned();
        self.durable(Some(&id.clone()), move |transaction| {
            state_of(transaction, &id)?;
            let sql = format!("UPDATE runs SET {column} = ?2 WHERE id = ?1 AND {column} IS NULL");
            let new = transaction
                .prepare_cached(&sql)?
                .execute(params![id, times::now_ms()])?
                > 0;
            Ok(((), new.then(|| changed(&id))))
        })
        .await
    }

    /// One durable step of a run this process holds; `step` says whether it changed anything.
    async fn step(
        &self,
        id: &str,
        step: impl Fn(&Transaction<'_>, &str) -> Result<bool, Error> + Send + 'static,
    ) -> Result<(), Error> {
        let (id, owner) = (id.to_owned(), self.owner().to_owned());
        self.durable(Some(&id.clone()), move |transaction| {
            // First, so that a run that does not exist is called by its name.
            state_of(transaction, &id)?;
            leases::require(transaction, &id, &owner)?;
            let new = step(transaction, &id)?;
            Ok(((), new.then(|| changed(&id))))
        })
        .await
    }
}
