//! The durable steps of a run's outputs.

use rusqlite::{OptionalExtension as _, Transaction, params};

use crate::runs::{bytes_to_sql, require_way, state_of};
use crate::{
    Change, Error, Library, NewOutput, Outcome, OutputFilter, OutputRow, OutputState, Published,
    RunState, files, leases, reads, times,
};

fn outputs_changed(run_id: &str) -> Change {
    Change {
        run_id: run_id.to_owned(),
        outputs: true,
    }
}

/// The run of an output and what became of the output.
fn whereabouts(
    transaction: &Transaction<'_>,
    output_id: &str,
) -> Result<(String, OutputState), Error> {
    transaction
        .prepare_cached("SELECT run_id, state FROM outputs WHERE id = ?1")?
        .query_row([output_id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .ok_or_else(|| Error::NotFound {
            what: "output",
            id: output_id.to_owned(),
        })
}

fn write_outcome(transaction: &Transaction<'_>, id: &str, outcome: &Outcome) -> Result<(), Error> {
    transaction
        .prepare_cached(
            "UPDATE runs SET state = ?2, pexit = coalesce(?3, pexit), cost_usd = coalesce(?4, cost_usd),
                             seconds = coalesce(?5, seconds), reason = coalesce(?6, reason), text = coalesce(?7, text)
             WHERE id = ?1",
        )?
        .execute(params![
            id,
            RunState::Collecting,
            outcome.pexit,
            outcome.cost_usd,
            outcome.seconds,
            outcome.reason,
            outcome.text,
        ])?;
    let created_at_ms = times::now_ms();
    for output in &outcome.outputs {
        write_output(transaction, id, output, created_at_ms)?;
    }
    Ok(())
}

/// Adds an output; one that is known by its place keeps its id and takes the fresher address while it is pending.
fn write_output(
    transaction: &Transaction<'_>,
    run_id: &str,
    output: &NewOutput,
    created_at_ms: i64,
) -> Result<(), Error> {
    transaction
        .prepare_cached(
            "INSERT INTO outputs (id, run_id, position, created_at_ms, state, label, declared_type, declared_bytes, url)
             VALUES (?1, ?2, ?3, ?4, 'pending', ?5, ?6, ?7, ?8)
             ON CONFLICT (run_id, position) DO UPDATE SET url = excluded.url WHERE state = 'pending'",
        )?
        .execute(params![
            output.id,
            run_id,
            output.position,
            created_at_ms,
            output.label,
            output.declared_type,
            output.declared_bytes.map(bytes_to_sql),
            output.url,
        ])?;
    Ok(())
}

impl Library {
    /// Notes how the run ended and which outputs are to be fetched; returns all its outputs in order. The same outcome
    /// twice adds nothing, also when the run is finished by then.
    pub async fn begin_collecting(
        &self,
        id: &str,
        outcome: Outcome,
    ) -> Result<Vec<OutputRow>, Error> {
        let (id, owner) = (id.to_owned(), self.owner().to_owned());
        self.durable(Some(&id.clone()), move |transaction| {
            let state = state_of(transaction, &id)?;
            leases::require(transaction, &id, &owner)?;
            let ended_by_results = matches!(
                state,
                RunState::Succeeded | RunState::Failed | RunState::Cancelled
            );
            if !ended_by_results {
                if state != RunState::Collecting {
                    require_way(&id, state, RunState::Collecting)?;
                }
                write_outcome(transaction, &id, &outcome)?;
            }
            let filter = OutputFilter {
                run_id: Some(id.clone()),
                limit: u32::MAX,
                ..OutputFilter::default()
            };
            let rows = reads::output_rows(transaction, &filter)?;
            Ok((rows, (!ended_by_results).then(|| outputs_changed(&id))))
        })
        .await
    }

    /// Notes that an output lies on the disk, whole. The same file twice changes nothing; one that failed before may still
    /// be published.
    pub async fn publish_output(&self, output_id: &str, published: Published) -> Result<(), Error> {
        let root = self.root().to_owned();
        self.output_step(output_id, move |transaction, id, state| {
            if state == OutputState::Published {
                let known: String = transaction
                    .prepare_cached("SELECT file_name FROM outputs WHERE id = ?1")?
                    .query_row([id], |row| row.get(0))?;
                return if known == published.file_name {
                    Ok(false)
                } else {
                    Err(Error::OutputPublished { id: id.to_owned() })
                };
            }
            // A row must never promise a file that is not there.
            files::require_output(&root, &published.file_name)?;
            transaction
                .prepare_cached(
                    "UPDATE outputs SET state = 'published', file_name = ?2, content_type = ?3, type_differs = ?4, bytes = ?5,
                                        width = ?6, height = ?7, error_code = NULL, reason = NULL
                     WHERE id = ?1",
                )?
                .execute(params![
                    id,
                    published.file_name,
                    published.content_type,
                    published.type_differs,
                    bytes_to_sql(published.bytes),
                    published.width,
                    published.height,
                ])?;
            Ok(true)
        })
        .await
    }

    /// Notes that an output could not be fetched, or was not what the service promised.
    pub async fn fail_output(
        &self,
        output_id: &str,
        code: &str,
        reason: &str,
    ) -> Result<(), Error> {
        let (code, reason) = (code.to_owned(), reason.to_owned());
        self.output_step(output_id, move |transaction, id, state| {
            if state == OutputState::Published {
                return Err(Error::OutputPublished { id: id.to_owned() });
            }
            transaction
                .prepare_cached("UPDATE outputs SET state = 'failed', error_code = ?2, reason = ?3 WHERE id = ?1")?
                .execute(params![id, code, reason])?;
            Ok(true)
        })
        .await
    }

    /// Makes an output that could not be fetched pending again, so that it is fetched once more; one that is pending already
    /// stays so. The run stays what it is, also when it is final: it is told only how the task ended.
    ///
    /// [`Error::NotFinal`] while the run is still under way; [`Error::OutputPublished`] when there is nothing to fetch.
    pub async fn retry_output(&self, output_id: &str) -> Result<(), Error> {
        self.output_step(output_id, |transaction, id, state| {
            let run_state: RunState = transaction
                .prepare_cached("SELECT runs.state FROM outputs JOIN runs ON runs.id = run_id WHERE outputs.id = ?1")?
                .query_row([id], |row| row.get(0))?;
            match state {
                OutputState::Published => Err(Error::OutputPublished { id: id.to_owned() }),
                OutputState::Pending => Ok(false),
                OutputState::Failed if !run_state.is_final() => {
                    let (run_id, _) = whereabouts(transaction, id)?;
                    Err(Error::NotFinal { run_id })
                }
                OutputState::Failed => {
                    transaction
                        .prepare_cached(
                            "UPDATE outputs SET state = 'pending', error_code = NULL, reason = NULL WHERE id = ?1",
                        )?
                        .execute([id])?;
                    Ok(true)
                }
            }
        })
        .await
    }

    /// Outputs that were being fetched once more, by [`Library::retry_output`], when their run was over already. What a
    /// start goes on with.
    pub async fn retried_outputs(&self) -> Result<Vec<OutputRow>, Error> {
        self.read(reads::retried_output_rows).await
    }

    /// One durable step of an output whose run this process holds; `step` says whether it changed anything.
    async fn output_step(
        &self,
        output_id: &str,
        step: impl Fn(&Transaction<'_>, &str, OutputState) -> Result<bool, Error> + Send + 'static,
    ) -> Result<(), Error> {
        let (output_id, owner) = (output_id.to_owned(), self.owner().to_owned());
        self.durable(None, move |transaction| {
            let (run_id, state) = whereabouts(transaction, &output_id)?;
            leases::require(transaction, &run_id, &owner)?;
            let new = step(transaction, &output_id, state)?;
            Ok(((), new.then(|| outputs_changed(&run_id))))
        })
        .await
    }
}
